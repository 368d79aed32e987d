// Manifests that a run holds: all there, bounded in all, and few large ones on their way at once.

import { randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import type { ManifestBody } from '../../../src/image/manifest/manifest.ts';
import { digestOf } from '../../../src/image/names/digest.ts';
import { createBodyStore } from '../../../src/run/observe/bodies.ts';

function bodyOf(bytes: Buffer): ManifestBody {
  return { digest: digestOf(bytes), mediaType: 'application/x', bytes };
}

it.each([
  ['small', Buffer.from('{}')],
  ['large', Buffer.alloc(3_900_000, 'x')],
  ['large and random', randomBytes(400_000)],
])('gives back what is %s, byte for byte', async (_name, bytes) => {
  const held = await createBodyStore().hold(async () => bodyOf(bytes));
  expect(held?.digest).toBe(digestOf(bytes));
  expect(digestOf(held?.bytes ?? Buffer.alloc(0))).toBe(digestOf(bytes));
});

it('has room for large ones that are mostly nothing', async () => {
  const store = createBodyStore(1_000_000);
  for (let at = 0; at < 20; at += 1) {
    expect(await store.hold(async () => bodyOf(Buffer.alloc(3_900_000, `${at}`)))).not.toBeNull();
  }
});

it('refuses what goes beyond the bound, and reads nothing more then', async () => {
  const store = createBodyStore(1_000_000);
  const read = async () => bodyOf(randomBytes(400_000));
  expect(await store.hold(read)).not.toBeNull();
  expect(await store.hold(read)).not.toBeNull();
  await expect(store.hold(read)).rejects.toMatchObject({ reason: 'unsupported' });
  let asked = 0;
  const ask = async () => {
    asked += 1;
    return null;
  };
  await expect(store.hold(ask)).rejects.toThrow(/more than 1 MiB of memory/);
  expect(asked).toBe(0);
});

it.each([
  ['large', 400_000, 8],
  ['small', 10, 64],
])('reads at most so many %s ones at once', async (_name, size, expected) => {
  const store = createBodyStore();
  const state = { now: 0, most: 0 };
  const read = async () => {
    state.now += 1;
    state.most = Math.max(state.most, state.now);
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    state.now -= 1;
    return bodyOf(Buffer.alloc(size));
  };
  await Promise.all(Array.from({ length: 600 }, () => store.hold(read)));
  expect(state.most).toBe(expected);
});
