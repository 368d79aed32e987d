// Answers that no registry should give end in the right image, or in a named failure of the one tag and an untouched
// mirror; never in a crash, a hang or a success that is none.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ODD_CASES } from '../fakes/faults/odd-answers.ts';
import { type Contestant, contestant } from '../fakes/trials/contestants.ts';
import { inPool, openStage, play, type Stage, type Trial } from '../fakes/trials/trial.ts';

const LIMIT = 90_000;
const ACTION = contestant('action') as Contestant;

let stage: Stage;
let trials: Promise<Trial>[];
beforeAll(async () => {
  stage = await openStage('v3');
  const numbered = ODD_CASES.map((one, at) => ({ one, prefix: `m${at}` }));
  trials = inPool(numbered, 6, ({ one, prefix }) =>
    play(stage, one, ACTION, prefix, { before: 'old', patience: 0.03, limit: LIMIT }),
  );
  for (const trial of trials) trial.catch(() => undefined);
});
afterAll(async () => {
  await Promise.allSettled(trials);
  await stage.stop();
});

it.each(ODD_CASES.map((one, at) => [one.name, at] as const))(
  '%s',
  async (_name, at) => {
    const { reasons = [] } = ODD_CASES[at] ?? {};
    const { verdict, finish, struck } = await (trials[at] as Promise<Trial>);
    expect(struck).toBeGreaterThan(0);
    const outputs = finish.action?.outputs ?? {};
    const rows = JSON.parse(outputs.failed ?? '[]') as { reason: string }[];
    if (reasons.length === 0) {
      expect([verdict, outputs.status, rows]).toEqual(['landed', 'synced', []]);
      return;
    }
    expect([verdict, outputs.status, rows.length]).toEqual(['told', 'failed', 1]);
    expect(reasons).toContain(rows[0]?.reason);
    expect(finish.text).not.toContain('internal error');
  },
  LIMIT + 60_000,
);
