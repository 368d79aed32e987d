// `{files, field}`: a key wherever it is, in YAML or JSON of one document or many: `image:` in Kubernetes
// manifests and Compose files, Helm's values with repository, tag and digest, Kustomize's list of images.

import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import { childOf } from '../yaml/nodes.ts';
import { parseDocuments } from '../yaml/syntax.ts';
import type { SourceText } from './source-text.ts';
import { addMap, KUSTOMIZE } from './split.ts';
import { offsetOf, YamlSites } from './yaml-sites.ts';

// Each is parsed on its own.
const MAX_IN_TEMPLATE = 5000;

/** Kustomize accepts these names alone: https://kubectl.docs.kubernetes.io/references/kustomize/glossary/#kustomization */
const KUSTOMIZATION = /(?:^|\/)(?:kustomization\.ya?ml|Kustomization)$/;

/** Reads every value of a key, at any depth. */
export function readField(source: SourceText, field: string): void {
  const noted: Parameters<SourceText['report']>[] = [];
  const roots = parseDocuments(source.text, (...mistake) => noted.push(mistake));
  if (noted.length > 0 && isTemplate(source.text)) {
    readTemplate(source, field);
    return;
  }
  for (const mistake of noted) source.report(...mistake);
  for (const root of roots)
    new FieldReader(new YamlSites(source, root), field, isKustomization(root, source.file)).walk(root);
}

function isKustomization(root: Node, file: string): boolean {
  const kind = childOf(root, 'kind');
  return (
    KUSTOMIZATION.test(file) || (isScalar(kind) && /^(?:Kustomization|Component)$/.test(String(kind.value)))
  );
}

/** Walks the nodes of one document; what an alias stands for is walked where it is written. */
class FieldReader {
  readonly #sites: YamlSites;
  readonly #field: string;
  readonly #kustomize: boolean;

  constructor(sites: YamlSites, field: string, kustomize: boolean) {
    this.#sites = sites;
    this.#field = field;
    this.#kustomize = kustomize;
  }

  walk(node: Node | null): void {
    if (isSeq(node)) for (const item of node.items as Node[]) this.walk(item);
    if (!isMap(node)) return;
    let seen = false;
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      const name = isScalar(key) ? key.value : null;
      if (name === 'images' && this.#kustomize && /^images?$/.test(this.#field)) {
        this.#takeKustomize(value);
      } else if (name === this.#field) {
        // Asked for its mistakes: the same key twice.
        if (seen) this.#sites.itemsOf(node as YAMLMap);
        seen = true;
        this.#take(value, offsetOf(key));
      } else {
        this.walk(value);
      }
    }
  }

  #take(value: Node | null, key: number): void {
    const node = this.#sites.follow(value);
    if (isScalar(node)) this.#sites.addText(node, key);
    else if (isSeq(node)) this.#sites.once(node as Node, () => this.#takeList(node.items as Node[]));
    // What an alias stands for is walked where it is written.
    else if (isMap(node) && !this.#takeMap(node as YAMLMap, key)) this.walk(value);
  }

  #takeMap(map: YAMLMap, key: number): boolean {
    const { source } = this.#sites;
    const [start, end] = map.range ?? [0, 0];
    const text = source.text.slice(start, end);
    // Without quotes `{{ x }}` is a map in a map for YAML.
    if (!text.startsWith('{{')) return addMap(this.#sites, map, key);
    source.add({ at: start, start, end, written: text, quoting: 'bare', parts: 'whole' });
    return true;
  }

  #takeList(items: readonly Node[]): boolean {
    for (const item of items) {
      const node = this.#sites.follow(item);
      if (isScalar(node)) this.#sites.addText(node, offsetOf(item));
      else if (!isMap(node) || !addMap(this.#sites, node as YAMLMap, offsetOf(item))) this.walk(item);
    }
    return true;
  }

  #takeKustomize(value: Node | null): void {
    const list = this.#sites.follow(value);
    for (const item of isSeq(list) ? (list.items as Node[]) : []) {
      const map = this.#sites.follow(item);
      const isOverride = isMap(map) && ['newName', 'newTag', 'digest'].some((name) => map.has(name));
      if (isOverride) this.#sites.addSplit(map as YAMLMap, offsetOf(map), KUSTOMIZE);
    }
  }
}

// A Helm or Jinja template is not YAML before it is rendered, so it is read line by line: `image: busybox:1.36` is a
// reference there too, and `image: {{ … }}` is one that cannot be read here.

/** True for a text with actions of a template. */
function isTemplate(text: string): boolean {
  return /\{\{|\{%/.test(text);
}

/** Reads the values of a key that are on the same line as it. */
function readTemplate(source: SourceText, field: string): void {
  let offset = 0;
  let count = 0;
  for (const line of source.text.split('\n')) {
    const at = valueAt(line, field);
    if (at !== null && ++count > MAX_IN_TEMPLATE) {
      const message = `the template holds more than ${MAX_IN_TEMPLATE} references`;
      source.report(offset, { rule: 'too-many-values', message, hint: 'split it' });
      return;
    }
    if (at !== null) readValue(source, offset + at, line.slice(at));
    offset += line.length + 1;
  }
}

/** Where the value of a key begins in a line; null where the line has another key or no value. */
function valueAt(line: string, field: string): number | null {
  const key = /^\ufeff?\s*(?:-\s+)*(["']?)([^\s:"']+)\1:[ \t]+(?=\S)/.exec(line);
  return key?.[2] === field ? key[0].length : null;
}

function readValue(source: SourceText, offset: number, rest: string): void {
  const written = rest.trimEnd();
  const [root] = isTemplate(written) ? [] : parseDocuments(written, () => undefined);
  if (
    root === undefined ||
    !isScalar(root) ||
    root.type === 'BLOCK_FOLDED' ||
    root.type === 'BLOCK_LITERAL'
  ) {
    const end = offset + written.length;
    source.add({
      at: offset,
      start: offset,
      end,
      written,
      quoting: 'bare',
      parts: 'whole',
      readable: false,
    });
    return;
  }
  const [start, end, after] = root.range ?? [0, 0, 0];
  root.range = [start + offset, end + offset, after + offset];
  new YamlSites(source, root).addText(root, offset);
}
