// Job L's walls are those of a line of one gigabit a second only if the proxies really hold bodies to it.

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import { makeLine, throughLine } from '../../bench/rig/line.ts';

it('lets a burst pass, then holds bytes to the speed', () => {
  let now = 100;
  const line = makeLine(1_000_000, () => now);
  // 20 ms of tokens had gathered: 20,000 bytes.
  expect(line.take(20_000)).toBe(0);
  expect(line.take(10_000)).toBe(10);
  expect(line.take(10_000)).toBe(20);
  now = 120;
  expect(line.take(1_000)).toBe(1);
});

it('gathers no more than a burst, however long nothing passes', () => {
  let now = 0;
  const line = makeLine(1_000_000, () => now);
  line.take(20_000);
  now = 60_000;
  expect(line.take(30_000)).toBe(10);
});

it('slows two streams down together, and changes no byte', async () => {
  const line = makeLine(10_000_000);
  const parts = Array.from({ length: 10 }, (_, at) => Buffer.alloc(50_000, at));
  const started = performance.now();
  const both = await Promise.all([1, 2].map(() => buffer(Readable.from(parts).pipe(throughLine(line)))));
  // 1 MB at 10 MB/s: 100 ms, 20 of them given.
  expect(performance.now() - started).toBeGreaterThan(75);
  expect(both.map((bytes) => bytes.equals(Buffer.concat(parts)))).toEqual([true, true]);
});
