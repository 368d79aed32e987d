import { expect, it } from '@jest/globals';
import { markdownTable } from '../../../src/base/text/table.ts';
import { amount, bytes, count, duration, naturalOrder } from '../../../src/base/text/words.ts';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 kB'],
  [77_400_000, '77 MB'],
  [1.5e12, '1.5 TB'],
  [3e15, '3000 TB'],
])('%d bytes are written %s', (number, expected) => {
  expect(bytes(number)).toBe(expected);
});

it.each([
  [400, '0.4 s'],
  [9_940, '9.9 s'],
  [9_960, '10 s'],
  [185_000, '3 min 5 s'],
  [7_440_000, '2 h 4 min'],
])('%d milliseconds are written %s', (number, expected) => {
  expect(duration(number)).toBe(expected);
});

it('counts in English', () => {
  expect([count(1, 'tag'), count(2, 'tag'), count(1_234, 'copy', 'copies')]).toEqual([
    '1 tag',
    '2 tags',
    '1,234 copies',
  ]);
});

it.each([0, 7, 999, 1_000, 12_345, 100_000, 1_234_567, Number.MAX_SAFE_INTEGER, -1_000])(
  'writes %d as a person does',
  (number) => {
    expect(amount(number)).toBe(number.toLocaleString('en-US'));
  },
);

it('puts 3.9 before 3.10', () => {
  expect(['3.10', '3.9', '3.9-slim', '3.10-slim'].sort(naturalOrder())).toEqual([
    '3.9',
    '3.9-slim',
    '3.10',
    '3.10-slim',
  ]);
});

it('cuts a table and counts what it left out', () => {
  const rows = [['a'], ['b'], ['c']];
  expect(markdownTable(['x'], rows, 2)).toBe(
    '| x |\n| --- |\n| a |\n| b |\n| … and 1 more in the report | \n',
  );
});
