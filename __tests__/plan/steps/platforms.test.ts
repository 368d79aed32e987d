// The guard as a plan meets it: what is read in which round, what comes of a tag, and what stays fresh.

import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { UserError } from '../../../src/base/errors/user-error.ts';
import type { Policies } from '../../../src/config/policies/policy.ts';
import type { RawPlatform } from '../../../src/image/manifest/platform.ts';
import { type Digest, digestOf } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import type { ImageConfig, Observation, Seen } from '../../../src/plan/observation/observation.ts';
import type { OpenManifest } from '../../../src/plan/platforms/served.ts';
import type { Wanted } from '../../../src/plan/select/select.ts';
import { makePlan, readsNeeded } from '../../../src/plan/steps/plan.ts';
import type { Plan, PlannedTag } from '../../../src/plan/steps/step.ts';
import { bodyOf, digestOfImage, platforms, side } from '../platforms/sides.ts';
import { MIRROR, PULL, policies, wanted } from './builders.ts';

type Held = Record<string, OpenManifest['body'] | string>;
type World = {
  readonly upstream?: Held;
  readonly mirror?: Held;
  readonly tags?: readonly Wanted[];
  readonly policies?: Partial<Policies>;
  /** Look-ups that cannot be had. */
  readonly broken?: readonly string[];
};
type Ended = Plan & {
  /** What was read in each round, as `m manifest`, `u config`, … */
  readonly rounds: readonly (readonly string[])[];
};

const NAMES = { upstream: PULL, mirror: MIRROR };

/** Plans in rounds as observe does, from two registries in memory; children are all there. */
function plan(world: World): Ended {
  const tags = world.tags ?? [wanted('3.4', { policies: policies(world.policies ?? {}) })];
  const sides = { upstream: open(world.upstream ?? {}), mirror: open(world.mirror ?? {}) };
  const head = (at: 'upstream' | 'mirror', tag: string) => {
    const body = sides[at].tags.get(tag);
    return body === undefined ? ({ kind: 'absent', doubt: null } as const) : seen(body);
  };
  const selection = { wanted: tags, unmatched: [] };
  const heads = (at: 'upstream' | 'mirror') =>
    new Map(tags.map((one) => [lookUp(NAMES[at], one.tag), head(at, one.tag)] as const));
  let observation: Observation = {
    today: '2026-09-11',
    lists: new Map(),
    mirrorLists: new Map(),
    upstream: heads('upstream'),
    mirror: heads('mirror'),
    bodies: new Map(),
    configs: new Map(),
  };
  const rounds: string[][] = [];
  for (;;) {
    const reads = readsNeeded(selection, observation);
    if (reads.length === 0) return { ...makePlan(selection, observation), rounds };
    if (rounds.length > 10) throw new Error('the plan never has enough');
    rounds.push(reads.map((one) => `${one.side[0]} ${one.kind}`));
    const next = {
      mirror: new Map(observation.mirror),
      bodies: new Map(observation.bodies),
      configs: new Map(observation.configs),
    };
    for (const { side: at, kind, name, reference } of reads) {
      const key = lookUp(name, reference);
      const isBroken = world.broken?.some((one) => key.includes(one)) ?? false;
      const failed = { kind: 'unknown', because: new Failure('timeout', key) } as const;
      if (kind === 'head') next.mirror.set(key, isBroken ? failed : head('mirror', reference));
      if (kind === 'manifest')
        next.bodies.set(key, isBroken ? failed : found(sides[at].bodies.get(reference)));
      if (kind === 'config')
        next.configs.set(key, isBroken ? failed : found(sides[at].configs.get(reference)));
    }
    observation = { ...observation, ...next };
  }
}

function seen<T>(value: T): Seen<T> {
  return { kind: 'seen', value };
}

function found<T>(value: T | undefined): Seen<T> {
  return value === undefined ? { kind: 'absent', doubt: null } : seen(value);
}

const CHILD = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

/** The manifest that an image has by its name, as side() gives its digest. */
function child(name: string): OpenManifest['body'] {
  const config = { mediaType: CONFIG, digest: digestOf(Buffer.from(name)), size: 9 };
  return bodyOf({ schemaVersion: 2, mediaType: CHILD, config, layers: [] }, CHILD);
}

