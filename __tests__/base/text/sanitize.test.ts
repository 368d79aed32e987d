import { describe, expect, it } from '@jest/globals';
import { codeSpan, oneLine, plainMarkdown } from '../../../src/base/text/sanitize.ts';

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
    ['a|b', '`a\\|b`'],
    ['a\\|b', 'a\\\\\\|b'],
    ['', ''],
  ])('%j becomes %j', (text, expected) => {
    expect(codeSpan(text)).toBe(expected);
  });
});

describe('plainMarkdown', () => {
  it.each([
    ['*bold* _it_', '\\*bold\\* \\_it\\_'],
    ['<b>', '\\<b\\>'],
    ['a|b', 'a\\|b'],
    ['[x](y)', '\\[x\\]\\(y\\)'],
    ['@octocat', '@\u200boctocat'],
    ['see #12', 'see \\#\u200b12'],
    ['https://evil.example', 'https:\u200b//evil.example'],
  ])('%j becomes %j', (text, expected) => {
    expect(plainMarkdown(text)).toBe(expected);
  });
});
