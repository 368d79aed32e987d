import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { digestOf } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import type { Outcome, Plan, Step } from '../../../src/plan/steps/step.ts';
import { apply } from '../../../src/run/apply/apply.ts';
import { body, INDEX, MIRROR, PULL, step, wanted } from '../../plan/steps/builders.ts';
import { type MemoryDoors, memoryDoors } from '../fakes.ts';

function planOf(...steps: Step[]): Plan {
  return {
    patterns: [],
    tags: steps.map((one) => ({
      wanted: wanted(one.moves[0]?.tag ?? ''),
      kind: 'stale',
      step: one,
      doubt: null,
    })),
  };
}

function withUpstream(doors: MemoryDoors, ...names: string[]): MemoryDoors {
  for (const name of names) doors.upstream.held.set(lookUp(PULL, body(name).digest), body(name));
  return doors;
}

function inWords(outcomes: readonly Outcome[]): string[] {
  return outcomes.map((one) => {
    const reason = one.kind === 'failed' || one.kind === 'held' ? ` ${one.failure.reason}` : '';
    return `${one.move.tag} ${one.kind}${reason}`;
  });
}

const at = (tag: string): string => lookUp(MIRROR, tag);

describe('a copy that works', () => {
  it('copies by digest, moves the tag, and reads it back', async () => {
    const doors = withUpstream(memoryDoors(), 'B');
    doors.mirror.held.set(at('3.4'), body('A'));
    expect(inWords(await apply(planOf(step('3.4', 'A', 'B')), doors))).toEqual(['3.4 copied']);
    expect(doors.mirror.held.get(at('3.4'))).toEqual(body('B'));
    expect(doors.mirror.calls).toEqual(['head', 'put', 'get'].map((call) => `${call} ${at('3.4')}`));
  });

  it('leaves the manifest itself to the tag that moves to it', async () => {
    const doors = withUpstream(memoryDoors(), 'B');
    await apply(planOf(step('3.4', null, 'B')), doors);
    expect([doors.extents, doors.mirror.held.get(lookUp(MIRROR, body('B').digest))]).toEqual([
      ['content'],
      body('B'),
    ]);
  });

  it('is whole where no tag moves to it', async () => {
    const doors = withUpstream(memoryDoors(), 'B', 'C');
    doors.mirror.held.set(at('3.4'), body('B'));
    doors.mirror.content.add(lookUp(MIRROR, body('made').digest));
    const repair = step('3.4', 'B', 'B', { reason: 'repair' });
    const made = step('3.5', null, 'made', { bring: [body('C').digest] });
    await apply(planOf(repair, made), doors);
    expect(doors.extents).toEqual(['whole', 'whole']);
  });

  it('is made once for all tags of one digest', async () => {
    const doors = withUpstream(memoryDoors(), 'B');
    const outcomes = await apply(
      planOf(step('3.4', null, 'B'), step('3', null, 'B'), step('latest', null, 'B')),
      doors,
    );
    expect(inWords(outcomes)).toEqual(['3.4 copied', '3 copied', 'latest copied']);
    expect(doors.copies).toHaveLength(1);
  });

  it('is not needed for a manifest that is made here and has no digest to bring', async () => {
    const doors = memoryDoors();
    doors.mirror.held.set(lookUp(MIRROR, body('made').digest), body('made'));
    const outcomes = await apply(planOf(step('3.4', null, 'made', { bring: [], reason: 'policy' })), doors);
    expect(inWords(outcomes)).toEqual(['3.4 copied']);
    expect(doors.copies).toEqual([]);
  });
});

describe('a failure', () => {
  it('of one copy fails the tags that waited for it and no other', async () => {
    const bad = new Map([[body('BAD').digest, new Failure('quota', 'disk full')]]);
    const doors = withUpstream(memoryDoors(bad), 'B');
    const plan = planOf(step('a', null, 'BAD'), step('b', null, 'B'), step('c', null, 'BAD'));
    expect(inWords(await apply(plan, doors))).toEqual(['a failed quota', 'b copied', 'c failed quota']);
    expect(doors.copies.filter((copy) => copy.endsWith(body('BAD').digest))).toHaveLength(1);
  });

  it('holds the two tags that were to move after it', async () => {
    const doors = withUpstream(memoryDoors(), 'B');
    doors.mirror.faults.set(`put ${at('keep')}`, new Failure('immutable', 'no'));
    const moves = ['keep', 'x', 'y'].map((tag) => ({ tag, expected: null, manifest: body('B') }));
    const outcomes = await apply(planOf(step('x', null, 'B', { moves })), doors);
    expect(inWords(outcomes)).toEqual(['keep failed immutable', 'x held immutable', 'y held immutable']);
    expect(doors.mirror.held.has(at('x'))).toBe(false);
  });

  it('is said when the registry accepts a tag and stores nothing', async () => {
    const doors = withUpstream(memoryDoors(), 'B');
    doors.mirror.put = async () => undefined;
    const outcomes = await apply(planOf(step('3.4', null, 'B')), doors);
    expect(inWords(outcomes)).toEqual(['3.4 failed corrupt']);
    expect(doors.mirror.calls.filter((call) => call.startsWith('get'))).toHaveLength(3);
  });
});

