// Finds and reads the report files that a pattern names, in the workspace or where the runner keeps its temporary files.

import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { UserError } from '../base/errors/user-error.ts';
import { amount, bytes } from '../base/text/words.ts';
import { findFiles } from './paths.ts';

/** Where report files may lie, and the one that this very step is to write, which is none of them. */
type ReportPlaces = { readonly workspace: string; readonly temp: string; readonly reportPath: string };

/** A file as it was found: its name for people, and its text or why it has none. */
export type FoundReport = { readonly file: string } & (
  | { readonly text: string }
  | { readonly unread: string }
);

/** 10,000 tags that all fail with long words are a tenth of it. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_BYTES_IN_ALL = 256 * 1024 * 1024;
/** Four attempts of a matrix as large as GitHub lets it be. */
const MOST_FILES = 1_024;

/**
 * Every file that one of the patterns matches, once, in the order of the paths. What is too large, no regular file, or
 * leads elsewhere has no text. @throws UserError `input` where nothing matches, or far too much
 */
export async function readReportFiles(
  patterns: readonly string[],
  places: ReportPlaces,
): Promise<FoundReport[]> {
  const roots = await Promise.all([places.workspace, places.temp].map(realOr));
  const paths = patterns.flatMap((pattern) => pathsOf(pattern, places, roots));
  const own = await realOr(places.reportPath);
  const files = [...new Map(paths.map((path) => [join(path.root, path.file), path])).values()].filter(
    ({ root, file }) => join(root, file) !== own,
  );
  if (files.length === 0) throw nothingFound(patterns, places);
  if (files.length > MOST_FILES) throw tooMany(files.length, patterns);
  const found: FoundReport[] = [];
  let room = MOST_BYTES_IN_ALL;
  for (const path of files) {
    const read = await readOne(path, room);
    room -= read.size;
    found.push(
      'text' in read ? { file: path.file, text: read.text } : { file: path.file, unread: read.unread },
    );
  }
  return found;
}

type FilePath = { readonly root: string; readonly file: string };

/** A pattern that is relative is one of the workspace. */
function pathsOf(pattern: string, places: ReportPlaces, roots: readonly string[]): FilePath[] {
  const written = isAbsolute(pattern) ? pattern : join(places.workspace, pattern);
  const all = [places.workspace, places.temp, ...roots].map((place) => resolve(place));
  const root = all.find((place) => isInside(place, written));
  if (root === undefined) throw outside(pattern);
  const inside = relative(root, written).split(sep).join('/');
  const [paths = []] = findFiles(root, [inside]).paths;
  return paths.map((file) => ({ root, file }));
}

function isInside(root: string, path: string): boolean {
  const step = relative(root, resolve(path));
  return step !== '' && step !== '..' && !step.startsWith(`..${sep}`) && !isAbsolute(step);
}

type Reading = { readonly size: number } & ({ readonly text: string } | { readonly unread: string });

/** The code of what a TextDecoder throws. */
const NOT_UTF8 = 'ERR_ENCODING_INVALID_ENCODED_DATA';

async function readOne({ root, file }: FilePath, room: number): Promise<Reading> {
  try {
    const path = join(root, file);
    const real = await realpath(path);
    if (!isInside(await realpath(root), real)) return { size: 0, unread: 'is a link that leads elsewhere' };
    const { size, isFile } = await statOf(real);
    if (!isFile) return { size: 0, unread: 'is not a regular file' };
    if (size === 0) return { size, unread: 'is empty' };
    if (size > MOST_BYTES) return { size: 0, unread: `has ${bytes(size)}, more than a report may have` };
    if (size > room)
      return {
        size: 0,
        unread: `is left out: the reports have more than ${bytes(MOST_BYTES_IN_ALL)} together`,
      };
    return { size, text: new TextDecoder('utf-8', { fatal: true }).decode(await readFile(real)) };
  } catch (thrown) {
    const { code = String(thrown) } = thrown as NodeJS.ErrnoException;
    return { size: 0, unread: code === NOT_UTF8 ? 'is not UTF-8' : `could not be read (${code})` };
  }
}

async function statOf(path: string) {
  const found = await stat(path);
  return { size: found.size, isFile: found.isFile() };
}

async function realOr(path: string): Promise<string> {
  return path === '' ? '' : realpath(path).catch(() => path);
}

function nothingFound(patterns: readonly string[], { workspace, temp }: ReportPlaces): UserError {
  const where = patterns
    .map((pattern) => (isAbsolute(pattern) ? pattern : join(workspace, pattern)))
    .join(', ');
  return new UserError('input', `input merge-reports: no file matches ${where}`, {
    hint: `let actions/download-artifact put the reports there, or write where they are below ${workspace} or ${temp}, as in reports/**/*.json`,
  });
}

function tooMany(number: number, patterns: readonly string[]): UserError {
  return new UserError('input', `input merge-reports: ${amount(number)} files match ${patterns.join(', ')}`, {
    hint: `write a pattern that matches the reports alone, at most ${amount(MOST_FILES)}, as in reports/**/report.json`,
  });
}

function outside(pattern: string): UserError {
  return new UserError(
    'input',
    `input merge-reports: ${pattern} is outside the workspace and the temporary folder of the runner`,
    {
      hint: 'write a path in the workspace, or one below the folder that runner.temp names',
    },
  );
}
