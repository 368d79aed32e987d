// regsync.yml as an images config: the same tags to the same places, and a word for all that differs.

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDiagnostic } from '../../../src/base/errors/diagnostic.ts';
import { imported, pairsOf, warningsOf } from './imported.ts';

const SHA = `sha256:${'a'.repeat(64)}`;
const step = (rest: string, type = 'repository') =>
  `sync:\n- source: quay.io/x/app\n  target: m.io/m/x/app\n  type: ${type}\n${rest}`;
const image = (source: string, target: string, rest = '') =>
  `sync:\n- source: ${source}\n  target: ${target}\n  type: image\n${rest}`;
const TAGS = ['1.0', '1.1', '1.1-slim', '2.0', '2.0-rc1', 'latest', '20240101'];
const pairs = (text: string) =>
  pairsOf(imported(text).text, { 'quay.io/x/app': TAGS }).map((pair) => /:([^: ]+) ->/.exec(pair)?.[1]);

const WHOLE = `version: 1
x-defaults: &defaults
  type: repository
  platforms: [linux/amd64, linux/arm64]
creds:
  - registry: registry.test:5000
    tls: disabled
    reqPerSec: 5
    reqConcurrent: 3
  - registry: docker.io
    user: "{{env \\"HUB_USER\\"}}"
    pass: hunter2
defaults:
  interval: 60m
  backup: "old-{{.Ref.Tag}}"
  parallel: 2
  digestTags: true
  fastCheck: true
  ratelimit: { min: 60, retry: 15m }
  userAgent: me
sync:
  - source: ruby:3.4
    target: registry.test:5000/m/library/ruby:3.4
    type: image
  - source: ruby:3.4-slim
    target: registry.test:5000/m/library/ruby:3.4-slim
    type: image
  - <<: *defaults
    source: quay.io/x/app
    target: registry.test:5000/m/x/app
    tags: { allow: [latest, '1\\..*'], deny: ['.*-slim'] }
  - source: ghcr.io/a/b:v1@${SHA}
    target: registry.test:5000/m/a/b:v1
    type: image
`;

describe('a whole regsync.yml', () => {
  it('becomes an images config that brings the same tags to the same places', () => {
    const { text, entries, comments } = imported(WHOLE);
    expect([entries, comments]).toEqual([3, 0]);
    expect(pairsOf(text, { 'quay.io/x/app': TAGS })).toEqual([
      'docker.io/library/ruby:3.4 -> registry.test:5000/m/library/ruby:3.4',
      'docker.io/library/ruby:3.4-slim -> registry.test:5000/m/library/ruby:3.4-slim',
      'ghcr.io/a/b:v1@sha256:aa -> registry.test:5000/m/a/b:v1',
      'quay.io/x/app:1.0 -> registry.test:5000/m/x/app:1.0',
      'quay.io/x/app:1.1 -> registry.test:5000/m/x/app:1.1',
      'quay.io/x/app:latest -> registry.test:5000/m/x/app:latest',
    ]);
    expect(
      text,
    ).toBe(`# yaml-language-server: $schema=https://raw.githubusercontent.com/fresh-mirror/fresh-mirror/v1/schema/images.schema.json
# Made from old.yml, a config of regsync
mirror: registry.test:5000/m
registries:
  registry.test:5000: { http: true, requests-per-second: 5, concurrency: 3 }
images:
  - source: ruby
    tags: ["3.4", "3.4-slim"]
  - source: quay.io/x/app
    tags: ["latest", "1.*"]
    exclude: ["*-slim"]
    platforms: ["linux/amd64", "linux/arm64"]
  - ghcr.io/a/b:v1@${SHA}
`);
  });

  it('says once, each at its place, what means something else here', () => {
    const places = warningsOf(WHOLE).map((line) =>
      line.replace('old.yml:', '').replace(': warning', '').slice(0, 36),
    );
    expect(places).toEqual([
      '4:3: platforms makes a new index of ',
      '11:5: the login for docker.io is not',
      '14:3: the workflow decides when a ru',
      '15:3: a tag that moves leaves no bac',
      '16:3: how much happens at once is de',
      '17:3: what is attached to an image (',
      '19:3: pull limits are read from the ',
    ]);
  });
});

