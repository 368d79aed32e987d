// Right configs, and what the inputs change in them.

import { describe, expect, it } from '@jest/globals';
import { formatDiagnostic } from '../../../src/base/errors/diagnostic.ts';
import { isMistake } from '../../../src/base/errors/mistake.ts';
import { type Entry, type Given, NOTHING_GIVEN, type Selector } from '../../../src/config/images/config.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { parseReadFrom, type ReadFromRule } from '../../../src/image/names/pull-name.ts';
import { formatName } from '../../../src/image/names/reference.ts';

const SHA = `sha256:${'0'.repeat(64)}`;

function parse(text: string, given: Partial<Given> = {}) {
  return parseConfig(new TextEncoder().encode(text), 'images.yaml', { ...NOTHING_GIVEN, ...given });
}

function rule(line: string): ReadFromRule {
  const parsed = parseReadFrom(line);
  if (isMistake(parsed)) throw new Error(parsed.mistake);
  return parsed;
}

/** `glob 3.* 4:9`: a selector on one line. */
function short(one: Selector): string {
  const what =
    one.kind === 'glob' ? one.pattern : one.kind === 'pinned' ? `${one.tag}@${one.digest}` : one.tag;
  return `${one.kind} ${what} ${one.place.line}:${one.place.column}`;
}

function names({ source, pull, mirror }: Entry): string[] {
  return [source, pull, mirror].map(formatName);
}

const FULL = `# yaml-language-server: $schema=…
mirror: GHCR.io/acme/mirror
mirror-path: "{registry}/{repository}"
registries:
  registry.internal:5000: { http: true, requests-per-second: 0.5, concurrency: 8 }
  Quay.io: { ca: certs/quay.pem }
read-from: { docker.io: registry.internal:5000/hub, mcr.microsoft.com: "", quay.io: }
defaults: { on-failure: keep }
images:
  - source: ruby
    tags: ["3.3-slim", 3.4.1, yes, 2024-01-01, v3]
  - source: python
    tags: latest, 3.[789].?
    exclude: ["*-windowsservercore*", "*-rc*,*-alpha*"]
    on-failure: keep
  - debian:12-slim
  - quay.io/prometheus/prometheus:v3.5.0@${SHA}
  - registry.internal:5000/hub/almalinux:8
`;

const QUAY_CA = { path: 'certs/quay.pem', place: { file: 'images.yaml', line: 6, column: 18 } };

describe('a right config', () => {
  const { config, warnings } = parse(FULL);

  it('has no warnings, and settings by host', () => {
    expect(warnings).toEqual([]);
    expect(config.file).toBe('images.yaml');
    expect(config.mirror).toEqual({
      registry: 'ghcr.io',
      prefix: 'acme/mirror',
      path: '{registry}/{repository}',
    });
    expect([...config.registries]).toEqual([
      ['registry.internal:5000', { http: true, ca: null, requestsPerSecond: 0.5, concurrency: 8 }],
      ['quay.io', { http: false, ca: QUAY_CA, requestsPerSecond: null, concurrency: null }],
    ]);
    expect(config.readFrom).toEqual(
      ['docker.io=registry.internal:5000/hub', 'mcr.microsoft.com=', 'quay.io='].map(rule),
    );
  });

  it('has canonical names, pull names and mirror names', () => {
    expect(config.entries.map(names)).toEqual(
      [
        ['docker.io/library/ruby', 'registry.internal:5000/hub/library/ruby'],
        ['docker.io/library/python', 'registry.internal:5000/hub/library/python'],
        ['docker.io/library/debian', 'registry.internal:5000/hub/library/debian'],
        ['quay.io/prometheus/prometheus', 'quay.io/prometheus/prometheus'],
        ['docker.io/library/almalinux', 'registry.internal:5000/hub/library/almalinux'],
      ].map(([source, pull]) => [source, pull, `ghcr.io/acme/mirror/${source}`]),
    );
  });

  it('has selectors with their places', () => {
    expect(config.entries.map((entry) => entry.selectors.map(short))).toEqual([
      [
        'literal 3.3-slim 11:12',
        'literal 3.4.1 11:24',
        'literal yes 11:31',
        'literal 2024-01-01 11:36',
        'literal v3 11:48',
      ],
      ['literal latest 13:11', 'glob 3.[789].? 13:11'],
      ['literal 12-slim 16:5'],
      [`pinned v3.5.0@${SHA} 17:5`],
      ['literal 8 18:5'],
    ]);
    expect(config.entries[1]?.selectors[0]?.terms.exclude).toEqual([
      '*-windowsservercore*',
      '*-rc*',
      '*-alpha*',
    ]);
  });
});

