// Two hundred strings that a stranger may put where a registry's words are shown: workflow commands, terminal
// sequences, HTML, Markdown, mentions, shell, characters that nobody sees. And a judge for what became of them.

import { expect } from '@jest/globals';
import { elementsOf, renderGfm } from '../gfm.ts';
import type { ActionResult } from '../runner/bundle.ts';
import { parseCommands } from '../runner/commands.ts';

const COMMANDS = [
  '::error::pwned',
  '::error file=x,line=1::pwned',
  '::add-mask::e',
  '::set-output name=status::pwned',
  '::set-env name=PATH::/evil',
  '::add-path::/evil',
  '::save-state name=a::b',
  '::stop-commands::pwned',
  '::debug::pwned',
  '::group::pwned',
  '::endgroup::',
  '::add-matcher::/evil.json',
  '::notice::pwned',
  '##[error]pwned',
  '##[add-mask]e',
  '##[set-env name=PATH;]/evil',
  '##[group]pwned',
  '##[stop-commands]pwned',
];
/** Where a command may hide: after what ends a line, after what the runner reads over, and plain. */
const BEFORE = ['', ' ', '\n', '\r\n', '\r', 'x\n', '\u2028', '\u0085', '\u200b', 'words '];
const OTHERS = [
  '##\u200d[error]pwned',
  '##\ufe0f[error]pwned',
  '#\u00ad#[error]pwned',
  ':\u034f:error::pwned',
  '%0A::error::pwned',
  '\u001b[31mred\u001b[0m',
  '\u001b]8;;http://evil.example\u0007link\u001b]8;;\u0007',
  '\u009b31mred',
  '\b\b\b\boverwritten',
  'nul\u0000nul',
  'bell\u0007',
  'right \u202eto left\u202c',
  '\u2066isolated\u2069',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '</details></td></table><h1>pwned</h1>',
  '<!-- comment',
  '<a href="javascript:alert(1)">x</a>',
  '&lt;b&gt;&#64;octocat',
  '[link](https://evil.example)',
  '![pixel](https://evil.example/p.png)',
  '[ref]: https://evil.example',
  '| a | b | c | d | e |',
  'a | b \\| c',
  '\\',
  '\\<img src=x>',
  '\\[link\\](https://evil.example)',
  'a \\| b \\\\| c',
  '`code`',
  'one ` tick | and a pipe',
  '``` \n# heading\n```',
  '```\n````',
  '# heading',
  '\n---\n',
  '- [x] task',
  '> quote',
  '**bold** _it_ ~~no~~ $x^2$',
  '@octocat and @acme/team',
  'fixes #1, acme/app#2, GH-3',
  'https://evil.example/path',
  'www.evil.example',
  '$(id) `id` \x24{HOME}',
  '; rm -rf / #',
  '"; exit 1; "',
  "'; exit 1; '",
  '-rf',
  '--insecure',
  '../../../etc/passwd',
  '\x24{{ secrets.TOKEN }}',
  'EOF\nstatus=pwned',
  'ghadelimiter_0\nstatus<<x\npwned\nx',
  '{"a":"b"}',
  '"},{"tag":"pwned',
  'x'.repeat(100_000),
  'é'.repeat(5_000),
  '\ud800 lone surrogate',
  '🟢'.repeat(1_000),
];

export const HOSTILE: readonly string[] = [
  ...BEFORE.flatMap((before) => COMMANDS.map((command) => `${before}${command}`)),
  ...OTHERS,
].slice(0, 220);

/** What the action itself says to the runner; `debug` is how it writes its debug lines. */
const OWN = ['group', 'endgroup', 'debug', 'add-mask', 'error', 'warning', 'notice'];

/** Fails unless every sink shows hostile text as plain words, and nothing more. `errors`: how many were meant. */
export function expectInert(result: ActionResult, errors: number): void {
  const all = `${result.stdout}\n${result.stderr}`;
  const commands = parseCommands(all);
  expect(commands.filter((one) => !OWN.includes(one.name))).toEqual([]);
  expect(commands.filter((one) => one.name === 'error')).toHaveLength(errors);
  expect(commands.filter((one) => ['warning', 'notice', 'add-mask'].includes(one.name))).toEqual([]);
  expect(commands.filter((one) => one.name === 'group')).toHaveLength(
    commands.filter((one) => one.name === 'endgroup').length,
  );
  expect(unseen(all)).toEqual([]);
  for (const value of Object.values(result.outputs))
    expect([value.includes('\n'), unseen(value)]).toEqual([false, []]);
  expectPlainMarkdown(result.summary);
  // The runner's own file: a name that was not ours would be an output of ours.
  expect(Object.keys(result.outputs).filter((name) => !/^[a-z]+(?:-[a-z]+)*$/.test(name))).toEqual([]);
  expect(result.outputs.status).not.toBe('pwned');
}

/** Control characters and what nobody sees, but for the ends of lines. */
function unseen(text: string): string[] {
  return [...new Set(text.match(/[^\P{C}\n]|\p{Default_Ignorable_Code_Point}|[\u2028\u2029]/gu) ?? [])];
}

/** What our own Markdown makes; in links the text is ours, and so are the addresses that they lead to. */
const ELEMENTS = 'a br code details h2 h3 li p strong sub summary table tbody td th thead tr ul';
const ADDRESSES = /^https:\/\/github\.com\/acme\/images\//;

/** As GitHub renders it, nothing but words and code has come of what strangers wrote. */
export function expectPlainMarkdown(markdown: string): void {
  const html = renderGfm(markdown);
  expect(elementsOf(html).filter((name) => !ELEMENTS.split(' ').includes(name))).toEqual([]);
  const addresses = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, address]) => address ?? '');
  expect(addresses.filter((address) => !ADDRESSES.test(address))).toEqual([]);
  const outside = html.replaceAll(/<code>[\s\S]*?<\/code>|<a href="[^"]*">[^<]*<\/a>/g, 'CODE');
  for (const pattern of [/@\w/, /#\d/, /:\/\/\w/, /www\./i, /\bGH-\d/i]) expect(outside).not.toMatch(pattern);
  // Cells are cut before code is looked for, at every pipe without an escape. GFM, "Tables".
  const tables = markdown.split(/\n(?!\|)/).filter((text) => text.startsWith('|'));
  const widths = tables.map((rows) => new Set(rows.split('\n').map((row) => row.split(/(?<!\\)\|/).length)));
  expect(widths.filter(({ size }) => size > 1)).toEqual([]);
  expect(unseen(markdown)).toEqual([]);
}
