// What a person meant where YAML cannot be read: the parser names the rule that a text breaks, this names the slip, its
// line and what to write. A table, tried from the top.

import type { Words } from '../../base/errors/diagnostic.ts';

/** An error of the parser of `yaml`: `at` is an offset of the text. */
type SyntaxError = { readonly code: string; readonly message: string; readonly at: number };

/** What was written wrong, and the offset of the place to mend. */
type Slip = { readonly at: number; readonly words: Words };

/** An error with the line that it is on and the next one that is not empty; `start` and `nextStart` are their offsets. */
type Scene = SyntaxError & {
  readonly line: string;
  readonly start: number;
  readonly next: string;
  readonly nextStart: number;
};

type Row = {
  readonly when: (scene: Scene) => boolean;
  readonly say: (scene: Scene) => Slip;
};

/** Says in plain words what was met; where the parser's own sentence is plain enough, that is used. */
export function slipAt(text: string, error: SyntaxError): Slip {
  const scene = sceneOf(text, error);
  const row = ROWS.find(({ when }) => when(scene));
  if (row !== undefined) return row.say(scene);
  const message = `this is not YAML: ${error.message.split('\n', 1)[0]}`;
  return { at: error.at, words: invalid(message, 'look at this line and the one before it') };
}

/** What is said of GitHub's expressions, which stand for nothing in a file of the workspace. */
export const EXPRESSION: Words = {
  rule: 'github-expression',
  message: `\${{ … }} is not evaluated in this file: GitHub does that in workflow files only`,
  hint: 'write the value itself, or give the mirror as the input `mirror` in the workflow',
};

