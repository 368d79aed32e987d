// Reads files of the workspace and nothing outside of it: the path in an input may be a stranger's.

import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
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
 * The bytes of a regular file inside the workspace. Throws a UserError `config` for a file that is missing, is not
 * a regular file, or lies outside, also by way of a symbolic link.
 */
export async function readInside(
  workspace: string,
  path: string,
  kind: FileKind = IMAGES_CONFIG,
): Promise<Uint8Array> {
  const root = await realpath(workspace);
  const wanted = resolve(root, path);
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
  const step = relative(root, path);
  return step === '..' || step.startsWith('../') || step.startsWith('..\\') || isAbsolute(step);
}

function outside(path: string, { hints }: FileKind): UserError {
  return new UserError('config', `${path} is outside the workspace`, { hint: hints.outside });
}

function missing(path: string, { hints }: FileKind, cause: unknown): UserError {
  return new UserError('config', `there is no file ${path} in the workspace`, { hint: hints.missing, cause });
}

function tooLarge(path: string, { what, hints }: FileKind, size: number): UserError {
  return new UserError('config', `${path} has ${size} bytes, more than ${what} may have`, {
    hint: hints.large,
  });
}
