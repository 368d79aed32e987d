// Digests from lists: what they save, and that no lie of a list makes a stale tag fresh.

import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import type { Digest } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { formatName, type Name } from '../../../src/image/names/reference.ts';
import { sampleOf } from '../../../src/plan/observation/listed-digests.ts';
import { makePlan } from '../../../src/plan/steps/plan.ts';
import { observe } from '../../../src/run/observe/observe.ts';
import { body, wanted } from '../../plan/steps/builders.ts';
import { type MemoryDoors, type MemoryRegistry, memoryDoors } from '../fakes.ts';

const UP = { registry: 'up.example', repository: 'app' };
const MIRROR = { registry: 'mirror.example', repository: 'm/app' };

/** What a list tells: digests by tag. Null for a repository that has none. */
type Lists = { readonly upstream: Map<string, Digest> | null; readonly mirror: Map<string, Digest> | null };

function tagsOf(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `1.${at}`);
}

/** Both sides hold `1.0` to `1.n`, the mirror with old content for the stale ones; both list what they hold. */
function stageOf(count: number, stale: ReadonlySet<string> = new Set()) {
  const doors = memoryDoors();
  const tags = tagsOf(count);
  hold(doors.upstream, UP, tags, (tag) => `new ${tag}`);
  hold(doors.mirror, MIRROR, tags, (tag) => (stale.has(tag) ? `old ${tag}` : `new ${tag}`));
  const lists: Lists = {
    upstream: listOf(doors.upstream, UP, tags),
    mirror: listOf(doors.mirror, MIRROR, tags),
  };
  const reads: string[] = [];
  const listings = {
    pageSize: (name: Name) => (listFor(name) === null ? null : 100),
    read: async (name: Name) => {
      reads.push(formatName(name));
      return listFor(name);
    },
  };
  const listFor = ({ registry }: Name) => (registry === UP.registry ? lists.upstream : lists.mirror);
  return { doors: { ...doors, listings }, tags, lists, reads };
}

function hold(
  registry: MemoryRegistry,
  at: Name,
  tags: readonly string[],
  nameOf: (tag: string) => string,
): void {
  for (const tag of tags) {
    const held = body(nameOf(tag));
    registry.held.set(lookUp(at, tag), held).set(lookUp(at, held.digest), held);
  }
}

function listOf({ held }: MemoryRegistry, at: Name, tags: readonly string[]): Map<string, Digest> {
  return new Map(tags.map((tag) => [tag, held.get(lookUp(at, tag))?.digest as Digest]));
}

async function planOf(doors: MemoryDoors, tags: readonly string[], turn = 0, more = '') {
  const text = `mirror: mirror.example/m\nimages:\n  - { source: up.example/app, tags: ["${tags.join('", "')}"], new-tags: ignore${more} }\n`;
  const { selection, observation, read } = await observe(
    parseConfig(Buffer.from(text), 'images.yaml').config,
    doors,
    turn,
  );
  const { tags: planned } = makePlan(selection, observation);
  const ofKind = (kind: string) => planned.filter((tag) => tag.kind === kind).map((tag) => tag.wanted.tag);
  return { fresh: ofKind('fresh'), stale: ofKind('stale'), failed: ofKind('failed'), read };
}

function heads({ calls }: MemoryRegistry): number {
  return calls.filter((call) => call.startsWith('head ')).length;
}

