// A map or list under a dotted key, and the approved registries beside it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { D, found, keyReader, readText } from './read.ts';

const SCENARIO = join(import.meta.dirname, '../../data/scenarios/5-pins-and-approved-registries.json');

type Row = readonly [name: string, text: string, key: string, wanted: readonly string[]];

const ROWS: readonly Row[] = [
  ['a map', 'IMAGES:\n  a: x:1\n  b: "y:2"\n', 'IMAGES', ['2:6 x:1', '3:6 y:2']],
  ['a list', 'IMAGES:\n- x:1\n- y:2\n', 'IMAGES', ['2:3 x:1', '3:3 y:2']],
  ['one text', 'a: {image: x:1}\n', 'a.image', ['1:12 x:1']],
  ['a dotted key', 'a:\n  b:\n    c: [x:1]\n', 'a.b.c', ['3:9 x:1']],
  ['a key that has dots itself', 'a.b:\n  c.d: {e: x:1}\n', 'a.b.c.d', ['2:12 x:1']],
  ['both: the longest key goes first', 'a: {b: {c: x:1}}\na.b: {c: y:1}\n', 'a.b.c', ['2:10 y:1']],
  ['a position in a list', 'a:\n- b: {c: x:1}\n- b: {c: y:1}\n', 'a.1.b', ['3:10 y:1']],
  ['every document that has it', 'a: [x:1]\n---\nb: 1\n---\na: [y:1]\n', 'a', ['1:5 x:1', '5:5 y:1']],
  ['JSON', '{"images": {"a": "x:1",\r\n "b": "y:2"}}', 'images', ['1:18 x:1', '2:7 y:2']],
  [
    'Helm values of several images',
    'images:\n  a:\n    repository: x\n    tag: "1"\n',
    'images',
    ['3:17 x:1'],
  ],
  ['Helm values of one', 'image:\n  repository: x\n  tag: "1"\n', 'image', ['2:15 x:1']],
  ['Kustomize', `images:\n- name: x\n  newTag: v1\n  digest: ${D}\n`, 'images', [`2:9 x:v1@${D}`]],
  ['a merged map', 'base: &b {p: x:1}\nI:\n  <<: *b\n  q: y:1\n', 'I', ['1:14 x:1', '4:6 y:1']],
  ['an alias of the whole map', 'base: &b {p: x:1}\nI: *b\n', 'I', ['1:14 x:1']],
  ['aliases in it', 'p: &p x:1\nI: [*p, *p]\n', 'I', ['1:7 x:1']],
  ['Jinja', 'I: {a: "{{ b }}/x:1"}\n', 'I', ['1:8 {{ b }}/x:1 ?']],
  ['an empty map', 'I: {}\n', 'I', []],
  ['no such key', 'IMAGE: 1\nb: 2\n', 'IMAGES', ['f has no key "IMAGES"']],
  ['no such key inside', 'a: {b: 1}\n', 'a.c', ['f has no key "a.c"']],
  ['an empty file', '', 'a', ['f has no key "a"']],
  ['no value', 'I:\n', 'I', ['f:1:1: error: this has no value (write a reference, as in ruby:3.4)']],
  [
    'an empty text',
    'I: {a: ""}\n',
    'I',
    ['f:1:5: error: this has no value (write a reference, as in ruby:3.4)'],
  ],
  [
    'a number',
    'I: {a: 1.10}\n',
    'I',
    ['f:1:8: error: YAML reads 1.10 as a number, not as text (write "1.10")'],
  ],
  [
    'a list in a map',
    'I: {a: [x:1]}\n',
    'I',
    [
      'f:1:5: error: there is a list here, not a reference (name the key that holds the references themselves)',
    ],
  ],
  [
    'a map in a map',
    'I: {a: {b: x:1}}\n',
    'I',
    [
      'f:1:5: error: there is a map here, not a reference (name the key that holds the references themselves)',
    ],
  ],
  [
    'a key written twice',
    'I: {a: x:1, a: y:1}\n',
    'I',
    ['1:8 x:1', 'f:1:13: error: the key "a" is written twice (merge the two into one)'],
  ],
  [
    'a template',
    '{% if x %}\nI: [x:1]\n',
    'I',
    ['f:1:2: error: plain text cannot begin with this character (put the text in quotes)'],
  ],
];

