// Programs whose life shows: each adds to a file as long as it runs, and ends by itself after a while, so that one that nobody
// ends does not keep a test from failing.

import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A line of shell that beats into a file for some twenty seconds. */
export function shellBeats(file: string): string {
  return `n=0; while [ $n -lt 400 ]; do n=$((n+1)); echo x >> "${file}"; sleep 0.05; done`;
}

/** The same as arguments for Node, on every platform; with a child of its own that beats as well, deaf to SIGINT both. */
export function nodeTree(own: string, child: string): readonly string[] {
  const beat = (file: string, then: string) =>
    `process.on('SIGINT', () => {}); let n = 0; ${then}
     setInterval(() => { require('node:fs').appendFileSync(${JSON.stringify(file)}, 'x'); if (++n > 400) process.exit() }, 50)`;
  const start = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(beat(child, ''))}], { stdio: 'inherit' });`;
  return ['-e', beat(own, start)];
}

/** How often a program has beaten into a file. */
export function beatsOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Whether nobody beats into a file any more. */
export async function isStill(file: string): Promise<boolean> {
  const before = beatsOf(file);
  await sleep(500);
  return before > 0 && beatsOf(file) === before;
}
