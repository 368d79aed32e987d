import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { type ApplyRules, KEEP_ALL } from '../../../src/plan/steps/order.ts';
import type { Outcome, Plan, Step } from '../../../src/plan/steps/step.ts';
import { apply } from '../../../src/run/apply/apply.ts';
import { body, MIRROR, nameOf, PULL, step, wanted } from '../../plan/steps/builders.ts';
import { type MemoryDoors, memoryDoors } from '../fakes.ts';

const ROLLBACK: ApplyRules = { ...KEEP_ALL, whole: () => true };
const CANCELLED = new Failure('cancelled', 'the job was cancelled');
const at = (tag: string): string => lookUp(MIRROR, tag);

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

/** `moved` has OLD on the mirror, `new` has nothing, `last` fails where a test says so. */
const PLAN = planOf(step('moved', 'OLD', 'A'), step('new', null, 'B'), step('last', null, 'C'));

function ready(failCopies?: Parameters<typeof memoryDoors>[0]): MemoryDoors {
  const doors = memoryDoors(failCopies);
  for (const name of ['A', 'B', 'C']) doors.upstream.held.set(lookUp(PULL, body(name).digest), body(name));
  doors.mirror.held.set(at('moved'), body('OLD'));
  doors.mirror.held.set(lookUp(MIRROR, body('OLD').digest), body('OLD'));
  return doors;
}

/** `last` waits until the others have moved, runs `meanwhile`, and cannot move. */
function lastFails(doors: MemoryDoors, meanwhile: () => void = () => undefined): void {
  const { put } = doors.mirror;
  doors.mirror.put = async (name, reference, manifest) => {
    if (reference !== 'last') return put(name, reference, manifest);
    while (doors.mirror.calls.filter((call) => call.startsWith('put')).length < 2) await undefined;
    meanwhile();
    throw new Failure('immutable', 'no');
  };
}

function inWords(outcomes: readonly Outcome[]): string[] {
  return outcomes.map((one) => {
    const reason = one.kind === 'failed' || one.kind === 'held' ? ` ${one.failure.reason}` : '';
    return `${one.move.tag} ${one.kind}${reason}`;
  });
}

function tagsOf(doors: MemoryDoors): Record<string, string> {
  const named = [...doors.mirror.held].filter(([key]) => !key.includes('@'));
  return Object.fromEntries(named.map(([key, one]) => [key.split(':').at(-1), nameOf(one)]));
}

const UNCHANGED = { moved: 'OLD' };

