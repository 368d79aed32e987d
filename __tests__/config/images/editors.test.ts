// What an editor says of a config, by the published schema, and what the parser says: the same, but for mistakes that no
// single text shows.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import type { Rule } from '../../../src/base/errors/diagnostic.ts';
import { readYaml } from '../../../src/config/yaml/tree.ts';
import { errorsIn } from './told.ts';
import { ALL_ROWS, OTHER_TOOLS } from './wrong-rows.ts';

const SCHEMA = new URL('../../../schema/images.schema.json', import.meta.url);
const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(SCHEMA, 'utf8')));

/** The plain values of a config; undefined where YAML itself is wrong, of which an editor knows by itself. */
function contentOf(text: string | Uint8Array): unknown {
  const yaml = readYaml(typeof text === 'string' ? new TextEncoder().encode(text) : text, '');
  if (yaml.kind === 'unreadable' || yaml.mistakes.length > 0) return undefined;
  return JSON.parse(JSON.stringify(yaml.tree.value));
}

function isFine(text: string): boolean {
  return validate(contentOf(text)) === true;
}

// What is wrong only beside something else in the file, or in a way that a regular expression cannot count.
const BEYOND: readonly Rule[] = [
  'invalid-age',
  'conflicting-keys',
  'duplicate-host',
  'conflicting-tag',
  'conflicting-policy',
  'follow-without-start',
  'invalid-follow',
  'invalid-to',
  'pinned-subset',
  'expected-not-mirrored',
  'shared-platform-tag',
  'no-mirror-name',
  'shared-repository',
  'mirror-as-source',
];

describe('an editor', () => {
  const texts = [...ALL_ROWS.map(([, , text]) => text), ...OTHER_TOOLS.map(([, text]) => text)];
  const readable = texts.filter(
    (text): text is string => typeof text === 'string' && contentOf(text) !== undefined,
  );
  const visible = readable.filter((text) => errorsIn(text).some(({ rule }) => !BEYOND.includes(rule)));

  it('knows most of the wrong configs of the tables', () => {
    expect(visible.length).toBeGreaterThan(130);
    expect(readable.length - visible.length).toBeLessThan(40);
  });

  it.each(visible)('marks what the parser refuses: %j', (text) => {
    expect(isFine(text)).toBe(false);
  });
});

describe('generated configs', () => {
  const piece = (...texts: readonly string[]) => fc.constantFrom(...texts);
  const tag = piece(
    '"3.4"',
    'latest',
    '"3.*"',
    '"[34].?"',
    '"a,b*, c"',
    '"3.4 "',
    '""',
    '"a b"',
    'N.N',
    'Nightly',
    '3.10',
    '"-x"',
    '"*-x"',
    '"ruby:3"',
    '"[!a]*"',
    '"[3"',
    `"${'a'.repeat(129)}"`,
  );
  const source = piece(
    'ruby',
    'library/ruby',
    'quay.io/a/b',
    'localhost:5000/x',
    'R.io/x',
    '"ruby:3"',
    'Ruby',
    'a//b',
    'ghcr.io/',
    '"[::1]:5000/x"',
    'a.b',
    'a__b/c--d',
    'x.io:99999/a',
  );
  const key = piece(
    'new-tags: report',
    'new-tags: zzz',
    'new-tags: [issue, mirror]',
    'new-tags: "issue, mirror"',
    'new-tags: [ignore]',
    'referrers: all',
    'referrers: none',
    'referrers: "signatures, application/spdx+json"',
    'referrers: [sboms, attestations]',
    'referrers: signature',
    'referrers: all, sboms',
    'platforms: [amd64]',
    'platforms: "amd64, linux/arm/v7"',
    'platforms: X86_64',
    'platforms: [amd46]',
    'platforms: []',
    'expected-platforms: "windows/amd64:10.0.20348"',
    'platform-tags: "{tag}-{arch}"',
    'platform-tags: "{tag}"',
    'exclude: "*-rc"',
    'exclude: []',
    'ignore: [a, "b*"]',
    'to: base/ruby',
    'to: Base',
    'to: base/',
    'recheck: 0',
    'recheck: 3',
    'granularity: patch',
    'granularity: minor',
    'patches: {max: 2}',
    'patches: {max: x}',
    'on-failure: keep',
    'typo: x',
    'verify: deep',
    'follow: [{tags: N.N, max: 2}]',
    'follow: [{tags: "3.4", max: 2}]',
    'follow: [{tags: N.N, from: x}]',
    'follow: []',
    'prereleases: yes',
  );
  const shorthand = piece(
    'ruby:3.4',
    'ruby',
    'quay.io/a/b:v1',
    `x/y:a@sha256:${'0'.repeat(64)}`,
    'x/y:a@sha256:00',
    'ruby:N.N',
    'Ruby:1',
    '"ruby:3.*"',
    'localhost:5000/a:b',
    'docker://a:b',
    '3.4',
    '""',
  );
  const entry = fc
    .tuple(source, fc.option(fc.array(tag, { minLength: 0, maxLength: 3 })), fc.option(key))
    .map(([name, tags, more]) => {
      const list = tags === null ? [] : [`tags: [${tags.join(', ')}]`];
      return `{${[`source: ${name}`, ...list, ...(more === null ? [] : [more])].join(', ')}}`;
    });
  const setting = piece(
    '',
    'mirror-path: "{name}"',
    'mirror-path: "{registry}/{repository}"',
    'mirror-path: "x"',
    'mirror-path: "{tag}"',
    'read-from: {docker.io: "r.io:5000/hub"}',
    'read-from: {"*": "r.io/{registry}/{repository}"}',
    'read-from: {quay.io: }',
    'read-from: {a/b: c.io}',
    'read-from: {docker.io: "c.io/{name}"}',
    'registries: {r.io: {http: true, concurrency: 3}}',
    'registries: {r.io: {ca: ""}}',
    'registries: {"r.io:0": {}}',
    'defaults: {lost-platforms: hybrid}',
    'defaults: {tags: a}',
    'pull-request: {labels: "a, b", reviewers: [c]}',
    'pull-request: {labels: [""]}',
  );
  const mirror = piece(
    'ghcr.io/acme',
    'acme/m',
    'localhost:5000',
    'GHCR.io/a/b',
    'ghcr.io/A',
    'ghcr.io/',
    'https://ghcr.io/a',
    '"[::1]:5000/m"',
  );
  const config = fc
    .tuple(mirror, setting, fc.array(fc.oneof(entry, shorthand), { minLength: 1, maxLength: 3 }))
    .map(
      ([to, more, items]) => `mirror: ${to}\n${more}\nimages:\n${items.map((one) => `- ${one}\n`).join('')}`,
    );

  it('are taken by both or by none, but for what lies beyond an editor', () => {
    fc.assert(
      fc.property(config, (text) => {
        const errors = errorsIn(text);
        if (errors.length === 0) expect(isFine(text)).toBe(true);
        else if (errors.some(({ rule }) => !BEYOND.includes(rule))) expect(isFine(text)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});