describe('a tag that changed in the meantime', () => {
  it('is left alone when somebody else moved it', async () => {
    const doors = withUpstream(memoryDoors(), 'B');
    doors.mirror.held.set(at('3.4'), body('THEIRS'));
    expect(inWords(await apply(planOf(step('3.4', 'A', 'B')), doors))).toEqual(['3.4 failed foreign-change']);
    expect(doors.mirror.held.get(at('3.4'))).toEqual(body('THEIRS'));
  });

  it('is done when it is as wanted already', async () => {
    const doors = withUpstream(memoryDoors(), 'B');
    doors.mirror.held.set(at('3.4'), body('B'));
    expect(inWords(await apply(planOf(step('3.4', 'A', 'B')), doors))).toEqual(['3.4 already']);
  });

  it('is not done when only HEAD says so', async () => {
    const doors = withUpstream(memoryDoors(), 'B');
    const mirror = { ...doors.mirror, head: async () => body('B') };
    expect(inWords(await apply(planOf(step('3.4', null, 'B')), { ...doors, mirror }))).toEqual([
      '3.4 copied',
    ]);
    expect(doors.mirror.held.get(at('3.4'))).toEqual(body('B'));
  });
});

describe('content pruned between the phases', () => {
  it('is copied once more', async () => {
    const doors = withUpstream(memoryDoors(), 'B');
    let pruned = false;
    doors.mirror.faults.set(`put ${at('3.4')}`, () => {
      if (pruned) return null;
      pruned = true;
      doors.mirror.content.delete(lookUp(MIRROR, body('B').digest));
      return null;
    });
    expect(inWords(await apply(planOf(step('3.4', null, 'B')), doors))).toEqual(['3.4 copied']);
    expect(doors.copies).toHaveLength(2);
  });
});

describe('an index whose image the mirror does not have after all', () => {
  const [entry, old] = [body('child'), body('A')];
  const { mediaType, digest, bytes } = entry;
  const index = Buffer.from(
    JSON.stringify({ mediaType: INDEX, manifests: [{ mediaType, digest, size: bytes.length }] }),
  );
  const manifest = { digest: digestOf(index), mediaType: INDEX, bytes: index };

  async function applied(had: typeof old | null, doors = memoryDoors()) {
    doors.upstream.held.set(lookUp(PULL, manifest.digest), manifest);
    doors.mirror.held.set(lookUp(MIRROR, old.digest), old);
    if (had !== null) doors.mirror.held.set(at('3.4'), had);
    const moves = [{ tag: '3.4', expected: had?.digest ?? null, manifest }];
    const outcomes = await apply(planOf(step('3.4', null, 'B', { moves, bring: [manifest.digest] })), doors);
    return { outcomes: inWords(outcomes), tag: doors.mirror.held.get(at('3.4'))?.digest };
  }

  it('nor that of an index in it', async () => {
    const outer = Buffer.from(
      JSON.stringify({
        mediaType: INDEX,
        manifests: [{ mediaType: INDEX, digest: manifest.digest, size: index.length }],
      }),
    );
    const nested = { digest: digestOf(outer), mediaType: INDEX, bytes: outer };
    const doors = memoryDoors();
    doors.upstream.held.set(lookUp(PULL, nested.digest), nested);
    doors.mirror.held.set(lookUp(MIRROR, manifest.digest), manifest);
    const moves = [{ tag: '3.4', expected: null, manifest: nested }];
    const outcomes = await apply(planOf(step('3.4', null, 'B', { moves, bring: [nested.digest] })), doors);
    expect(inWords(outcomes)).toEqual(['3.4 failed corrupt']);
  });

  it.each([
    ['leaves the tag where it was', old, old.digest],
    ['makes no new tag: the next run would take it for fresh', null, undefined],
  ])('%s', async (_, had, tag) => {
    expect(await applied(had)).toEqual({ outcomes: ['3.4 failed corrupt'], tag });
  });
});

it('a tag that moved although the registry said it did not is copied', async () => {
  const doors = withUpstream(memoryDoors(), 'B');
  const put: typeof doors.mirror.put = async (name, tag, manifest) => {
    await doors.mirror.put(name, tag, manifest);
    throw new Failure('server-error', '504');
  };
  const mirror = { ...doors.mirror, put };
  expect(inWords(await apply(planOf(step('3.4', null, 'B')), { ...doors, mirror }))).toEqual(['3.4 copied']);
});

it('a mirror that refuses to be read may still take a new tag', async () => {
  const doors = withUpstream(memoryDoors(), 'B');
  doors.mirror.faults.set(`head ${at('3.4')}`, new Failure('denied', '403'));
  expect(inWords(await apply(planOf(step('3.4', null, 'B')), doors))).toEqual(['3.4 copied']);
});
