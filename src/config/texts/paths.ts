// Paths of files of the workspace as a config names them.

import { type Mistake, show } from '../../base/errors/mistake.ts';

/** Characters that a path or a key may have. */
export const MAX_PATH = 256;

/** `./a//b` is `a/b`: one file has one path. */
export function plainPath(path: string): string {
  return path
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .join('/');
}

/**
 * True for the name of git's own folder, also where capital letters do not count; on Windows `.git.` is it, too, and so is what
 * names a stream of it, as `.git::$INDEX_ALLOCATION` (Git's core.protectNTFS).
 */
export function isGit(name: string): boolean {
  return /^\.git[. ]*(?::.*)?$/i.test(name);
}

/** What is wrong with a path or a pattern from the root of the workspace; null for a good one. */
export function pathMistake(path: string): Mistake | null {
  const hint = 'write a path from the root of the repository, as in deploy/app.yaml';
  if (path.replace(/[\s./]/g, '') === '' && !path.includes('..'))
    return { mistake: 'the path is empty', hint };
  if (path.length > MAX_PATH) return { mistake: `the path has ${path.length} characters`, hint };
  if (path.includes('\\'))
    return { mistake: `${show(path)} has a backslash`, hint: 'write / between folders' };
  if (/^(?:\/|[A-Za-z]:)/.test(path)) return { mistake: `${show(path)} is not inside the workspace`, hint };
  const parts = path.split('/');
  if (parts.includes('..')) return { mistake: `${show(path)} leaves its folder with ..`, hint };
  if (parts.some(isGit)) return { mistake: `${show(path)} lies under .git, which is never read`, hint };
  return null;
}