function open(held: Held) {
  const tags = new Map<string, OpenManifest['body']>();
  const bodies = new Map<string, OpenManifest['body']>();
  const configs = new Map<string, ImageConfig>();
  const note = (
    tag: string,
    body: OpenManifest['body'],
    known: readonly (readonly [Digest, RawPlatform | null])[],
  ) => {
    tags.set(tag, body);
    bodies.set(body.digest, body);
    for (const [digest, platform] of known) configs.set(digest, { platform });
  };
  for (const [tag, written] of Object.entries(held)) {
    const one = typeof written === 'string' ? side(written) : null;
    note(tag, one?.body ?? (written as OpenManifest['body']), [...(one?.configs ?? [])]);
    const names =
      typeof written === 'string' ? [...written.matchAll(/[^\s:=]+(?=\s|$)/g)].map(([name]) => name) : [];
    for (const name of names) bodies.set(child(name).digest, child(name));
  }
  return { tags, bodies, configs };
}

function inWords(tag: PlannedTag): string {
  const { lost = [], missing = [], kept = [] } = tag.notes ?? {};
  const notes = [
    ...lost.map((one) => `-${one}`),
    ...missing.map((one) => `?${one}`),
    ...kept.map((one) => `+${one.platform} ${one.days}d`),
  ];
  const what = tag.kind === 'stale' ? tag.step.reason : tag.kind === 'fresh' ? 'fresh' : tag.failure.reason;
  return [`${tag.wanted.tag}:`, what, ...notes].join(' ');
}

const said = (world: World): string[] => plan(world).tags.map(inWords);

/** What a run with these policies leaves under 3.4 on the mirror. */
function publish(world: World): OpenManifest['body'] {
  const [tag] = plan(world).tags;
  const manifest = tag?.kind === 'stale' ? tag.step.moves[0]?.manifest : undefined;
  if (manifest === undefined) throw new Error(`nothing is published: ${tag && inWords(tag)}`);
  return manifest;
}

const BOTH = 'amd64=X1 arm64=A1';
const ONE = 'amd64=X2';
const MOVED = { upstream: { '3.4': ONE }, mirror: { '3.4': BOTH } };

describe('a tag that would lose a platform', () => {
  it.each<[Partial<Policies>, string]>([
    [{}, '3.4: platform-lost -linux/arm64'],
    [{ lostPlatforms: 'accept' }, '3.4: moved -linux/arm64'],
    [{ lostPlatforms: 'hybrid' }, '3.4: moved +linux/arm64 0d'],
    [{ expectedPlatforms: platforms('amd64') }, '3.4: moved -linux/arm64'],
    [{ expectedPlatforms: platforms('amd64 arm64') }, '3.4: platform-lost -linux/arm64'],
    [{ expectedPlatforms: platforms('amd64 s390x') }, '3.4: platform-missing ?linux/s390x'],
    [{ platforms: platforms('amd64') }, '3.4: moved'],
  ])('%j: %s', (some, expected) => {
    expect(said({ ...MOVED, policies: some })).toEqual([expected]);
  });

  it('says the line that accepts the loss, and with it moves', () => {
    const [tag] = plan(MOVED).tags;
    expect(tag?.notes?.accept?.line).toBe('expected-platforms: [linux/amd64]');
    expect(tag?.kind === 'refused' && tag.failure.hint).toContain(tag?.notes?.accept?.line);
  });

  it('is refused when it is pinned, with hybrid too: no index made here has the digest that is written', () => {
    const pinned = side(ONE).body.digest;
    const tags = [wanted('3.4', { pinned, policies: policies({ lostPlatforms: 'hybrid' }) })];
    const [tag] = plan({ ...MOVED, tags }).tags;
    expect(tag && inWords(tag)).toBe('3.4: platform-lost -linux/arm64');
    expect(tag?.kind === 'refused' && tag.failure.hint).toContain('with this line under defaults: expected-');
  });
});

