// What a tag would cost: the blobs that the mirror does not have, of the platforms that are mirrored.

import { describe, expect, it } from '@jest/globals';
import { image } from '../../../demo/images.mjs';
import { Failure } from '../../../src/base/errors/failure.ts';
import type { Platform } from '../../../src/image/manifest/platform.ts';
import type { Digest } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { formatName } from '../../../src/image/names/reference.ts';
import { type Cost, costsOf, mayMeasure, type Priced, totalCost } from '../../../src/plan/select/cost.ts';
import { createPricer, MOST_IMAGES } from '../../../src/run/prices/price.ts';
import { MIRROR, PULL } from '../../plan/steps/builders.ts';
import { type MemoryDoors, memoryDoors } from '../fakes.ts';

type Image = ReturnType<typeof image>;
const NEW = image('NEW');
const TOTAL = sizeOf(NEW);
const NOTHING_KNOWN = { bodies: new Map(), mirrorLists: new Map() };
const AMD64: Platform = { os: 'linux', architecture: 'amd64', variant: '', build: '' };

function sizeOf({ blobs }: Image): number {
  return blobs.reduce((sum, blob) => sum + blob.bytes.length, 0);
}

function hold(doors: MemoryDoors, images: readonly Image[]): MemoryDoors {
  for (const { index, manifests } of images) {
    for (const { digest, mediaType, bytes } of [index, ...manifests]) {
      doors.upstream.held.set(lookUp(PULL, digest), { digest: digest as Digest, mediaType, bytes });
    }
  }
  return doors;
}

function tagOf(tag: string, made: Image, more: Partial<Priced> = {}): Priced {
  const digest = made.index.digest as Digest;
  return { pull: PULL, mirror: MIRROR, tag, digest, platforms: [], isThere: false, ...more };
}

async function costs(
  tags: readonly Priced[],
  doors: MemoryDoors,
  mostPulls?: number,
): Promise<(Cost | null)[]> {
  const measured = await createPricer(doors, NOTHING_KNOWN, mostPulls).measure(tags, MOST_IMAGES);
  return [...costsOf(tags, measured).values()];
}

const gets = ({ upstream }: MemoryDoors) => upstream.calls.filter((call) => call.startsWith('get ')).length;

describe('the cost of a tag', () => {
  it('is every blob once, for the platforms of the index', async () => {
    const doors = hold(memoryDoors(), [NEW]);
    expect(await costs([tagOf('1.1', NEW)], doors)).toEqual([{ bytes: TOTAL, platforms: 2, exact: true }]);
    expect(gets(doors)).toBe(3);
    expect(doors.lines).toEqual(['measured 1 image to price 1 tag: 3 pulls spent']);
  });

  it('is that of the mirrored platforms alone, and reads no others', async () => {
    const doors = hold(memoryDoors(), [NEW]);
    const [cost] = await costs([tagOf('1.1', NEW, { platforms: [AMD64] })], doors);
    expect([cost?.platforms, (cost?.bytes ?? 0) < TOTAL, gets(doors)]).toEqual([1, true, 2]);
  });

  it('is nothing where the mirror holds all blobs', async () => {
    const doors = hold(memoryDoors(), [NEW]);
    const mirror = { ...doors.mirror, hasBlob: async () => true };
    expect((await costs([tagOf('1.1', NEW)], { ...doors, mirror }))[0]?.bytes).toBe(0);
  });

  it('is measured once for tags of one image', async () => {
    const doors = hold(memoryDoors(), [NEW]);
    const tags = ['3.5', '3.5.1', '3'].map((tag) => tagOf(tag, NEW));
    expect((await costs(tags, doors)).map((cost) => cost?.exact)).toEqual([true, true, true]);
    expect(gets(doors)).toBe(3);
    const measured = await createPricer(doors, NOTHING_KNOWN).measure(tags, MOST_IMAGES);
    expect(totalCost(tags, measured)).toEqual({ tags: 3, bytes: TOTAL, exact: true, unknown: 0 });
  });

  it('of an image that the mirror has under another tag is read there, and is no pull', async () => {
    const doors = memoryDoors();
    for (const { digest, mediaType, bytes } of [NEW.index, ...NEW.manifests])
      doors.mirror.held.set(lookUp(MIRROR, digest), { digest: digest as Digest, mediaType, bytes });
    const pricer = createPricer(doors, NOTHING_KNOWN);
    const measured = await pricer.measure([tagOf('1.1', NEW, { isThere: true })], MOST_IMAGES);
    expect([measured.size, gets(doors), pricer.pulls()]).toEqual([1, 0, 0]);
    expect(doors.lines).toEqual(['measured 1 image to price 1 tag: no pull spent']);
  });

  it('reads nothing again that the run has read', async () => {
    const doors = hold(memoryDoors(), [NEW]);
    const bodies = new Map(
      [...doors.upstream.held].map(([key, value]) => [key, { kind: 'seen' as const, value }]),
    );
    const pricer = createPricer(doors, { ...NOTHING_KNOWN, bodies });
    expect((await pricer.measure([tagOf('1.1', NEW)], MOST_IMAGES)).size).toBe(1);
    expect([gets(doors), pricer.pulls()]).toEqual([0, 0]);
  });

  it('asks no blob of a repository that is not there', async () => {
    const doors = hold(memoryDoors(), [NEW]);
    const mirrorLists = new Map([[formatName(MIRROR), { kind: 'absent' as const, doubt: null }]]);
    const pricer = createPricer(doors, { ...NOTHING_KNOWN, mirrorLists });
    const measured = await pricer.measure([tagOf('1.1', NEW)], MOST_IMAGES);
    expect([...measured.values()].map(({ missing }) => missing.size)).toEqual([NEW.blobs.length]);
    expect(doors.mirror.calls).toEqual([]);
  });
});

