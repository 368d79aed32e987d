// What an item of `images` says holds for the tags of that item alone, whatever stands beside it and in which order.

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { UserError } from '../../../src/base/errors/user-error.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { formatName } from '../../../src/image/names/reference.ts';
import { selectTags } from '../../../src/plan/select/select.ts';

const RUBY = [
  '3.2',
  '3.3',
  '3.4',
  '3.5',
  '3.6-rc1',
  'latest',
  '9',
  '3',
  '3.3-slim',
  '3.4-slim',
  '3.5-slim',
].concat(['3.3', '3.4', '3.5'].flatMap((line) => [1, 2, 3, 4].map((patch) => `${line}.${patch}`)));

/** What is selected and what is new, without places and in an order of its own. */
function selectionOf(items: readonly string[]): string[] {
  const text = `mirror: ghcr.io/m\nimages:\n${items.map((item) => `- ${item}\n`).join('')}`;
  const { config } = parseConfig(Buffer.from(text), 'images.yaml');
  const { wanted, unmatched, news } = selectTags(config, () => RUBY, 3);
  return [
    ...wanted.map(({ source, tag, origin, pinned, settled, policies }) =>
      JSON.stringify([formatName(source), tag, origin, pinned, settled, policies]),
    ),
    ...unmatched.map(({ source, pattern, isBeside }) =>
      JSON.stringify(['unmatched', formatName(source), pattern, isBeside]),
    ),
    ...news.flatMap(({ newTags, gaps, ended }) => [
      ...newTags.map(({ tag, beside, entry }) => JSON.stringify(['new', tag, beside, entry.policies])),
      ...gaps.map((tag) => `gap ${tag}`),
      ...ended.map((series) => JSON.stringify(series)),
    ]),
  ].sort();
}

function tagsOf(items: readonly string[]): string[] {
  return selectionOf(items)
    .filter((line) => line.startsWith('["docker.io'))
    .map((line) => JSON.parse(line)[1])
    .sort();
}

/** What is told of a wrong config, or null. */
function mistakeIn(items: readonly string[]): string | null {
  try {
    selectionOf(items);
    return null;
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    return thrown.diagnostics.map(({ message, place }) => `${place.line}: ${message}`).join('\n');
  }
}

const bothOrders = (one: string, other: string) => [
  [one, other],
  [other, one],
];

describe('an item keeps its policies to itself', () => {
  it.each(
    bothOrders(
      '{source: ruby, tags: ["3.3"]}',
      '{source: ruby, tags: ["3.4"], granularity: patch, patches: {max: 1}}',
    ),
  )('granularity and patches: %s, %s', (one, other) => {
    expect(tagsOf([one, other])).toEqual(['3.3', '3.4', '3.4.4']);
  });

  it.each(
    bothOrders(
      '{source: ruby, tags: ["3.3"], granularity: listed}',
      '{source: ruby, tags: ["3.4"], granularity: patch}',
    ),
  )('a written `granularity: listed`: %s, %s', (one, other) => {
    expect(tagsOf([one, other])).toEqual(['3.3', '3.4', '3.4.2', '3.4.3', '3.4.4']);
  });

  it.each(bothOrders('ruby:3.3', '{source: ruby, tags: ["3.4"], granularity: patch, patches: {max: 1}}'))(
    'a shorthand: %s, %s',
    (one, other) => {
      expect(tagsOf([one, other])).toEqual(['3.3', '3.4', '3.4.4']);
    },
  );

  it.each(
    bothOrders(
      '{source: ruby, tags: ["3.?-slim"], exclude: ["3.4*"]}',
      '{source: ruby, tags: ["3.?"], exclude: ["*-slim"]}',
    ),
  )('exclude: %s, %s', (one, other) => {
    expect(tagsOf([one, other])).toEqual(['3.2', '3.3', '3.3-slim', '3.4', '3.5', '3.5-slim']);
  });

  it.each(
    bothOrders(
      '{source: ruby, tags: ["3.4"], new-tags: ignore}',
      '{source: ruby, tags: ["3.4-slim"], new-tags: mirror}',
    ),
  )('new-tags: %s, %s', (one, other) => {
    const found = selectionOf([one, other]);
    expect(found.filter((line) => line.includes('"new"')).map((line) => JSON.parse(line)[1])).toEqual([
      '3.5-slim',
      '3.5-slim',
    ]);
  });

  it.each(
    bothOrders(
      '{source: ruby, tags: ["3.4"], granularity: patch}',
      '{source: ruby, tags: ["3.3"], granularity: patch, recheck: 3}',
    ),
  )('recheck: %s, %s', (one, other) => {
    const settled = selectionOf([one, other]).filter((line) => line.includes(',null,true,'));
    expect(settled.map((line) => JSON.parse(line)[1])).toEqual(['3.4.2', '3.4.3']);
  });

  it.each(bothOrders('{source: ruby, tags: ["3.4"], ignore: ["3.5"]}', '{source: ruby, tags: ["3.4-slim"]}'))(
    'ignore: %s, %s',
    (one, other) => {
      const found = selectionOf([one, other]).filter((line) => line.startsWith('["new"'));
      expect(found.map((line) => JSON.parse(line)[1])).toEqual(['3.5-slim']);
    },
  );
});

