// Errors of the machine that this runs on, as Node tells them: a full disk, a folder that is not there, too many open files.

/** What is wrong with the machine, and what to do about it. */
type Trouble = { readonly message: string; readonly hint: string };

const DISK = "check the runner's disk, its folder for temporary files (RUNNER_TEMP), and who may write there";
const LIMIT = 'raise the limits of this runner for open files and processes (ulimit -n, ulimit -u)';

const TROUBLES: Readonly<Record<string, readonly [happened: string, hint: string]>> = {
  ENOSPC: ['the disk of this runner is full', DISK],
  EDQUOT: ['the disk quota of this runner is used up', DISK],
  EIO: ['the disk of this runner is broken', DISK],
  EROFS: ['a folder of this runner is read-only', DISK],
  EACCES: ['this runner does not let the action use a file', DISK],
  EPERM: ['this runner does not let the action use a file', DISK],
  ENOENT: ['a file or folder of this runner is missing', DISK],
  ENOTDIR: ['what should be a folder of this runner is a file', DISK],
  EISDIR: ['what should be a file of this runner is a folder', DISK],
  EMFILE: ['too many files are open on this runner', LIMIT],
  ENFILE: ['too many files are open on this runner', LIMIT],
  EAGAIN: ['this runner starts no more processes', LIMIT],
  ENOMEM: ['this runner has no memory left', 'use a runner with more memory'],
};

/** The trouble that a system call met; null for any other error. */
export function machineTrouble(thrown: unknown): Trouble | null {
  // Not `instanceof`: Node's own errors may come from another realm.
  const { code, syscall, message }: Partial<Record<string, unknown>> = Object(thrown);
  if (typeof code !== 'string' || typeof syscall !== 'string' || typeof message !== 'string') return null;
  const trouble = Object.hasOwn(TROUBLES, code) ? TROUBLES[code] : undefined;
  return trouble === undefined ? null : { message: `${trouble[0]} (${message})`, hint: trouble[1] };
}