const TEMPLATE = /([\w-]+):\s+((?:\{\w+\}[^\s,#{}]*)+)/;
const NO_SPACE = /^\s*(?:-\s+)?([\w-]+):([^\s:/].*)$/;
const HYPHEN = /^(\s*)-([A-Za-z].*)$/;
const LONE_WORD = /^(\s*(?:-\s+)?)([\w./-]+)\s*$/;

const ROWS: readonly Row[] = [
  {
    when: ({ line }) => line.includes('${{'),
    say: ({ line, start }) => ({ at: start + line.indexOf('${{'), words: EXPRESSION }),
  },
  {
    when: ({ line }) => /\}./.test(TEMPLATE.exec(line)?.[2] ?? ''),
    say: ({ line, start }) => {
      const [, key = '', value = ''] = TEMPLATE.exec(line) ?? [];
      const words = invalid('text that begins with { needs quotes', `write ${key}: "${value}"`);
      return { at: start + line.indexOf(value), words };
    },
  },
  {
    when: ({ code }) => code === 'TAB_AS_INDENT',
    say: ({ at }) => ({ at, words: invalid('this line is indented with a tab', 'indent with spaces') }),
  },
  {
    when: ({ code }) => code === 'BAD_ALIAS',
    say: ({ at }) => ({
      at,
      words: invalid('* begins an alias here', 'put the text in quotes, as in "*-slim"'),
    }),
  },
  {
    when: ({ code }) => code === 'BAD_SCALAR_START',
    say: ({ at }) => ({
      at,
      words: invalid('plain text cannot begin with this character', 'put the text in quotes'),
    }),
  },
  {
    when: ({ code, message }) => code === 'BLOCK_AS_IMPLICIT_KEY' && message.startsWith('A block sequence'),
    say: ({ line, start }) => indented(line, start, 'not indented like those around it'),
  },
  {
    when: ({ line }) => HYPHEN.test(line),
    say: ({ line, start }) => {
      const [, indent = '', rest = ''] = HYPHEN.exec(line) ?? [];
      const words = invalid('a space is missing after the hyphen', `write - ${rest.trim()}`);
      return { at: start + indent.length, words };
    },
  },
  {
    when: ({ code, line }) => /IMPLICIT_KEY|MISSING_CHAR/.test(code) && NO_SPACE.test(line),
    say: ({ line, start }) => {
      const [, key = '', rest = ''] = NO_SPACE.exec(line) ?? [];
      const words = invalid('a space is missing after the colon', `write ${key}: ${rest.trim()}`);
      return { at: start + line.indexOf(`${key}:`), words };
    },
  },
  {
    when: ({ code, line, next }) =>
      code === 'BLOCK_AS_IMPLICIT_KEY' && isDeeper(next, line) && /:\s+\S/.test(line),
    say: ({ next, nextStart }) => indented(next, nextStart, 'indented too far'),
  },
  {
    when: ({ code }) => code === 'BLOCK_AS_IMPLICIT_KEY',
    say: ({ at }) => ({
      at,
      words: invalid(
        'there is a second colon with a space on this line',
        'put the text after the first one in quotes',
      ),
    }),
  },
  {
    when: ({ code, line }) => /IMPLICIT_KEY|MISSING_CHAR/.test(code) && LONE_WORD.test(line),
    say: ({ line, start, next }) => {
      const [, before = '', word = ''] = LONE_WORD.exec(line) ?? [];
      const hint = before.includes('-') && /:/.test(next) ? `write - source: ${word}` : `write ${word}:`;
      return { at: start + before.length, words: invalid(`${word} is not followed by a colon`, hint) };
    },
  },
  {
    when: ({ code, message, line }) =>
      code === 'BAD_INDENT' && message.includes('end with') && !/[\]}]/.test(line),
    say: ({ at, message }) => {
      const bracket = message.includes('}') ? '}' : ']';
      const words = invalid(
        `a closing ${bracket} is missing before this line`,
        `close the bracket with ${bracket}`,
      );
      return { at, words };
    },
  },
  {
    when: ({ code, message }) => code === 'BAD_INDENT' && message.includes('end with'),
    say: ({ line, start }) =>
      indented(line, start, 'not indented far enough: it belongs to the bracket above'),
  },
  {
    when: ({ code }) => code === 'BAD_INDENT',
    say: ({ at }) => ({ at, words: misplaced('not indented like those around it') }),
  },
  {
    when: ({ code, message }) => code === 'MISSING_CHAR' && /closing .?["']/.test(message),
    say: ({ at, message }) => {
      const quote = message.includes('"') ? '"' : "'";
      const words = invalid(
        `a closing ${quote} is missing`,
        `look for text that begins with ${quote} and does not end with it`,
      );
      return { at, words };
    },
  },
  {
    when: ({ code, line }) => code === 'MISSING_CHAR' && (line.match(/"/g)?.length ?? 0) % 2 === 1,
    say: ({ at }) => ({ at, words: invalid('a " is missing on this line', 'put each text between two "') }),
  },
  {
    when: ({ code, message }) => code === 'MISSING_CHAR' && message.includes('Missing ,'),
    say: ({ at }) => ({
      at,
      words: invalid('a comma is missing before this', 'put a comma between two items'),
    }),
  },
  {
    when: ({ code, line }) => code === 'UNEXPECTED_TOKEN' && /:\s*(["']).*?\1\s*,/.test(line),
    say: ({ line, start, at }) => {
      const value = /:\s*(\S.*)$/.exec(line)?.[1] ?? '';
      const words = invalid(
        'a list of texts with commas between them needs brackets',
        `write [${value.trim()}]`,
      );
      return { at: value === '' ? at : start + line.indexOf(value), words };
    },
  },
  {
    when: ({ code, at, start, message }) =>
      code === 'UNEXPECTED_TOKEN' && at === start && message.includes('node end'),
    say: ({ at }) => ({ at, words: misplaced('not indented like those above it') }),
  },
  {
    when: ({ code }) => code === 'MISSING_CHAR',
    say: ({ at }) => ({
      at,
      words: invalid(
        'a bracket, quote, comma or colon is missing',
        'look at this line and the one before it',
      ),
    }),
  },
];

function invalid(message: string, hint: string): Words {
  return { rule: 'invalid-yaml', message, hint };
}

function misplaced(how: string): Words {
  return invalid(`this line is ${how}`, 'line it up with the lines of its list or map');
}

/** Of a line that is indented wrongly, at its first letter. */
function indented(line: string, start: number, how: string): Slip {
  return { at: start + indentOf(line), words: misplaced(how) };
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function isDeeper(next: string, line: string): boolean {
  return next.trim() !== '' && indentOf(next) > indentOf(line);
}

function sceneOf(text: string, error: SyntaxError): Scene {
  const start = text.lastIndexOf('\n', error.at - 1) + 1;
  const lines = text.slice(start).split('\n');
  const line = (lines[0] ?? '').replace(/\r$/, '');
  const skipped = lines.slice(1).findIndex((other) => other.trim() !== '' && !other.trim().startsWith('#'));
  const before = lines.slice(0, skipped + 1).map((other) => other.length + 1);
  const nextStart = start + before.reduce((sum, length) => sum + length, 0);
  const next = skipped < 0 ? '' : (lines[skipped + 1] ?? '').replace(/\r$/, '');
  return { ...error, line, start, next, nextStart };
}