describe('a step', () => {
  it.each<readonly [string, readonly string[]]>([
    ['', TAGS],
    ['  tags: { allow: ["1.0"] }', ['1.0']],
    ['  tags: { allow: [1.0] }', ['1.0']],
    ['  tags: { allow: ["1\\\\..*"] }', ['1.0', '1.1', '1.1-slim']],
    ['  tags: { deny: [".*-.*", latest] }', ['1.0', '1.1', '2.0', '20240101']],
    ['  tags: { allow: [latest, "2.*"], deny: [latest] }', ['2.0', '2.0-rc1', '20240101']],
    ['  tags: { allow: ["\\\\d+\\\\.\\\\d+"] }', ['1.0', '1.1', '2.0']],
    ['  tagSets: [{ allow: ["1.0"] }, { allow: ["2.*"], deny: [".*-rc1"] }]', ['1.0', '2.0', '20240101']],
    ['  tags: { allow: ["1|slim"] }', ['1.0', '1.1', '1.1-slim']],
  ])('%j selects %j', (rest, tags) => {
    expect(pairs(step(rest))).toEqual(tags.toSorted());
  });

  it.each<readonly [string, string, string]>([
    [
      step('  tags: { allow: ["1.0"] }'),
      '5:19',
      'in which a dot is any character: it is written as 1?0 (write "1.0" itself',
    ],
    [
      step('  tags: { allow: ["1|slim"] }'),
      '5:19',
      '"1|slim" is read as regsync reads it: ^ belongs to the first part alone',
    ],
    [
      step('  tags: { allow: [1.10] }'),
      '5:19',
      'the number 1.10 is taken as the text that is written; regsync drops zeros',
    ],
    [step(''), '2:3', 'all tags but those that are named for a digest'],
    [
      step('  tags: { allow: ["[a-z]+-x"], deny: [] }\n- {source: a, target: m.io/m/library/a, type: image}'),
      '5:19',
      'no glob says exactly what',
    ],
    [
      step('  hooks: { pre: { type: x } }\n  tags: { allow: [a] }'),
      '5:3',
      'hooks are not read; regsync never ran them',
    ],
    [step('  typo: 1\n  tags: { allow: [a] }'), '5:3', 'the key "typo" is not imported'],
    [
      step('  platform: linux/amd64\n  tags: { allow: [a] }'),
      '5:3',
      'platform mirrors an index with this one image; regsync makes a plain manifest',
    ],
    [
      step('  platform: local\n  tags: { allow: [a] }'),
      '5:13',
      '"local" is not a platform here: all platforms are mirrored',
    ],
    [
      step(
        '  tags: { semverRange: [">=1.0"], allow: [a] }\n- {source: a, target: m.io/m/library/a, type: image}',
      ),
      '5:25',
      'also selects tags with a suffix',
    ],
    [
      `${image('a:1', 'm.io/m/library/a:2')}- {source: b, target: m.io/m/library/b, type: image}`,
      '2:3',
      'a tag keeps its name on the mirror: 1 does not become 2',
    ],
    [
      `${image('a:1', `m.io/m/library/a@${SHA}`)}- {source: b, target: m.io/m/library/b, type: image}`,
      '2:3',
      'a target that is a digest has no tag on the mirror',
    ],
    [
      `${image('ocidir://a', 'm.io/m/a')}- {source: b, target: m.io/m/library/b, type: image}`,
      '2:11',
      'this step is not imported: "ocidir://a" has a scheme',
    ],
    [
      `${image('"a:{{env \\"X\\"}}"', 'm.io/m/a')}- {source: b, target: m.io/m/library/b, type: image}`,
      '2:11',
      'templates are not filled in',
    ],
    [
      `${step('', 'registry')}- {source: b, target: m.io/m/library/b, type: image}`,
      '2:3',
      'a whole registry (type: registry) is not imported',
    ],
    [
      `${step('', 'imagee')}- {source: b, target: m.io/m/library/b, type: image}`,
      '2:3',
      'a step without type: image or repository is not imported',
    ],
    [
      `creds: [{ registry: m.io, tls: insecure }]\n${image('b', 'm.io/m/library/b')}`,
      '1:27',
      'certificates of m.io are checked here',
    ],
    [
      `creds: [{ registry: m.io, mirrors: [x] }]\n${image('b', 'm.io/m/library/b')}`,
      '1:27',
      'a registry is asked at one place',
    ],
  ])('%j is told at %s: %s', (text, place, words) => {
    const line = warningsOf(text).find((warning) => warning.includes(words));
    expect(line).toMatch(new RegExp(`^old\\.yml:${place}: warning: `));
  });

  it('.Sync.Source is filled in, any other template is not', () => {
    const { text } = imported(image('quay.io/a/b:1', '"m.io/hub/{{ .Sync.Source }}"'));
    expect(pairsOf(text, {})).toEqual(['quay.io/a/b:1 -> m.io/hub/quay.io/a/b:1']);
    expect(text).toContain('mirror: m.io/hub\nmirror-path: "{registry}/{repository}"\n');
  });

  it('a digest is pinned to the tag of the target', () => {
    const { text } = imported(image(`quay.io/a/b@${SHA}`, 'm.io/a/b:stable'));
    expect(pairsOf(text, {})).toEqual(['quay.io/a/b:stable@sha256:aa -> m.io/a/b:stable']);
  });

  it('what is near is a comment, with its reason and its place in the old file', () => {
    const { text, entries, comments } = imported(step('  tags: { allow: ["[a-z]+-x", latest] }'));
    expect([entries, comments]).toEqual([1, 1]);
    expect(text).toContain(`images:
  # old.yml:2:3: no glob says exactly what the regular expression "[a-z]+-x" says; this one matches more
  # - source: quay.io/x/app
  #   tags: ["[a-z]*-x"]
  - source: quay.io/x/app
    tags: ["latest"]
`);
  });

  it('a file of which nothing is certain has no images', () => {
    const { text, entries } = imported(step('  tags: { allow: ["[a-z]+-x"] }'));
    expect(entries).toBe(0);
    expect(text).toContain('\n# images:\n  # old.yml:2:3: ');
  });
});

