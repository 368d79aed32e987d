// Whole stories: registries filled as a file says, the bundle run as often as it says, and what it did compared with
// what the file expects. What this version does not do yet is left out by name.

import { expect, it } from '@jest/globals';
import { loadScenario, play } from '../fakes/scenario.ts';
import { compare } from '../fakes/scenario-compare.ts';

it('1: floating tags are refreshed: check, sync, and a sync with nothing to do', async () => {
  const played = await play(loadScenario(1), { only: [0, 1, 2] });
  expect(played.map((run) => compare(run, ['new-tags']))).toEqual([[], [], []]);
});

it('3: one of four tags cannot be copied: rollback, keep, and rollback again when it can', async () => {
  const scenario = loadScenario(3);
  // The file says 500, which crane repeats for minutes (npm run endurance waits for it); 403 is final at once.
  const faults = (scenario.faults ?? []).map((one) => ({ ...one, fault: 'every blob of it answers 403' }));
  const played = await play({ ...scenario, faults });
  expect(played.map((run) => compare(run))).toEqual([[], [], []]);
});
