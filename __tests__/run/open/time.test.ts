import { expect, it } from '@jest/globals';
import { clockFor, stopSignals } from '../../../src/run/open/time.ts';

const never = new AbortController().signal;
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

it('signs of life come by the clock, end when they are ended, and keep no process alive', async () => {
  const clock = clockFor(0.001);
  let beats = 0;
  const before = timers();
  const stop = clock.every(15_000, () => {
    beats += 1;
  });
  const during = timers();
  while (beats < 3) await clock.sleep(1_000);
  stop();
  expect(during).toBe(before);
  await clock.sleep(60_000);
  expect(beats).toBe(3);
});

it('a stop tells how long work may still begin, and its timers keep no process alive', () => {
  const before = timers();
  const stop = stopSignals(performance.now() + 600_000, { now: never, late: never });
  expect(timers()).toBe(before);
  // Half a minute before the end nothing is begun any more.
  expect(Math.round(stop.timeLeft() / 10_000)).toBe(57);
  // Of a short budget a quarter is kept.
  const short = stopSignals(performance.now() + 12_000, { now: never, late: never });
  expect(short.timeLeft()).toBeLessThanOrEqual(9_000);
  expect(stopSignals(null, { now: never, late: never }).timeLeft()).toBe(Number.POSITIVE_INFINITY);
});
