// Reads files of the workspace and nothing outside of it: the path in an input may be a stranger's.

import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { UserError } from '../base/errors/user-error.ts';

/**
 * The bytes of a regular file inside the workspace. Throws a UserError `config` for a file that is missing, is not
 * a regular file, or lies outside, also by way of a symbolic link.
 */
export async function readInside(workspace: string, path: string): Promise<Uint8Array> {
  const root = await realpath(workspace);
  const wanted = resolve(root, path);
  if (isOutside(root, wanted)) throw outside(path);
  const real = await realpath(wanted).catch((cause: unknown) => {
    throw missing(path, cause);
  });
  if (isOutside(root, real)) throw outside(path);
  const entry = await stat(real);
  if (!entry.isFile()) {
    throw new UserError('config', `${path} is not a file`, { hint: 'give the path of the images config' });
  }
  if (entry.size > MOST_BYTES) throw tooLarge(path, entry.size);
  return readFile(real);
}

/** Far above any images config, far below what would fill the memory; the parser's own limit is lower. */
const MOST_BYTES = 16 * 1024 * 1024;

function isOutside(root: string, path: string): boolean {
  const step = relative(root, path);
  return step === '..' || step.startsWith('../') || step.startsWith('..\\') || isAbsolute(step);
}

function outside(path: string): UserError {
  return new UserError('config', `${path} is outside the workspace`, {
    hint: 'keep the images config in the repository that the workflow checks out',
  });
}

function missing(path: string, cause: unknown): UserError {
  return new UserError('config', `there is no file ${path} in the workspace`, {
    hint: 'check the input `config`, and that actions/checkout runs before this step',
    cause,
  });
}

function tooLarge(path: string, size: number): UserError {
  return new UserError('config', `${path} has ${size} bytes, more than an images config may have`, {
    hint: 'split it into several configs and run one job for each',
  });
}
