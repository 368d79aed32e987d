// Where the harness finds the project's own files and the programs that were built for the tests.

import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../../..');

/** A program built for the tests: `crane`, `registry`, `act`, `actionlint`. */
export function tool(name: string): string {
  return join(ROOT, '.tools/bin', name);
}

const PACKAGED = join(ROOT, 'node_modules/.bin/node');

/** The Node that runs the action, whatever Node runs the tests; where npm has none for the platform, the one of the tests. */
export const NODE = existsSync(PACKAGED) ? PACKAGED : process.execPath;

/** A path that finds Node 24 and the system's own programs and nothing else. */
export const CLEAN_PATH = [dirname(NODE), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);

/** The full path of a program on this process's PATH, or null. */
export function which(name: string): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (folder !== '' && isExecutable(path)) return path;
  }
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return existsSync(path);
  } catch {
    return false;
  }
}
