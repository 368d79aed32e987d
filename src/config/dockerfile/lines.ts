// A Dockerfile as BuildKit cuts it into instructions (moby/buildkit, frontend/dockerfile/parser/parser.go): continued
// lines, comments between them, the escape directive, here-documents. Every character keeps its offset.

/** A piece of an instruction as written, with the offset of each character: a word may run over several lines. */
export type Word = { readonly text: string; readonly offsets: readonly number[] };

/** An instruction: its keyword in lower case, and what follows it, cut at spaces outside of quotes. */
export type Instruction = {
  readonly keyword: string;
  readonly words: readonly Word[];
  readonly start: number;
};

/** The instructions of a Dockerfile, and the character that escapes, `\` or a backquote. */
export type Dockerfile = { readonly instructions: readonly Instruction[]; readonly escapedBy: string };

/** A line without its end, or several lines joined to one. */
type Line = Word;

const DIRECTIVE = /^#[ \t]*([A-Za-z][A-Za-z0-9]*)[ \t]*=[ \t]*(\S+)/;
const DIRECTIVES = ['syntax', 'escape', 'check'];
const WITH_HEREDOCS = ['run', 'copy', 'add'];

/** A part of a word, by positions in its text. */
export function sliceWord({ text, offsets }: Word, from: number, to = text.length): Word {
  return { text: text.slice(from, to), offsets: offsets.slice(from, to) };
}

/** Reads the instructions of a text; never throws. */
export function parseDockerfile(text: string): Dockerfile {
  const lines = new Lines(text);
  const escapedBy = escapeOf(text);
  const instructions: Instruction[] = [];
  for (let line = lines.next(); line !== null; line = lines.next()) {
    const joined = join(line, lines, escapedBy);
    const [keyword, ...words] = cutWords(joined, escapedBy);
    if (keyword === undefined) continue;
    const instruction = { keyword: keyword.text.toLowerCase(), words, start: keyword.offsets[0] ?? 0 };
    instructions.push(instruction);
    for (const heredoc of heredocsOf(instruction)) lines.skipTo(heredoc);
  }
  return { instructions, escapedBy };
}

/** Walks the lines of a text. */
class Lines {
  readonly #text: string;
  #at: number;

  constructor(text: string) {
    this.#text = text;
    this.#at = text.startsWith('\ufeff') ? 1 : 0;
  }

  /** The next line without its end; null after the last one. */
  next(): Line | null {
    if (this.#at >= this.#text.length) return null;
    const start = this.#at;
    const newline = this.#text.indexOf('\n', start);
    this.#at = newline < 0 ? this.#text.length : newline + 1;
    const text = this.#text.slice(start, newline < 0 ? undefined : newline).replace(/\r$/, '');
    return { text, offsets: Array.from({ length: text.length }, (_, at) => start + at) };
  }

  /** Passes over a here-document, to the line that ends it. */
  skipTo({ name, tabs }: Heredoc): void {
    for (let line = this.next(); line !== null; line = this.next()) {
      if ((tabs ? line.text.replace(/^\t+/, '') : line.text) === name) return;
    }
  }
}

/** Directives come at the very top, and end with the first line that is not one. */
function escapeOf(text: string): string {
  for (const line of text.replace(/^\ufeff/, '').split('\n', 10)) {
    const [, name = '', value] = DIRECTIVE.exec(line.trimStart()) ?? [];
    if (!DIRECTIVES.includes(name.toLowerCase())) break;
    if (name.toLowerCase() === 'escape') return value === '`' ? '`' : '\\';
  }
  return '\\';
}

/** The line with those that it goes on to; comments and empty lines in between do not count. */
function join(first: Line, lines: Lines, escapedBy: string): Line {
  const pieces: string[] = [];
  const offsets: number[] = [];
  if (isComment(first)) return { text: '', offsets };
  for (let line: Line | null = first; line !== null; line = lines.next()) {
    if (line !== first && (isComment(line) || line.text.trim() === '')) continue;
    const end = continuesAt(line.text, escapedBy);
    pieces.push(end === null ? line.text : line.text.slice(0, end));
    for (const offset of line.offsets.slice(0, end ?? undefined)) offsets.push(offset);
    if (end === null) break;
  }
  return { text: pieces.join(''), offsets };
}

function isComment({ text }: Line): boolean {
  return /^\s*#/.test(text);
}

/** Where the escape is that continues a line; null for a line that ends: two escapes are one character. */
function continuesAt(text: string, escapedBy: string): number | null {
  let at = text.length - 1;
  while (text[at] === ' ' || text[at] === '\t') at--;
  return text[at] === escapedBy && text[at - 1] !== escapedBy ? at : null;
}

/** Cuts at spaces; quotes and escapes keep spaces in a word, and stay as they are written. */
function cutWords(line: Line, escapedBy: string): Word[] {
  const { text } = line;
  const words: Word[] = [];
  let begun: number | null = null;
  let quote = '';
  const finish = (end: number) => {
    if (begun !== null) words.push(sliceWord(line, begun, end));
    begun = null;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote === '' && /\s/.test(character)) {
      finish(at);
      continue;
    }
    begun ??= at;
    if (character === quote) quote = '';
    else if (quote === '' && /["']/.test(character)) quote = character;
    else if (character === escapedBy && quote !== "'") at++;
  }
  finish(text.length);
  return words;
}

type Heredoc = { readonly name: string; readonly tabs: boolean };

/** `<<EOF`, `<<-EOF`, `3<<"EOF"`, as words of their own. */
function heredocsOf({ keyword, words }: Instruction): Heredoc[] {
  const inner = keyword === 'onbuild' ? (words[0]?.text.toLowerCase() ?? '') : keyword;
  if (!WITH_HEREDOCS.includes(inner)) return [];
  return words.flatMap(({ text }) => {
    const [, dash, name = ''] = /^\d*<<(-?)([^<]+)$/.exec(text) ?? [];
    return dash === undefined ? [] : [{ name: name.replace(/["'\\]/g, ''), tabs: dash === '-' }];
  });
}