describe('lists of digests', () => {
  it('stand for all but the sample, on both sides', async () => {
    const { doors, tags, reads } = stageOf(400);
    const { fresh, read } = await planOf(doors, tags);
    expect([fresh.length, heads(doors.upstream), heads(doors.mirror)]).toEqual([400, 16, 16]);
    expect(reads.toSorted()).toEqual(['mirror.example/m/app', 'up.example/app']);
    expect([[...read.upstream], [...read.mirror]]).toEqual([['up.example/app'], ['mirror.example/m/app']]);
    expect(doors.lines).toContain(
      'digests read from lists: 1 repository upstream, 1 repository on the mirror; a sample of each was asked for',
    );
  });

  it.each([
    ['upstream', 'mirror'],
    ['mirror', 'upstream'],
  ] as const)('on the %s alone spare that one', async (listed, other) => {
    const { doors, tags, lists } = stageOf(400, new Set(['1.3']));
    (lists as { upstream: null; mirror: null })[other] = null;
    const { stale, fresh } = await planOf(doors, tags);
    expect([stale, fresh.length]).toEqual([['1.3'], 399]);
    expect(heads(doors[other])).toBe(400);
    expect(heads(doors[listed])).toBeLessThanOrEqual(17);
  });

  it('prove nothing but fresh: what differs is asked on both sides, once', async () => {
    const stale = new Set(['1.30', '1.31']);
    const { doors, tags } = stageOf(100, stale);
    const plan = await planOf(doors, tags, 0);
    expect(new Set(plan.stale)).toEqual(stale);
    for (const registry of [doors.upstream, doors.mirror]) {
      const asked = registry.calls.filter((call) => call.startsWith('head '));
      expect(new Set(asked).size).toBe(asked.length);
      expect(asked).toEqual(
        expect.arrayContaining([...stale].map((tag) => expect.stringContaining(`:${tag}`))),
      );
      expect(asked.length).toBeLessThanOrEqual(18);
    }
  });

  it('are not read for a few tags, nor where the sample could not be asked for', async () => {
    const few = stageOf(17);
    await planOf(few.doors, few.tags);
    expect(few.reads).toEqual([]);
    const denied = stageOf(100);
    for (const tag of denied.tags)
      denied.doors.upstream.faults.set(`head ${lookUp(UP, tag)}`, new Failure('denied', 'no'));
    const plan = await planOf(denied.doors, denied.tags);
    expect([denied.reads, plan.failed.length, plan.fresh.length]).toEqual([['mirror.example/m/app'], 100, 0]);
  });

  it('that cannot be had mean that every tag is asked for, and nothing is said', async () => {
    const { doors, tags, lists } = stageOf(100);
    const listings = { ...doors.listings, read: async () => null };
    const { fresh } = await planOf({ ...doors, listings }, tags);
    expect([fresh.length, heads(doors.upstream), heads(doors.mirror), lists.mirror?.size]).toEqual([
      100, 100, 100, 100,
    ]);
    expect(doors.lines.filter((line) => line.includes('list'))).toEqual([]);
  });

  it('do not hide that the mirror lacks tags', async () => {
    const { doors, tags, lists } = stageOf(100);
    for (const tag of ['1.0', '1.50']) {
      doors.mirror.held.delete(lookUp(MIRROR, tag));
      lists.mirror?.delete(tag);
    }
    const { stale, fresh } = await planOf(doors, tags);
    expect([stale, fresh.length]).toEqual([['1.0', '1.50'], 98]);
  });

  it('with one digest that is not served end the belief in every list of that host, with a warning', async () => {
    const { doors, tags, lists } = stageOf(100);
    const [first = ''] = sampleOf({ tags: tags.map((tag) => wanted(tag)) }, 0).map(({ tag }) => tag);
    const lie = body('a lie').digest;
    lists.upstream?.set(first, lie);
    const { fresh, read } = await planOf(doors, tags);
    expect([fresh.length, heads(doors.upstream), heads(doors.mirror)]).toEqual([100, 100, 16]);
    expect([read.upstream.size, read.mirror.size]).toEqual([0, 1]);
    const served = body(`new ${first}`).digest;
    expect(doors.lines).toContain(
      `up.example lists ${lie} for up.example/app:${first} and serves ${served}: its lists are not used in this run, every tag is asked for`,
    );
  });
});