describe('the limits of measuring', () => {
  const many = Array.from({ length: 50 }, (_, at) => image(`I${at}`, { layerBytes: 64 }));

  it('beyond twenty images the newest of each series stands for the others', async () => {
    const doors = hold(memoryDoors(), many);
    const tags = many.map((made, at) => tagOf(at < 40 ? `1.${at}` : `1.${at}-slim`, made));
    const all = await costs(tags, doors);
    expect(gets(doors)).toBe(2 * 3);
    expect([all[39]?.exact, all[0]?.exact, all[49]?.exact, all[40]?.exact]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it('at most so many manifests are read, the newest of each series first', async () => {
    const doors = hold(memoryDoors(), many);
    const tags = many.slice(0, 20).map((made, at) => tagOf(`1.${at}${at % 2 ? '-slim' : ''}`, made));
    const all = await costs(tags, doors, 7);
    expect(gets(doors)).toBe(7);
    expect(all.filter((cost) => cost?.exact).length).toBe(2);
    expect([all[18]?.exact, all[19]?.exact]).toEqual([true, true]);
    expect(doors.lines).toEqual([
      'measured 2 images to price 20 tags: 7 pulls spent',
      'no more pulls are spent on prices in this run; other tags cost about as much as the newest of their series',
    ]);
    expect(all.every((cost) => cost !== null)).toBe(true);
  });

  it('no pull is spent that a known limit is too short for', async () => {
    const doors = hold(memoryDoors(), many);
    const limit = { limit: 100, remaining: 34 };
    const counting = {
      ...doors,
      mayPull: (_: unknown, pulls = 1) => mayMeasure(limit, pulls),
      upstream: {
        ...doors.upstream,
        get: async (...asked: Parameters<typeof doors.upstream.get>) => {
          expect(limit.remaining).toBeGreaterThanOrEqual(30);
          limit.remaining -= 1;
          return doors.upstream.get(...asked);
        },
      },
    };
    const tags = many.slice(0, 4).map((made, at) => tagOf(`1.${at}`, made));
    expect((await costs(tags, counting)).map((cost) => cost?.exact)).toEqual([false, false, false, true]);
    expect(limit.remaining).toBe(30);
  });
});

describe('what could not be had', () => {
  it('is unknown, no failure, and not asked for twice in a run', async () => {
    const doors = memoryDoors();
    const pricer = createPricer(doors, NOTHING_KNOWN);
    for (const _ of [1, 2]) expect((await pricer.measure([tagOf('1.1', NEW)], MOST_IMAGES)).size).toBe(0);
    expect(gets(doors)).toBe(1);
  });

  it('is no price where the mirror cannot tell what it has', async () => {
    const doors = hold(memoryDoors(), [NEW]);
    const hasBlob = async () => {
      throw new Failure('server-error', '500');
    };
    const tag = tagOf('1.1', NEW);
    expect(await costs([tag], { ...doors, mirror: { ...doors.mirror, hasBlob } })).toEqual([null]);
    const hides = async () => {
      throw new Failure('denied', '403');
    };
    const [cost] = await costs([tag], { ...doors, mirror: { ...doors.mirror, hasBlob: hides } });
    expect(cost?.bytes).toBe(TOTAL);
  });
});
