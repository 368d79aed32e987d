// Regular expressions of other tools, Go's RE2 as far as people write it about tags, read into a tree over the
// characters that tags have. What is not understood is said to be so, never guessed.
// Syntax: github.com/google/re2/wiki/Syntax.

/** One expression. A `set` is one character out of some; `most` of a repetition may be infinite. */
export type Expression =
  | { readonly kind: 'set'; readonly characters: string }
  | { readonly kind: 'row'; readonly items: readonly Expression[] }
  | { readonly kind: 'choice'; readonly options: readonly Expression[] }
  | { readonly kind: 'repeat'; readonly item: Expression; readonly least: number; readonly most: number }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' };

const DIGITS = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const LETTERS = LOWER.toUpperCase() + LOWER;
/** Every character that a tag may have, in the order of their codes. */
export const TAG_CHARACTERS = `-.${DIGITS}${LETTERS.slice(0, 26)}_${LOWER}`;

const WORD = `${DIGITS}${LETTERS}_`;
const NAMED: ReadonlyMap<string, string> = new Map([
  ['d', DIGITS],
  ['w', WORD],
  ['s', ''],
  ['[:digit:]', DIGITS],
  ['[:alpha:]', LETTERS],
  ['[:lower:]', LOWER],
  ['[:upper:]', LETTERS.slice(0, 26)],
  ['[:alnum:]', DIGITS + LETTERS],
]);

/** Thrown inside this file alone, where an expression has something that is not understood. */
class NotRead extends Error {}

/** The tree of an expression; null for one that is wrong, or that has what is not understood here. */
export function parseRegex(text: string): Expression | null {
  const reader = new Reader(text);
  try {
    const found = reader.choice();
    return reader.isAtEnd ? found : null;
  } catch (thrown) {
    if (thrown instanceof NotRead) return null;
    throw thrown;
  }
}

const MAX_DEPTH = 20;

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  choice(): Expression {
    if (++this.#depth > MAX_DEPTH) throw new NotRead();
    const options = [this.#row()];
    while (this.#takes('|')) options.push(this.#row());
    this.#depth--;
    return options.length === 1 ? (options[0] ?? { kind: 'row', items: [] }) : { kind: 'choice', options };
  }

  #row(): Expression {
    const items: Expression[] = [];
    while (!this.isAtEnd && !this.#sees('|') && !this.#sees(')')) items.push(this.#repeated());
    return { kind: 'row', items };
  }

  #repeated(): Expression {
    const item = this.#atom();
    const bounds = this.#bounds();
    if (bounds === null) return item;
    if (item.kind === 'start' || item.kind === 'end') throw new NotRead();
    // Lazy and greedy find the same tags; a second quantifier is a mistake in RE2.
    this.#takes('?');
    if (this.#bounds() !== null) throw new NotRead();
    const [least, most] = bounds;
    if (least > most || least > 128) throw new NotRead();
    return { kind: 'repeat', item, least, most };
  }

  #bounds(): readonly [least: number, most: number] | null {
    if (this.#takes('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#takes('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#takes('?')) return [0, 1];
    const found = /^\{(\d+)(,(\d*))?\}/.exec(this.#text.slice(this.#at));
    if (found === null) return null;
    this.#at += found[0].length;
    const least = Number(found[1]);
    if (found[2] === undefined) return [least, least];
    return [least, found[3] === '' ? Number.POSITIVE_INFINITY : Number(found[3])];
  }

  #atom(): Expression {
    if (this.#takes('(')) return this.#group();
    if (this.#takes('[')) return { kind: 'set', characters: this.#class() };
    if (this.#takes('^')) return { kind: 'start' };
    if (this.#takes('$')) return { kind: 'end' };
    if (this.#takes('.')) return { kind: 'set', characters: TAG_CHARACTERS };
    if (this.#sees('\\')) return this.#escape();
    const character = this.#next();
    if ('*+?)'.includes(character)) throw new NotRead();
    return { kind: 'set', characters: inTags(character) };
  }

  #group(): Expression {
    const opening = /^\?(?::|P?<\w+>)/.exec(this.#text.slice(this.#at));
    if (opening !== null) this.#at += opening[0].length;
    else if (this.#sees('?')) throw new NotRead();
    const inside = this.choice();
    if (!this.#takes(')')) throw new NotRead();
    return inside;
  }

  #escape(): Expression {
    const rest = this.#text.slice(this.#at, this.#at + 2);
    if (rest === '\\A' || rest === '\\z') {
      this.#at += 2;
      return { kind: rest === '\\A' ? 'start' : 'end' };
    }
    return { kind: 'set', characters: this.#escaped() };
  }

  /** `\d`, `\D`, `\.`: the characters of tags that it stands for. */
  #escaped(): string {
    this.#at++;
    const letter = this.#next();
    const named = NAMED.get(letter.toLowerCase());
    if (named !== undefined) return letter === letter.toLowerCase() ? named : without(named);
    if (/[A-Za-z0-9]/.test(letter)) throw new NotRead();
    return inTags(letter);
  }

  /** What is between brackets; the first one is read already. */
  #class(): string {
    const isNegated = this.#takes('^');
    let characters = '';
    for (let isFirst = true; isFirst || !this.#sees(']'); isFirst = false) {
      const named = /^\[:\w+:\]/.exec(this.#text.slice(this.#at))?.[0];
      if (named !== undefined) {
        const members = NAMED.get(named);
        if (members === undefined) throw new NotRead();
        this.#at += named.length;
        characters += members;
      } else {
        characters += this.#member();
      }
    }
    this.#at++;
    return isNegated ? without(characters) : inOrder(characters);
  }

  /** One character of a class, a range, or an escape. */
  #member(): string {
    if (this.#sees('\\')) return this.#escaped();
    const low = this.#next();
    const isRange = this.#sees('-') && this.#text[this.#at + 1] !== ']';
    if (!isRange) return inTags(low);
    this.#at++;
    if (this.#sees('\\') || this.#sees('[')) throw new NotRead();
    const high = this.#next();
    if (low > high) throw new NotRead();
    return [...TAG_CHARACTERS].filter((character) => low <= character && character <= high).join('');
  }

  #sees(character: string): boolean {
    return this.#text[this.#at] === character;
  }

  #takes(character: string): boolean {
    if (!this.#sees(character)) return false;
    this.#at++;
    return true;
  }

  #next(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw new NotRead();
    this.#at++;
    return character;
  }
}

function inOrder(characters: string): string {
  return [...TAG_CHARACTERS].filter((character) => characters.includes(character)).join('');
}

function without(characters: string): string {
  return [...TAG_CHARACTERS].filter((character) => !characters.includes(character)).join('');
}

/** The character itself if tags may have it, else nothing: no tag will ever match there. */
function inTags(character: string): string {
  return TAG_CHARACTERS.includes(character) ? character : '';
}
