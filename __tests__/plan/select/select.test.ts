// What one config selects out of upstream's tags, and which of them are news.

import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { listsNeeded, type Selection, selectTags } from '../../../src/plan/select/select.ts';

const RUBY = [
  '3.2-slim',
  '3.3-slim',
  '3.4-slim',
  '3.5-slim',
  '3.4.1-slim',
  '3.4.2-slim',
  '3.4.3-slim',
  '3.4.4-slim',
  'latest',
];

function configOf(entry: string) {
  return parseConfig(Buffer.from(`mirror: ghcr.io/m\nimages:\n  - ${entry}\n`), 'images.yaml').config;
}

function select(entry: string, list: readonly string[] | null = RUBY, run = 0): Selection {
  return selectTags(configOf(entry), () => list, run);
}

function inWords({ wanted, unmatched }: Selection): string[] {
  return [
    ...wanted.map((one) => `${one.tag} ${one.origin}`),
    ...unmatched.map((one) => `${one.pattern} unmatched`),
  ];
}

describe('selected are', () => {
  it.each([
    ['listed tags', '{ source: ruby, tags: ["3.4-slim", gone] }', ['3.4-slim listed', 'gone listed']],
    [
      'globs, without what is excluded',
      '{ source: ruby, tags: ["3.?-slim"], exclude: ["3.2*"] }',
      ['3.3-slim glob', '3.4-slim glob', '3.5-slim glob'],
    ],
    [
      'a listed tag once, as listed',
      '{ source: ruby, tags: ["3.[45]-slim", "3.4-slim"] }',
      ['3.4-slim listed', '3.5-slim glob'],
    ],
    ['a glob that matches nothing, as a row', '{ source: ruby, tags: ["9.*"] }', ['9.* unmatched']],
    [
      'follow, by numbers',
      '{ source: ruby, follow: [{ tags: N.N-slim, from: "3.3", max: 2 }] }',
      ['3.4-slim follow', '3.5-slim follow'],
    ],
    [
      'follow with patches',
      '{ source: ruby, follow: [{ tags: N.N-slim, max: 1, from: "3.4", below: "3.5", patches: { max: 1 } }] }',
      ['3.4-slim follow', '3.4.4-slim patch'],
    ],
    [
      'follow that selects nothing, as a row',
      '{ source: ruby, follow: [{ tags: N.N-alpine, from: "1" }] }',
      ['N.N-alpine unmatched'],
    ],
    [
      'patch tags by granularity, the newest three',
      '{ source: ruby, tags: ["3.4-slim"], granularity: patch }',
      ['3.4-slim listed', '3.4.2-slim patch', '3.4.3-slim patch', '3.4.4-slim patch'],
    ],
    [
      'new tags where the policy mirrors them',
      '{ source: ruby, tags: ["3.4-slim"], new-tags: mirror }',
      ['3.4-slim listed', '3.5-slim new'],
    ],
  ])('%s', (_, entry, expected) => {
    expect(inWords(select(entry))).toEqual(expected);
  });

  it('no digest-named tags, unless the pattern begins so', () => {
    const signature = `sha256-${'a'.repeat(64)}.sig`;
    expect(inWords(select('{ source: ruby, tags: ["*"] }', ['1', signature]))).toEqual(['1 glob']);
    expect(inWords(select('{ source: ruby, tags: ["sha256-*"] }', ['1', signature]))).toEqual([
      `${signature} glob`,
    ]);
  });
});

describe('superseded patch tags', () => {
  it('are believed on the mirror but for every seventh run', () => {
    const entry = '{ source: ruby, tags: ["3.4-slim"], granularity: patch }';
    const settled = (run: number) =>
      select(entry, RUBY, run)
        .wanted.filter((one) => one.settled)
        .map((one) => one.tag);
    expect(settled(1)).toEqual(['3.4.2-slim', '3.4.3-slim']);
    expect(settled(7)).toEqual([]);
  });
});

describe('news', () => {
  const found = (entry: string, list: readonly string[] | null = RUBY) =>
    select(entry, list).news.flatMap(({ newTags }) =>
      newTags.map((one) => `${one.tag} beside ${one.beside}`),
    );

  it.each([
    ['the next line', '{ source: ruby, tags: ["3.4-slim"] }', ['3.5-slim beside 3.4-slim']],
    ['not what is ignored', '{ source: ruby, tags: ["3.4-slim"], ignore: ["3.5*"] }', []],
    ['not where nobody wants any', '{ source: ruby, tags: ["3.4-slim"], new-tags: ignore }', []],
    ['not what a glob brings anyway', '{ source: ruby, tags: ["3.4-slim", "3.5*"] }', []],
  ])('are %s', (_, entry, expected) => {
    expect(found(entry)).toEqual(expected);
  });

  it('are unknown, not none, when the list could not be read', () => {
    expect(select('{ source: ruby, tags: ["3.4-slim"] }', null).news).toEqual([]);
  });
});

it.each([
  ['{ source: ruby, tags: ["3.4"] }', 1],
  ['{ source: ruby, tags: ["3.4"], new-tags: ignore }', 0],
  ['{ source: ruby, tags: ["3.*"], new-tags: ignore }', 1],
  [`ruby:3.4@sha256:${'a'.repeat(64)}`, 0],
])('%s needs %d tag lists', (entry, expected) => {
  expect(listsNeeded(configOf(entry))).toHaveLength(expected);
});
