// Where the tags of an images config are written: the lists as nodes of the YAML text, through anchors and aliases,
// with the entries that use them. What an edit needs to know before it may put a tag in.

import { isMap, isSeq, type Node, type Scalar } from 'yaml';
import { isMistake } from '../../base/errors/mistake.ts';
import { canonicalName, type ReadFromRule } from '../../image/names/pull-name.ts';
import { formatName, parseReference } from '../../image/names/reference.ts';
import { splitList } from '../policies/fields.ts';
import { childOf, isText, type Resolve, resolver } from '../yaml/nodes.ts';
import { parseYaml } from '../yaml/syntax.ts';

type At = { readonly line: number; readonly column: number };

/** A tag, or a comma list of tags, as it is written: `node` is in the list itself, `scalar` is what an alias leads to. */
export type ListedItem = At & {
  readonly node: Node;
  readonly scalar: Scalar<string>;
  readonly tags: readonly string[];
};

/**
 * A list of tags and the entries that use it (more than one through an alias). `text` is a comma list in one scalar,
 * `reference` a shorthand such as `debian:12-slim`, a list of one whose neighbours are other entries.
 */
export type TagList = At & {
  readonly kind: 'items' | 'text' | 'reference';
  readonly flow: boolean;
  readonly items: readonly ListedItem[];
  readonly users: readonly { readonly entry: number; readonly source: string }[];
};
type Found = TagList & { readonly root: Node };

/** Every list of tags in the text of a config, in the order of the entries. Entries with a mistake are left out. */
export function readLists(text: string, readFrom: readonly ReadFromRule[]): TagList[] {
  const { root, placeAt } = parseYaml(Buffer.from(text), '');
  if (root === null) return [];
  const resolve = resolver(root);
  const at = (node: Node) => placeAt(node.range?.[0] ?? 0);
  const images = resolve(childOf(root, 'images'));
  if (!isSeq<Node>(images)) return [];
  const lists = images.items.flatMap((item, entry): Found[] => {
    const node = resolve(item);
    const written = isText(node) ? node : resolve(childOf(node, 'source'));
    const source = isText(written) ? sourceOf(written.value, readFrom) : null;
    const list = isText(node) ? shorthandList(item, node) : tagList(node, resolve);
    if (source === null || list === null) return [];
    const items = list.items.map((item) => ({ ...item, ...at(item.scalar) }));
    const flow = list.flow || (list.kind !== 'items' && images.flow === true);
    return [{ ...list, ...at(list.root), flow, items, users: [{ entry, source }] }];
  });
  return [...Map.groupBy(lists, (list) => list.root).values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    return [{ ...first, users: [first, ...others].flatMap((list) => list.users) }];
  });
}

type Bare = Pick<Found, 'kind' | 'flow' | 'root'> & { readonly items: readonly Omit<ListedItem, keyof At>[] };

function shorthandList(node: Node, scalar: Scalar<string>): Bare {
  const items = [{ node, scalar, tags: tagOf(scalar.value) }];
  return { kind: 'reference', flow: false, root: scalar, items };
}

function tagList(entry: Node | null, resolve: Resolve): Bare | null {
  const root = resolve(childOf(entry, 'tags'));
  if (isText(root)) {
    const flow = isMap(entry) && entry.flow === true;
    return { kind: 'text', flow, root, items: [{ node: root, scalar: root, tags: splitList(root.value) }] };
  }
  if (!isSeq<Node>(root)) return null;
  const items = root.items.flatMap((node) => {
    const scalar = resolve(node);
    return isText(scalar) ? [{ node, scalar, tags: splitList(scalar.value) }] : [];
  });
  return { kind: 'items', flow: root.flow === true, root, items };
}

function sourceOf(written: string, readFrom: readonly ReadFromRule[]): string | null {
  const reference = parseReference(written);
  return isMistake(reference) ? null : formatName(canonicalName(reference.name, readFrom));
}

function tagOf(written: string): string[] {
  const reference = parseReference(written);
  return isMistake(reference) || reference.tag === null || reference.digest !== null ? [] : [reference.tag];
}
