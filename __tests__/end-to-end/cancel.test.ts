// A slice of what `npm run endurance` does at length: runs that are cancelled, killed, or not alone.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  killTrial,
  type Moment,
  openStage,
  overlapTrial,
  type Policy,
  type Stage,
  signalTrial,
  unheardTrial,
} from '../fakes/trials/moments.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

// An index waits until so many tags have moved; null is a moment in the time before.
const MOMENTS: readonly (readonly [Policy, number | null])[] = [
  ['rollback', 1],
  ['rollback', 6],
  ['rollback', null],
  ['keep', 3],
  ['keep', null],
];

function momentOf(moves: number | null): Moment {
  return moves === null ? { milliseconds: 300 + Math.random() * (stage.length - 300) } : { moves };
}

describe('a cancelled job', () => {
  it.each(MOMENTS)(
    '%s, after %s moves: a legal state, all outputs, in seven seconds',
    async (policy, moves) => {
      const trial = await signalTrial(stage, `signal-${policy}-${moves}`, policy, momentOf(moves));
      expect(trial.wrong).toEqual([]);
      if (moves !== null) expect(trial.window).toBe(true);
    },
  );
});

it('what a mirror that hangs keeps from being put back in time, the post step does', async () => {
  const trial = await signalTrial(stage, 'signal-hang', 'rollback', { moves: 6 }, true);
  expect(trial).toEqual({ window: true, wrong: [] });
});

it('a cancel that the main step does not hear reaches it by the post step', async () => {
  const trial = await unheardTrial(stage, 'unheard', { moves: 3 });
  expect(trial).toEqual({ window: true, wrong: [] });
});

describe('kill -9', () => {
  it.each([
    ['rollback', 6, false],
    ['rollback', 6, true],
    ['keep', 3, true],
  ] as const)('%s, after %s moves, machine lost: %s: the next run converges', async (policy, moves, lost) => {
    const trial = await killTrial(stage, `kill-${policy}-${lost}`, policy, { moves }, lost);
    expect(trial).toEqual({ window: true, wrong: [] });
  });
});

it.each(['keep', 'rollback'] as const)('two runs at once end equal to upstream: %s', async (policy) => {
  expect((await overlapTrial(stage, `overlap-${policy}`, policy, 100)).wrong).toEqual([]);
});
