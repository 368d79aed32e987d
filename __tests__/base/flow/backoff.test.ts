import { expect, it } from '@jest/globals';
import { backoffOf, waitAfter } from '../../../src/base/flow/backoff.ts';

const SETTINGS = { backoff: 1_000, backoffCap: 5_000, waitCap: 60_000 };

it('doubles up to the cap, and adds up to a quarter', () => {
  expect([1, 2, 3, 4].map((attempt) => backoffOf(attempt, SETTINGS, () => 0))).toEqual([
    1_000, 2_000, 4_000, 5_000,
  ]);
  expect(backoffOf(4, SETTINGS, () => 1)).toBe(6_250);
});

it.each([
  ['nothing', null, 2_000],
  ['9 s', 9_000, 9_000],
  ['a moment', 10, 500],
  ['an hour', 3_600_000, 60_000],
])('a registry that asks for %s is given its wait within bounds', (_name, asked, wait) => {
  expect(waitAfter(2, asked, SETTINGS, () => 0)).toBe(wait);
});
