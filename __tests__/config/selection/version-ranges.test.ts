// Version ranges as bounds, as Masterminds/semver reads them.

import { describe, expect, it } from '@jest/globals';
import { boundsOf } from '../../../src/config/selection/version-ranges.ts';

describe('a version range', () => {
  it.each<readonly [string, string]>([
    ['>=1.25', '1.25 -'],
    ['>= v3.12.0', '3.12.0 -'],
    ['>=1.2 <2', '1.2 2'],
    ['>=1.2, <2, <3', '1.2 2'],
    ['>1.2.3', '1.2.4 -'],
    ['>1.2', '1.3 -'],
    ['<=1.2', '0 1.3'],
    ['~1.2.3', '1.2.3 1.3'],
    ['~1', '1 2'],
    ['^1.2.3', '1.2.3 2'],
    ['^0.2.3', '0.2.3 0.3'],
    ['^0.0.3', '0.0.3 0.0.4'],
    ['^0', '0 1'],
    ['1.2.x', '1.2 1.3'],
    ['3.14', '3.14 3.15'],
    ['=1.2.3', '1.2.3 1.2.4'],
    ['*', '0 -'],
    ['^1 || ^3', '1 2, 3 4'],
    ['3.12 - 3.13', '3.12 3.14'],
    ['v3.1.1 - v3.4.0', '3.1.1 3.4.1'],
    ['1 - 2 || >=4', '1 3, 4 -'],
  ])('%s is from and below', (range, words) => {
    const said = boundsOf(range)?.map(({ from, below }) => `${from} ${below ?? '-'}`);
    expect(said?.join(', ')).toBe(words);
  });

  it.each([
    '!=1.2',
    '>=1.2-0',
    '1.2.3-alpha',
    '1.2-2.3',
    '1.2 - 2.3-rc1',
    '2 - 1',
    '>=1.2.3.4',
    '',
    'abc',
    '>2 <1',
    '<*',
  ])('%j cannot be said with two bounds', (range) => {
    expect(boundsOf(range)).toBeNull();
  });
});
