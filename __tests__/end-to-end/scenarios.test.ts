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
  const played = await play(loadScenario(3));
  expect(played.map((run) => compare(run))).toEqual([[], [], []]);
});
