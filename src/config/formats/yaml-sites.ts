// References in the nodes of one YAML document: a text, or a map that keeps repository, tag and digest apart. What an
// alias or a merge key stands for is read where it is written, once.

import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { show } from '../../base/errors/mistake.ts';
import type { Part, SplitParts } from '../references/reference-site.ts';
import { type Resolve, resolver } from '../yaml/nodes.ts';
import { placeScalar } from '../yaml/scalar.ts';
import type { SourceText } from './source-text.ts';

/** A key with its value, and the map in which it is written: another than the one that was asked, if it was merged. */
type Keyed = { readonly key: Scalar; readonly value: Node | null; readonly owner: YAMLMap };

const STRING_TAG = 'tag:yaml.org,2002:str';
// Of one map, and the items that all maps of a document get from others.
const MAX_MERGED = 100;
const MAX_MERGED_ITEMS = 100_000;

/** Reads the references of one document into its file. */
export class YamlSites {
  readonly source: SourceText;
  readonly resolve: Resolve;
  readonly #known = new Map<Node, boolean>();
  #mergedItems = 0;

  constructor(source: SourceText, root: Node) {
    this.source = source;
    this.resolve = resolver(root);
  }

  /** What `read` says of a list or map; one that many aliases stand for is read once. */
  once(node: Node, read: () => boolean): boolean {
    const known = this.#known.get(node) ?? read();
    this.#known.set(node, known);
    return known;
  }

  /** The items of a map in the order of the text, then those of the maps merged into it that it does not have itself. */
  itemsOf(map: YAMLMap): readonly Keyed[] {
    const found = new Map<unknown, Keyed>();
    for (const owner of this.#merged(map)) {
      const own = new Set<unknown>();
      for (const { key, value } of owner.items as readonly Pair<Node, Node | null>[]) {
        if (!isScalar(key) || key.value === '<<') continue;
        if (own.has(key.value)) this.#reportTwice(key);
        own.add(key.value);
        if (!found.has(key.value)) found.set(key.value, { key, value, owner });
      }
    }
    return [...found.values()];
  }

