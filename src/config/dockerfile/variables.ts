// What a word of a Dockerfile means: quotes and escapes taken away, variables put in, as far as the file says what they
// hold (moby/buildkit, frontend/dockerfile/shell/lex.go).

/** What a variable holds: a text, nothing at all, or something that is not known from the file. */
export type Known = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'unset' | 'unknown' };

/** What is known of a variable by its name. */
type LookUp = (name: string) => Known;

const MAX_DEPTH = 10;
const MAX_LENGTH = 4096;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;

/** The text that a word means; null where that depends on what is not known, or on more than a default. */
export function expandWord(word: string, escapedBy: string, lookUp: LookUp): string | null {
  const state = { at: 0, depth: 0 };
  return new Expansion(word, escapedBy, lookUp).read(state, '');
}

type State = { at: number; depth: number };

class Expansion {
  readonly #word: string;
  readonly #escapedBy: string;
  readonly #lookUp: LookUp;

  constructor(word: string, escapedBy: string, lookUp: LookUp) {
    this.#word = word;
    this.#escapedBy = escapedBy;
    this.#lookUp = lookUp;
  }

  /** Reads up to `end` (a brace or a quote), which it passes over, or the end of the word where `end` is empty. */
  read(state: State, end: '' | '}' | '"'): string | null {
    let text = '';
    while (state.at < this.#word.length) {
      const character = this.#word.charAt(state.at++);
      if (character === end) return text;
      const piece = this.#piece(character, state, end === '"');
      if (piece === null || text.length + piece.length > MAX_LENGTH) return null;
      text += piece;
    }
    return end === '' ? text : null;
  }

  #piece(character: string, state: State, isQuoted: boolean): string | null {
    if (character === '$') return this.#variable(state);
    if (character === this.#escapedBy) return this.#escaped(state, isQuoted);
    if (isQuoted) return character;
    if (character === '"') return this.#nested(state, '"');
    if (character !== "'") return character;
    const close = this.#word.indexOf("'", state.at);
    if (close < 0) return null;
    const text = this.#word.slice(state.at, close);
    state.at = close + 1;
    return text;
  }

  #escaped(state: State, isQuoted: boolean): string {
    const next = this.#word.charAt(state.at++);
    return isQuoted && !['"', '$', this.#escapedBy].includes(next) ? this.#escapedBy + next : next;
  }

  #nested(state: State, end: '}' | '"'): string | null {
    if (state.depth >= MAX_DEPTH) return null;
    state.depth++;
    const text = this.read(state, end);
    state.depth--;
    return text;
  }

  #variable(state: State): string | null {
    const isBraced = this.#word[state.at] === '{';
    if (isBraced) state.at++;
    NAME.lastIndex = state.at;
    const name = NAME.exec(this.#word)?.[0];
    if (name === undefined) return null;
    state.at += name.length;
    const known = this.#lookUp(name);
    return isBraced ? this.#braced(known, state) : textOf(known);
  }

  /** `${x}`, and the defaults of a shell: `${x:-y}`, `${x-y}`, `${x:+y}`, `${x+y}`. */
  #braced(known: Known, state: State): string | null {
    const [operator = ''] = /^(?:\}|:?[-+])/.exec(this.#word.slice(state.at, state.at + 2)) ?? [];
    state.at += operator.length;
    if (operator === '}') return textOf(known);
    if (operator === '' || known.kind === 'unknown') return null;
    const other = this.#nested(state, '}');
    const isSet = known.kind === 'text' && (!operator.startsWith(':') || known.text !== '');
    if (operator.endsWith('+')) return isSet ? other : '';
    return isSet ? textOf(known) : other;
  }
}

function textOf(known: Known): string | null {
  return known.kind === 'text' ? known.text : null;
}