describe('a repository that moves as a whole', () => {
  it('moves when everything was copied, each move noted before it is made and all of them settled', async () => {
    const doors = ready();
    const before: boolean[] = [];
    const { put } = doors.mirror;
    doors.mirror.put = (name, tag, manifest) => {
      before.push(doors.noted.some((one) => typeof one !== 'string' && one.tag === tag));
      return put(name, tag, manifest);
    };
    expect(inWords(await apply(PLAN, doors, ROLLBACK))).toEqual([
      'moved copied',
      'new copied',
      'last copied',
    ]);
    expect(before).toEqual([true, true, true]);
    expect(doors.noted.at(-1)).toBe('settled ghcr.io/acme/mirror/library/ruby');
    expect(doors.noted[0]).toMatchObject({ tag: 'moved', previous: body('OLD'), next: body('A').digest });
  });

  it('has every manifest there by its digest before a tag moves', async () => {
    const doors = ready();
    await apply(PLAN, doors, ROLLBACK);
    expect(doors.extents).toEqual(['whole', 'whole', 'whole']);
  });

  it('moves no tag when one copy failed', async () => {
    const doors = ready(new Map([[body('C').digest, new Failure('quota', 'disk full')]]));
    const words = inWords(await apply(PLAN, doors, ROLLBACK));
    expect(words).toEqual(['moved held rollback', 'new held rollback', 'last failed quota']);
    expect(tagsOf(doors)).toEqual(UNCHANGED);
    expect(doors.mirror.calls.filter((call) => !call.startsWith('head'))).toEqual([]);
  });

  it('copies and moves nothing when a tag of it failed before', async () => {
    const doors = ready();
    const blocked = () => new Failure('not-found', 'upstream has no ruby:9');
    const words = inWords(await apply(PLAN, doors, { ...ROLLBACK, blocked }));
    expect(words).toEqual(['moved held rollback', 'new held rollback', 'last held rollback']);
    expect([doors.copies, tagsOf(doors)]).toEqual([[], UNCHANGED]);
  });

  it('is put back when one tag cannot move', async () => {
    const doors = ready();
    lastFails(doors);
    const words = inWords(await apply(PLAN, doors, ROLLBACK));
    expect(words).toEqual(['moved held rollback', 'new held rollback', 'last failed immutable']);
    expect(tagsOf(doors)).toEqual(UNCHANGED);
    expect(doors.mirror.calls.filter((call) => call.startsWith('remove'))).toEqual([`remove ${at('new')}`]);
    expect(doors.noted.at(-1)).toMatch(/^settled/);
  });

  it('is put back where the moves cannot be noted as standing', async () => {
    const doors = ready();
    doors.journal.settle = async () => {
      throw new Error('no space left');
    };
    expect(inWords(await apply(PLAN, doors, ROLLBACK))).toContain('moved held rollback');
    expect(tagsOf(doors)).toEqual(UNCHANGED);
  });

  it.each<[string, (doors: MemoryDoors) => void, string, Record<string, string>]>([
    [
      'another job changed the moved tag',
      (doors) => doors.mirror.held.set(at('moved'), body('THEIRS')),
      'moved failed foreign-change',
      { moved: 'THEIRS' },
    ],
    [
      'another job removed the moved tag',
      (doors) => doors.mirror.held.delete(at('moved')),
      'moved failed foreign-change',
      {},
    ],
    [
      'the registry removes no tag',
      (doors) => {
        doors.mirror.removeTag = async () => 'not-granted';
      },
      'new failed kept-new',
      { ...UNCHANGED, new: 'B' },
    ],
    [
      'the registry accepts a removal and removes nothing',
      (doors) => {
        doors.mirror.removeTag = async () => 'done';
      },
      'new failed rollback-failed',
      { ...UNCHANGED, new: 'B' },
    ],
    [
      'the mirror takes no more writes',
      (doors) => {
        doors.mirror.put = async () => {
          throw new Failure('unsupported', '405');
        };
      },
      'moved failed rollback-failed',
      { moved: 'A' },
    ],
  ])('says so when %s', async (_, meanwhile, words, tags) => {
    const doors = ready();
    lastFails(doors, () => meanwhile(doors));
    expect(inWords(await apply(PLAN, doors, ROLLBACK))).toContain(words);
    expect(tagsOf(doors)).toEqual(tags);
  });

  it('puts the bytes back when the registry dropped the previous manifest', async () => {
    const doors = ready();
    lastFails(doors, () => doors.mirror.held.delete(lookUp(MIRROR, body('OLD').digest)));
    const { put } = doors.mirror;
    doors.mirror.put = async (name, tag, manifest) => {
      // A tag's manifest brings itself: only what it refers to has to be there.
      if (manifest.digest === body('OLD').digest)
        doors.mirror.held.set(lookUp(name, manifest.digest), manifest);
      return put(name, tag, manifest);
    };
    await apply(PLAN, doors, ROLLBACK);
    expect(tagsOf(doors)).toEqual(UNCHANGED);
  });

  it('walks the moves of one step back in reverse', async () => {
    const doors = ready();
    lastFails(doors);
    const moves = ['new', 'moved'].map((tag) => ({
      tag,
      expected: tag === 'moved' ? body('OLD').digest : null,
      manifest: body('A'),
    }));
    await apply(planOf(step('moved', 'OLD', 'A', { moves }), step('last', null, 'C')), doors, ROLLBACK);
    const back = doors.mirror.calls.filter((call) => /^(?:put|remove)/.test(call)).slice(2);
    expect(back).toEqual([`put ${at('moved')}`, `remove ${at('new')}`]);
  });
});

