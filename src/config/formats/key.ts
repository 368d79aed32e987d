// `{file, key}`: a map or list of references under a dotted key of a YAML or JSON file, and the approved registries
// beside it.

import { isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml';
import type { Words } from '../../base/errors/diagnostic.ts';
import { isMistake, show } from '../../base/errors/mistake.ts';
import { parseApproved } from '../references/sources.ts';
import { parseDocuments } from '../yaml/syntax.ts';
import type { SourceText } from './source-text.ts';
import { addMap } from './split.ts';
import { offsetOf, YamlSites } from './yaml-sites.ts';

/** Reads the references under a key; gives back what is to be said where the config names a key that is not there. */
export function readKey(source: SourceText, key: string): Words[] {
  return readAt(source, key, (sites, node, at) => {
    if (isSeq(node)) for (const item of node.items as Node[]) take(sites, item, offsetOf(item));
    else if (isMap(node)) takeItems(sites, node as YAMLMap, at);
    else take(sites, node, at);
  });
}

/** Reads the approved registries under a key. */
export function readApproved(source: SourceText, key: string): Words[] {
  return readAt(source, key, (sites, node, at) => {
    for (const item of isSeq(node) ? (node.items as Node[]) : [node])
      approve(sites, item, item === node ? at : offsetOf(item));
  });
}

type Take = (sites: YamlSites, node: Node | null, at: number) => void;

/** Hands over what is under a key in each document that has it. */
function readAt(source: SourceText, key: string, take: Take): Words[] {
  let isBroken = false;
  const roots = parseDocuments(source.text, (...mistake) => {
    isBroken = true;
    source.report(...mistake);
  });
  const readers = roots.map((root) => [new YamlSites(source, root), root] as const);
  const found = readers.flatMap(([sites, root]) => {
    const spot = find(sites, root, key);
    return spot === null ? [] : [{ sites, ...spot }];
  });
  for (const { sites, node, at } of found) take(sites, sites.follow(node), at);
  // What cannot be read may have the key.
  if (found.length > 0 || isBroken) return [];
  const names = readers.flatMap(([sites, root]) => (isMap(root) ? sites.itemsOf(root as YAMLMap) : []));
  const known = names.slice(0, 10).map((item) => String(item.key.value));
  const hint = known.length === 0 ? 'the file has no keys' : `its keys begin with ${known.join(', ')}`;
  return [{ rule: 'missing-key', message: `${source.file} has no key ${show(key)}`, hint }];
}

type Spot = { readonly node: Node | null; readonly at: number };

/** What a dotted key leads to: a key that has dots itself goes before its parts, a number is a position in a list. */
function find(sites: YamlSites, node: Node | null, path: string): Spot | null {
  const target = sites.resolve(node);
  if (isSeq(target)) {
    const [position = '', ...rest] = path.split('.');
    const item = /^\d{1,6}$/.test(position)
      ? (target.items[Number(position)] as Node | undefined)
      : undefined;
    if (item === undefined) return null;
    return rest.length === 0 ? { node: item, at: offsetOf(item) } : find(sites, item, rest.join('.'));
  }
  if (!isMap(target)) return null;
  const items = sites.itemsOf(target as YAMLMap);
  for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
    const item = items.find(({ key }) => nameOf(key) === path.slice(0, end));
    if (item === undefined) continue;
    if (end === path.length) return { node: item.value, at: offsetOf(item.key) };
    const inner = find(sites, item.value, path.slice(end + 1));
    if (inner !== null) return inner;
  }
  return null;
}

/** A key as it is written: `3.10` is a number for YAML. */
function nameOf(key: Scalar): string {
  return typeof key.value === 'string' ? key.value : (key.source ?? '');
}

function takeItems(sites: YamlSites, map: YAMLMap, at: number): void {
  if (isReference(map) && addMap(sites, map, at)) return;
  for (const { key, value } of sites.itemsOf(map)) take(sites, value, offsetOf(key));
}

/** Helm's `image: {repository: …}` as the key itself; any other map is a map of references. */
function isReference(map: YAMLMap): boolean {
  return isScalar(map.get('repository', true));
}

function take(sites: YamlSites, value: Node | null, at: number): void {
  const node = sites.follow(value);
  if (isMap(node) && addMap(sites, node as YAMLMap, at)) return;
  if (isScalar(node) && node.value !== null && node.value !== '') sites.addText(node, at);
  else sites.source.report(at, noText(node));
}

function noText(node: Node | null): Words {
  if (isSeq(node) || isMap(node)) {
    const message = `there is a ${isSeq(node) ? 'list' : 'map'} here, not a reference`;
    return { rule: 'not-a-string', message, hint: 'name the key that holds the references themselves' };
  }
  return { rule: 'missing-value', message: 'this has no value', hint: 'write a reference, as in ruby:3.4' };
}

function approve(sites: YamlSites, value: Node | null, at: number): void {
  const node = sites.follow(value);
  if (!isScalar(node) || node.value === null) {
    const hint = 'write a list of registries, as in [quay.io/acme]';
    const message =
      isScalar(node) || node === null
        ? 'this has no value'
        : `there is a ${isSeq(node) ? 'list' : 'map'} here`;
    sites.source.report(at, { rule: 'not-a-string', message, hint });
    return;
  }
  const part = sites.partOf(node);
  if (part === null) return;
  const approved = parseApproved(part.written);
  if (!isMistake(approved)) sites.source.approve(part.start, part.written);
  else
    sites.source.report(part.start, {
      rule: 'invalid-approved',
      message: approved.mistake,
      hint: approved.hint,
    });
}
