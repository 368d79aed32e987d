// The faults that strike while layers move, once more for an image with a large layer: crane moves that one, and what
// the action promises holds for it as for the small ones.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { FAULT_CASES, type FaultCase } from '../../fakes/faults/faults.ts';
import { largeImage } from '../../fakes/findings/large.ts';
import { type Contestant, contestant } from '../../fakes/trials/contestants.ts';
import { inPool, openStage, play, type Stage, type Trial } from '../../fakes/trials/trial.ts';

const LIMIT = 60_000;
const ACTION = contestant('action') as Contestant;
/** Bounded by attempts, each as short as it can be here. */
const SLOW: Readonly<Record<string, number>> = { reset_midblob_always: 0.01 };
/** A trickle: slow.test.ts has it for layers of each size. */
const TRICKLE = 'slowloris_blob_always';

const CASES = FAULT_CASES.filter(movesLayers);

function movesLayers({ name, fault, bearer }: FaultCase): boolean {
  if (name === TRICKLE) return false;
  return bearer !== null || (fault !== null && ['blob', 'upload', 'mount', 'anything'].includes(fault.place));
}

let stage: Stage;
let trials: Promise<Trial>[];
beforeAll(async () => {
  const platforms = ['amd64', 'arm64'];
  const made = largeImage('LARGE', { layers: ['faults'], small: ['faults'], platforms });
  stage = await openStage('v3', made);
  trials = inPool(CASES, 4, (one) =>
    play(stage, one, ACTION, `m${one.number}`, {
      before: 'old',
      patience: SLOW[one.name] ?? 0.03,
      limit: LIMIT,
    }),
  );
  for (const trial of trials) trial.catch(() => undefined);
});
afterAll(async () => {
  await Promise.allSettled(trials ?? []);
  await stage?.stop();
});

it.each(CASES.map((one, at) => [one.name, at] as const))(
  '%s',
  async (name, at) => {
    const trial = await (trials[at] as Promise<Trial>);
    const asked = CASES[at]?.expect === 'survives' ? ['landed'] : ['landed', 'told'];
    expect([name, asked]).toEqual([name, expect.arrayContaining([trial.verdict])]);
    const outputs = trial.finish.action?.outputs ?? {};
    expect([outputs.status, trial.verdict]).toEqual([
      trial.verdict === 'landed' ? 'synced' : 'failed',
      trial.verdict,
    ]);
    expect(trial.finish.text).not.toContain('internal error');
  },
  LIMIT + 60_000,
);
