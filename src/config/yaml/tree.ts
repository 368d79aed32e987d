// The values of a YAML document, each with its place, so that a mistake can be reported there. Aliases are bounded,
// YAML tags and duplicate keys are mistakes, so that nothing but plain values is left.

import { isAlias, isMap, isScalar, type Node, type Scalar, type YAMLMap } from 'yaml';
import type { Diagnostic, Place, Words } from '../../base/errors/diagnostic.ts';
import { show } from '../../base/errors/mistake.ts';
import { EXPRESSION } from './slips.ts';
import { type NoteMistake, parseYaml } from './syntax.ts';

/** The keys and positions that lead from the root to a value. */
export type Path = readonly PropertyKey[];

/** Where a value is written, where its key is, and the text of a scalar as written (null for a list or map). */
export type Spot = { readonly place: Place; readonly key: Place; readonly source: string | null };

/**
 * A file as plain values, and the spot of each of them by its path. `unread` are the paths at which null stands for what
 * could not be read and is reported already.
 */
export type Tree = {
  readonly value: unknown;
  readonly spots: ReadonlyMap<string, Spot>;
  readonly unread: ReadonlySet<string>;
};

const MAX_DEPTH = 50;
const MAX_ALIASED = 1000;
// What checks the values of a config keeps lists of mistakes on the stack.
const MAX_VALUES = 50_000;
const STRING_TAG = 'tag:yaml.org,2002:str';

/** The spot of a path; for something that is not there, the spot of what it is missing from. */
export function spotAt(tree: Tree, path: Path): Spot {
  for (let length = path.length; length >= 0; length--) {
    const spot = tree.spots.get(keyOf(path.slice(0, length)));
    if (spot !== undefined) return spot;
  }
  throw new Error('a tree has a spot for its root');
}

/** True for a path where nothing could be read, and for what is below it. */
export function isUnread({ unread }: Tree, path: Path): boolean {
  return unread.size > 0 && path.some((_, at) => unread.has(keyOf(path.slice(0, at + 1))));
}

/** A file that was read, with the mistakes in its parts, or the mistakes that keep it from being read. */
type YamlFile =
  | { readonly kind: 'tree'; readonly tree: Tree; readonly mistakes: readonly Diagnostic[] }
  | { readonly kind: 'unreadable'; readonly diagnostics: readonly Diagnostic[] };

/** Reads YAML 1.2 with its core schema, at most so many values; never throws, whatever the bytes are. */
export function readYaml(bytes: Uint8Array, file: string, most = MAX_VALUES): YamlFile {
  const { root, placeAt, diagnostics, report } = parseYaml(bytes, file);
  if (root === null) return { kind: 'unreadable', diagnostics };
  const reader = new Reader(placeAt, report, most);
  const value = reader.read(root, [], root.range?.[0] ?? 0);
  const { spots, unread, isFull } = reader;
  if (isFull || unread.has(keyOf([]))) return { kind: 'unreadable', diagnostics };
  return { kind: 'tree', tree: { value, spots, unread }, mistakes: diagnostics };
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}

/** Walks the nodes of one document, in the order of the text. */
class Reader {
  readonly spots = new Map<string, Spot>();
  readonly unread = new Set<string>();
  readonly #placeAt: (offset: number) => Place;
  readonly #report: NoteMistake;
  readonly #anchors = new Map<string, Node>();
  readonly #most: number;
  #aliased = 0;
  #values = 0;
  #inAlias = false;

  constructor(placeAt: (offset: number) => Place, report: NoteMistake, most: number) {
    this.#placeAt = placeAt;
    this.#report = report;
    this.#most = most;
  }

  /** Whether there was more than is read. */
  get isFull(): boolean {
    return this.#aliased > MAX_ALIASED || this.#values > this.#most;
  }