describe('what is read', () => {
  it.each<[string, World, string[][]]>([
    ['a fresh tag: nothing', { upstream: { '3.4': BOTH }, mirror: { '3.4': BOTH } }, []],
    ['a tag that is new: its manifest', { upstream: { '3.4': BOTH } }, [['u manifest']]],
    ['a tag that moved: both at once', MOVED, [['m manifest', 'u manifest']]],
    [
      'a plain manifest: its config too',
      { upstream: { '3.4': 'plain: amd64' }, mirror: { '3.4': BOTH } },
      [['m manifest', 'u manifest'], ['u config']],
    ],
    [
      'with hybrid the mirror first: it may be made already',
      { ...MOVED, policies: { lostPlatforms: 'hybrid' } },
      [['m manifest'], ['u manifest']],
    ],
    [
      'expected platforms of a fresh tag: the mirror alone',
      {
        upstream: { '3.4': BOTH },
        mirror: { '3.4': BOTH },
        policies: { expectedPlatforms: platforms('amd64') },
      },
      [['m manifest']],
    ],
  ])('of %s', (_, world, rounds) => {
    expect(plan(world).rounds).toEqual(rounds);
  });

  it('of a hybrid that is as it should be is the mirror alone', () => {
    const hybrid = { lostPlatforms: 'hybrid' } as const;
    const made = publish({ ...MOVED, policies: hybrid });
    const again = plan({ upstream: { '3.4': ONE }, mirror: { '3.4': made }, policies: hybrid });
    expect([again.rounds, again.tags.map(inWords)]).toEqual([
      [['m manifest']],
      ['3.4: fresh +linux/arm64 0d'],
    ]);
  });

  it('that cannot be had leaves the tag as it is', () => {
    const key = `${MIRROR.repository}@${side(BOTH).body.digest}`;
    expect(said({ ...MOVED, broken: [key] })).toEqual(['3.4: timeout']);
    const world = { upstream: { '3.4': 'plain: amd64' }, mirror: { '3.4': BOTH } };
    expect(said({ ...world, broken: [digestOf(Buffer.from('amd64'))] })).toEqual(['3.4: timeout']);
  });

  it('and is no manifest leaves the tag as it is', () => {
    const bad = bodyOf({ schemaVersion: 2, manifests: 7 }, 'application/vnd.oci.image.index.v1+json');
    expect(said({ upstream: { '3.4': bad }, mirror: { '3.4': BOTH } })).toEqual(['3.4: corrupt']);
    expect(said({ upstream: { '3.4': BOTH }, mirror: { '3.4': bad } })).toEqual(['3.4: corrupt']);
  });
});

describe('a policy that is switched on over an unchanged tag', () => {
  const made = (some: Partial<Policies>, upstream = BOTH) =>
    publish({ upstream: { '3.4': upstream }, policies: some });
  it.each<[string, () => World, string]>([
    [
      'platforms',
      () => ({ mirror: { '3.4': BOTH }, policies: { platforms: platforms('amd64') } }),
      '3.4: policy',
    ],
    [
      'a platform more',
      () => ({
        mirror: { '3.4': made({ platforms: platforms('amd64') }) },
        policies: { platforms: platforms('amd64 arm64') },
      }),
      '3.4: policy',
    ],
    [
      'no subset any more',
      () => ({ mirror: { '3.4': made({ platforms: platforms('amd64') }) } }),
      '3.4: policy',
    ],
    [
      'the same subset',
      () => ({
        mirror: { '3.4': made({ platforms: platforms('amd64') }) },
        policies: { platforms: platforms('amd64') },
      }),
      '3.4: fresh',
    ],
    [
      'a platform more that is expected, and not there',
      () => ({ mirror: { '3.4': BOTH }, policies: { expectedPlatforms: platforms('amd64 s390x') } }),
      '3.4: platform-missing ?linux/s390x',
    ],
    [
      'the same over a subset made here',
      () => ({
        mirror: { '3.4': made({ platforms: platforms('amd64 s390x') }) },
        policies: { platforms: platforms('amd64 s390x'), expectedPlatforms: platforms('s390x') },
      }),
      '3.4: platform-missing ?linux/s390x',
    ],
  ])('%s', (_, world, expected) => {
    expect(said({ upstream: { '3.4': BOTH }, ...world() })).toEqual([expected]);
  });

  it.each<[Partial<Policies>, string]>([
    [{ lostPlatforms: 'accept' }, '3.4: policy -linux/arm64'],
    [{}, '3.4: platform-lost -linux/arm64 +linux/arm64 0d'],
    [{ lostPlatforms: 'hybrid', expectedPlatforms: platforms('arm64') }, '3.4: policy +linux/arm64 0d'],
  ])('from hybrid to %j: %s', (some, expected) => {
    const mirror = { '3.4': publish({ ...MOVED, policies: { lostPlatforms: 'hybrid' } }) };
    expect(said({ upstream: { '3.4': ONE }, mirror, policies: some })).toEqual([expected]);
  });
});

