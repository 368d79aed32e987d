// Reads files of the workspace and nothing outside of it: the path in an input may be a stranger's.

import { realpathSync } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Words } from '../base/errors/diagnostic.ts';
import { UserError } from '../base/errors/user-error.ts';

/** What a file is to be; `hints` say what to do where it is outside, missing or too large. */
export type FileKind = {
  readonly what: string;
  readonly mostBytes: number;
  readonly hints: { readonly outside: string; readonly missing: string; readonly large: string };
};

/** Far above any images config, far below what would fill the memory; the parser's own limit is lower. */
const IMAGES_CONFIG: FileKind = {
  what: 'an images config',
  mostBytes: 16 * 1024 * 1024,
  hints: {
    outside: 'keep the images config in the repository that the workflow checks out',
    missing: 'check the input `config`, and that actions/checkout runs before this step',
    large: 'split it into several configs and run one job for each',
  },
};

/**
 * The one spelling of a path: relative to the workspace, with `/` between its parts, whatever links lead to the workspace.
 * A path that lies outside stays as it is written.
 */
export function normalPath(workspace: string, path: string): string {
  const written = resolve(workspace, path);
  const root = realOr(workspace);
  const candidates = [
    relative(workspace, written),
    relative(root, written),
    relative(root, join(realOr(dirname(written)), basename(written))),
  ];
  const inside = candidates.find((step) => step !== '' && !leadsOut(step));
  return inside === undefined ? path : inside.split(sep).join('/');
}

/**
 * Where links lead, as the system spells it: `RUNNER~1` in full, and macOS does not care for capitals. The path itself where
 * nothing is there.
 */
function realOr(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

/**
 * The bytes of a regular file inside the workspace. Throws a UserError `config` for a file that is missing, is not
 * a regular file, or lies outside, also by way of a symbolic link.
 */
export async function readInside(
  workspace: string,
  path: string,
  kind: FileKind = IMAGES_CONFIG,
): Promise<Uint8Array> {
  const root = await realpath(workspace);
  const wanted = resolve(root, normalPath(workspace, path));
  if (isOutside(root, wanted)) throw outside(path, kind);
  const real = await realpath(wanted).catch((cause: unknown) => {
    throw missing(path, kind, cause);
  });
  if (isOutside(root, real)) throw outside(path, kind);
  const entry = await stat(real);
  if (!entry.isFile()) {
    throw new UserError('config', `${path} is not a file`, { hint: `give the path of ${kind.what}` });
  }
  if (entry.size > kind.mostBytes) throw tooLarge(path, kind, entry.size);
  return readFile(real);
}

function isOutside(root: string, path: string): boolean {
  return leadsOut(relative(root, path));
}

function leadsOut(step: string): boolean {
  return step === '..' || step.startsWith('../') || step.startsWith('..\\') || isAbsolute(step);
}

function outside(path: string, { hints }: FileKind): UserError {
  return new UserError('config', `${path} is outside the workspace`, { hint: hints.outside });
}

/** The words for a file of the config that could not be read; they are shown at the place that names the file. */
export function unreadWords(thrown: unknown, path: string): Words {
  if (thrown instanceof UserError) {
    const rule = thrown instanceof MissingFile ? 'missing-file' : 'unreadable-file';
    return { rule, message: thrown.message, hint: thrown.hint };
  }
  const { code = 'unknown error' } = thrown as NodeJS.ErrnoException;
  return notReadable(`${path} (${code})`);
}

/** What is said of a file or folder that this user may not read. */
export function notReadable(what: string): Words {
  const hint = 'give this user the right to read it';
  return { rule: 'unreadable-file', message: `${what} cannot be read`, hint };
}

class MissingFile extends UserError {}

function missing(path: string, { hints }: FileKind, cause: unknown): UserError {
  return new MissingFile('config', `there is no file ${path} in the workspace`, {
    hint: hints.missing,
    cause,
  });
}

function tooLarge(path: string, { what, hints }: FileKind, size: number): UserError {
  return new UserError('config', `${path} has ${size} bytes, more than ${what} may have`, {
    hint: hints.large,
  });
}