  /** Gives back the node as a plain value and notes its spot; `keyOffset` is where its key is. */
  read(node: Node | null, path: Path, keyOffset: number): unknown {
    if (isAlias(node)) return this.#readAlias(node.source, node.range?.[0] ?? keyOffset, path, keyOffset);
    const offset = node?.range?.[0] ?? keyOffset;
    const source = isScalar(node) ? (node.source ?? '') : node === null ? '' : null;
    this.spots.set(keyOf(path), { place: this.#placeAt(offset), key: this.#placeAt(keyOffset), source });
    if (node === null) return null;
    if (!this.#accepts(node, offset)) return this.#leaveOut(path);
    if (isScalar(node)) return node.value;
    if (isMap(node)) return this.#readMap(node as YAMLMap<Node, Node | null>, path);
    const items = 'items' in node ? (node.items as readonly Node[]) : [];
    return items.map((item, at) => this.read(item, [...path, at], item.range?.[0] ?? offset));
  }

  #leaveOut(path: Path): null {
    this.unread.add(keyOf(path));
    return null;
  }

  #accepts(node: Node, offset: number): boolean {
    if (!this.#isWithinBounds(offset)) return false;
    if (!this.#inAlias && 'anchor' in node && node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    const { tag } = node as Scalar;
    const words = isScalar(node) ? this.#textMistake(node) : null;
    if (words !== null) {
      this.#report(offset, words);
      return false;
    }
    if (tag === undefined || tag === STRING_TAG) return true;
    const hint = 'remove it: values are text, numbers, lists and maps';
    this.#report(offset, { rule: 'yaml-tag', message: `there is a YAML tag here, ${show(tag)}`, hint });
    return false;
  }

  /** Text that YAML reads as such though nobody means it: an expression of GitHub, and a list that lost its order. */
  #textMistake({ source = '', type, range }: Scalar): Words | null {
    if (source.includes('${{')) return EXPRESSION;
    const [start, end] = range ?? [0, 0];
    const isLost = type === 'PLAIN' && /\s-\s/.test(source);
    return isLost && this.#placeAt(start).line !== this.#placeAt(end).line ? LOST_ITEM : null;
  }

  /** Reported once, where the bound is passed; nothing after it is read. */
  #isWithinBounds(offset: number): boolean {
    this.#values++;
    if (this.#inAlias) this.#aliased++;
    if (this.#aliased === MAX_ALIASED + 1) {
      const message = `the aliases in this file stand for more than ${MAX_ALIASED} values`;
      this.#report(offset, { rule: 'too-many-values', message, hint: 'write the values out' });
    } else if (this.#values === this.#most + 1) {
      const message = `the file holds more than ${this.#most} values`;
      this.#report(offset, { rule: 'too-many-values', message, hint: 'split it' });
    }
    return this.#aliased <= MAX_ALIASED && this.#values <= this.#most;
  }

  /** The spots of what an alias stands for are those of its anchor. */
  #readAlias(name: string, offset: number, path: Path, keyOffset: number): unknown {
    const target = this.#anchors.get(name);
    if (target === undefined || path.length > MAX_DEPTH) {
      this.spots.set(keyOf(path), {
        place: this.#placeAt(offset),
        key: this.#placeAt(keyOffset),
        source: null,
      });
      this.#report(offset, target === undefined ? unknownAlias(name) : recursiveAlias(name));
      return this.#leaveOut(target === undefined ? path : path.slice(0, 1));
    }
    const outer = this.#inAlias;
    this.#inAlias = true;
    const value = this.read(target, path, keyOffset);
    this.#inAlias = outer;
    return value;
  }

  #readMap(node: YAMLMap<Node, Node | null>, path: Path): Record<string, unknown> {
    const map: Record<string, unknown> = Object.create(null);
    for (const { key, value } of node.items) {
      const offset = key.range?.[0] ?? 0;
      const name = this.#readKey(key, offset);
      if (name === null) continue;
      if (name in map) {
        const message = `the key ${show(name)} is written twice`;
        this.#report(offset, { rule: 'duplicate-key', message, hint: 'merge the two into one' });
        continue;
      }
      map[name] = this.read(value, [...path, name], offset);
    }
    return map;
  }

  /** The text of a key; null for a key that cannot be used. */
  #readKey(key: Node, offset: number): string | null {
    const words = keyMistake(key);
    if (words !== null) this.#report(offset, words);
    else if (isScalar(key) && this.#accepts(key, offset)) return String(key.value);
    return null;
  }
}

const LOST_ITEM: Words = {
  rule: 'invalid-yaml',
  message: 'the next line is read as a part of this text, because it is indented further',
  hint: 'line up the two hyphens',
};

function keyMistake(key: Node): Words | null {
  if (!isScalar(key)) return invalidKey('this key is a list or a map', 'write name: value');
  const source = key.source ?? '';
  if (typeof key.value !== 'string') {
    return invalidKey(`the key ${source || 'here'} is not text`, `write ${JSON.stringify(source)}`);
  }
  return key.value === '__proto__' ? invalidKey('a key cannot be called "__proto__"', 'remove it') : null;
}

function invalidKey(message: string, hint: string): Words {
  return { rule: 'invalid-key', message, hint };
}

function unknownAlias(name: string): Words {
  const hint = `to write text, write "*${name}"`;
  return { rule: 'unknown-alias', message: `the alias *${name} has no anchor`, hint };
}

function recursiveAlias(name: string): Words {
  return {
    rule: 'recursive-alias',
    message: `the alias *${name} contains itself`,
    hint: 'write the values out',
  };
}