describe('a tag that is listed twice', () => {
  it.each([
    ['expected-platforms: [amd64]', 'expected-platforms is linux/amd64 here but not set at images.yaml:3:'],
    ['recheck: 3', 'recheck is 3 here but 7 at'],
    ['exclude: ["*-rc"]', 'exclude is *-rc here but not set at'],
    ['granularity: patch', 'granularity is patch here but listed at'],
  ])('with two policies is an error that names both places: %s', (policy, words) => {
    const [plain, strict] = ['{source: ruby, tags: [a, "3.3"]}', `{source: ruby, tags: ["3.3"], ${policy}}`];
    expect(mistakeIn([plain, strict])).toContain('4: the tag 3.3 is listed twice with different policies');
    expect(mistakeIn([plain, strict])).toContain(words);
    expect(mistakeIn([strict, plain])).toContain('4: the tag 3.3 is listed twice with different policies');
    expect(mistakeIn(['ruby:3.3', strict])).toContain('images.yaml:3:3');
  });

  it('with the same policies is fine in either order', () => {
    const items = [
      '{source: ruby, tags: ["3.3"], recheck: 3}',
      '{source: library/ruby, tags: ["3.3", "9.*"], recheck: 3}',
    ];
    expect(selectionOf(items)).toEqual(selectionOf(items.toReversed()));
  });
});

describe('whatever the order of the entries', () => {
  const policy = fc.constantFrom(
    '',
    'granularity: patch',
    'granularity: patch, patches: {max: 1}',
    'granularity: patch, patches: {lines: 1}',
    'granularity: patch, recheck: 3',
    'expected-platforms: [amd64]',
    'lost-platforms: hybrid',
    'verify: deep',
    'new-tags: ignore',
    'new-tags: mirror',
    'new-tags: "issue, pull-request"',
    'prereleases: true',
    'exclude: ["*-slim"]',
    'exclude: ["3.4*"]',
    'ignore: ["3.5*"]',
  );
  const tags = fc.uniqueArray(
    fc.constantFrom(
      '"3"',
      '"3.3"',
      '"3.4"',
      '3.3-slim',
      '3.4-slim',
      '"3.?"',
      '"3.*"',
      '"*-slim"',
      '"7.*"',
      '"3.4.?"',
    ),
    { minLength: 1, maxLength: 3 },
  );
  const follow = fc.constantFrom(
    '',
    'follow: [{tags: N.N, max: 2}]',
    'follow: [{tags: N.N, from: "3.4", patches: {max: 2}}]',
  );
  const item = fc.oneof(
    fc.constantFrom('ruby:3.3', 'docker.io/library/ruby:3.4', 'perl:3.4'),
    fc.tuple(fc.constantFrom('ruby', 'perl'), tags, policy, follow).map(([source, list, own, rule]) => {
      return `{source: ${source}, tags: [${list.join(', ')}]${[own, rule].map((text) => (text === '' ? '' : `, ${text}`)).join('')}}`;
    }),
  );
  const shuffled = fc.array(item, { minLength: 1, maxLength: 6 }).chain((items) => {
    return fc.shuffledSubarray(items, { minLength: items.length }).map((others) => [items, others] as const);
  });

  it('the plan is the same, and so is whether there is one', () => {
    fc.assert(
      fc.property(shuffled, ([items, others]) => {
        const isWrong = mistakeIn(items) !== null;
        expect(mistakeIn(others) !== null).toBe(isWrong);
        if (!isWrong) expect(selectionOf(others)).toEqual(selectionOf(items));
      }),
      { numRuns: 500 },
    );
  });
});
