// Slips that break several rules at once: each is reported once, for what it is; the errors that follow from it are not.

import type { Words } from '../../base/errors/diagnostic.ts';
import { show } from '../../base/errors/mistake.ts';

type Path = readonly PropertyKey[];

/** A broken rule of the schema, as far as it matters here: `keys` are those of an unknown key. */
type Broken = { readonly code: string; readonly path: Path; readonly keys?: readonly string[] };

/** What the schema and the file say: the known key that was meant by another one at a path, and how a value is written. */
export type KnownKeys = {
  meantKey(key: string, path: Path): string | null;
  sourceAt(path: Path): string | null;
};

/** An entry that is not what its author means, said once; `covers` picks the broken rules that follow from it. */
type EntrySlip = {
  readonly path: Path;
  readonly words: Words;
  readonly covers: (broken: Broken) => boolean;
};

/** A key of YAML 1.1 that takes the keys of another map. */
export const MERGE = '<<';

/** The slips among the entries of `images`. */
export function entrySlips(images: unknown, known: KnownKeys): EntrySlip[] {
  const entries: readonly unknown[] = Array.isArray(images) ? images : [];
  return entries.flatMap((entry, at): EntrySlip[] => {
    const path = ['images', at];
    const mapped = mappedReference(entry, path, known);
    if (mapped !== null) return [{ path, words: mapped, covers: (broken) => startsWith(broken.path, path) }];
    if (!isOtherHalf(entry, entries[at - 1])) return [];
    const before = ['images', at - 1];
    const covers = ({ path: broken, code }: Broken) =>
      (code === 'custom' && isSame(broken, before)) || isSame(broken, [...path, 'source']);
    return [{ path, words: OTHER_HALF, covers }];
  });
}

const OTHER_HALF: Words = {
  rule: 'missing-key',
  message: 'this entry has no source, and the one before it has no tags',
  hint: 'if the two are one, remove this hyphen and line up the words',
};

/** A hyphen too many makes two entries of one: the first has only a source, the second everything but that. */
function isOtherHalf(entry: unknown, before: unknown): boolean {
  const [here, above] = [keysOf(entry), keysOf(before)];
  const hasTags = (keys: readonly string[]) => keys.includes('tags') || keys.includes('follow');
  return above.includes('source') && !hasTags(above) && hasTags(here) && !here.includes('source');
}

function keysOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}

/** `- ruby: 3.4`, a reference in which a space makes a map of it; null for any other entry. */
function mappedReference(value: unknown, path: Path, known: KnownKeys): Words | null {
  const [key, ...others] = keysOf(value);
  if (key === undefined || others.length > 0 || key === MERGE || known.meantKey(key, path) !== null) {
    return null;
  }
  const written = known.sourceAt([...path, key]);
  if (!/^[a-z0-9][\w./-]*$/.test(key) || written === null || written === '') {
    const message = `${show(key)} is followed by a colon, which makes a map of it`;
    const hint = 'write one reference, as in - debian:12-slim, or source: and tags:';
    return { rule: 'wrong-type', message, hint };
  }
  const message = `there is a space in ${key}: ${written}`;
  return { rule: 'wrong-type', message, hint: `write - ${key}:${written}` };
}

/** An entry at the margin instead of below `images:` is one mistake, not one for each of its keys. */
export function marginSlip(file: unknown, entryKeys: readonly string[]): Words | null {
  const keys = keysOf(file);
  const { images } = (file ?? {}) as { readonly images?: unknown };
  if (images !== null || !keys.includes('images') || !keys.includes('source')) return null;
  const later = keys.slice(keys.indexOf('images') + 1);
  if (!later.every((key) => entryKeys.includes(key))) return null;
  const message = 'images is empty: the entry after it is not indented';
  return {
    rule: 'missing-value',
    message,
    hint: 'begin its first line with two spaces and a hyphen, as in - source: ruby, and line up its other keys below source',
  };
}

/** The broken rules without those that a misspelt key or a merge key of the same map brings about. */
export function withoutEchoes<Rule extends Broken>(broken: readonly Rule[], known: KnownKeys): Rule[] {
  const unknown = broken.flatMap(({ keys = [], path }) => keys.map((key) => ({ key, path })));
  const isMeant = (path: Path, wanted: readonly PropertyKey[]) =>
    unknown.some(
      ({ key, path: map }) =>
        isSame(map, path) && (key === MERGE || wanted.includes(known.meantKey(key, map) ?? '')),
    );
  return broken.filter(({ code, path }) => {
    if (code === 'custom' && path.length === 2) return !isMeant(path, ['tags', 'follow']);
    return code !== 'invalid_type' || !isMeant(path.slice(0, -1), path.slice(-1));
  });
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((part, at) => path[at] === part);
}

function isSame(a: Path, b: Path): boolean {
  return a.length === b.length && startsWith(a, b);
}
