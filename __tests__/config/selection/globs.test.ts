// Regular expressions as globs and forms: what is said to be exact is so, what is not never brings a tag too many.

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type RegexTags, selectedBy } from '../../../src/config/selection/globs.ts';
import { compileForm } from '../../../src/image/tags/form.ts';
import { compileGlob, globMistake, isGlob } from '../../../src/image/tags/glob.ts';
import { isTag } from '../../../src/image/tags/tag.ts';

const exact = (...tags: readonly string[]) => ({ tags, forms: [], isLoose: false, wider: [] });

describe('a regular expression', () => {
  it.each<readonly [string, RegexTags]>([
    ['^latest$', exact('latest')],
    ['^(3\\.4|3\\.5)$', exact('3.4', '3.5')],
    ['^3\\.4(-slim)?$', exact('3.[4]', '3.4-sli[m]')],
    ['^3.4$', exact('3?4')],
    ['^3\\.4', exact('3.4*')],
    ['alpine$', exact('*alpine')],
    ['a+', exact('*a*')],
    ['.*', exact('*')],
    ['', exact('*')],
    ['^v[1-3]\\.[^a-z]$', exact('v[1-3].[!a-z]')],
    ['^1\\.[0-9]{1,2}$', exact('1.[0-9]', '1.[0-9][0-9]')],
    ['^1\\.13\\.[12]-alpine-perl$', exact('1.13.[12]-alpine-perl')],
    ['^a^b$', exact()],
    ['^\\d+-x', { ...exact(), wider: ['[0-9]*-x*'] }],
    ['^3\\.\\d+', exact('3.[0-9]*')],
    ['^a|b$', exact('a*', '*b')],
    ['^v1\\.[[:digit:]]$', exact('v1.[0-9]')],
    ['^[\\w.-]+$', exact('?*')],
    ['^a b$', exact()],
    ['^v\\d+\\.\\d+$', { ...exact(), forms: ['vN.N'] }],
    ['^(?:v)?\\d+\\.\\d+\\.\\d+$', { ...exact(), forms: ['N.N.N', 'vN.N.N'] }],
    ['^3.\\d+$', { ...exact(), forms: ['3.N'], isLoose: true }],
    ['^1\\.[67]\\.[0-9]+-alpine$', { ...exact(), forms: ['1.6.N-alpine', '1.7.N-alpine'] }],
    ['^\\d+\\.\\d+-rc\\d+$', { ...exact(), forms: ['N.N-rcN'] }],
    ['^1\\d+$', { ...exact(), wider: ['1[0-9]*'] }],
    ['^[a-z]+-\\d$', { ...exact(), wider: ['[a-z]*-[0-9]'] }],
    ['^(ab)*$', { ...exact(), wider: ['*'] }],
  ])('%s is said', (regex, said) => {
    expect(selectedBy(regex)).toEqual(said);
  });

  it.each([
    '(?i)latest',
    '^(?!rc).*$',
    '\\bx',
    '(a',
    'a)',
    '[z-a]',
    'a**',
    '*a',
    '\\1',
    '\\pL',
    '[[:word:]]',
    '^(a|b|c|d|e)(a|b|c|d|e)(a|b|c|d|e)$',
    '((a{100}){100}){100}',
    '((a?){40}){40}',
    `${'('.repeat(50)}a${')'.repeat(50)}`,
  ])('%s cannot be read', (regex) => {
    expect(selectedBy(regex)).toBeNull();
  });

  it('a literal N is not a number', () => {
    expect(selectedBy('^N\\.\\d+$')?.forms).toEqual([]);
    expect(selectedBy('^N\\.\\d+$')?.wider).toEqual(['N.[0-9]*']);
  });
});

// Texts that are understood both by RE2 and here; what JavaScript says of them is what Go says.
const atom = fc.constantFrom('a', 'b', '3', '1', '\\.', '-', '.', '[ab]', '[^a]', '[0-9]', '\\d', '_');
const piece = fc
  .tuple(atom, fc.constantFrom('', '', '', '?', '*', '+', '{1,2}', '{2}'))
  .map((parts) => parts.join(''));
const row = fc.array(piece, { maxLength: 4 }).map((parts) => parts.join(''));
const inside = fc.oneof(
  row,
  fc.tuple(row, row).map(([a, b]) => `(${a}|${b})`),
  fc.tuple(row, row, row).map(([a, b, c]) => `${a}(?:${b})?${c}`),
);
const regex = fc
  .tuple(fc.constantFrom('', '^'), inside, fc.constantFrom('', '$'))
  .map((parts) => parts.join(''));
const tag = fc
  .array(fc.constantFrom('a', 'b', '3', '1', '.', '-', '_', 'c'), { minLength: 1, maxLength: 7 })
  .map((letters) => letters.join(''))
  .filter(isTag);

const matches = (globs: readonly string[]) => {
  const tests = globs.map((glob) => (isGlob(glob) ? compileGlob(glob) : (text: string) => text === glob));
  return (text: string) => tests.some((test) => test(text));
};

describe('whatever is generated', () => {
  it('says of each tag what the expression says, or where it cannot, more as a comment and less as an entry', () => {
    let exactly = 0;
    fc.assert(
      fc.property(regex, fc.array(tag, { minLength: 20, maxLength: 40 }), (text, tags) => {
        const said = selectedBy(text);
        if (said === null) return;
        const forms = said.forms.map((form) => {
          return compileForm({
            tags: form,
            from: '0',
            below: null,
            max: null,
            patches: null,
            prereleases: false,
          });
        });
        const expression = new RegExp(text);
        const [isChosen, isNear] = [matches(said.tags), matches(said.wider)];
        const wrong: string[] = [];
        for (const one of tags) {
          const isWanted = expression.test(one);
          const isFormed = forms.some((form) => form(one) !== null);
          if ((isChosen(one) || isFormed) && !isWanted) wrong.push(`${one} is chosen`);
          if (said.forms.length > 0) continue;
          const isTold = isChosen(one) || isNear(one);
          if (isTold !== (isWanted || (isNear(one) && !isChosen(one))))
            wrong.push(`${one} is told: ${isTold}`);
          if (said.wider.length === 0) exactly++;
        }
        expect([text, wrong]).toEqual([text, []]);
        for (const glob of [...said.tags, ...said.wider].filter(isGlob)) expect(globMistake(glob)).toBeNull();
      }),
      { numRuns: 3000 },
    );
    expect(exactly).toBeGreaterThan(20_000);
  });
});
