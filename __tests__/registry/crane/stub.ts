// A shell script in the place of crane, and folders that go away after a test.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];

export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fresh-mirror-'));
  folders.push(folder);
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Writes the script and gives back its path. `$N` counts its calls, beginning with 1; each call is a line of `calls`. */
export function stubCrane(body: string): { file: string; calls: string } {
  const folder = makeFolder();
  const calls = join(folder, 'calls');
  const file = join(folder, 'crane');
  const head = `#!/bin/sh\necho "$*" >> '${calls}'\nN=$(wc -l < '${calls}')\nN=$((N))\n`;
  writeFileSync(calls, '');
  writeFileSync(file, `${head}${body}\n`, { mode: 0o755 });
  return { file, calls };
}

/** Enough of an environment for a shell script. */
export const ENV = { PATH: '/usr/bin:/bin' };
