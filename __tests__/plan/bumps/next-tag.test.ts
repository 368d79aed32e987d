// How far the tag of a pin moves on.

import { expect, it } from '@jest/globals';
import { nextTag } from '../../../src/plan/bumps/next-tag.ts';

const RUBY = [
  '3.4.1',
  '3.4.2',
  '3.4.10',
  '3.5.0',
  '3.5.1-rc1',
  '4.0.0',
  '3.4',
  '3.5',
  '4.0',
  '4',
  '3.4.11-slim',
  'latest',
  '20260101',
];

it.each<[string, 'none' | 'patch' | 'minor', string | null]>([
  ['3.4.1', 'none', null],
  ['3.4.1', 'patch', '3.4.10'],
  ['3.4.1', 'minor', '3.5.0'],
  ['3.4.10', 'patch', null],
  ['3.4', 'patch', null],
  ['3.4', 'minor', '3.5'],
  ['4.0', 'minor', null],
  ['3', 'minor', null],
  ['3.4.1-slim', 'patch', '3.4.11-slim'],
  ['latest', 'minor', null],
  ['20250101', 'minor', null],
])('%s with %s: %s', (tag, bumpTags, wanted) => {
  expect(nextTag(tag, RUBY, bumpTags)).toBe(wanted);
});

it('a build is a patch; a release candidate goes on to its release', () => {
  expect(nextTag('21.0.1_12', ['21.0.2_13', '21.1.0_1', '22.0.0_1'], 'patch')).toBe('21.0.2_13');
  expect(nextTag('1.2.0-rc1', ['1.2.0-rc2', '1.2.0'], 'patch')).toMatch(/^1\.2\.0/);
});