it.each([
  ['CRLF', 'mirror: a.io/m\r\nimages:\r\n- ruby:3.4\r\n'],
  ['a byte order mark', '\ufeffmirror: a.io/m\nimages: [ruby:3.4]'],
  ['no line break at the end', 'mirror: a.io/m\nimages: [ruby:3.4]'],
  ['JSON', '{"mirror": "a.io/m", "images": ["ruby:3.4"]}'],
  ['document marks', '---\nmirror: a.io/m\nimages: [ruby:3.4]\n...\n'],
  ['a few aliases', 'mirror: a.io/m\nimages: [{source: ruby, tags: &t ["3.4"]}, {source: perl, tags: *t}]'],
  ['!!str', 'mirror: a.io/m\nimages: [{source: ruby, tags: !!str 3.4}]'],
  ['block text', 'mirror: a.io/m\nimages:\n- source: >-\n    ruby\n  tags: |-\n    3.4\n'],
  ['umlauts in comments', '# Spiegel für Ästhetik ✓\nmirror: a.io/m\nimages: [ruby:3.4]'],
])('reads %s', (_, text) => {
  const [first] = parse(text).config.entries;
  expect(first && formatName(first.source)).toBe('docker.io/library/ruby');
  expect(first?.selectors).toMatchObject([{ kind: 'literal', tag: '3.4' }]);
});

describe('joining', () => {
  const text =
    'mirror: a.io/m\nimages:\n- ruby:3.4\n- perl:5\n- {source: docker.io/library/ruby, tags: ["3.5", "3.*"], exclude: "*-rc"}\n';

  it('makes one list of the entries of one source, in the order of the file', () => {
    const { entries } = parse(text).config;
    expect(entries.map((entry) => entry.selectors.map(short))).toEqual([
      ['literal 3.4 3:3', 'literal 3.5 5:43', 'glob 3.* 5:50'],
      ['literal 5 4:3'],
    ]);
    expect(entries[0]?.selectors.map((one) => one.terms.exclude)).toEqual([[], ['*-rc'], ['*-rc']]);
    expect(entries[0]?.place).toEqual({ file: 'images.yaml', line: 3, column: 3 });
  });

  it('gives the same for the same file', () => expect(parse(text)).toEqual(parse(text)));

  it.each([
    [
      '- ruby:3.4\n- library/ruby:3.4',
      'literal 3.4 3:3',
      '4:3: warning: the tag 3.4 is listed twice, first at images.yaml:3:3',
    ],
    ['- {source: ruby, tags: "3.*, 3.*"}', 'glob 3.* 3:24', '3:24: warning: the pattern 3.* is listed twice'],
    [`- ruby:3@${SHA}\n- ruby:3@${SHA}`, `pinned 3@${SHA} 3:3`, '4:3: warning: the tag 3 is listed twice'],
  ])('warns of what is written twice: %j', (images, left, words) => {
    const { config, warnings } = parse(`mirror: a.io/m\nimages:\n${images}\n`);
    expect(config.entries.flatMap((entry) => entry.selectors.map(short))).toEqual([left]);
    expect(warnings.map(formatDiagnostic)).toEqual([expect.stringContaining(words)]);
  });

  it('takes a pinned tag beside a pattern that matches it', () => {
    const { config } = parse(`mirror: a.io/m\nimages:\n- ruby:3.4@${SHA}\n- {source: ruby, tags: "3.*"}\n`);
    expect(config.entries[0]?.selectors.map((one) => one.kind)).toEqual(['pinned', 'glob']);
  });

  it.each([
    ['{registry}/{repository}', '- x/y:a\n- quay.io/x/y:a'],
    ['{repository}', '- x/y:a\n- x/z:a'],
  ])('lets sources beside each other by %s', (path, images) => {
    expect(parse(`mirror: a.io/m\nmirror-path: "${path}"\nimages:\n${images}\n`).config.entries).toHaveLength(
      2,
    );
  });
});

