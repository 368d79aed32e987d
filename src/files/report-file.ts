// The report file, which other programs read.

import { mkdir, open, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UserError } from '../base/errors/user-error.ts';

/** Where the report goes, and the config that it must not replace. */
type ReportPlace = { readonly reportPath: string; readonly workspace: string; readonly configPath: string };

/**
 * Makes sure that the report can be written, before there is anything to report; an earlier report may be there.
 * @throws UserError `input` that says why not
 */
export async function prepareReport({ reportPath, workspace, configPath }: ReportPlace): Promise<void> {
  try {
    const found = await statOrNull(reportPath);
    if (found !== null && !found.isFile()) throw new Error('it is not a regular file');
    const config = await statOrNull(resolve(workspace, configPath));
    if (found !== null && found.ino === config?.ino && found.dev === config.dev) {
      throw new Error('it is the images config');
    }
    await makeFolder(dirname(reportPath));
    await tryToWrite(reportPath);
    if (found === null) await rm(reportPath, { force: true });
  } catch (thrown) {
    throw unwritable(reportPath, thrown);
  }
}

/** Writes the report as JSON, two spaces deep. @throws UserError `input` that says why it cannot be written */
export async function writeReport(path: string, report: object): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
  } catch (thrown) {
    throw unwritable(path, thrown);
  }
}

function unwritable(path: string, cause: unknown): UserError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new UserError('input', `the report cannot be written to ${path}: ${why}`, {
    hint: 'give the input `report` the path of a file that can be written',
    cause,
  });
}

async function statOrNull(path: string) {
  // The numbers of files on Windows are longer than what a JavaScript number keeps apart (nodejs/node#12115).
  return stat(path, { bigint: true }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR') return null;
    throw thrown;
  });
}

/** A first look at what is there: other text than JSON is somebody's file, not an earlier report. */
async function tryToWrite(path: string): Promise<void> {
  const file = await open(path, 'a+');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, 0);
    if (bytesRead > 0 && buffer.toString() !== '{') throw new Error('a file with other content is there');
  } finally {
    await file.close();
  }
}

/** Node's own recursive mkdir never ends where a folder takes none, as in /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if ((await statOrNull(path))?.isDirectory() === true) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw thrown;
    await makeFolder(dirname(path));
    await mkdir(path).catch((mkdirError: NodeJS.ErrnoException) => {
      if (mkdirError.code !== 'EEXIST') throw mkdirError;
    });
  }
}
