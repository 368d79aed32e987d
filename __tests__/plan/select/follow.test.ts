// `follow`: forms with numbers, their bounds, and the patch tags that `patches` and `granularity: patch` add.

import { describe, expect, it } from '@jest/globals';
import { type Follow, followMistake, isNumberPattern, needsStart } from '../../../src/image/tags/form.ts';
import { type Choice, selectFollowed } from '../../../src/plan/select/follow.ts';

function follow(tags: string, rest: Partial<Follow> = {}): Follow {
  return { tags, from: null, below: null, max: null, patches: null, prereleases: false, ...rest };
}

function choose(upstream: string, rest: Partial<Choice> = {}): Choice {
  return { listed: [], exclude: [], upstream: words(upstream), ...rest };
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

describe('isNumberPattern', () => {
  it.each(['N', 'N.N-slim', '3.N-slim', 'vN.N.N', 'N.N-alpineN.N', '21.0.N_N-jdk', 'mainline-alpineN.N'])(
    '%s is a form',
    (text) => {
      expect(isNumberPattern(text)).toBe(true);
    },
  );

  it.each(['3.4-slim', 'Nightly', 'NN', '3N', 'N3', 'LTSN', 'N.N-*', '[N]', 'latest', 'Nx'])(
    '%s is none',
    (text) => {
      expect(isNumberPattern(text)).toBe(false);
    },
  );
});

describe('selectFollowed', () => {
  const GO =
    '1.24-alpine 1.25-alpine 1.26-alpine 1.27-alpine 1.28rc1-alpine 1.26.1-alpine 1.26-alpine3.22 1.9-alpine 2.0-alpine';

  // One row a rule: the entry, upstream, what it selects.
  it.each([
    [follow('N.N-alpine', { from: '1.25' }), GO, '1.25-alpine 1.26-alpine 1.27-alpine 2.0-alpine'],
    [follow('N.N-alpine', { from: '1.25', below: '1.27' }), GO, '1.25-alpine 1.26-alpine'],
    [follow('N.N-alpine', { from: '1.25-alpine', below: '2' }), GO, '1.25-alpine 1.26-alpine 1.27-alpine'],
    [follow('N.N-alpine', { max: 2 }), GO, '1.27-alpine 2.0-alpine'],
    [follow('N.N-alpine', { max: 2, below: '2' }), GO, '1.26-alpine 1.27-alpine'],
    [follow('1.N-alpine', { from: '1.26' }), GO, '1.26-alpine 1.27-alpine'],
    [follow('N.N-alpine', { from: '1.27', prereleases: true }), GO, '1.27-alpine 1.28rc1-alpine 2.0-alpine'],
    [follow('N.NrcN-alpine'), GO, ''],
    [follow('N.N-rc', { from: '3' }), '3.15-rc 3.14 3.15rc1', '3.15-rc'],
    [
      follow('N.N.N', { from: '3.15', prereleases: true }),
      '3.15.0rc10 3.15.0rc9 3.15.0b1 3.15.0',
      '3.15.0b1 3.15.0rc9 3.15.0rc10 3.15.0',
    ],
    [follow('N', { from: '8' }), '8 9 10 20260805 1234567 10.1 latest 7', '8 9 10'],
    [follow('alpineN.N', { from: '3.9' }), 'alpine3.8 alpine3.10 alpine3.9 alpine', 'alpine3.9 alpine3.10'],
    [
      follow('N.N-alpineN.N', { max: 2 }),
      '1.2-alpine3.9 1.2-alpine3.10 1.1-alpine3.11',
      '1.2-alpine3.9 1.2-alpine3.10',
    ],
    [
      follow('bookworm-N-slim', { max: 1 }),
      'bookworm-20260101-slim bookworm-20260202-slim',
      'bookworm-20260202-slim',
    ],
    [follow('vN.N', { from: '3.6' }), 'v3.5 v3.6 3.7 v3.7', 'v3.6 v3.7'],
    [follow('N.N', { from: '24' }), '24.04 23.10 24.10', '24.04 24.10'],
    [follow('N.N', { from: '9' }), '', ''],
  ])('%j', (rule, upstream, wanted) => {
    expect(selectFollowed(rule, choose(upstream)).lines).toEqual(words(wanted));
  });

  it('starts at the oldest listed tag of the form', () => {
    const listed = words('latest 1.26-alpine 1.25-alpine 1.24');
    const rule = follow('N.N-alpine');
    expect(needsStart(rule, listed)).toBe(false);
    expect(selectFollowed(rule, choose(GO, { listed })).lines[0]).toBe('1.25-alpine');
  });

  it('selects nothing where nothing says where to start', () => {
    const rule = follow('N.N-alpine');
    expect(needsStart(rule, ['1.24'])).toBe(true);
    expect(selectFollowed(rule, choose(GO, { listed: ['1.24'] })).lines).toEqual([]);
  });

  it('counts `max` after what is excluded', () => {
    const rule = follow('N.N-alpine', { max: 2 });
    expect(selectFollowed(rule, choose(GO, { exclude: ['2.*'] })).lines).toEqual(
      words('1.26-alpine 1.27-alpine'),
    );
  });

  it('adds the newest patches of the newest lines', () => {
    const upstream = words(
      '1.25-alpine 1.25.0-alpine 1.26-alpine 1.26.0-alpine 1.26.9-alpine 1.26.10-alpine 1.27-alpine',
    );
    const rule = follow('N.N-alpine', { max: 3, patches: { lines: 2, max: 2 } });
    const { lines, patches } = selectFollowed(rule, { listed: [], exclude: [], upstream });
    expect(lines).toEqual(words('1.25-alpine 1.26-alpine 1.27-alpine'));
    expect(patches).toEqual(words('1.26.9-alpine 1.26.10-alpine'));
  });

  it('reads 100,000 tags', () => {
    const upstream = Array.from({ length: 100_000 }, (_, at) => `${Math.floor(at / 100)}.${at % 100}-slim`);
    const started = performance.now();
    const rule = follow('N.N-slim', { from: '10', patches: { lines: null, max: 3 } });
    expect(selectFollowed(rule, { listed: [], exclude: [], upstream }).lines.length).toBe(99_000);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('followMistake', () => {
  it.each([
    [follow('N.N-alpine', { from: '1.25', below: '2' }), null],
    [follow('3.4-slim'), '"3.4-slim" is not a form of tags'],
    [follow('N.N slim'), '"N.N slim" is not a form of tags'],
    [follow('N.N*'), '"N.N*" is not a form of tags'],
    [follow('N.N', { from: 'bookworm' }), '"bookworm" is not a valid version'],
    [follow('N.N', { below: 'x' }), '"x" is not a valid version'],
    [follow('N.N', { from: '2', below: '1.9' }), 'no version is at least "2" and below "1.9"'],
    [follow('N.N', { from: '2', below: '2.0' }), 'no version is at least "2" and below "2.0"'],
  ])('%j', (rule, mistake) => {
    expect(followMistake(rule)?.mistake ?? null).toBe(mistake);
  });
});