/** Small numbers from a seed, the same each time (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Stage = ReturnType<typeof stageOf>;
type Lie = (stage: Stage, stale: readonly string[], next: () => number) => void;

const pick = <T>(items: readonly T[], next: () => number): T => items[Math.floor(next() * items.length)] as T;
const eachSide = ({ lists }: Stage) => [lists.upstream, lists.mirror].filter((list) => list !== null);

/** Lies of any number of tags that lead nowhere: equal digests are all that a list may prove. */
const LIES: readonly Lie[] = [
  // Any digests for any tags.
  (stage, _stale, next) => {
    for (let times = 1 + Math.floor(next() * 40); times > 0; times -= 1) {
      pick(eachSide(stage), next).set(pick(stage.tags, next), body(`lie ${next()}`).digest);
    }
  },
  // Truncated, anywhere.
  (stage, _stale, next) => {
    const list = pick(eachSide(stage), next);
    for (const tag of stage.tags.slice(Math.floor(next() * stage.tags.length))) list.delete(tag);
  },
  // The list of another repository, or of another day: shifted by some.
  (stage, _stale, next) => {
    const shift = 1 + Math.floor(next() * 5);
    for (const list of eachSide(stage)) {
      const digests = stage.tags.map((tag) => list.get(tag) as Digest);
      for (const [at, tag] of stage.tags.entries())
        list.set(tag, digests[(at + shift) % digests.length] as Digest);
    }
  },
  // One digest for all.
  (stage, _stale, next) => {
    const digest = body(`lie ${next()}`).digest;
    for (const list of eachSide(stage)) for (const tag of stage.tags) list.set(tag, digest);
  },
  // Upstream's list is as old as the mirror, for every stale tag.
  ({ lists }, stale) => {
    for (const tag of stale) lists.upstream?.set(tag, body(`old ${tag}`).digest);
  },
  // The mirror's list has what it was meant to hold.
  ({ lists }, stale) => {
    for (const tag of stale) lists.mirror?.set(tag, body(`new ${tag}`).digest);
  },
  // Both tell the same of stale tags, which neither has.
  ({ lists }, stale) => {
    for (const tag of stale)
      for (const list of [lists.upstream, lists.mirror]) list?.set(tag, body('both').digest);
  },
];

describe('a list that lies', () => {
  it('never makes a stale tag fresh in the run in which one of its lies has its turn: 1,000 seeds', async () => {
    for (let seed = 1; seed <= 1_000; seed += 1) {
      const next = random(seed);
      const count = 20 + Math.floor(next() * 60);
      const stale = tagsOf(count).filter(() => next() < 0.1);
      const stage = stageOf(count, new Set(stale));
      pick(LIES, next)(stage, stale, next);
      const turn = turnOf(stage, stale, Math.floor(next() * 1_000));
      const { fresh } = await planOf(stage.doors, stage.tags, turn);
      expect([seed, fresh.filter((tag) => stale.includes(tag))]).toEqual([seed, []]);
    }
  });

  it('of one tag alone, with the very digest that hides that it is stale, is found within tags / 16 runs, and one', async () => {
    for (const hidden of ['1.0', '1.17', '1.40', '1.99']) {
      const results: string[] = [];
      for (let turn = 7; turn <= 7 + Math.ceil(100 / 16); turn += 1) {
        const stage = stageOf(100, new Set([hidden]));
        stage.lists.upstream?.set(hidden, body(`old ${hidden}`).digest);
        const { stale } = await planOf(stage.doors, stage.tags, turn);
        results.push(...stale);
      }
      expect(new Set(results)).toEqual(new Set([hidden]));
    }
  });
});

/** The first turn from `start` on whose sample holds a stale tag; `start` where none is stale. */
function turnOf({ tags }: Stage, stale: readonly string[], start: number): number {
  if (stale.length === 0) return start;
  const all = tags.map((tag) => wanted(tag));
  for (let turn = start; ; turn += 1) {
    if (sampleOf({ tags: all }, turn).some(({ tag }) => stale.includes(tag))) return turn;
  }
}
