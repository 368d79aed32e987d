import { isAlias, isMap, isScalar, type Node, type Scalar, visit, type YAMLMap } from 'yaml';

// The nodes of a YAML document: what a key leads to, and what an alias stands for.

export type Resolve = (node: Node | null) => Node | null;

export function isText(node: Node | null): node is Scalar<string> {
  return isScalar(node) && typeof node.value === 'string';
}

export function childOf(node: Node | null, key: string): Node | null {
  if (!isMap(node)) return null;
  const pair = (node as YAMLMap<Node, Node | null>).items.find(
    ({ key: one }) => isScalar(one) && one.value === key,
  );
  return pair?.value ?? null;
}

/** What an alias stands for: the last anchor of its name before it. Aliases of aliases do not exist in YAML. */
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
