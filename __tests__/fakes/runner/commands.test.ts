import { describe, expect, it } from '@jest/globals';
import { type Command, parseCommands } from './commands.ts';

function command(name: string, data: string, properties: Record<string, string> = {}): Command {
  return { name, data, properties };
}

describe('parseCommands', () => {
  const rows: [string, Command[]][] = [
    ['::error::boom', [command('error', 'boom')]],
    ['  \t::warning::after blanks', [command('warning', 'after blanks')]],
    ['::error file=a.yml,line=3::x', [command('error', 'x', { file: 'a.yml', line: '3' })]],
    ['::error title=a%3Ab%2Cc%25,file=::x', [command('error', 'x', { title: 'a:b,c%' })]],
    ['::notice::two%0Alines%0D%25', [command('notice', 'two\nlines\r%')]],
    ['::notice::colon stays %3A', [command('notice', 'colon stays %3A')]],
    ['::ERROR::any case', [command('error', 'any case')]],
    ['::set-output name=a::b::c', [command('set-output', 'b::c', { name: 'a' })]],
    ['text ::error::not at the start', []],
    ['::unknown::x', []],
    ['::error', []],
    [':: error::x', []],
    ['anywhere ##[error]boom', [command('error', 'boom')]],
    ['##[warning file=a;line=2]b%5D%3B', [command('warning', 'b];', { file: 'a', line: '2' })]],
    ['##[unknown]x', []],
    ['##[error', []],
    ['::unknown::##[error]both forms are tried', [command('error', 'both forms are tried')]],
    ['#\u200d#[error]x', [command('error', 'x')]],
    ['\u200b::error::x', [command('error', 'x')]],
    ['::error::\u26a0\ufe0f stays', [command('error', '\u26a0\ufe0f stays')]],
    ['a\r::error::b\n::notice::c\r\nd', [command('error', 'b'), command('notice', 'c')]],
  ];

  it.each(rows)('%j', (line, expected) => {
    expect(parseCommands(line)).toEqual(expected);
  });

  it('hears nothing between stop-commands and its token', () => {
    const text = '::stop-commands::Pause\n::error::no\n##[error]no\n::pause::\n::error::yes\n::pause::';
    expect(parseCommands(text)).toEqual([command('stop-commands', 'Pause'), command('error', 'yes')]);
  });
});
