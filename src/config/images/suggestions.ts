// What the schema found, in the words of the file: what is written there, and what to write instead.

import type { z } from 'zod';
import { RULES, type Rule, type Words } from '../../base/errors/diagnostic.ts';
import { show } from '../../base/errors/mistake.ts';
import { entrySlips, type KnownKeys, MERGE, marginSlip, withoutEchoes } from '../texts/entry-slips.ts';
import { nearestKey } from '../texts/nearest.ts';
import type { Reading } from '../yaml/reading.ts';
import { isUnread, type Path, type Spot, spotAt, type Tree } from '../yaml/tree.ts';
import { KEYS, levelAt, PLANNED } from './levels.ts';

type Issue = z.core.$ZodIssue;

/** What was found at a path that the schema does not accept. */
type Found = { readonly path: Path; readonly spot: Spot; readonly value: unknown };

/** What is said about a config that has nothing to look after. */
export const NO_IMAGES = missing('the config has no images', 'write images: with at least one entry');
const NO_SOURCE = missing('this entry has no source', 'write source: with the upstream repository');
const NO_TAGS = missing('this entry has no tags', 'write tags: with the tags that are wanted');

function missing(message: string, hint: string): Words {
  return { rule: 'missing-key', message, hint };
}

/** What is said where nothing is written at a path that must have something; null for any other path. */
function absenceAt(path: Path): Words | null {
  if (path.length === 1 && path[0] === 'images') return NO_IMAGES;
  if (path.length !== 3 || path[0] !== 'images') return null;
  return path[2] === 'source' ? NO_SOURCE : path[2] === 'tags' ? NO_TAGS : null;
}

/** Notes one error in `reading` for each mistake that the schema found in its tree. */
export function noteIssues(issues: readonly Issue[], reading: Reading): void {
  const { tree } = reading;
  const margin = marginSlip(tree.value, KEYS.entry);
  if (margin !== null) {
    reading.error(['images'], margin);
    return;
  }
  const known: KnownKeys = {
    meantKey: (key, path) => meantKey(key, levelAt(path)),
    sourceAt: (path) => spotAt(tree, path).source,
  };
  const slips = entrySlips(valueAt(tree, ['images']), known);
  for (const { path, words } of slips) reading.error(path, words);
  const others = issues
    .flatMap((issue) => flatten(issue))
    .filter((issue) => !slips.some(({ covers }) => covers(issue)));
  for (const issue of withoutEchoes(others, known)) noteIssue(issue, reading);
}

/** Where one alternative fits the kind of value, what is wrong with that one. */
function flatten(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const fitting = issue.errors.find((inner) => !inner.some(isWrongKindHere));
  if (fitting === undefined) return [issue];
  return fitting.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** The known key of a level that a person meant by an unknown one; null where nothing is near. */
export function meantKey(key: string, level: keyof typeof KEYS): string | null {
  return nearestKey(key, [...KEYS[level], ...PLANNED[level]]);
}

function noteIssue(issue: Issue, reading: Reading): void {
  const { path } = issue;
  if (isUnread(reading.tree, path)) return;
  const found = foundAt(reading.tree, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      for (const key of issue.keys) reading.errorAtKey([...path, key], unknownKey(key, path));
      break;
    case 'invalid_union':
      reading.error(path, wrongKind(unionKind(path), found));
      break;
    case 'invalid_key':
      for (const inner of issue.issues) reading.errorAtKey(path, wordsFor(inner, found));
      break;
    default:
      reading.error(path, wordsFor(issue, found));
  }
}

function unionKind(path: Path): string {
  if (path[0] === 'references') return 'paths';
  if (path[0] === 'images' && path.length === 2) return 'entry';
  if (lastKey(path) === 'signed-by') return 'signers';
  return ['tags', 'exclude', 'ignore'].includes(lastKey(path)) ? 'tags' : 'words';
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
    const hint = absenceAt(path)?.hint ?? 'write at least one item';
    return { rule: 'empty-list', message: 'this list is empty', hint };
  }
  const hint = `write ${inclusive ? 'at least' : 'more than'} ${minimum}`;
  if (value === '') return { rule: 'out-of-range', message: 'this text is empty', hint: 'write some text' };
  return { rule: 'out-of-range', message: `${spot.source} is too small`, hint };
}

// By zod's name of a kind: what belongs here, and how to write it.
const KINDS: ReadonlyMap<string, readonly [kind: string, hint: string]> = new Map(
  Object.entries<readonly [string, string]>({
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
    signers: ['a list of signers', 'write a list, as in - { key: cosign.pub }, or none'],
    words: ['text or a list', 'write the words in brackets, with commas between them'],
  }),
);

const TEXT_KINDS = ['string', 'entry', 'tags', 'paths', 'words'];

function wrongKind(expected: string, { path, spot, value }: Found): Words {
  const key = lastKey(path);
  const absent = absenceAt(path);
  const isNothing = value === undefined || (value === null && spot.source === '');
  if (isNothing && absent !== null) return absent;
  if (isNothing && typeof path.at(-1) === 'number') return EMPTY_ITEM;
  const [kind, hint] = KINDS.get(expected) ?? [expected, `write ${expected}`];
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
  const template = expected === 'string' ? templateIn(value) : null;
  if (template !== null) {
    const message = `${template} without quotes is a map`;
    return { rule: 'wrong-type', message, hint: `write "${template}"` };
  }
  const shown = typeof value === 'string' ? show(value) : (spot.source ?? actual);
  return { rule: 'wrong-type', message: `expected ${kind}, found ${shown}`, hint };
}

const EMPTY_ITEM: Words = {
  rule: 'missing-value',
  message: 'this item is empty',
  hint: 'write something after the hyphen, or remove it',
};

/** `{repository}` as YAML reads it, a map with one key and nothing else; null for any other value. */
function templateIn(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const [[key, content] = ['', ''], ...others] = Object.entries(value);
  return content === null && others.length === 0 ? `{${key}}` : null;
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

const MERGE_KEY: Words = {
  rule: 'unknown-key',
  message: 'merge keys (<<) are not read',
  hint: 'write the keys out here, or put what all entries share under defaults:',
};

function unknownKey(key: string, path: Path): Words {
  const level = levelAt(path);
  const isPolicy = level === 'config' && [...KEYS.defaults, ...PLANNED.defaults].includes(key);
  if (PLANNED[level].includes(key) || (isPolicy && PLANNED.defaults.includes(key))) {
    return { rule: 'planned-key', message: `${key} is not supported yet`, hint: `remove ${key}` };
  }
  if (key === MERGE) return MERGE_KEY;
  const message = `the key ${show(key)} is not known here`;
  if (isPolicy) return { rule: 'unknown-key', message, hint: 'write it under defaults: or in an entry' };
  const known = `known keys are ${KEYS[level].join(', ')}`;
  const near = meantKey(key, level);
  return { rule: 'unknown-key', message, hint: near === null ? known : `did you mean ${near}? ${known}` };
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
