// A mirror that is read as its own upstream is fresh for ever, whatever upstream does: nothing may be compared with
// itself. What counts is where a name is contacted, in any spelling.

import { describe, expect, it } from '@jest/globals';
import { UserError } from '../../../src/base/errors/user-error.ts';
import { NOTHING_GIVEN } from '../../../src/config/images/config.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { formatName } from '../../../src/image/names/reference.ts';
import { ownMirrorNotices } from '../../../src/report/rows/news.ts';

function parse(text: string, writes: boolean) {
  return parseConfig(Buffer.from(text), 'images.yaml', { ...NOTHING_GIVEN, writes }).config;
}

function mistakesIn(text: string, writes: boolean): string[] {
  try {
    parse(text, writes);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    return thrown.diagnostics.map(
      ({ place, message, hint }) => `${place.line}:${place.column} ${message} (${hint})`,
    );
  }
}

const OWN: readonly (readonly [string, string])[] = [
  ['a rule for its registry', 'mirror: h.io/m\nread-from: {docker.io: h.io/m}\nimages: [ruby:3]'],
  ['a template', 'mirror: h.io/m\nread-from: {docker.io: "h.io/m/{repository}"}\nimages: [ruby:3]'],
  [
    'a rule for every registry',
    'mirror: h.io/m\nmirror-path: "{registry}/{repository}"\nread-from: {"*": "h.io/m/{registry}/{repository}"}\nimages: [ruby:3]',
  ],
  ['upper case', 'mirror: H.io/m\nread-from: {docker.io: h.IO/m}\nimages: [ruby:3]'],
  ['the usual port on one side', 'mirror: h.io:443/m\nread-from: {docker.io: h.io/m}\nimages: [ruby:3]'],
  [
    'the usual port on the other side',
    'mirror: h.io/m\nread-from: {docker.io: "h.io:443/m"}\nimages: [ruby:3]',
  ],
  [
    'the usual port of plain http',
    'mirror: h.io:80/m\nregistries: {h.io: {http: true}}\nread-from: {docker.io: h.io/m}\nimages: [ruby:3]',
  ],
  [
    'names of Docker Hub',
    'mirror: registry-1.docker.io/acme\nread-from: {quay.io: index.docker.io/acme}\nimages: [quay.io/y:1]',
  ],
  [
    'an official image of Docker Hub',
    'mirror: docker.io\nmirror-path: "{name}"\nread-from: {quay.io: docker.io/library}\nimages: [quay.io/ruby:1]',
  ],
  [
    '`to`',
    'mirror: h.io/m\nread-from: {docker.io: h.io/m/base}\nimages: [{source: ruby, tags: a, to: base/library/ruby}]',
  ],
  ['a port', 'mirror: h.io:5000/m\nread-from: {docker.io: "h.io:5000/m"}\nimages: [ruby:3]'],
];

