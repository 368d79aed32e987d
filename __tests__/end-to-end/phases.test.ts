// In whatever phase a run is stopped, it is gone in time, with a status, and leaves nothing: one try of each; `npm run
// endurance` makes fifty.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ENDS, openPhaseStage, PHASES, type PhaseStage } from '../fakes/trials/phases.ts';

let stage: PhaseStage;
beforeAll(async () => {
  stage = await openPhaseStage();
});
afterAll(() => stage.close());

it.each(ENDS)('%s while a request is never answered, in each phase', async (end) => {
  const wrong = await Promise.all(PHASES.map((phase) => stage.trial(phase, end)));
  expect(wrong.flat()).toEqual([]);
});
