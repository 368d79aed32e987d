// Which series the arguments of `npm run bench` make.

import { expect, it } from '@jest/globals';
import { readOptions } from '../../bench/options.ts';

const seriesOf = (...args: string[]): string[] =>
  readOptions(args)?.series.map(({ job, set, latency }) => `${job} ${set} ${latency}`) ?? [];

it('runs every job at 20 ms five times, and B at three latencies', () => {
  expect(seriesOf()).toEqual([
    'A plain 20',
    'B plain 20',
    'B plain 0',
    'B plain 80',
    'B shared 20',
    'B shared 0',
    'B shared 80',
    'C plain 20',
    'D plain 20',
    'L large-plain 20',
    'L large-shared 20',
    'same-host plain 20',
  ]);
  expect(readOptions([])).toMatchObject({ rounds: 5, line: 1_000, handshake: 0, quick: false, keep: false });
});

it.each([
  [
    ['--jobs', 'A,L', '--latency', '20'],
    ['A plain 20', 'L large-plain 20', 'L large-shared 20'],
  ],
  [
    ['--jobs', 'B', '--data', 'shared', '--latency', '0,80'],
    ['B shared 0', 'B shared 80'],
  ],
  [
    ['--jobs', 'A,L', '--data', 'shared'],
    ['A shared 20', 'L large-shared 20'],
  ],
  [
    ['--jobs', 'A', '--data', 'plain,shared'],
    ['A plain 20', 'A shared 20'],
  ],
  [
    ['--jobs', 'B', '--quick'],
    ['B plain 20', 'B shared 20'],
  ],
])('%j', (args, series) => {
  expect(seriesOf(...args)).toEqual(series);
});

it('gives back null for help', () => {
  expect(readOptions(['--help'])).toBeNull();
});

it.each([
  [['--jobs', 'X'], 'there is no job "X": A, B, C, D, L, same-host'],
  [['--data', 'large'], 'there is no data set "large": plain, shared'],
  [['--rounds', 'many'], '"many" is not a number'],
  [['--latency', '20,-1'], '"-1" is not a number'],
])('refuses %j', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
