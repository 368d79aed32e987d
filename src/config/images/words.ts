// What the schema found, told in the words of the file: what stands there, and what to write instead.

import type { z } from 'zod';
import type { Diagnostic, Place } from '../../base/errors/diagnostic.ts';
import { show } from '../../base/errors/mistake.ts';
import { type Path, type Spot, spotAt, type Tree } from '../yaml/tree.ts';
import { KEYS, levelAt, PLANNED } from './schema.ts';

type Issue = z.core.$ZodIssue;
type Words = readonly [message: string, hint: string];

const NOT_YET = 'is not in this version yet';

// What is said of a key that must be there and is not.
const MISSING: Readonly<Record<string, Words>> = {
  images: ['the config has no images', 'write images: with at least one entry'],
  source: ['this entry has no source', 'write source: with the upstream repository'],
  tags: ['this entry has no tags', 'write tags: with the tags that are wanted'],
};

/** Gives back one diagnostic for each mistake that the schema found in the tree. */
export function diagnosticsOf(issues: readonly Issue[], tree: Tree): Diagnostic[] {
  return issues.flatMap((issue) => diagnose(issue, issue.path, tree));
}

function diagnose(issue: Issue, path: Path, tree: Tree): Diagnostic[] {
  const spot = spotAt(tree, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => error(spotAt(tree, [...path, key]).key, unknownKey(key, path)));
    case 'invalid_union':
      return diagnoseUnion(issue, path, tree);
    case 'invalid_key':
      return issue.issues.map((inner) => error(spot.key, wordsFor(inner, path, spot, valueAt(tree, path))));
    default:
      return [error(spot.place, wordsFor(issue, path, spot, valueAt(tree, path)))];
  }
}

/** Of the alternatives the one that fits the kind of value is told; of none, that the kind is wrong. */
function diagnoseUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path, tree: Tree): Diagnostic[] {
  const fitting = issue.errors.find((inner) => !inner.some(isWrongKindHere));
  if (fitting !== undefined) {
    return fitting.flatMap((inner) => diagnose(inner, [...path, ...inner.path], tree));
  }
  const wanted = path[0] === 'images' && path.length === 2 ? 'entry' : 'tags';
  const spot = spotAt(tree, path);
  return [error(spot.place, wrongKind(path, wanted, spot, valueAt(tree, path)))];
}

function isWrongKindHere(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code === 'invalid_type';
}

function wordsFor(issue: Issue, path: Path, spot: Spot, value: unknown): Words {
  switch (issue.code) {
    case 'custom':
      return [issue.message, String(issue.params?.hint ?? '')];
    case 'invalid_type':
      return wrongKind(path, issue.expected, spot, value);
    case 'invalid_value':
      return wrongChoice(path, issue.values, value);
    case 'too_small':
      if (Array.isArray(value))
        return ['this list is empty', MISSING[lastKey(path)]?.[1] ?? 'write one at least'];
      return [
        `${spot.source} is too small`,
        `write ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`,
      ];
    case 'too_big':
      return [`${spot.source} is too large`, `write at most ${issue.maximum}`];
    default:
      return [`${spot.source ?? 'this'} does not fit here`, issue.message];
  }
}

// By zod's name of a kind: what belongs here, and how to write it.
const KINDS: Readonly<Record<string, Words>> = {
  string: ['text', 'write text, in quotes if need be'],
  number: ['a number', 'write a number without quotes'],
  int: ['a whole number', 'write a whole number'],
  boolean: ['true or false', 'write true or false, without quotes'],
  object: ['a map', 'write name: value'],
  record: ['a map', 'write name: value'],
  array: ['a list', 'write each item after a hyphen'],
  entry: ['an entry', 'write one reference, as in debian:12-slim, or source: and tags:'],
  tags: ['a tag or a list of tags', 'write ["3.4", "3.5"]'],
};

const TEXT_KINDS = ['string', 'entry', 'tags'];

function wrongKind(path: Path, expected: string, spot: Spot, value: unknown): Words {
  const key = lastKey(path);
  const missing = MISSING[key];
  const isNothing = value === undefined || (value === null && spot.source === '');
  if (isNothing && missing !== undefined) return missing;
  const [wanted, hint] = KINDS[expected] ?? [expected, `write ${expected}`];
  if (isNothing) return [`nothing is written after ${key}`, `write ${wanted}, or take ${key} out`];
  const found = kindOf(value);
  // YAML reads 3.10 as the number 3.1: the fix must show what is written, not what was read.
  if (TEXT_KINDS.includes(expected) && spot.source !== null) {
    return [`YAML reads ${spot.source} as ${found}, not as text`, `write ${JSON.stringify(spot.source)}`];
  }
  const shown = typeof value === 'string' ? show(value) : (spot.source ?? found);
  return [`here is ${shown} instead of ${wanted}`, hint];
}

function wrongChoice(path: Path, values: readonly unknown[], value: unknown): Words {
  const key = lastKey(path);
  const choices = values.join(', ');
  return [`${key} is ${typeof value === 'string' ? show(value) : kindOf(value)}`, `write ${choices}`];
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'text';
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}

function unknownKey(key: string, path: Path): Words {
  const level = levelAt(path);
  const isPolicy = level === 'config' && [...KEYS.defaults, ...PLANNED.defaults].includes(key);
  if (PLANNED[level].includes(key) || (isPolicy && PLANNED.defaults.includes(key))) {
    return [`${key} ${NOT_YET}`, `take ${key} out`];
  }
  const known = `known here are ${KEYS[level].join(', ')}`;
  const message = `the key ${show(key)} is not known here`;
  if (isPolicy) return [message, 'write it under defaults: or in an entry'];
  const near = nearest(key, [...KEYS[level], ...PLANNED[level]]);
  return [message, near === null ? known : `did you mean ${near}? ${known}`];
}

/** The known key that takes the fewest typing errors, when that is at most a third of its letters. */
function nearest(key: string, known: readonly string[]): string | null {
  const plain = key
    .replace(/_/g, '-')
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase();
  const near = known
    .filter((one) => Math.abs(one.length - plain.length) <= one.length / 3)
    .map((one) => ({ one, distance: editDistance(plain, one) }))
    .filter(({ one, distance }) => distance <= Math.max(1, one.length / 3))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.one ?? null;
}

/** Levenshtein's distance: insertions, deletions and replacements of one letter. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function lastKey(path: Path): string {
  const key = path.findLast((part) => typeof part === 'string');
  return typeof key === 'string' ? key : 'the file';
}

function valueAt(tree: Tree, path: Path): unknown {
  let value = tree.value;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[part];
  }
  return value;
}

function error(place: Place, [message, hint]: Words): Diagnostic {
  return { severity: 'error', place, message, hint };
}
