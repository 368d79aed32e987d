// regsync.yml as an images config: the same tags to the same places, and a word for all that differs.

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDiagnostic } from '../../../src/base/errors/diagnostic.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { imported, pairsOf, refusalOf, warningsOf } from './imported.ts';

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
defaults: { referrers: all }
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
      '17:3: all that is attached to an ima',
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
    ['  tags: { semverRange: [">=1.1 <2"], allow: ["\\\\d+\\\\.\\\\d+"] }', ['1.1']],
    ['  tags: { semverRange: ["<1.1", ">=2"], allow: ["\\\\d+\\\\.\\\\d+"] }', ['1.0', '2.0']],
  ])('%j selects %j', (rest, tags) => {
    expect(pairs(step(rest))).toEqual(tags.toSorted());
  });

  it.each<readonly [string, string, string]>([
    [
      step('  tags: { allow: ["1.0"] }'),
      '5:19',
      'what is a tag as it stands is written as that one tag (write 1?0 in place of 1.0',
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
      step('  tags: { semverRange: [">=1.0"] }\n- {source: a, target: m.io/m/library/a, type: image}'),
      '5:25',
      'also selects tags with a suffix',
    ],
    [
      step(
        '  tags: { semverRange: [">=1.0"], allow: [a] }\n- {source: a, target: m.io/m/library/a, type: image}',
      ),
      '5:9',
      'semverRange and allow hold together in regsync',
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
      'this step is not imported: the value of the variable X is not known (add --env X=VALUE)',
    ],
    [
      `${image('a', '"m.io/{{ index (split .Sync.Source \\"/\\") 1 }}"')}- {source: b, target: m.io/m/library/b, type: image}`,
      '3:11',
      'this step is not imported: templates other than .Sync.Source and env are not filled in',
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

  it('a form with a suffix in a range is a comment with its bounds', () => {
    const { text, entries } = imported(
      step('  tags: { semverRange: [">=12.1 <14"], allow: ["\\\\d+-alpine", latest] }'),
    );
    expect(entries).toBe(0);
    expect(text).toContain('  #     - { tags: N-alpine, from: "12.1", below: "14" }\n');
  });

  it('what deny says of numbers leaves out those of forms alone', () => {
    const denied = (allow: string) => imported(step(`  tags: { allow: ${allow}, deny: ['1\\.\\d+'] }`));
    expect(denied("[latest, '\\d+\\.\\d+']").text).toContain('exclude: ["1.[0-9]*"]');
    expect(pairs(step("  tags: { allow: [latest, '\\d+\\.\\d+'], deny: ['1\\.\\d+'] }"))).toEqual([
      '2.0',
      'latest',
    ]);
    for (const wider of ["['\\d+\\.\\d+\\.\\d+']", "['1.*']", '[]']) {
      expect([wider, denied(wider).entries, denied(wider).comments]).toEqual([wider, 0, 1]);
    }
  });

  it('a file of which nothing is certain has no images', () => {
    const { text, entries } = imported(step('  tags: { allow: ["[a-z]+-x"] }'));
    expect(entries).toBe(0);
    expect(text).toContain('\n# images:\n  # old.yml:2:3: ');
  });
});

describe('what is attached', () => {
  const app = (more: string) => `- {source: quay.io/x/app, target: m.io/x/app, type: image${more}}\n`;
  const SPDX = 'application/spdx+json';

  it.each<readonly [string, string, string | null, string | null]>([
    ['', '', null, null],
    ['referrers: true, digestTags: true', '', 'all', null],
    ['referrers: true, digestTags: true', ', referrers: false, digestTags: false', null, null],
    ['referrers: true, digestTags: True', ', referrers: ', 'all', null],
    ['', ', referrers: true, digestTags: true', 'all', null],
    ['', ', referrers: true', 'all', 'the tags of cosign'],
    ['', ', digestTags: true', 'all', 'what the referrers API lists too'],
    [`referrerFilters: [{artifactType: ${SPDX}}]`, ', referrers: true', `"${SPDX}"`, null],
    [
      `referrers: true, referrerFilters: [{artifactType: ${SPDX}}, {artifactType: a/b}]`,
      '',
      `"${SPDX}, a/b"`,
      null,
    ],
    [`referrers: true, referrerFilters: [{artifactType: ${SPDX}}]`, ', referrerFilters: []', 'all', 'cosign'],
    [
      '',
      `, referrers: true, referrerFilters: [{artifactType: ${SPDX}, annotations: {a: b}}]`,
      'all',
      'what these filters leave out too',
    ],
    [
      '',
      `, referrers: true, digestTags: true, referrerFilters: [{artifactType: ${SPDX}}]`,
      'all',
      'what these filters leave out too',
    ],
    ['', `, referrerFilters: [{artifactType: ${SPDX}}]`, null, null],
    ['', ', referrers: true, referrerSource: quay.io/x/other', null, 'is read and kept beside it alone'],
    ['referrerTarget: m.io/x/other', ', referrers: true', null, 'is read and kept beside it alone'],
  ])('under defaults %j and in a step %j it is referrers: %s', (defaults, own, referrers, told) => {
    const text = `defaults: {${defaults}}\nsync:\n${app(own)}`;
    const { text: config } = imported(text);
    expect(/referrers: ([^}\n]*[^}\n ])/.exec(config)?.[1] ?? null).toBe(referrers);
    const lines = warningsOf(text);
    expect(lines).toHaveLength(told === null ? 0 : 1);
    if (told !== null) expect(lines[0]).toContain(told);
  });

  it('is said once where all entries agree, else by the entries that differ', () => {
    const other = '- {source: quay.io/x/tool, target: m.io/x/tool, type: image}\n';
    const both = (first: string, second: string) => imported(`sync:\n${first}${second}`).text;
    const all = app(', referrers: true, digestTags: true');
    expect(both(all, all.replaceAll('/app', '/tool'))).toContain('\ndefaults: { referrers: all }\nimages:');
    expect(both(all, other)).toContain(`images:
  - source: quay.io/x/app
    tags: ["latest"]
    referrers: all
  - source: quay.io/x/tool
    tags: ["latest"]
`);
    expect(parseConfig(Buffer.from(both(all, other)), 'images.yaml').config.entries).toHaveLength(2);
  });

  it('a pinned reference has no policy of its own: the others say what they do not want', () => {
    const pin = (at: string, more: string) =>
      `- {source: "quay.io/x/${at}@${SHA}", target: "m.io/x/${at}:1", type: image${more}}\n`;
    const { text, comments } = imported(
      `sync:\n${app('')}${pin('a', ', referrers: true, digestTags: true')}${pin('b', '')}`,
    );
    expect(comments).toBe(1);
    expect(text).toContain(`defaults: { referrers: all }
images:
  - source: quay.io/x/app
    tags: ["latest"]
    referrers: none
  - quay.io/x/a:1@${SHA}
  # old.yml:4:3: a pinned reference follows defaults: { referrers: all }
  # - quay.io/x/b:1@${SHA}
`);
  });
});

