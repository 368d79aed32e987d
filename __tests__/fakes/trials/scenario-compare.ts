// Holds what a run did against what the scenario expects. `expect` is exact: see __tests__/data/scenarios/README.md.

import { image } from '../../../demo/images.mjs';
import type { Snapshot } from '../registries/oracle.ts';
import type { Picture, Played } from './scenario.ts';

type Row = string | Readonly<Record<string, unknown>>;
type Mirror = Readonly<Record<string, Readonly<Record<string, Picture>>>>;

/**
 * Every difference as a sentence; empty when the run did exactly what was expected. Fields of `expect` named in
 * `ignore` are passed over, and so is `remark`, which is for people.
 */
export function compare(played: Played, ignore: readonly string[] = []): string[] {
  const fields = Object.entries(played.expect).filter(([field]) => !ignore.includes(field));
  return fields.flatMap(([field, wanted]) => compareField(played, field, wanted));
}

function compareField(played: Played, field: string, wanted: unknown): string[] {
  if (field === 'remark') return [];
  if (field === 'status') return same(field, wanted, played.action.outputs.status);
  if (field === 'mirror') return compareMirror(played, wanted as 'unchanged' | Mirror);
  if (field === 'stale-builds-base') return compareBase(played, String(wanted));
  const counted = countOf(played, field);
  if (counted !== null) return same(field, wanted, counted);
  if (Array.isArray(wanted)) return compareList(played, field, wanted as readonly Row[]);
  return [`${field}: nobody knows how to compare this`];
}

function countOf({ upstream, mirror, called }: Played, field: string): number | null {
  switch (field) {
    case 'mirror-writes':
      return mirror.writes;
    case 'upstream-manifest-gets':
      return upstream.counts.manifestGet;
    case 'manifest-requests':
      return [upstream, mirror].reduce(
        (sum, { counts }) => sum + counts.manifestGet + counts.manifestHead,
        0,
      );
    case 'requests-to-docker-hub':
      return called.filter((name) => /(^|\.)docker\.(io|com)$/.test(name)).length;
    default:
      return null;
  }
}

function compareList(played: Played, field: string, wanted: readonly Row[]): string[] {
  const output = played.action.outputs[field];
  if (output === undefined) return [`${field}: the output is not set`];
  const left = JSON.parse(output) as Row[];
  const absent = wanted.filter((row) => {
    const at = left.findIndex((one) => isRow(played, row, one));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [
    ...absent.map((row) => `${field}: ${JSON.stringify(row)} is missing`),
    ...left.map((row) => `${field}: ${JSON.stringify(row)} was not expected`),
  ];
}

// A row is expected as an object (each of its fields must be there), as a text that one of its fields has (the tag,
// the Dockerfile), as `source:tag`, or as `source:tag at SYMBOL`: then the mirror must serve that image, too.
function isRow(played: Played, wanted: Row, row: Row): boolean {
  if (typeof row === 'string') return row === wanted;
  if (typeof wanted !== 'string') {
    return Object.entries(wanted).every(([key, value]) => equal(row[key], value));
  }
  if (Object.values(row).includes(wanted)) return true;
  const [, source, tag, symbol] = /^([^:]+):(\S+?)(?: at (\w+))?$/.exec(wanted) ?? [];
  if (source === undefined || row.tag !== tag || !String(row.source).endsWith(source)) return false;
  if (symbol === undefined) return true;
  const digest = played.symbols.index(symbol);
  return Object.entries(played.after).some(
    ([name, tags]) => name.endsWith(source) && tags[tag ?? ''] === digest,
  );
}

function compareBase({ action }: Played, wanted: string): string[] {
  const rows = JSON.parse(action.outputs['stale-builds'] ?? '[]') as Row[];
  const named = rows.filter((row) => typeof row === 'object' && Object.values(row).includes(wanted));
  return named.length === rows.length && rows.length > 0 ? [] : [`stale-builds: ${wanted} is not the base`];
}

// Every tag that is not named must be as it was before this run.
function compareMirror(played: Played, wanted: 'unchanged' | Mirror): string[] {
  const changes = wanted === 'unchanged' ? {} : wanted;
  const names = new Set([played.before, played.after, changes].flatMap((all) => Object.keys(all)));
  return [...names].flatMap((repository) => {
    const [before, after] = [played.before[repository] ?? {}, played.after[repository] ?? {}];
    const named = changes[repository] ?? {};
    const tags = new Set([before, after, named].flatMap((all) => Object.keys(all)));
    return [...tags].flatMap((tag) => {
      const picture = named[tag] ?? 'unchanged';
      return compareTag(played, `${repository}:${tag}`, picture, before[tag], after[tag]);
    });
  });
}

function compareTag(
  { symbols, platforms }: Played,
  name: string,
  picture: Picture,
  before: Snapshot[string] | undefined,
  after: Snapshot[string] | undefined,
): string[] {
  if (picture === 'unchanged') return same(`mirror ${name}`, before, after);
  if (typeof picture === 'string') {
    return same(`mirror ${name} (${picture})`, symbols.child(picture) ?? symbols.index(picture), after);
  }
  const wanted = image('', { platforms: picture.platforms }).manifests.map((one) => [
    one.platform,
    one.digest,
  ]);
  return same(`mirror ${name}`, Object.fromEntries(wanted), platforms[name]);
}

function same(what: string, wanted: unknown, found: unknown): string[] {
  return equal(wanted, found) ? [] : [`${what}: expected ${show(wanted)}, found ${show(found)}`];
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing';
}

function equal(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

// Order does not matter, neither of keys nor in lists.
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (show(a) < show(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
