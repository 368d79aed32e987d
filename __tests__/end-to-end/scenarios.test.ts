// Whole stories: registries filled as a file says, the bundle run as often as it says, and what it did compared with
// what the file expects.

import { expect, it } from '@jest/globals';
import { loadScenario, play } from '../fakes/trials/scenario.ts';
import { compare } from '../fakes/trials/scenario-compare.ts';

it('1: floating tags are refreshed, and new lines are told of, mirrored, or brought as patches', async () => {
  const played = await play(loadScenario(1));
  expect(played.map((run) => compare(run))).toEqual([[], [], [], [], []]);
});

it('4: an index that lost a platform is refused while platform tags move; hybrid merges once and is fresh', async () => {
  const played = await play(loadScenario(4));
  expect(played.map((run) => compare(run))).toEqual([[], [], []]);
});

it('3: one of four tags cannot be copied: rollback, keep, and rollback again when it can', async () => {
  const scenario = loadScenario(3);
  // The file says 500, which crane repeats for minutes (npm run endurance waits for it); 403 is final at once.
  const faults = (scenario.faults ?? []).map((one) => ({ ...one, fault: 'every blob of it answers 403' }));
  const played = await play({ ...scenario, faults });
  expect(played.map((run) => compare(run))).toEqual([[], [], []]);
});

it('2: builds are judged by what the mirror serves, with Docker Hub out of reach', async () => {
  const played = await play(loadScenario(2));
  expect(played.map((run) => compare(run))).toEqual([[]]);
  expect(played.map(({ called }) => called)).toEqual([[]]);
});

it('5: lint says what is not pinned and not approved; sync brings the pinned digest, whatever the tag does', async () => {
  const played = await play(loadScenario(5));
  expect(played.map((run) => compare(run))).toEqual([[], []]);
});