describe('a cancelled job', () => {
  it('starts nothing, and every tag is held as cancelled', async () => {
    for (const rules of [KEEP_ALL, ROLLBACK]) {
      const doors = ready();
      doors.cancel.abort(CANCELLED);
      expect(
        new Set(inWords(await apply(PLAN, doors, rules)).map((one) => one.replace(/^\w+ /, ''))),
      ).toEqual(new Set(['held cancelled']));
      expect([doors.copies, doors.mirror.calls]).toEqual([[], []]);
    }
  });

  it('finishes a move of its own with keep', async () => {
    const doors = ready();
    doors.mirror.faults.set(`put ${at('moved')}`, () => {
      doors.cancel.abort(CANCELLED);
      return null;
    });
    const words = inWords(await apply(planOf(step('moved', 'OLD', 'A')), doors, KEEP_ALL));
    expect(words).toEqual(['moved copied']);
  });

  it('puts back what moved with rollback', async () => {
    const doors = ready();
    const moves = ['moved', 'new'].map((tag) => ({
      tag,
      expected: tag === 'moved' ? body('OLD').digest : null,
      manifest: body('A'),
    }));
    doors.mirror.faults.set(`get ${at('moved')}`, () => {
      if (doors.mirror.calls.includes(`put ${at('moved')}`)) doors.cancel.abort(CANCELLED);
      return null;
    });
    const words = inWords(await apply(planOf(step('new', null, 'A', { moves })), doors, ROLLBACK));
    expect(words).toEqual(['moved held cancelled', 'new held cancelled']);
    expect(tagsOf(doors)).toEqual(UNCHANGED);
  });

  it('lets a move that was begun write nothing more', async () => {
    const doors = ready();
    doors.mirror.faults.set(`get ${at('moved')}`, () => {
      doors.cancel.abort(CANCELLED);
      return null;
    });
    await apply(PLAN, doors, ROLLBACK);
    expect(doors.mirror.calls.filter((call) => call.startsWith('put'))).toEqual([]);
    expect(tagsOf(doors)).toEqual(UNCHANGED);
  });

  it('leaves the journal open when the way back was cut', async () => {
    const doors = ready();
    lastFails(doors, () => {
      doors.mirror.get = async () => {
        throw CANCELLED;
      };
    });
    const words = inWords(await apply(PLAN, doors, ROLLBACK));
    expect(words).toContain('moved held cancelled');
    expect(doors.noted.filter((one) => typeof one === 'string')).toEqual([]);
  });
});

it('a budget that ends in phase 2 does not undo it, one that ends before moves nothing', async () => {
  const over = new Failure('budget', 'time is up');
  const late = ready();
  late.mirror.faults.set(`put ${at('moved')}`, () => {
    late.cancel.abort(over);
    return null;
  });
  const moves = ['moved', 'new'].map((tag) => ({
    tag,
    expected: tag === 'moved' ? body('OLD').digest : null,
    manifest: body('A'),
  }));
  const both = planOf(step('new', null, 'A', { moves }));
  expect(inWords(await apply(both, late, ROLLBACK))).toEqual(['moved copied', 'new copied']);
  const early = ready();
  early.engine.bring = async () => {
    early.cancel.abort(over);
    throw new Failure('cancelled', 'crane was stopped');
  };
  const words = inWords(await apply(PLAN, early, ROLLBACK));
  expect(words).toEqual(['moved held budget', 'new held budget', 'last held budget']);
  expect(tagsOf(early)).toEqual(UNCHANGED);
});