describe('a settled tag', () => {
  const ONCE = { upstream: { '3.4': BOTH } };
  const subset = { platforms: platforms('amd64') };
  it.each<[string, Partial<Policies>, Partial<Policies>, string]>([
    ['is believed', {}, {}, '3.4: fresh'],
    [
      'is asked about where platforms are a policy',
      subset,
      { platforms: platforms('amd64 arm64') },
      '3.4: policy',
    ],
  ])('%s', (_, then, now, expected) => {
    const mirror = { '3.4': publish({ ...ONCE, policies: then }) };
    const tags = [wanted('3.4', { settled: true, policies: policies(now) })];
    expect(said({ ...ONCE, mirror, tags })).toEqual([expected]);
  });
});

describe('platform tags', () => {
  const template = { platformTags: '{tag}-{arch}' };
  const x2 = digestOfImage('X2');
  const a1 = digestOfImage('A1');

  it('move although the index is refused: the lost one from the mirror', () => {
    const { tags } = plan({ ...MOVED, policies: template });
    expect(tags.map(inWords)).toEqual([
      '3.4: platform-lost -linux/arm64',
      '3.4-amd64: missing',
      '3.4-arm64: missing',
    ]);
    const steps = tags.flatMap((tag) => (tag.kind === 'stale' ? [tag.step] : []));
    expect(steps.map((step) => [step.bring, step.moves[0]?.manifest.digest])).toEqual([
      [[x2], x2],
      [[], a1],
    ]);
  });

  it('wait for the copy of the index where it moves too', () => {
    const { tags } = plan({ upstream: { '3.4': BOTH }, policies: template });
    const index = side(BOTH).body.digest;
    const brings = tags.map((tag) => (tag.kind === 'stale' ? tag.step.bring : tag.kind));
    expect(brings).toEqual([[index], [index], [index]]);
  });

  it('are work over an unchanged tag, made from what the mirror has', () => {
    const world = { upstream: { '3.4': BOTH }, mirror: { '3.4': BOTH }, policies: template };
    const { tags, rounds } = plan(world);
    expect(tags.map(inWords)).toEqual(['3.4: fresh', '3.4-amd64: policy', '3.4-arm64: policy']);
    expect(rounds).toEqual([['m manifest'], ['m head', 'm head'], ['m manifest', 'm manifest']]);
  });

  it('cost a GET and a HEAD each when all is fresh', () => {
    const mirror = { '3.4': BOTH, '3.4-amd64': child('X1'), '3.4-arm64': child('A1') };
    const { tags, rounds } = plan({ upstream: { '3.4': BOTH }, mirror, policies: template });
    expect(tags.map((tag) => tag.kind)).toEqual(['fresh', 'fresh', 'fresh']);
    expect(rounds).toEqual([['m manifest'], ['m head', 'm head']]);
  });

  it('that two platforms would share fail, and the index goes on', () => {
    const upstream = { '3.4': 'amd64 windows/amd64:10.0.20348.1' };
    const { tags, patterns } = plan({ upstream, policies: template });
    expect(tags.map(inWords)).toEqual(['3.4: missing']);
    expect(patterns.map(({ pattern, failure }) => `${pattern}: ${failure.reason}`)).toEqual([
      '3.4-{arch}: conflict',
    ]);
  });

  it('are left to a selected tag of the same name, unless that wants another image', () => {
    const tags = [wanted('3.4', { policies: policies(template) }), wanted('3.4-amd64')];
    const same = plan({ upstream: { '3.4': BOTH, '3.4-amd64': child('X1') }, tags }).tags;
    expect(same.map((tag) => tag.wanted.tag)).toEqual(['3.4', '3.4-arm64', '3.4-amd64']);
    const other = () => plan({ upstream: { '3.4': BOTH, '3.4-amd64': child('OTHER') }, tags });
    expect(other).toThrow(UserError);
  });
});
