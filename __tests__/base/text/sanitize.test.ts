import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codeSpan, oneLine, plainMarkdown } from '../../../src/base/text/sanitize.ts';
import { markdownTable } from '../../../src/base/text/table.ts';
import { elementsOf, renderGfm, textOf } from '../../fakes/gfm.ts';

describe('oneLine', () => {
  it.each([
    ['plain text stays', 'plain text stays'],
    ['two\nlines\r\nand\ttabs', 'two lines and tabs'],
    ['::error::pwned', ': :error::pwned'],
    ['  ::add-mask::x', ': :add-mask::x'],
    ['a ::error:: in the middle is no command', 'a ::error:: in the middle is no command'],
    ['x##[error]y', 'x# #[error]y'],
    ['####[a]##[b]', '### #[a]# #[b]'],
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]8;;http://x\u0007link\u001b]8;;\u0007', 'link'],
    ['nul\u0000bell\u0007', 'nul bell'],
    ['right\u202eto left', 'right to left'],
    ['zero\u200bwidth', 'zero width'],
    ['##\ufe0f[error]x', '## [error]x'],
    [':\u034f:error::x', ': :error::x'],
    ['##\uffa0[error]x', '## [error]x'],
    ['', ''],
  ])('%j becomes %j', (text, expected) => {
    expect(oneLine(text)).toBe(expected);
  });

  it('cuts by characters, not by halves of them', () => {
    expect(oneLine('🟢'.repeat(10), 4)).toBe('🟢🟢🟢…');
  });
});

describe('codeSpan', () => {
  it.each([
    ['ruby:3.4-slim', '`ruby:3.4-slim`'],
    ['a`b', '``a`b``'],
    ['`a`', '`` `a` ``'],
    ['a|b', '`a|b`'],
    ['a ``b` c', '```a ``b` c```'],
    ['', ''],
  ])('%j becomes %j', (text, expected) => {
    expect(codeSpan(text)).toBe(expected);
    expect(textOf(renderGfm(expected))).toBe(text);
  });
});

describe('plainMarkdown', () => {
  it.each([
    ['two plain words - and more.', 'two plain words - and more.'],
    ['*bold* _it_', '`*bold*` `_it_`'],
    ['<b>', '`<b>`'],
    ['a|b', '`a|b`'],
    ['[x](y)', '`[x](y`)'],
    ['@octocat', '`@octocat`'],
    ['see #12, GH-3 and ABC-4', 'see `#12`, `GH-3` and `ABC-4`'],
    ['(https://evil.example)', '(`https://evil.example`)'],
    ['use `mode: check` here', 'use `mode: check` here'],
    ['`a/b``c/d`', '`a/b` `c/d`'],
    ['one ` tick', 'one `` ` `` tick'],
    ['1. text', '1\\. text'],
    ['12) text', '12\\) text'],
    ['- text', '\\- text'],
    ['+ text', '\\+ text'],
    ['=== text', '\\=== text'],
    ['500 Internal Server Error (after 5 attempts)', '500 Internal Server Error (after 5 attempts)'],
  ])('%j becomes %j', (text, expected) => {
    expect(plainMarkdown(text)).toBe(expected);
  });

  it('gives text that can be pasted: no character more than was written', () => {
    const pin = `ruby:3.4-slim@sha256:${'9'.repeat(64)}`;
    expect(plainMarkdown(`write "${pin}" instead`)).toBe(`write "\`${pin}\`" instead`);
  });
});

/** What strangers try: links of every kind, mentions, markup, HTML, lists, tables, and pieces of them. */
const TRICKS = [
  ...['_www.evil.example', '*www.evil.example', '~www.e.example', '(www.e.example', 'WWW.E.example', 'www.'],
  ...[
    'https://e.example/x',
    'http://e.example',
    'ftp://e.example',
    '://',
    'mailto:a@e.example',
    'xmpp:a@e.e',
  ],
  ...[
    'a.b@e.example',
    '@octocat',
    '@acme/team',
    '#12',
    'acme/app#3',
    'GH-4',
    'gh-4',
    'ABC-5',
    'deadbeef1234567',
  ],
  ...[
    '<https://e.example>',
    '<a href=x>',
    '<script>',
    '</details>',
    '<!--',
    '&lt;',
    '&#64;',
    '[x](y)',
    '![x](y)',
  ],
  ...[
    '[x]: https://e.example',
    '[^1]',
    '[^1]: x',
    '- [x] y',
    '1. ',
    '2) ',
    '- ',
    '+ ',
    '* ',
    '> ',
    '# ',
    '---',
  ],
  ...[
    '===',
    '***',
    '___',
    '```',
    '~~~',
    '`',
    '``',
    '`a`',
    '` `',
    '\\',
    '\\`',
    '\\|',
    '|',
    '| a |',
    '|---|',
    '$x$',
    '$`x`$',
  ],
  ...[
    '**b**',
    '_i_',
    '~~s~~',
    ':smile:',
    '::error::x',
    '    ',
    '\n',
    '\n\n',
    '\t',
    '\u200b',
    '\u202e',
    'x',
    '.',
    ',',
    '"',
  ],
  ...['(', ')', "'", '/', ':', '!', 'e.example', 'é', '🟢', '\0', 'javascript:alert(1)', 'data:text/html,x'],
];

const hostile = fc.array(fc.constantFrom(...TRICKS, ' ', ' ', ''), { minLength: 1, maxLength: 7 });

describe('twenty thousand hostile texts', () => {
  const texts = fc.sample(
    hostile.map((pieces) => pieces.join('')),
    { numRuns: 20_000, seed: 3 },
  );
  const squeezed = (text: string) => text.replaceAll(/[\s`]+/g, '');

  const few = texts.slice(0, 5_000);

  it.each([
    ['a paragraph', texts, (words: string) => words, ['code', 'p']],
    ['an item of a list', few, (words: string) => `- ${words}\n`, ['code', 'li', 'ul']],
    [
      'a cell of a table',
      few,
      (words: string) => markdownTable(['', ''], [[words, '']]),
      ['code', 'table', 'tbody', 'td', 'th', 'thead', 'tr'],
    ],
  ])('give neither links nor markup, and show every character, in %s', (_name, some, place, allowed) => {
    const wrong: string[] = [];
    for (const text of some) {
      const html = renderGfm(place(plainMarkdown(text)));
      const outside = html.replaceAll(/<code>.*?<\/code>/g, 'CODE');
      const isMarkup = elementsOf(html).some((name) => !allowed.includes(name));
      const isLink = /@\w|#\d|\b[a-z]+-\d|:\/\/|www\.|\b[\da-f]{7,}|[\u200b\u202e]/i.test(outside);
      const isWhole = squeezed(textOf(html)) === squeezed(oneLine(text, 600));
      if (isMarkup || isLink || !isWhole) wrong.push(`${JSON.stringify(text)}: ${html}`);
    }
    expect(wrong).toEqual([]);
  });

  it('are themselves inside code, in a table too', () => {
    const wrong = few.filter((text) => {
      const html = renderGfm(markdownTable(['', ''], [[codeSpan(text), 'x']]));
      const [cell = '', ...more] = [...html.matchAll(/<td>(.*?)<\/td>/g)].map(([, content]) => content ?? '');
      return (
        more.length !== 1 || /<(?!\/?code>)/.test(cell) || squeezed(textOf(cell)) !== squeezed(oneLine(text))
      );
    });
    expect(wrong).toEqual([]);
  });
});
