import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import type { PlannedTag } from '../../../src/plan/steps/step.ts';
import { accessNotices, newTagRows, orphanNotices } from '../../../src/report/rows/news.ts';
import { body, policies, step, wanted } from '../../plan/steps/builders.ts';

const MIRROR = 'ghcr.io/acme/mirror/library/ruby';

function fresh(tag: string, more = {}): PlannedTag {
  return { wanted: wanted(tag, more), kind: 'fresh', digest: body(tag).digest };
}

it.each([
  [['3.4'], []],
  [['3.4', '2.7'], [`${MIRROR}: 1 tag that no entry keeps fresh (2.7)`]],
  [['1', '2', '3', '4', '3.4'], [`${MIRROR}: 4 tags that no entry keeps fresh (1, 2, 3, …)`]],
  [['3.4', `sha256-${'a'.repeat(64)}.sig`], []],
])('of %j on the mirror: %j', (tags, expected) => {
  const lists = new Map([[MIRROR, { kind: 'seen' as const, value: tags }]]);
  const notices = orphanNotices({ tags: [fresh('3.4')] }, lists);
  expect(notices.map(({ message }) => message)).toEqual(expected);
});

it('a list that could not be read has no orphans', () => {
  expect(orphanNotices({ tags: [fresh('3.4')] }, new Map())).toEqual([]);
});

describe('tags of single platforms', () => {
  const lists = new Map([
    [MIRROR, { kind: 'seen' as const, value: ['3.4', '3.4-amd64', '3.4-arm64', '2.7'] }],
  ]);
  const made = policies({ platformTags: '{tag}-{arch}' });

  it('are no orphans', () => {
    const tags = ['3.4-amd64', '3.4-arm64'].map((tag) => fresh(tag, { madeOf: '3.4' }));
    expect(orphanNotices({ tags: [fresh('3.4'), ...tags] }, lists).map(({ message }) => message)).toEqual([
      `${MIRROR}: 1 tag that no entry keeps fresh (2.7)`,
    ]);
  });

  it('are no orphans either while their tag cannot be read', () => {
    const failure = new Failure('server-error', '500');
    const failed: PlannedTag = { wanted: wanted('3.4', { policies: made }), kind: 'failed', failure };
    expect(orphanNotices({ tags: [failed] }, lists)).toMatchObject([
      { message: `${MIRROR}: 1 tag that no entry keeps fresh (2.7)` },
    ]);
  });

  it('are not new upstream tags', () => {
    const more = { madeOf: '3.4', origin: 'follow' } as const;
    const tag: PlannedTag = {
      wanted: wanted('3.4-amd64', more),
      kind: 'stale',
      step: step('3.4-amd64', null, 'A', { reason: 'missing' }),
      doubt: null,
    };
    expect(newTagRows([], { tags: [tag], patterns: [] }, [])).toEqual([]);
  });
});

it('says nothing of orphans where a list that selects tags could not be read', () => {
  const lists = new Map([[MIRROR, { kind: 'seen' as const, value: ['3.3'] }]]);
  expect(orphanNotices({ tags: [fresh('3.4')] }, lists, () => true)).toEqual([]);
});

describe('a repository of the mirror', () => {
  const stale = (tag: string, doubt: Failure | null): PlannedTag => {
    return { wanted: wanted(tag), kind: 'stale', step: step(tag, null, tag), doubt };
  };

  it('that is not shown is told once, for all its tags', () => {
    const doubt = new Failure('denied', 'the registry answers 403');
    const tags = ['3.3', '3.4', '3.5'].map((tag) => stale(tag, doubt));
    expect(accessNotices({ tags }, new Map())).toEqual([
      {
        kind: 'no-access',
        source: 'docker.io/library/ruby',
        message: `${MIRROR}: not there yet, or no access (the registry answers 403)`,
      },
    ]);
  });

  it('that is not there is told too, and one that only lacks a tag is not', () => {
    const tags = [stale('3.4', null)];
    const absent = new Map([[MIRROR, { kind: 'absent' as const, doubt: null }]]);
    expect(accessNotices({ tags }, absent)).toMatchObject([
      { message: `${MIRROR}: not there yet, or no access` },
    ]);
    const seen = new Map([[MIRROR, { kind: 'seen' as const, value: ['3.3'] }]]);
    expect(accessNotices({ tags }, seen)).toEqual([]);
  });
});
