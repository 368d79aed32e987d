// `wait`: how long it was waited, and why no longer, as the message tells it.

import { expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { UserError } from '../../../src/base/errors/user-error.ts';
import { waitForMirror } from '../../../src/run/references/wait.ts';
import { configOf } from '../../plan/lint/sites.ts';
import { memoryDoors } from '../fakes.ts';

const CONFIG = configOf({ images: ['ruby:3.4'] });
const MINUTE = 60_000;

/** Doors whose clock runs while somebody sleeps; after `budget` milliseconds the time budget is used up. */
function doorsFor(budget: number) {
  const doors = memoryDoors();
  const time = { now: 0 };
  const sleep = async (milliseconds: number): Promise<void> => {
    time.now += milliseconds;
    if (time.now < budget) return;
    time.now = budget;
    doors.cancel.abort(new Failure('budget', 'the time budget is used up'));
  };
  return { ...doors, clock: { ...doors.clock, now: () => time.now, sleep } };
}

async function thrownBy(budget: number): Promise<UserError> {
  const thrown = await waitForMirror(CONFIG, doorsFor(budget), 10 * MINUTE).then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof UserError) return thrown;
  throw new Error(String(thrown));
}

it('tells the whole wait where it was waited to its end', async () => {
  const { message, hint } = await thrownBy(60 * MINUTE);
  expect(message).toBe('1 image still not in the mirror after 10 min 0 s');
  expect(hint).toBe('look into the run that mirrors them, or wait longer');
});

it('tells how long it was, and that the time budget ended it', async () => {
  const { message, hint } = await thrownBy(2 * MINUTE);
  expect(message).toBe('1 image still not in the mirror after 2 min 0 s');
  expect(hint).toContain('the time budget ended the wait');
});