describe('what the inputs give', () => {
  const text =
    'mirror: a.io/m\nread-from: {docker.io: b.io/hub, quay.io: c.io}\nimages: [ruby:3.4, quay.io/x/y:1]\n';

  it('goes before what the file says', () => {
    const given = { mirror: { registry: 'd.io', prefix: 'n' }, readFrom: [rule('docker.io=e.io/hub')] };
    expect(parse(text, given).config.entries.map(names)).toEqual([
      ['docker.io/library/ruby', 'e.io/hub/library/ruby', 'd.io/n/library/ruby'],
      ['quay.io/x/y', 'c.io/x/y', 'd.io/n/x/y'],
    ]);
  });

  it('may be all there is of a mirror', () => {
    const given = { mirror: { registry: 'd.io', prefix: '' } };
    expect(parse('images: [ruby:3.4]', given).config.mirror).toEqual({
      registry: 'd.io',
      prefix: '',
      path: '{repository}',
    });
  });

  it('is held against the entries too', () => {
    const given = { mirror: { registry: 'quay.io', prefix: 'x' } };
    expect(() => parse(text, given)).toThrow('images.yaml has a mistake');
  });
});

describe('policies', () => {
  const of = (text: string, policies: Given['policies'] = {}) =>
    parse(`mirror: a.io/m\n${text}`, { policies }).config.entries.map((entry) => entry.policies.onFailure);

  it.each([
    ['built in', 'images: [a:b]', {}, ['keep']],
    ['input', 'images: [a:b]', { onFailure: 'rollback' as const }, ['rollback']],
    [
      'input over defaults',
      'defaults: {on-failure: keep}\nimages: [a:b]',
      { onFailure: 'rollback' as const },
      ['rollback'],
    ],
    [
      'entry over input',
      'images: [{source: a, tags: b, on-failure: keep}, c:d]',
      { onFailure: 'rollback' as const },
      ['keep', 'rollback'],
    ],
  ])('%s', (_, text, given, expected) => expect(of(text, given)).toEqual(expected));

  it('entries of one source must agree', () => {
    const text = 'images:\n- {source: a, tags: b, on-failure: keep}\n- library/a:c\n';
    let words = '';
    try {
      of(text, { onFailure: 'rollback' });
    } catch (thrown) {
      words = JSON.stringify(thrown);
    }
    expect(words).toContain('on-failure is rollback here but keep at images.yaml:3:12, for the same source');
  });
});

describe('platform policies', () => {
  const policiesOf = (row: string, given = {}) => {
    const text = `mirror: a.io/m\ndefaults: {lost-platforms: hybrid, platforms: [amd64, arm64/v8]}\nimages:\n${row}\n`;
    const all = { ...NOTHING_GIVEN, policies: given };
    return parseConfig(Buffer.from(text), 'images.yaml', all).config.entries[0];
  };

  it.each([
    ['- ruby:3.4', {}, 'hybrid'],
    ['- ruby:3.4', { lostPlatforms: 'accept' }, 'accept'],
    ['- {source: ruby, tags: a, lost-platforms: refuse}', { lostPlatforms: 'accept' }, 'refuse'],
  ])('%s with %j: the entry stands before the input, the input before defaults', (row, given, lost) => {
    expect(policiesOf(row, given)?.selectors[0]?.terms.policies.lostPlatforms).toBe(lost);
  });

  it('are platforms in one form, and an empty list takes back what defaults say', () => {
    const arm64 = { os: 'linux', architecture: 'arm64', variant: '', build: '' };
    expect(policiesOf('- ruby:3.4')?.policies.platforms).toContainEqual(arm64);
    expect(policiesOf('- {source: ruby, tags: a, platforms: []}')?.policies.platforms).toEqual([]);
  });

  it('may differ from tag to tag of one source where it is about what a tag may lose', () => {
    const entry = policiesOf('- ruby:3.4\n- {source: ruby, tags: "3.3", lost-platforms: accept}');
    expect(entry?.selectors.map((one) => one.terms.policies.lostPlatforms)).toEqual(['hybrid', 'accept']);
  });
});
