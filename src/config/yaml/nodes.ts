// The nodes of a YAML document: what a key leads to, and what an alias stands for.

import { isAlias, isMap, isScalar, type Node, type Scalar, visit, type YAMLMap } from 'yaml';

/** Gives back the node itself or, for an alias, the node it stands for; null where there is none. */
export type Resolve = (node: Node | null) => Node | null;

/** True for a scalar that YAML reads as text. */
export function isText(node: Node | null): node is Scalar<string> {
  return isScalar(node) && typeof node.value === 'string';
}

/** The value of a key; null where the node is not a map or does not have the key. */
export function childOf(node: Node | null, key: string): Node | null {
  if (!isMap(node)) return null;
  const pair = (node as YAMLMap<Node, Node | null>).items.find(
    (candidate) => isScalar(candidate.key) && candidate.key.value === key,
  );
  return pair?.value ?? null;
}

/** Finds what aliases stand for: the last anchor of their name before them. YAML has no aliases of aliases. */
export function resolver(root: Node): Resolve {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  visit(root, {
    Node(_key, node) {
      const target = isAlias(node) ? anchors.get(node.source) : undefined;
      if (target !== undefined) targets.set(node, target);
      if (!isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return (node) => (isAlias(node) ? (targets.get(node) ?? null) : node);
}
