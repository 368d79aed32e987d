// A part of a file of another tool, with its place: like the plain values, but merge keys (`<<`) are followed, and a text
// is what is written, because those tools read the number 3.10 as the text "3.10". Variables are filled in.

import type { Place } from '../../base/errors/diagnostic.ts';
import { type Path, spotAt, type Tree } from '../yaml/tree.ts';
import { filledIn, type Variables } from './variables.ts';

const MERGE = '<<';

/** A whole file, and the values of variables that its reader has given. */
type ForeignFile = { readonly tree: Tree; readonly variables: Variables };

/** One value with its place; `key` is the place of its key, or of the value itself in a list. */
export class ForeignPart {
  readonly #file: ForeignFile;
  readonly #path: Path;
  readonly value: unknown;

  constructor(file: ForeignFile, path: Path = [], value: unknown = file.tree.value) {
    this.#file = file;
    this.#path = path;
    this.value = value;
  }

  get place(): Place {
    return spotAt(this.#file.tree, this.#path).place;
  }

  get key(): Place {
    return spotAt(this.#file.tree, this.#path).key;
  }

  /** What is written for a key, here or in a map that is merged into this one; null where there is nothing. */
  get(key: string): ForeignPart | null {
    return this.entries().find(([name]) => name === key)?.[1] ?? null;
  }

  /** The pairs of a map, its own before those of maps that are merged into it. */
  entries(): readonly (readonly [key: string, value: ForeignPart])[] {
    if (!isMap(this.value)) return [];
    const own = Object.keys(this.value).filter((key) => key !== MERGE);
    const merged = (this.#below(MERGE)?.items() ?? [])
      .flatMap((map) => map.entries())
      .filter(([key], at, all) => !own.includes(key) && all.findIndex(([other]) => other === key) === at);
    const pairs = own.map((key) => [filledIn(key, this.#file.variables), this.#below(key)] as const);
    return [...pairs.flatMap(([key, part]) => (part === null ? [] : [[key, part] as const])), ...merged];
  }

  /** The items of a list; a value that is not a list is a list of one, nothing is an empty one. */
  items(): readonly ForeignPart[] {
    if (this.value === null || this.value === undefined) return [];
    if (!Array.isArray(this.value)) return [this];
    return this.value.map((item, at) => new ForeignPart(this.#file, [...this.#path, at], item));
  }

  /** A scalar as it is written, without its quotes; empty for nothing, null for a list or a map. */
  text(): string | null {
    if (typeof this.value === 'string') return filledIn(this.value, this.#file.variables);
    if (typeof this.value === 'object' && this.value !== null) return null;
    return spotAt(this.#file.tree, this.#path).source;
  }

  /** The same place with a part of its text. */
  withText(text: string): ForeignPart {
    return new ForeignPart(this.#file, this.#path, text);
  }

  /** Whether something is switched on: not there, empty, `false` and 0 are not. */
  isSet(): boolean {
    const text = this.text();
    return text === null
      ? this.items().length > 0
      : !['', 'false', '0', 'null', '~'].includes(text.toLowerCase());
  }

  #below(key: string): ForeignPart | null {
    const map = this.value as Readonly<Record<string, unknown>>;
    return key in map ? new ForeignPart(this.#file, [...this.#path, key], map[key]) : null;
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
