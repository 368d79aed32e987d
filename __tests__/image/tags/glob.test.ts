// Patterns over tags. The expected answers in fnmatch.json are those of Python 3.11's fnmatch.fnmatchcase.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileGlob, globMistake, isGlob } from '../../../src/image/tags/glob.ts';

type Row = readonly [pattern: string, matching: readonly string[], others: readonly string[]];
const file = new URL('../../data/fnmatch.json', import.meta.url);
const ROWS = JSON.parse(readFileSync(file, 'utf8')) as readonly Row[];

describe('compileGlob', () => {
  it('answers as Python does, over 20,000 pairs', () => {
    const pairs = ROWS.reduce((sum, [, yes, no]) => sum + yes.length + no.length, 0);
    const wrong = ROWS.flatMap(([pattern, yes, no]) => {
      const matches = compileGlob(pattern);
      return [...yes.filter((tag) => !matches(tag)), ...no.filter(matches)].map((tag) => ({ pattern, tag }));
    });
    expect(wrong).toEqual([]);
    expect(pairs).toBeGreaterThan(20_000);
  });

  it.each([
    ['3.[789].?', ['3.7.1', '3.9.x'], ['3.7.10', '3.6.1', '13.7.1']],
    ['3.??.?-*', ['3.11.2-slim', '3.10.0-'], ['3.9.1-slim', '3.11.12-slim']],
    ['*-slim', ['3-slim', '-slim'], ['3-SLIM', '3-slim-bookworm']],
    ['[!0-9]*', ['latest', 'v1'], ['1', '']],
  ])('%s takes whole tags, case-sensitive', (pattern, yes, no) => {
    expect(yes.filter(compileGlob(pattern))).toEqual(yes);
    expect(no.filter(compileGlob(pattern))).toEqual([]);
  });

  it.each(['*a'.repeat(60), '*?'.repeat(60), '[a-z]*'.repeat(40), `${'a*'.repeat(64)}b`, '*'.repeat(250)])(
    'is not held up by %s',
    (pattern) => {
      const matches = compileGlob(pattern);
      let count = 0;
      for (let length = 0; length <= 128; length++) count += matches(`${'a'.repeat(length)}!`) ? 1 : 0;
      expect(count).toBeLessThanOrEqual(129);
    },
  );

  it('never throws, and a text without signs matches itself alone', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (pattern, tag) => typeof compileGlob(pattern)(tag) === 'boolean'),
    );
    fc.assert(
      fc.property(
        fc.stringMatching(/^[\w.-]{1,20}$/),
        (tag) => compileGlob(tag)(tag) && compileGlob('*')(tag),
      ),
    );
  });
});

describe('isGlob', () => {
  it.each([
    ['3.4-slim', false],
    ['3.*', true],
    ['3.?', true],
    ['3.[12]', true],
    ['a]b!', false],
  ])('%s: %s', (text, expected) => expect(isGlob(text)).toBe(expected));
});

describe('globMistake', () => {
  it.each(['*', '3.[789].?', '[a/b]*', '[! ]*', '*_[]a]', 'a'.repeat(255)])(
    '%s may match a tag',
    (pattern) => {
      expect(globMistake(pattern)).toBeNull();
    },
  );

  it.each([
    ['3.* ', '" "'],
    ['library/*', '"/"'],
    ['ruby:*', '":"'],
    ['{3,4}.*', '"{"'],
    ['^(a+)+$', '"^"'],
    ['*$', '"$"'],
    ['[a-', 'close the bracket'],
    ['*é', '"é"'],
    ['*'.repeat(257), '257 characters'],
  ])('%s can match none', (pattern, words) => {
    const { mistake = '', hint = '' } = globMistake(pattern) ?? {};
    expect(`${mistake} ${hint}`).toContain(words);
  });
});