  /** The map and those merged into it, the nearest first, each once. YAML 1.1, tag:yaml.org,2002:merge. */
  #merged(map: YAMLMap, seen = new Set<YAMLMap>()): Set<YAMLMap> {
    if (seen.has(map)) return seen;
    if (seen.size > 0) this.#mergedItems += map.items.length;
    if (seen.size > MAX_MERGED || this.#mergedItems > MAX_MERGED_ITEMS) {
      const message = 'too many maps are merged here';
      this.source.report(offsetOf(map), { rule: 'too-many-values', message, hint: 'write the values out' });
      return seen;
    }
    seen.add(map);
    for (const { key, value } of map.items as readonly Pair<Node, Node | null>[]) {
      if (!isScalar(key) || key.value !== '<<') continue;
      const merged = this.resolve(value);
      const list = isSeq(merged) ? (merged.items as Node[]).map(this.resolve) : [merged];
      for (const other of list) if (isMap(other)) this.#merged(other, seen);
    }
    return seen;
  }

  #reportTwice(key: Scalar): void {
    const message = `the key ${show(String(key.value))} is written twice`;
    const hint = 'merge the two into one';
    this.source.report(offsetOf(key), { rule: 'duplicate-key', message, hint });
  }

  /** What an alias stands for; an alias without an anchor is a mistake. */
  follow(node: Node | null): Node | null {
    const target = this.resolve(node);
    if (target === null && isAlias(node)) {
      const message = `the alias *${node.source} has no anchor`;
      const hint = `to write text, write "*${node.source}"`;
      this.source.report(offsetOf(node), { rule: 'unknown-alias', message, hint });
    }
    return target;
  }

  /** Notes a text as a reference; `key` is where its key is. A number, say, is a mistake, because YAML changed it. */
  addText(node: Scalar, key: number): void {
    const part = this.partOf(node);
    if (part === null || part.written === '') return;
    this.source.add({
      ...part,
      at: part.start,
      from: [key, offsetOf(node)],
      parts: 'whole',
      readable: isPlainText(node),
    });
  }

  /** Where a text is written; null, with the mistake reported, for what YAML does not read as text. */
  partOf(node: Scalar): Part | null {
    const placed = placeScalar(this.source.text, node);
    if (typeof node.value !== 'string' && node.value !== null) {
      const kind = typeof node.value === 'boolean' ? 'true or false' : `a ${typeof node.value}`;
      const message = `YAML reads ${node.source} as ${kind}, not as text`;
      const hint = `write ${JSON.stringify(node.source)}`;
      this.source.report(placed.start, { rule: 'not-a-string', message, hint });
      return null;
    }
    const { line, column } = this.source.placeAt(placed.start);
    return { ...placed, line, column };
  }

  /** Notes a reference that is written in parts; true if the map holds one. */
  addSplit(map: YAMLMap, key: number, keys: SplitKeys): boolean {
    const items = this.itemsOf(map).filter(({ key: { value } }) => keys.all.includes(String(value)));
    const named = (name: string | undefined) => items.find((item) => item.key.value === name);
    const repository = keys.repository.map(named).find((item) => item !== undefined && this.#hasText(item));
    if (repository === undefined) return false;
    const [registry, tag, digest] = [keys.registry, keys.tag, keys.digest].map(named);
    const used = [repository, registry, tag, digest].filter((item) => item !== undefined);
    const parts = used.map((item) => this.#itemPart(item));
    if (parts.includes(null)) return true;
    const at = (item: Keyed | undefined) => (item === undefined ? null : (parts[used.indexOf(item)] ?? null));
    const repositoryPart = at(repository);
    if (repositoryPart === null) return true;
    const split = { registry: at(registry), repository: repositoryPart, tag: at(tag), digest: at(digest) };
    const missing = this.#missing(repository, split, keys);
    this.source.add({
      ...repositoryPart,
      written: written(split),
      at: repositoryPart.start,
      from: [key, ...used.map((item) => offsetOf(item.key)), ...parts.map((part) => part?.start ?? key)],
      parts: { ...split, missing },
      readable: used.every(({ value }) => isPlainText(this.resolve(value))),
    });
    return true;
  }

  #hasText({ value }: Keyed): boolean {
    const node = this.resolve(value);
    return isScalar(node) && node.value !== null && node.value !== '';
  }

  #itemPart({ key, value }: Keyed): Part | null {
    const node = this.follow(value);
    if (isScalar(node)) return this.partOf(node);
    const message = `${show(String(key.value))} is not text`;
    this.source.report(offsetOf(key), { rule: 'not-a-string', message, hint: 'write text after it' });
    return null;
  }

  /** A new key goes after the last part that is in the same map as the repository. */
  #missing(
    { key, owner }: Keyed,
    split: Omit<SplitParts, 'missing'>,
    keys: SplitKeys,
  ): SplitParts['missing'] {
    const [from = 0, to = 0] = owner.range ?? [];
    const ends = Object.values(split).map((part) => part?.end ?? 0);
    const last = Math.max(...ends.filter((end) => end >= from && end <= to), split.repository.end);
    const name = (text: string) => (key.type === 'QUOTE_DOUBLE' ? JSON.stringify(text) : text);
    const { text } = this.source;
    const names = {
      repository: keys.renamed === null || key.value === keys.renamed ? null : name(keys.renamed),
      tag: name(keys.tag),
      digest: keys.addsDigest ? name(keys.digest) : null,
    };
    if (owner.flow) return { at: last, lead: ', ', ...names };
    const newline = text.indexOf('\n', last);
    const crlf = newline > 0 && text[newline - 1] === '\r';
    const at = newline < 0 ? text.length : crlf ? newline - 1 : newline;
    const indent = ' '.repeat(this.source.placeAt(offsetOf(key)).column - 1);
    return { at, lead: `${crlf ? '\r\n' : '\n'}${indent}`, ...names };
  }
}

/** The keys under which a format keeps the parts of a reference; of `repository` the first that is there counts. */
export type SplitKeys = {
  readonly all: readonly string[];
  readonly registry: string;
  readonly repository: readonly string[];
  readonly tag: string;
  readonly digest: string;
  /** The key that gives an image another repository, where `repository` may be the name that is replaced. */
  readonly renamed: string | null;
  /** Whether a digest may be added under its key: whoever reads the file knows it. */
  readonly addsDigest: boolean;
};

function written({ registry, repository, tag, digest }: Omit<SplitParts, 'missing'>): string {
  const host = registry === null || registry.written === '' ? '' : `${registry.written}/`;
  const version = tag === null || tag.written === '' ? '' : `:${tag.written}`;
  const pin = digest === null || digest.written === '' ? '' : `@${digest.written}`;
  return `${host}${repository.written}${version}${pin}`;
}

/** False for a value with a YAML tag: what `!Ref` or `!vault` makes of it is not known here. */
function isPlainText(node: Node | null): boolean {
  return isScalar(node) && (node.tag === undefined || node.tag === STRING_TAG);
}

/** Where a node begins. */
export function offsetOf(node: Node | null): number {
  return node?.range?.[0] ?? 0;
}
