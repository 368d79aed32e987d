// A shell script in the place of crane, and folders that go away after a test.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CraneDeps } from '../../../src/registry/crane/attempts.ts';

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

/** A script as crane, and a clock on which sleeping takes no time; `slept` and `lines` tell what was done. */
export function craneWith(script: string, deps: Partial<CraneDeps> = {}) {
  const { file, calls } = stubCrane(script);
  const lines: string[] = [];
  const slept: number[] = [];
  const say = (line: string) => void lines.push(line);
  const sleep = async (milliseconds: number) => void slept.push(milliseconds);
  const settings = { file, env: ENV, temp: makeFolder(), usesHttp: () => false };
  const all: CraneDeps = { ...DEPS, clock: { sleep }, log: { debug: say, warning: say }, ...deps };
  const called = () => readFileSync(calls, 'utf8').split('\n').slice(0, -1);
  return { settings, deps: all, called, lines, slept };
}

/** What crane is given where a test looks at none of it: nothing is paced, checked, hidden or said. */
export const DEPS: CraneDeps = {
  clock: { sleep: async () => undefined },
  log: { debug: () => undefined, warning: () => undefined },
  pace: { ready: async () => undefined, pause: () => true },
  prove: async () => undefined,
  redact: (text) => text,
  random: () => 0,
};
