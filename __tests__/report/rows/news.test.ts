import { expect, it } from '@jest/globals';
import { orphanNotices } from '../../../src/report/rows/news.ts';
import { wanted } from '../../plan/steps/builders.ts';

const MIRROR = 'ghcr.io/acme/mirror/library/ruby';

it.each([
  [['3.4'], []],
  [['3.4', '2.7'], [`${MIRROR}: 1 tag that no entry keeps fresh (2.7)`]],
  [['1', '2', '3', '4', '3.4'], [`${MIRROR}: 4 tags that no entry keeps fresh (1, 2, 3, …)`]],
  [['3.4', `sha256-${'a'.repeat(64)}.sig`], []],
])('of %j on the mirror: %j', (tags, expected) => {
  const lists = new Map([[MIRROR, { kind: 'seen' as const, value: tags }]]);
  const notices = orphanNotices({ wanted: [wanted('3.4')], unmatched: [], news: [] }, lists);
  expect(notices.map(({ message }) => message)).toEqual(expected);
});

it('a list that could not be read has no orphans', () => {
  expect(orphanNotices({ wanted: [wanted('3.4')], unmatched: [], news: [] }, new Map())).toEqual([]);
});
