// New lines of tags: five years of real tag lists replayed, then the traps one by one.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { findNewTags, type NewTagRules } from '../../../src/plan/select/new-tags.ts';

type Ended = { line: string; no_such_tag: string; nearest: string[] };
type Event = { date: string; new?: string[]; series_not_continued?: Ended[] };
type Series = { template?: string; listed_at_start: string[]; events: Event[] };
type Row = [tag: string, published: string, removed: string | null, moves: number];

const DATA = new URL('../../data/', import.meta.url);
const REPLAYS = readdirSync(new URL('tag-series/', DATA)).filter((name) => name.endsWith('.replay.json'));
const INTERIM = ['14.10', '16.10', '18.10', '20.10'];

function read<Value>(path: string): Value {
  return JSON.parse(readFileSync(new URL(path, DATA), 'utf8')) as Value;
}

function rules(listed: readonly string[], rest: Partial<NewTagRules> = {}): NewTagRules {
  return { listed, ignore: [], exclude: [], prereleases: false, ...rest };
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

/** Runs on every date of a series, accepts what is wanted, and collects what was said instead of what should be. */
function replay(series: Series, rows: readonly Row[], arguable: readonly string[]): object[] {
  const listed = [...series.listed_at_start];
  const said: string[] = [];
  return series.events.flatMap(({ date, new: wanted = [], series_not_continued = [] }) => {
    const upstream = rows.filter(([, published]) => published <= date).map(([tag]) => tag);
    const { found, ended } = findNewTags(rules(listed, { ignore: said }), upstream);
    const offered = found.map(({ tag }) => tag).filter((tag) => !arguable.includes(tag));
    said.push(...found.map(({ tag }) => tag).filter((tag) => arguable.includes(tag)));
    listed.push(...wanted);
    const endings = ended.map(({ line, missing, nearest }) => ({ line, no_such_tag: missing, nearest }));
    const got = { date, offered: offered.sort(), endings };
    const right = { date, offered: [...wanted].sort(), endings: series_not_continued };
    return JSON.stringify(got) === JSON.stringify(right) ? [] : [{ series: series.template, got, right }];
  });
}

describe('five years of official images', () => {
  it.each(REPLAYS)('%s: exactly the new tags and the ended series of each day', (name) => {
    const { repository, series } = read<{ repository: string; series: Series[] }>(`tag-series/${name}`);
    const image = repository.replace('library/', '');
    const { tags } = read<{ tags: Row[] }>(`official-images/${image}.tags.json`);
    const wrong = series.flatMap((one) => replay(one, tags, image === 'ubuntu' ? INTERIM : []));
    expect(wrong).toEqual([]);
  });

  it('are 211 new tags and 88 ended series', () => {
    const events = REPLAYS.flatMap((name) => read<{ series: Series[] }>(`tag-series/${name}`).series).flatMap(
      (series) => series.events,
    );
    expect(events.flatMap((event) => event.new ?? []).length).toBe(211);
    expect(events.flatMap((event) => event.series_not_continued ?? []).length).toBe(88);
  });

  it('offers the interim releases of ubuntu once, at the first look', () => {
    const { tags } = read<{ tags: Row[] }>('official-images/ubuntu.tags.json');
    const upstream = tags.filter(([, published]) => published <= '2022-04-29').map(([tag]) => tag);
    const { found } = findNewTags(rules(words('14.04 16.04 18.04 20.04 21.04 21.10 22.04')), upstream);
    expect(found.map(({ tag }) => tag)).toEqual([...INTERIM, '22.10']);
  });
});

describe('findNewTags', () => {
  const RUBY = words(
    '3.2-slim 3.3-slim 3.4-slim 3.5-slim 4.0-slim 4.1-slim 5.0-slim 4.0.5-slim 3.5-slim-bookworm 4.1-rc-slim latest',
  );

  it('says which list a new tag belongs to', () => {
    const { found } = findNewTags(rules(words('latest 3.3-slim 3.4-slim 4.0-slim')), RUBY);
    expect(found).toEqual([
      { tag: '3.5-slim', series: 'N.N-slim', beside: '3.4-slim' },
      { tag: '4.1-slim', series: 'N.N-slim', beside: '4.0-slim' },
      { tag: '5.0-slim', series: 'N.N-slim', beside: '4.0-slim' },
    ]);
  });

  // One row a trap: listed, upstream, new.
  it.each([
    ['the form tells the line, not the second number', '24', '24 26 24.19 24.19.0', '26'],
    ['numbers are not text', '8.2 8.8', '8.10 8.9 8.1', '8.9 8.10'],
    ['branches live side by side', '8.9 9.4 10.0', '8.10 9.5 10.1 8.8 7.9', '8.10 9.5 10.1'],
    ['point releases lower than the newest', '12.10 13.0', '12.11 12.12 13.1 11.9', '12.11 12.12 13.1'],
    ['a patch of the old branch', '4.4.28 6.0.12', '4.4.29 5.0.1 6.0.13 7.0.0', '4.4.29 6.0.13 7.0.0'],
    ['a patch of a listed line is covered', '9.6 12 13', '13.1 12.4 13 14', '14'],
    ['short and long side by side', '3 3.3 4', '4.0 3.4 5', '5 3.4 4.0'],
    ['other suffixes', '3.13-slim', '3.14-slim-trixie 3.14-alpine 3.14 3.14-slim', '3.14-slim'],
    ['other operating systems', '1.26-alpine3.22', '1.27-alpine3.23 1.27-alpine3.22', '1.27-alpine3.22'],
    ['prereleases are no releases', '3.14 18', '3.15-rc 3.15.0rc1 19beta1 19-rc 3.15', '3.15'],
    [
      'java builds',
      '21_35-jdk 21.0.1_12-jdk',
      '21.0.2_13-jdk 21.0.1.1_1-jdk 17.0.9_9-jdk 22_36-jre',
      '21.0.1.1_1-jdk 21.0.2_13-jdk',
    ],
    ['old java builds', '8u492-b09-jdk', '8u482-b08-jdk 8u502-b01-jdk 8-jdk', '8u502-b01-jdk'],
    ['a listed line wants no builds', '9.5 21-jdk', '9.5-1736404036 21.0.5_11-jdk 9.6 23-jdk', '9.6 23-jdk'],
    ['stamps of one code name', 'noble-20260101', 'noble-20260202 jammy-20260202 noble', 'noble-20260202'],
    [
      'a stamped minor',
      '9.5-minimal-20241118',
      '9.5-minimal-20250101 9.5 9.4-minimal-20260101',
      '9.5-minimal-20250101',
    ],
    ['days count upwards', '20240101', '20240201 20231231 2024020 20241301', '20240201'],
    [
      'days of one variant',
      'bookworm-20240101-slim',
      'bookworm-20240201-slim trixie-20240201-slim bookworm-20240201',
      'bookworm-20240201-slim',
    ],
    [
      'numbers of a clock have no order by themselves',
      'main-1736404036',
      'main-1736404037 main-1736504036',
      '',
    ],
    ['hashes of digits alone', 'sha-123456789', 'sha-223456789 sha-323456789012', ''],
    ['a candidate that was released', '1.1.0 1.2.0-rc1', '1.2.0 1.2.0-rc2 1.2.1', '1.2.0 1.2.1'],
    ['only a candidate listed', '1.2.0-rc1', '1.1.9 1.2.0 1.3.0 1.3.0-rc1 1.2.0-slim', '1.2.0 1.3.0'],
    ['v is part of the form', 'v3.6', '3.7 v3.7 v3.7.1', 'v3.7'],
    ['calendar versions', '2026.06 24.04', '2026.07 24.10 2026.7.1', '2026.07 24.10'],
    ['php in the suffix', '6.8-php8.2-fpm', '6.9-php8.3-fpm 6.9-php8.2-fpm 6.9-fpm', '6.9-php8.2-fpm'],
    ['hashes, dates and digests', '1', '1234567 9a3e5c7 20260803 2026-08-03 sha256-0b5f3a9c1e7d 2', '2'],
    ['names have no order', 'latest bookworm jod-slim', 'trixie krypton-slim lts 1', ''],
    ['nothing upstream', '3.4', '', ''],
    ['nothing new', '3.4 3.5', '3.4 3.5 3.3', ''],
    ['a repeated name', '3.4', '3.5 3.5', '3.5'],
  ])('%s: %s', (_, listed, upstream, wanted) => {
    const { found } = findNewTags(rules(words(listed)), words(upstream));
    expect(found.map(({ tag }) => tag).sort()).toEqual(words(wanted).sort());
  });

  it('counts what it does not offer', () => {
    const upstream = words('3.0 3.1 3.2 3.3 3.4 3.5 3.6 3.7-rc 3.2-rc 3.8 3.9 2.7 12.1 12.2');
    const listed = words('3.1 3.4 12');
    const answer = findNewTags(rules(listed, { ignore: ['3.6', '3.2'], exclude: ['*.9', '3.3'] }), upstream);
    expect(answer.found.map(({ tag }) => tag)).toEqual(['3.5', '3.8']);
    expect(answer.gaps).toEqual([]);
    expect(answer.covered).toEqual(['12.1', '12.2']);
    expect(answer.prereleases).toEqual(['3.7-rc']);
    expect(answer.ignored).toEqual(['3.6']);
    expect(findNewTags(rules(listed), upstream).gaps).toEqual(['3.2', '3.3']);
  });

  it('offers prereleases on request, beside listed ones', () => {
    const upstream = words('3.15.0rc1 3.15.0rc2 3.15.0b4 3.16-rc 3.15-rc 3.14.9');
    const asked = rules(words('3.14.8 3.15.0rc1 3.15-rc'), { prereleases: true });
    expect(findNewTags(asked, upstream).found.map(({ tag }) => tag)).toEqual([
      '3.14.9',
      '3.15.0rc2',
      '3.16-rc',
    ]);
    const unasked = findNewTags({ ...asked, prereleases: false }, upstream);
    expect(unasked.found.map(({ tag }) => tag)).toEqual(['3.14.9']);
    expect(unasked.prereleases).toEqual(['3.15.0rc2', '3.16-rc']);
  });
});

describe('with prereleases', () => {
  it.each([
    [
      'beside listed releases',
      '3.3-slim 3.4-slim',
      '3.5-rc-slim 3.5-rc1-slim 3.4-rc1-slim',
      '3.5-rc1-slim 3.5-rc-slim',
    ],
    ['not once their release is out', '3.3 3.4', '3.5-rc1 3.5 3.6-beta1', '3.5 3.6-beta1'],
    ['of the listed suffix', '3.4-slim', '3.5-rc1 3.5-rc1-alpine 3.5-rc1-slim', '3.5-rc1-slim'],
    ['not patches of a listed line', '3 4', '3.5-rc1 5-rc1', '5-rc1'],
    ['a listed candidate, and its release', '1.2.0-rc1', '1.2.0-rc2 1.2.0', '1.2.0'],
    [
      'a listed candidate, and the next',
      '1.2.0-rc1',
      '1.2.0-rc2 1.2.0-beta9 1.3.0-rc1',
      '1.2.0-rc2 1.3.0-rc1',
    ],
  ])('%s: %s', (_, listed, upstream, wanted) => {
    const { found } = findNewTags(rules(words(listed), { prereleases: true }), words(upstream));
    expect(found.map(({ tag }) => tag)).toEqual(words(wanted));
  });

  it('stand beside the listed tag of their branch', () => {
    const asked = rules(words('1.1.0 1.2.0-rc1 2.0.0'), { prereleases: true });
    expect(findNewTags(asked, words('1.2.0 2.0.1-rc1')).found).toEqual([
      { tag: '2.0.1-rc1', series: 'N.N.N~pre', beside: '2.0.0' },
      { tag: '1.2.0', series: 'N.N.N', beside: '1.2.0-rc1' },
    ]);
  });
});

describe('ended series', () => {
  it('names the form, the tag that does not come, and what came instead', () => {
    const upstream = words('1.26-alpine3.22 1.27-alpine3.23 1.27-alpine3.24 1.27-alpine 1.27');
    expect(findNewTags(rules(['1.26-alpine3.22']), upstream)).toMatchObject({
      found: [],
      ended: [
        {
          series: 'N.N-alpine3.22',
          newest: '1.26-alpine3.22',
          line: '1.27',
          missing: '1.27-alpine3.22',
          nearest: ['1.27-alpine3.23', '1.27-alpine3.24'],
        },
      ],
    });
  });

  it.each([
    ['debian code names', '3.4-slim-bookworm', '3.5-slim-trixie 3.5-slim', '3.5-slim-trixie'],
    ['ubuntu code names', '21-jdk-focal', '23-jdk-noble 23-jdk', '23-jdk-noble'],
    ['windows', '1.24-nanoserver-1809', '1.25-nanoserver-ltsc2022', '1.25-nanoserver-ltsc2022'],
    [
      'two tokens',
      '21-jdk-alpine-3.9',
      '22-jdk-alpine-3.10 22-jdk-alpine-3.24',
      '22-jdk-alpine-3.10 22-jdk-alpine-3.24',
    ],
    ['red hat', '21-jdk-ubi9-minimal', '22-jdk-ubi10-minimal', '22-jdk-ubi10-minimal'],
    ['amazon', '21-al2', '22-al2023', '22-al2023'],
    ['builds', '21.0.5_11-jdk-focal', '21.0.6_7-jdk-jammy', '21.0.6_7-jdk-jammy'],
    ['still going on', '3.4-bookworm', '3.5-trixie 3.5-bookworm', ''],
    ['moved on already', '3.4-bookworm 3.5-trixie', '3.5-trixie', ''],
    ['no newer line', '3.4-bookworm', '3.4-trixie 3.3-trixie', ''],
    ['only a prerelease', '3.4-bookworm', '3.5-rc-trixie', ''],
    ['a patch of a listed line', '9.6-alpine3.20 13-alpine3.20', '13.1-alpine3.21', ''],
    ['no operating system', '6.8-php8.2-fpm', '6.9-php8.3-fpm', ''],
    ['stamps', 'bookworm-20260101-slim', 'trixie-20260202-slim', ''],
    ['names', 'slim-bookworm', 'slim-trixie', ''],
  ])('%s: %s', (_, listed, upstream, nearest) => {
    const { ended } = findNewTags(rules(words(listed)), words(upstream));
    expect(ended.flatMap((one) => one.nearest)).toEqual(words(nearest));
  });

  it('does not name what is ignored or excluded', () => {
    const upstream = words('3.5-trixie 3.5-forky 3.6-forky');
    const { ended } = findNewTags(
      rules(['3.4-bookworm'], { ignore: ['3.6*'], exclude: ['*-forky'] }),
      upstream,
    );
    expect(ended.map(({ missing, nearest }) => [missing, nearest])).toEqual([
      ['3.5-bookworm', ['3.5-trixie']],
    ]);
  });
});

it('judges 100,000 tags in one pass', () => {
  const suffixes = Array.from({ length: 50 }, (_, at) => `-alpine3.${at}`);
  const upstream = suffixes.flatMap((suffix) =>
    Array.from({ length: 2000 }, (_, at) => `${Math.floor(at / 20)}.${at % 20}${suffix}`),
  );
  const listed = suffixes.flatMap((suffix) => Array.from({ length: 40 }, (_, at) => `${at + 50}.3${suffix}`));
  const started = performance.now();
  const { found, gaps } = findNewTags(rules(listed, { ignore: ['*.19-*'] }), upstream);
  expect(upstream.length).toBe(100_000);
  expect(found.length).toBe(50 * (40 * 15 + 10 * 19));
  expect(gaps.length).toBe(50 * 39 * 3);
  expect(performance.now() - started).toBeLessThan(10_000);
});
