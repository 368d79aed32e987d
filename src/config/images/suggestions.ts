// What the schema found, in the words of the file: what is written there, and what to write instead.

import type { z } from 'zod';
import { RULES, type Rule, type Words } from '../../base/errors/diagnostic.ts';
import { show } from '../../base/errors/mistake.ts';
import type { Reading } from '../yaml/reading.ts';
import { type Path, type Spot, spotAt, type Tree } from '../yaml/tree.ts';
import { KEYS, levelAt, PLANNED } from './schema.ts';

type Issue = z.core.$ZodIssue;

/** What was found at a path that the schema does not accept. */
type Found = { readonly path: Path; readonly spot: Spot; readonly value: unknown };

// What is said about a key that must be there and is not.
const MISSING: Readonly<Record<string, Words>> = {
  images: missing('the config has no images', 'write images: with at least one entry'),
  source: missing('this entry has no source', 'write source: with the upstream repository'),
  tags: missing('this entry has no tags', 'write tags: with the tags that are wanted'),
};

function missing(message: string, hint: string): Words {
  return { rule: 'missing-key', message, hint };
}

/** Notes one error in `reading` for each mistake that the schema found in its tree. */
export function noteIssues(issues: readonly Issue[], reading: Reading): void {
  for (const issue of issues) noteIssue(issue, issue.path, reading);
}

function noteIssue(issue: Issue, path: Path, reading: Reading): void {
  const found = foundAt(reading.tree, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      for (const key of issue.keys) reading.errorAtKey([...path, key], unknownKey(key, path));
      break;
    case 'invalid_union':
      noteUnion(issue, found, reading);
      break;
    case 'invalid_key':
      for (const inner of issue.issues) reading.errorAtKey(path, wordsFor(inner, found));
      break;
    default:
      reading.error(path, wordsFor(issue, found));
  }
}

/** Reports the alternative that fits the kind of value; if none does, that the kind is wrong. */
function noteUnion(issue: z.core.$ZodIssueInvalidUnion, found: Found, reading: Reading): void {
  const { path } = found;
  const fitting = issue.errors.find((inner) => !inner.some(isWrongKindHere));
  if (fitting === undefined) {
    const expected =
      path[0] === 'references' ? 'paths' : path[0] === 'images' && path.length === 2 ? 'entry' : 'tags';
    reading.error(path, wrongKind(expected, found));
  } else {
    for (const inner of fitting) noteIssue(inner, [...path, ...inner.path], reading);
  }
}

function isWrongKindHere(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code === 'invalid_type';
}

function foundAt(tree: Tree, path: Path): Found {
  return { path, spot: spotAt(tree, path), value: valueAt(tree, path) };
}

function wordsFor(issue: Issue, found: Found): Words {
  switch (issue.code) {
    case 'custom': {
      const { params, message } = issue;
      return { rule: ruleOf(params?.rule), message, hint: String(params?.hint ?? '') };
    }
    case 'invalid_type':
      return wrongKind(issue.expected, found);
    case 'invalid_value':
      return wrongChoice(issue.values, found);
    case 'too_small':
      return tooSmall(issue, found);
    case 'too_big':
      return {
        rule: 'out-of-range',
        message: `${found.spot.source ?? 'this'} is too large`,
        hint: `write at most ${issue.maximum}`,
      };
    default:
      return {
        rule: 'invalid-value',
        message: `${found.spot.source ?? 'this'} is not accepted here`,
        hint: issue.message,
      };
  }
}

/** The rule that `issueOf` put into an issue; a check of zod's own has none. */
function ruleOf(written: unknown): Rule {
  return RULES.find((rule) => rule === written) ?? 'out-of-range';
}

function tooSmall({ inclusive, minimum }: z.core.$ZodIssueTooSmall, { path, spot, value }: Found): Words {
  if (Array.isArray(value)) {
    const hint = MISSING[lastKey(path)]?.hint ?? 'write at least one item';
    return { rule: 'empty-list', message: 'this list is empty', hint };
  }
  const hint = `write ${inclusive ? 'at least' : 'more than'} ${minimum}`;
  if (value === '') return { rule: 'out-of-range', message: 'this text is empty', hint: 'write some text' };
  return { rule: 'out-of-range', message: `${spot.source} is too small`, hint };
}

// By zod's name of a kind: what belongs here, and how to write it.
const KINDS: Readonly<Record<string, readonly [kind: string, hint: string]>> = {
  string: ['text', 'write text, in quotes if necessary'],
  number: ['a number', 'write a number without quotes'],
  int: ['a whole number', 'write a whole number'],
  boolean: ['true or false', 'write true or false, without quotes'],
  object: ['a map', 'write name: value'],
  record: ['a map', 'write name: value'],
  array: ['a list', 'write each item after a hyphen'],
  entry: ['an entry', 'write one reference, as in debian:12-slim, or source: and tags:'],
  tags: ['a tag or a list of tags', 'write ["3.4", "3.5"]'],
  paths: ['a path or a list of paths', 'write "deploy/**/*.yaml"'],
};

const TEXT_KINDS = ['string', 'entry', 'tags', 'paths'];

function wrongKind(expected: string, { path, spot, value }: Found): Words {
  const key = lastKey(path);
  const absent = MISSING[key];
  const isNothing = value === undefined || (value === null && spot.source === '');
  if (isNothing && absent !== undefined) return absent;
  const [kind, hint] = KINDS[expected] ?? [expected, `write ${expected}`];
  if (isNothing) {
    const message = `${key} has no value`;
    return { rule: 'missing-value', message, hint: `write ${kind}, or remove ${key}` };
  }
  const actual = kindOf(value);
  // YAML reads 3.10 as the number 3.1: the fix must show what is written, not what was read.
  if (TEXT_KINDS.includes(expected) && spot.source !== null) {
    const message = `YAML reads ${spot.source} as ${actual}, not as text`;
    return { rule: 'not-a-string', message, hint: `write ${JSON.stringify(spot.source)}` };
  }
  const shown = typeof value === 'string' ? show(value) : (spot.source ?? actual);
  return { rule: 'wrong-type', message: `expected ${kind}, found ${shown}`, hint };
}

function wrongChoice(values: readonly unknown[], { path, value }: Found): Words {
  const message = `${lastKey(path)} is ${typeof value === 'string' ? show(value) : kindOf(value)}`;
  return { rule: 'invalid-choice', message, hint: `write ${orList(values)}` };
}

/** `keep or rollback`, `refuse, hybrid or accept`. */
function orList(values: readonly unknown[]): string {
  return values.join(', ').replace(/, ([^,]*)$/, ' or $1');
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
    return { rule: 'planned-key', message: `${key} is not supported yet`, hint: `remove ${key}` };
  }
  const message = `the key ${show(key)} is not known here`;
  if (isPolicy) return { rule: 'unknown-key', message, hint: 'write it under defaults: or in an entry' };
  const known = `known keys are ${KEYS[level].join(', ')}`;
  const near = nearest(key, [...KEYS[level], ...PLANNED[level]]);
  return { rule: 'unknown-key', message, hint: near === null ? known : `did you mean ${near}? ${known}` };
}

/** The known key that is the fewest typing errors away, if they are at most a third of its letters; else null. */
function nearest(key: string, known: readonly string[]): string | null {
  const plain = key
    .replace(/_/g, '-')
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase();
  const near = known
    .filter((candidate) => Math.abs(candidate.length - plain.length) <= candidate.length / 3)
    .map((candidate) => ({ candidate, distance: editDistance(plain, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, candidate.length / 3))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.candidate ?? null;
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
