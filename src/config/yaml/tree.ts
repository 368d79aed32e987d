// The values of a YAML document, each with its place: what a mistake is told with. Aliases are bounded, YAML tags and
// duplicate keys are mistakes, so that nothing but plain values is left.

import { isAlias, isMap, isScalar, type Node, type Scalar, type YAMLMap } from 'yaml';
import type { Diagnostic, Place } from '../../base/errors/diagnostic.ts';
import { show } from '../../base/errors/mistake.ts';
import { parseYaml, type Report } from './syntax.ts';

export type Path = readonly PropertyKey[];

/** Where a value stands, where its key stands, and the text of a scalar as it is written (null for a list or map). */
export type Spot = { readonly place: Place; readonly key: Place; readonly source: string | null };

/** A file as plain values, and the spot of each of them by its path. */
export type Tree = { readonly value: unknown; readonly spots: ReadonlyMap<string, Spot> };

const MAX_DEPTH = 50;
const MAX_ALIASED = 1000;
// What checks the values keeps lists of mistakes on the stack.
const MAX_VALUES = 50_000;
const STRING_TAG = 'tag:yaml.org,2002:str';

/** Finds the spot of a path; of something that is not there, the spot of what it is missing from. */
export function spotAt(tree: Tree, path: Path): Spot {
  for (let length = path.length; length >= 0; length--) {
    const spot = tree.spots.get(keyOf(path.slice(0, length)));
    if (spot !== undefined) return spot;
  }
  throw new Error('a tree has a spot for its root');
}

/** Reads YAML 1.2 with its core schema. Gives back the tree, or the mistakes that keep it from being read. */
export function readYaml(bytes: Uint8Array, file: string): Tree | readonly Diagnostic[] {
  const { root, placeAt, diagnostics, report } = parseYaml(bytes, file);
  if (root === null) return diagnostics;
  const reader = new Reader(placeAt, report);
  const value = reader.read(root, [], root.range?.[0] ?? 0);
  return diagnostics.length > 0 ? diagnostics : { value, spots: reader.spots };
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}

/** Walks the nodes of one document, in the order of the text. */
class Reader {
  readonly spots = new Map<string, Spot>();
  readonly #placeAt: (offset: number) => Place;
  readonly #report: Report;
  readonly #anchors = new Map<string, Node>();
  #aliased = 0;
  #values = 0;
  #inAlias = false;

  constructor(placeAt: (offset: number) => Place, report: Report) {
    this.#placeAt = placeAt;
    this.#report = report;
  }

  /** Gives back the node as a plain value and notes its spot; `keyOffset` is where its key stands. */
  read(node: Node | null, path: Path, keyOffset: number): unknown {
    if (isAlias(node)) return this.#readAlias(node.source, node.range?.[0] ?? keyOffset, path, keyOffset);
    const offset = node?.range?.[0] ?? keyOffset;
    const source = isScalar(node) ? (node.source ?? '') : node === null ? '' : null;
    this.spots.set(keyOf(path), { place: this.#placeAt(offset), key: this.#placeAt(keyOffset), source });
    if (node === null || !this.#accepts(node, offset)) return null;
    if (isScalar(node)) return node.value;
    if (isMap(node)) return this.#readMap(node as YAMLMap<Node, Node | null>, path);
    const items = 'items' in node ? (node.items as readonly Node[]) : [];
    return items.map((item, at) => this.read(item, [...path, at], item.range?.[0] ?? offset));
  }

  #accepts(node: Node, offset: number): boolean {
    if (!this.#isWithinBounds(offset)) return false;
    if (!this.#inAlias && 'anchor' in node && node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    const { tag } = node as Scalar;
    if (tag === undefined || tag === STRING_TAG) return true;
    this.#report(
      offset,
      `here is a YAML tag, ${show(tag)}`,
      'take it out: values are text, numbers, lists and maps',
    );
    return false;
  }

  /** Told once, where the bound is passed; what comes behind is not read. */
  #isWithinBounds(offset: number): boolean {
    this.#values++;
    if (this.#inAlias) this.#aliased++;
    if (this.#aliased === MAX_ALIASED + 1) {
      this.#report(
        offset,
        `the aliases in this file stand for more than ${MAX_ALIASED} values`,
        'write the values out',
      );
    } else if (this.#values === MAX_VALUES + 1) {
      this.#report(offset, `the file holds more than ${MAX_VALUES} values`, 'split it');
    }
    return this.#aliased <= MAX_ALIASED && this.#values <= MAX_VALUES;
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
      if (target === undefined)
        this.#report(offset, `*${name} is an alias of nothing`, `for text write "*${name}"`);
      else this.#report(offset, `the alias *${name} holds itself`, 'write the values out');
      return null;
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
        this.#report(offset, `${show(name)} stands here a second time`, 'put both into one');
        continue;
      }
      map[name] = this.read(value, [...path, name], offset);
    }
    return map;
  }

  #readKey(key: Node, offset: number): string | null {
    if (!isScalar(key)) {
      this.#report(offset, 'a key is not text here', 'write name: value');
    } else if (typeof key.value !== 'string') {
      this.#report(
        offset,
        `the key ${key.source || 'here'} is not text`,
        `write ${JSON.stringify(key.source ?? '')}`,
      );
    } else if (key.value === '__proto__') {
      this.#report(offset, 'no key has the name "__proto__"', 'take it out');
    } else if (this.#accepts(key, offset)) {
      return key.value;
    }
    return null;
  }
}
