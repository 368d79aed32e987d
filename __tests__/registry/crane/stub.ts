// A shell script in the place of crane, a real fence before a client in memory, and folders that go away after a test.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBreaker } from '../../../src/base/flow/breaker.ts';
import { CRANE_DEFAULTS, type Crane, type CraneSettings } from '../../../src/registry/crane/fenced.ts';
import { createFence, type Fence } from '../../../src/registry/fence/fence.ts';
import { type MemoryClient, memoryClient } from '../memory-client.ts';

const folders: string[] = [];
const fences: Fence[] = [];

export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fresh-mirror-'));
  folders.push(folder);
  return folder;
}

/** Takes away what the tests left: folders, and fences that still listen. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  for (const fence of fences.splice(0)) fence.close();
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

/** What a test may put in the place of what `craneWith` takes by itself. */
type Own = {
  readonly settings?: Partial<CraneSettings>;
  readonly client?: MemoryClient;
  readonly redact?: (text: string) => string;
  readonly signal?: AbortSignal;
};

/** A script as crane, and a clock on which sleeping takes no time; `slept` and `lines` tell what was done. */
export function craneWith(script: string, own: Own = {}) {
  const { file, calls } = stubCrane(script);
  const lines: string[] = [];
  const slept: number[] = [];
  const client = own.client ?? memoryClient();
  const say = (line: string) => void lines.push(line);
  const log = { debug: say, warning: say };
  const fence = createFence(client, log);
  fences.push(fence);
  const crane: Crane = {
    settings: { ...CRANE_DEFAULTS, file, env: ENV, ...own.settings },
    deps: {
      fence,
      waits: { begin: () => undefined },
      breaker: createBreaker({ clock: { now: () => 0 }, tell: say }),
      clock: { sleep: async (milliseconds) => void slept.push(milliseconds) },
      log,
      redact: own.redact ?? ((text) => text),
      random: () => 0,
      ...(own.signal === undefined ? {} : { signal: own.signal }),
    },
  };
  const called = () => readFileSync(calls, 'utf8').split('\n').slice(0, -1);
  return { crane, client, called, lines, slept };
}
