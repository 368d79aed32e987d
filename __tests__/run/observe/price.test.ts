// What a new tag would cost: the blobs that the mirror does not have, over all platforms.

import { expect, it } from '@jest/globals';
import { image } from '../../../demo/images.mjs';
import type { Digest } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { measureCosts, type NewTagAt } from '../../../src/run/observe/price.ts';
import { MIRROR, PULL } from '../../plan/steps/builders.ts';
import { type MemoryDoors, memoryDoors } from '../fakes.ts';

const NEW = image('NEW');
const TOTAL = NEW.blobs.reduce((sum, blob) => sum + blob.bytes.length, 0);

function doorsWith(tags: readonly string[]): MemoryDoors {
  const doors = memoryDoors();
  for (const { digest, mediaType, bytes } of [NEW.index, ...NEW.manifests]) {
    const body = { digest: digest as Digest, mediaType, bytes };
    doors.upstream.held.set(lookUp(PULL, digest), body);
    if (digest === NEW.index.digest) for (const tag of tags) doors.upstream.held.set(lookUp(PULL, tag), body);
  }
  return doors;
}

function wanted(tag: string, series = 'N.N'): NewTagAt {
  return { key: tag, series, tag, pull: PULL, mirror: MIRROR };
}

it('is every blob once, for the platforms of the index', async () => {
  const costs = await measureCosts([wanted('1.1')], doorsWith(['1.1']));
  expect(costs.get('1.1')).toEqual({ bytes: TOTAL, platforms: 2, exact: true });
});

it('is nothing where the mirror holds all blobs', async () => {
  const doors = doorsWith(['1.1']);
  const mirror = { ...doors.mirror, hasBlob: async () => true };
  expect((await measureCosts([wanted('1.1')], { ...doors, mirror })).get('1.1')?.bytes).toBe(0);
});

it('is measured for at most twenty tags; beyond, one of each series stands for the others', async () => {
  const tags = Array.from({ length: 50 }, (_, at) => `1.${at}`);
  const doors = doorsWith(tags);
  const costs = await measureCosts(
    tags.map((tag) => wanted(tag, Number(tag.slice(2)) < 40 ? 'a' : 'b')),
    doors,
  );
  expect(doors.upstream.calls.filter((call) => / .*:1\.\d+$/.test(call))).toHaveLength(2);
  expect([costs.get('1.39')?.exact, costs.get('1.0')?.exact, costs.get('1.49')?.exact]).toEqual([
    true,
    false,
    true,
  ]);
});

it('is unknown, and no failure, where upstream cannot be read or pulls run short', async () => {
  expect((await measureCosts([wanted('1.1')], doorsWith([]))).get('1.1')).toBeNull();
  const doors = doorsWith(['1.1']);
  expect((await measureCosts([wanted('1.1')], { ...doors, mayPull: () => false })).get('1.1')).toBeNull();
  expect(doors.upstream.calls).toEqual([]);
});