describe('any filters', () => {
  const pattern = fc.constantFrom(
    'latest',
    '1.*',
    '.*-slim',
    '[12]\\.0',
    '2.0',
    '.+',
    '1|0',
    '\\d+',
    '[a-z]+',
    '1.0-?.*',
  );
  const list = fc.array(pattern, { maxLength: 3 });
  const set = fc.record({ allow: list, deny: list });

  /** What regsync's own rules select: sets are added up, in each deny comes after allow. */
  function selected(
    sets: readonly { allow: readonly string[]; deny: readonly string[] }[],
  ): readonly string[] {
    const matching = (patterns: readonly string[], tag: string) =>
      patterns.some((text) => new RegExp(`^${text}$`).test(tag));
    return TAGS.filter((tag) =>
      sets.some(({ allow, deny }) => (allow.length === 0 || matching(allow, tag)) && !matching(deny, tag)),
    );
  }

  it('never bring a tag too many, and bring all where nothing was told', () => {
    let complete = 0;
    fc.assert(
      fc.property(fc.array(set, { minLength: 1, maxLength: 2 }), (sets) => {
        const text = step(`  tagSets: ${JSON.stringify(sets)}`);
        const { warnings, entries, comments, text: config } = importedOrNothing(text);
        if (entries === 0) return;
        const found = pairsOf(config, { 'quay.io/x/app': TAGS }).map(
          (pair) => /:([^: ]+) ->/.exec(pair)?.[1] ?? '',
        );
        const wanted = selected(sets);
        // A tag that is written out is asked for also where upstream has none of that name.
        expect(found.filter((tag) => TAGS.includes(tag) && !wanted.includes(tag))).toEqual([]);
        const isOdd = warnings.map(formatDiagnostic).some((line) => line.includes('is written as follow'));
        if (comments > 0 || isOdd) return;
        complete++;
        expect(wanted.filter((tag) => !found.includes(tag))).toEqual([]);
      }),
      { numRuns: 300 },
    );
    expect(complete).toBeGreaterThan(50);
  });

  function importedOrNothing(text: string) {
    try {
      return imported(text);
    } catch {
      return { warnings: [], entries: 0, comments: 0, text: '' };
    }
  }
});