it('a large file is read: more than a config of ours may hold', () => {
  const steps = Array.from(
    { length: 9_000 },
    (_, at) =>
      `- {source: "quay.io/a/r${at % 90}:v${at}", target: "m.io/x/r${at % 90}:v${at}", type: image}\n`,
  );
  const { entries, text } = imported(`sync:\n${steps.join('')}`);
  expect(entries).toBe(90);
  expect(pairsOf(text, {})).toHaveLength(9_000);
});

it('a file whose steps have their target from a map that is merged in is known as well', () => {
  const text = `x-hub: &hub { target: "m.io/hub/{{.Sync.Source}}", type: image }
sync:
  - { <<: *hub, source: quay.io/a/b:1 }
  - { <<: *hub, source: quay.io/a/c:2 }
`;
  expect(imported(text).format).toBe('regsync');
  expect(pairsOf(imported(text).text, {})).toEqual([
    'quay.io/a/b:1 -> m.io/hub/quay.io/a/b:1',
    'quay.io/a/c:2 -> m.io/hub/quay.io/a/c:2',
  ]);
});

describe('a variable', () => {
  const text = `sync:
- {source: 'debian:{{ env "DEBIAN" }}', target: '{{env "REGISTRY"}}/m/debian:{{ env "DEBIAN" }}', type: image}
- {source: 'alpine:3', target: "\${REGISTRY}/m/library/alpine:3", type: image}
`;
  it('is filled in where its value is given', () => {
    const { text: config } = imported(text, { variables: { DEBIAN: '12-slim', REGISTRY: 'm.io' } });
    expect(pairsOf(config, {})).toEqual([
      'docker.io/library/alpine:3 -> m.io/m/library/alpine:3',
      'docker.io/library/debian:12-slim -> m.io/m/debian:12-slim',
    ]);
  });

  it('is named where it is not', () => {
    expect(warningsOf(text, { variables: { REGISTRY: 'm.io' } })).toEqual([
      'old.yml:2:12: warning: this step is not imported: the value of the variable DEBIAN is not known (and 1 more like this) (add --env DEBIAN=VALUE)',
    ]);
    expect(refusalOf(text).diagnostics.map(({ message }) => message)).toEqual([
      'this step is not imported: the value of the variable DEBIAN is not known',
      'this step is not imported: the value of the variable REGISTRY is not known (and 1 more like this)',
    ]);
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
  const range = fc.constantFrom(
    '>=1.1',
    '<2',
    '>=1.0.0 <2.0',
    '^1.0.0',
    '~1.0.0',
    '1.0',
    '>1.0',
    '<=1',
    '>= 1',
  );
  const ranges = fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(range, { maxLength: 2 }));
  const set = fc.record({ allow: list, deny: list, semverRange: ranges });

  type Set = Readonly<Record<'allow' | 'deny' | 'semverRange', readonly string[]>>;

  /** What regsync's own rules select: sets are added up, in each first the ranges, then allow, then deny. */
  function selected(sets: readonly Set[]): readonly string[] {
    const matching = (patterns: readonly string[], tag: string) =>
      patterns.some((text) => new RegExp(`^${text}$`).test(tag));
    return TAGS.filter((tag) =>
      sets.some(
        ({ allow, deny, semverRange }) =>
          (semverRange.length === 0 || semverRange.some((text) => isInRange(tag, text))) &&
          (allow.length === 0 || matching(allow, tag)) &&
          !matching(deny, tag),
      ),
    );
  }

  /** regsync's internal/semver, for tags without a suffix: numbers that are missing count as 0. */
  function isInRange(tag: string, range: string): boolean {
    if (!/^v?\d+(?:\.\d+)*$/.test(tag)) return false;
    const numbers = (text: string) => text.replace(/^v/, '').split('.').map(Number);
    const compared = (bound: readonly number[]) => {
      const own = numbers(tag);
      const at = [0, 1, 2].find((index) => (own[index] ?? 0) !== (bound[index] ?? 0));
      return at === undefined ? 0 : (own[at] ?? 0) - (bound[at] ?? 0);
    };
    return range.split(' ').every((term) => {
      const [, operator = '', version = ''] = /^([<>=~^]*)(.*)$/.exec(term) ?? [];
      const bound = numbers(version);
      const [major = 0, minor = 0] = bound;
      if (operator === '^') return compared(bound) >= 0 && compared([major + 1]) < 0;
      if (operator === '~') return compared(bound) >= 0 && compared([major, minor + 1]) < 0;
      if (operator === '>=') return compared(bound) >= 0;
      if (operator === '<=') return compared(bound) <= 0;
      if (operator === '<') return compared(bound) < 0;
      return operator === '>' ? compared(bound) > 0 : compared(bound) === 0;
    });
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
