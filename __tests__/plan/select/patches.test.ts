// Patch tags of lines: what they look like is told by upstream.

import { expect, it } from '@jest/globals';
import { ALL_LINES_NEWEST_THREE } from '../../../src/image/tags/form.ts';
import { selectPatches } from '../../../src/plan/select/patches.ts';

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

// One row a trap: lines, upstream, patch tags.
it.each([
  [
    'same suffix',
    '4.0-slim',
    '4.0.4-slim 4.0.5-slim 4.0.5 4.0.5-slim-trixie 4.1.0-slim 4.0-slim',
    '4.0.4-slim 4.0.5-slim',
  ],
  ['the newest three', '3.4', '3.4.9 3.4.10 3.4.8 3.4.7 3.4.11', '3.4.9 3.4.10 3.4.11'],
  ['numbers, not text', '3.1', '3.1.1 3.10.1 3.11', '3.1.1'],
  ['the most precise alone', '24', '24 24.19 24.19.0 24.18 24.18.2', '24.18.2 24.19.0'],
  ['two numbers', '12-slim', '12.14-slim 12.15-slim 12-slim', '12.14-slim 12.15-slim'],
  ['each line its own form', '9.6 17', '9.6.23 9.6.24 17.1 17.2', '9.6.23 9.6.24 17.1 17.2'],
  [
    'java',
    '21-jdk',
    '21_35-jdk 21.0.1_12-jdk 21.0.1.1_1-jdk 21.0.5_11-jre',
    '21_35-jdk 21.0.1_12-jdk 21.0.1.1_1-jdk',
  ],
  ['java 8', '8-jdk', '8u492-b09-jdk 8u502-b07-jdk 18.0.1_1-jdk', '8u492-b09-jdk 8u502-b07-jdk'],
  ['a stray build', '3.4', '3.4.0-1 3.4.0.1 3.4.1 3.4.2', '3.4.1 3.4.2'],
  ['a form that changed', '3.5', '3.5.1 3.5.2 3.5.2.1', '3.5.2.1'],
  ['no prereleases', '3.15', '3.15.0rc1 3.15.0 3.15-rc', '3.15.0'],
  ['of a prerelease line', '3.15-rc', '3.15.0rc1 3.15.0rc2 3.15.0', '3.15.0rc1 3.15.0rc2'],
  ['no stamps', '10.2', '10.2-20260602 10.2.20260602-minimal', ''],
  ['lines without patches', 'latest 3.4.5 21.0.5_11-jdk noble-20260101', '3.4.5.1-x 3.4.5 latest', ''],
  ['a tag of two lines once', '3 3.4', '3.4.1 3.4.2', '3.4.1 3.4.2'],
  ['v', 'v3.6', 'v3.6.1 3.6.2', 'v3.6.1'],
])('%s: %s', (_, lines, upstream, wanted) => {
  expect(selectPatches(words(lines), ALL_LINES_NEWEST_THREE, [], words(upstream))).toEqual(words(wanted));
});

it('keeps to the newest lines of each form', () => {
  const lines = words('3.3-slim 3.4-slim 4.0-slim 3.3');
  const upstream = words('3.3.1-slim 3.4.1-slim 4.0.1-slim 3.3.1');
  const patches = selectPatches(lines, { lines: 2, max: 3 }, [], upstream);
  expect(patches).toEqual(words('3.4.1-slim 4.0.1-slim 3.3.1'));
});

it('leaves out what is excluded, and counts afterwards', () => {
  const patches = selectPatches(['3.4'], { lines: null, max: 1 }, ['*.2'], words('3.4.1 3.4.2'));
  expect(patches).toEqual(['3.4.1']);
});

it.each([0, 1])('takes at most %i', (max) => {
  expect(selectPatches(['3.4'], { lines: null, max }, [], words('3.4.1 3.4.2')).length).toBe(max);
});