describe('a key', () => {
  it.each(ROWS)('%s', (_name, text, key, wanted) => {
    expect(found(text, keyReader(key))).toEqual(wanted);
  });

  it('reads the map of the scenario, and what it approves', () => {
    const { files } = JSON.parse(readFileSync(SCENARIO, 'utf8')) as { files: Record<string, string> };
    const { sites, approved, mistakes, unmet } = readText(
      (files['vars.yml'] ?? '').replaceAll('APPROVED\n', 'quay.io\n'),
      keyReader('IMAGES', 'MP_APPROVED_REGISTRIES'),
    );
    expect(sites.map(({ line, column, written }) => `${line}:${column} ${written}`)).toEqual([
      '4:11 MIRROR/mirror/UPSTREAM_/library/python:3.13-slim@P1',
      '5:11 APPROVED/fedora/fedora:43@F1',
      '6:10 APPROVED/fedora/fedora:43',
      '7:9 docker.io/library/alpine:3.22@A1',
    ]);
    expect(approved).toEqual([{ file: 'f', line: 2, column: 5, written: 'quay.io' }]);
    expect([...mistakes, ...unmet]).toEqual([]);
  });
});

describe('approved registries of the file', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['OK: [quay.io/acme, "localhost:5000"]', ['1:6 quay.io/acme', '1:20 localhost:5000'], []],
    ['OK: registry.example', ['1:5 registry.example'], []],
    ['NO: []', [], ['f has no key "OK"']],
    ['OK: [acme]', [], ['"acme" is not a registry, or a registry with a path']],
    ['OK: [5000]', [], ['YAML reads 5000 as a number, not as text']],
    ['OK: [me:secret@quay.io]', [], ['the reference holds credentials']],
    ['OK: {a: b}', [], ['there is a map here']],
    ['OK:', [], ['this has no value']],
  ])('%s', (text, wanted, told) => {
    const { approved, mistakes, unmet } = readText(`${text}\nI: []\n`, keyReader('I', 'OK'));
    expect(approved.map(({ line, column, written }) => `${line}:${column} ${written}`)).toEqual(wanted);
    expect([...mistakes, ...unmet].map(({ message }) => message)).toEqual(told);
  });
});

describe('comments that ignore a rule', () => {
  const ignored = (text: string) => readText(text, keyReader('I')).sites.map((site) => site.ignored);

  it.each<[string, readonly { rule: string; reason: string }[]]>([
    [
      'I:\n  a: x # fresh-mirror-ignore: not-pinned — moves on purpose\n',
      [{ rule: 'not-pinned', reason: 'moves on purpose' }],
    ],
    ['I:\n  # fresh-mirror-ignore: not-pinned - why\n  a: x\n', [{ rule: 'not-pinned', reason: 'why' }]],
    [
      'I:\n  # fresh-mirror-ignore: not-pinned — why\n  # more\n  a: >-\n    x\n',
      [{ rule: 'not-pinned', reason: 'why' }],
    ],
    [
      'I:\n  a: x # fresh-mirror-ignore: not-pinned, not-approved — both\n',
      [
        { rule: 'not-pinned', reason: 'both' },
        { rule: 'not-approved', reason: 'both' },
      ],
    ],
    ['I:\n  # fresh-mirror-ignore: not-pinned — why\n\n  a: x\n', []],
    ['I:\n  a: x\n  # fresh-mirror-ignore: not-pinned — below\n', []],
  ])('%j', (text, wanted) => {
    expect(ignored(text)).toEqual([wanted]);
  });

  it('belong to each part of a reference that is split', () => {
    const text = 'I:\n  a:\n    repository: x\n    tag: "1" # fresh-mirror-ignore: not-pinned — why\n';
    expect(ignored(text)).toEqual([[{ rule: 'not-pinned', reason: 'why' }]]);
  });

  it.each([
    ['not-pinned', 'this comment does not say which rule is ignored, and why'],
    ['not-pinned —', 'this comment does not say which rule is ignored, and why'],
    ['not-pined — why', '"not-pined" is not a rule of lint'],
  ])('%s', (comment, message) => {
    const { mistakes } = readText(`I: [x] # fresh-mirror-ignore: ${comment}\n`, keyReader('I'));
    expect(mistakes.map((mistake) => mistake.message)).toEqual([message]);
    expect(mistakes[0]?.place).toEqual({ file: 'f', line: 1, column: 7 });
  });
});
