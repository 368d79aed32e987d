// What a new tag would cost: the blobs that the mirror does not have, over all platforms.

import { expect, it } from '@jest/globals';
import { image } from '../../../demo/images.mjs';
import { parseConfig } from '../../../src/config/images/parse.ts';
import type { Digest } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import type { Cost } from '../../../src/plan/select/cost.ts';
import type { NewTag } from '../../../src/plan/select/new-tags.ts';
import { measureCosts } from '../../../src/run/observe/price.ts';
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

const [PARSED] = parseConfig(Buffer.from('mirror: ghcr.io/m\nimages: [ruby:1.0]\n'), 'images.yaml').config
  .entries;
if (PARSED === undefined) throw new Error('the config has no entry');
const ENTRY = { ...PARSED, pull: PULL, mirror: MIRROR };

function wanted(tag: string, series = 'N.N'): NewTag {
  return { entry: ENTRY, tag, series, beside: '1.0', cost: null };
}

async function costsOf(tags: readonly NewTag[], doors: MemoryDoors): Promise<Map<string, Cost | null>> {
  return new Map((await measureCosts(tags, doors)).map(({ tag, cost }) => [tag, cost]));
}

it('is every blob once, for the platforms of the index', async () => {
  const costs = await costsOf([wanted('1.1')], doorsWith(['1.1']));
  expect(costs.get('1.1')).toEqual({ bytes: TOTAL, platforms: 2, exact: true });
});

it('is nothing where the mirror holds all blobs', async () => {
  const doors = doorsWith(['1.1']);
  const mirror = { ...doors.mirror, hasBlob: async () => true };
  expect((await costsOf([wanted('1.1')], { ...doors, mirror })).get('1.1')?.bytes).toBe(0);
});

it('is measured for at most twenty tags; beyond, one of each series stands for the others', async () => {
  const tags = Array.from({ length: 50 }, (_, at) => `1.${at}`);
  const doors = doorsWith(tags);
  const costs = await costsOf(
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
  expect((await costsOf([wanted('1.1')], doorsWith([]))).get('1.1')).toBeNull();
  const doors = doorsWith(['1.1']);
  expect((await costsOf([wanted('1.1')], { ...doors, mayPull: () => false })).get('1.1')).toBeNull();
  expect(doors.upstream.calls).toEqual([]);
});
