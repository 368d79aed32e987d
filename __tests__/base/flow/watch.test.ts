import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { startWatch } from '../../../src/base/flow/watch.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const DEADLINES = { connect: 1_000, firstByte: 3_000, commit: 9_000, stall: 10_000 };

function watched() {
  const late: string[] = [];
  const watch = startWatch(DEADLINES, (why) => void late.push(why));
  return { late, watch };
}

/** Bytes that come at so many a second; `pass` lets time go by in seconds. */
function flow(rate: () => number) {
  let moved = 0;
  const pass = (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      moved += rate();
      jest.advanceTimersByTime(1_000);
    }
  };
  return { moved: () => moved, pass };
}

it('gives each phase its own time', () => {
  const { late, watch } = watched();
  jest.advanceTimersByTime(2_999);
  watch.enter('no connection', 1_000);
  jest.advanceTimersByTime(999);
  watch.enter('no answer', 3_000);
  jest.advanceTimersByTime(2_999);
  expect(late).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(late).toEqual(['no answer within 3 s']);
});

it('calls silence a stall', () => {
  const { late, watch } = watched();
  const { moved, pass } = flow(() => 0);
  watch.follow(moved);
  pass(9);
  expect(late).toEqual([]);
  pass(1);
  expect(late).toEqual(['it stalled: nothing more within 10 s']);
});

it('calls less than four kilobytes a second over two silences a trickle', () => {
  const { late, watch } = watched();
  const { moved, pass } = flow(() => 3_900);
  watch.follow(moved);
  pass(19);
  expect(late).toEqual([]);
  pass(1);
  expect(late).toEqual(['it trickles: less than 4 kB a second']);
});

it('leaves alone what is slow, and what falls short in one silence only', () => {
  const { late, watch } = watched();
  let seconds = 0;
  const { moved, pass } = flow(() => {
    seconds += 1;
    return seconds % 20 < 10 ? 7_900 : 200;
  });
  watch.follow(moved);
  pass(200);
  expect(late).toEqual([]);
});

it('does not blame the server while it is the reader that is waited for, nor at once afterwards', () => {
  const { late, watch } = watched();
  let isReading = true;
  let rate = 5_000;
  const { moved, pass } = flow(() => rate);
  watch.follow(() => (isReading ? moved() : null));
  pass(10);
  isReading = false;
  rate = 0;
  pass(99);
  // The reader takes something again in the last second of a silence that was its own.
  isReading = true;
  pass(1);
  rate = 5_000;
  pass(30);
  expect(late).toEqual([]);
});

it('says nothing once it was stopped', () => {
  const { late, watch } = watched();
  watch.follow(() => 0);
  watch.stop();
  jest.advanceTimersByTime(100_000);
  expect(late).toEqual([]);
});