describe('an entry that is read from its own mirror repository', () => {
  it.each(OWN)('is a mistake where the run writes: %s', (_name, text) => {
    const [mistake, ...others] = mistakesIn(text, true);
    expect(others).toEqual([]);
    expect(mistake).toMatch(
      /is read from .*, where its own copies go: there is nothing to copy \(remove the read-from for /,
    );
  });

  it.each(OWN)('is passed over, and said, where it does not: %s', (_name, text) => {
    const config = parse(text, false);
    expect(config.entries).toEqual([]);
    expect(ownMirrorNotices(config)).toEqual([
      { kind: 'own-mirror', source: expect.any(String), message: expect.stringContaining('was skipped') },
    ]);
  });

  it.each([
    ['another port', 'mirror: h.io:5000/m\nread-from: {docker.io: h.io/m}\nimages: [ruby:3]'],
    ['another prefix', 'mirror: h.io/m\nread-from: {docker.io: h.io/m2}\nimages: [ruby:3]'],
    [
      'another path',
      'mirror: h.io/m\nmirror-path: "x/{repository}"\nread-from: {docker.io: h.io/m}\nimages: [ruby:3]',
    ],
    [
      '`to`',
      'mirror: h.io/m\nread-from: {docker.io: h.io/m}\nimages: [{source: ruby, tags: a, to: base/ruby}]',
    ],
    ['a cache beside the mirror', 'mirror: h.io/m\nread-from: {docker.io: h.io/hub}\nimages: [ruby:3]'],
  ])('is one that leads there: not with %s', (_name, text) => {
    expect(mistakesIn(text, true)).toEqual([]);
    expect(parse(text, false).entries).toHaveLength(1);
  });

  it('is one mistake for one rule, however many entries it leads there, and the others go on in check', () => {
    const text =
      'mirror: h.io/m\nread-from: {docker.io: h.io/m}\nimages: [ruby:3, perl:5, quay.io/x/y:1, golang:1]';
    expect(mistakesIn(text, true)).toEqual([
      '3:10 ruby is read from h.io/m/library/ruby, where its own copies go (and 2 more like this): there is nothing to copy (remove the read-from for docker.io where mode is sync, or choose another mirror)',
    ]);
    const { entries, ownMirrors } = parse(text, false);
    expect(entries.map(({ source }) => formatName(source))).toEqual(['quay.io/x/y']);
    expect(ownMirrors).toHaveLength(3);
  });
});

describe('a mirror inside what it is read from', () => {
  it.each([
    ['its own', 'mirror: h.io/m/library/ruby\nread-from: {docker.io: h.io/m}\nimages: [ruby:3]', 'overlap'],
    [
      'that of another entry',
      'mirror: h.io/m\nread-from: {quay.io: h.io/m/library}\nimages: [ruby:3, quay.io/ruby:1]\nmirror-path: "{repository}"',
      'where quay.io/ruby is read from, at images.yaml:3:18',
    ],
    ['in another spelling', 'mirror: h.io:443/m\nimages: [h.io/m/x:1]', 'overlap'],
  ])('is a mistake in every mode: %s', (_name, text, words) => {
    for (const writes of [true, false]) {
      expect(mistakesIn(text, writes)).toEqual([expect.stringContaining(words)]);
    }
  });
});

describe('a mirror at Docker Hub, where a name has two parts', () => {
  const deep = (name: string, more = '') =>
    `copies of ruby would go to ${name}${more}, but a name at Docker Hub has two parts (write mirror: docker.io/acme and mirror-path: "{name}"; to: gives an entry another name)`;

  it.each([
    // Two are too deep, the third is not.
    [
      'mirror: docker.io/acme\nimages: [ruby:3, perl:5, registry.k8s.io/pause:3]',
      deep('docker.io/acme/library/ruby', ' (and 1 more like this)'),
    ],
    [
      'mirror: index.docker.io/acme/mirror\nmirror-path: "{name}"\nimages: [ruby:3]',
      deep('docker.io/acme/mirror/ruby'),
    ],
    [
      'mirror: docker.io/acme\nmirror-path: "{name}"\nimages: [{source: ruby, tags: a, to: base/ruby}]',
      deep('docker.io/acme/base/ruby'),
    ],
    [
      'mirror: docker.io/acme\nmirror-path: "{name}"\nimages: [y:a, quay.io/x/y:a]',
      'quay.io/x/y and y (images.yaml:3:10) both go to docker.io/acme/y (write to: with another repository in one of the two)',
    ],
  ])('is told once for all entries, with the lines to write: %s', (text, words) => {
    for (const writes of [true, false])
      expect(mistakesIn(text, writes)).toEqual([expect.stringContaining(words)]);
  });

  it.each([
    'mirror: docker.io/acme\nmirror-path: "{name}"\nimages: [ruby:3, {source: quay.io/x/y, tags: a, to: x-y}]',
    'mirror: docker.io/acme\nimages: [registry.k8s.io/pause:3]',
    'mirror: hub.example/docker.io/acme\nimages: [ruby:3]',
  ])('takes what fits: %s', (text) => {
    expect(mistakesIn(text, true)).toEqual([]);
  });
});

describe('`to`', () => {
  const mirrors = (text: string) => parse(text, true).entries.map(({ mirror }) => formatName(mirror));

  it.each([
    ['- {source: ruby, tags: a, to: base/ruby}\n- perl:5', ['h.io/m/base/ruby', 'h.io/m/x/library/perl']],
    ['- ruby:3\n- {source: ruby, tags: a, to: base/ruby}', ['h.io/m/base/ruby']],
    ['- {source: "[::1]:5000/x", tags: a, to: six}', ['h.io/m/six']],
    ['- {source: quay.io/x/y, tags: a, to: b}\n- {source: x/y, tags: a}', ['h.io/m/b', 'h.io/m/x/x/y']],
  ])('names the repository on the mirror: %s', (images, expected) => {
    expect(mirrors(`mirror: h.io/m\nmirror-path: "x/{repository}"\nimages:\n${images}\n`)).toEqual(expected);
  });

  it('makes room for two sources of one path', () => {
    expect(mirrors('mirror: h.io/m\nimages: [x/y:1, {source: quay.io/x/y, tags: a, to: quay/y}]')).toEqual([
      'h.io/m/x/y',
      'h.io/m/quay/y',
    ]);
  });
});
