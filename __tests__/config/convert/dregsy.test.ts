// The config of dregsy as an images config.

import { describe, expect, it } from '@jest/globals';
import { imported, pairsOf, warningsOf } from './imported.ts';

const SHA = `sha256:${'d'.repeat(64)}`;
const TAGS = ['1.0.0', '1.1.0', '1.1.0-rc1', '1.1-slim', '2.0.0', 'latest'];
const WITH = (mappings: string, more = '') => `relay: skopeo
tasks:
  - name: one
    interval: 60
    verbose: true
    source: { registry: quay.io, auth: aHVudGVyMg== }
    target: { registry: m.io, auth: none, skip-tls-verify: true }
    mappings:
${mappings}${more}`;
const mapping = (rest: string) => WITH(`      - { from: a/b, to: x/b, platform: all${rest} }\n`);
const tagsOf = (rest: string) =>
  pairsOf(imported(mapping(rest)).text, { 'quay.io/a/b': TAGS }).map((pair) =>
    pair.split(' ->')[0]?.slice('quay.io/a/b:'.length),
  );

describe('a mapping', () => {
  it.each<readonly [string, readonly string[]]>([
    ['', TAGS],
    [', tags: [latest, 1.0.0]', ['1.0.0', 'latest']],
    [", tags: ['regex: 1\\..*']", ['1.0.0', '1.1.0', '1.1.0-rc1', '1.1-slim']],
    [", tags: ['regex: .*-slim', latest]", ['1.1-slim', 'latest']],
    [", tags: ['regex: !.*-.*']", ['1.0.0', '1.1.0', '2.0.0', 'latest']],
    [", tags: ['regex: 1.*', 'keep: !.*-.*']", ['1.0.0', '1.1.0']],
    [", tags: ['keep: !.*-.*']", ['1.0.0', '1.1.0', '2.0.0', 'latest']],
    [", tags: ['regex: 1.*', '1.1-slim', 'keep: !.*-.*']", ['1.0.0', '1.1-slim', '1.1.0']],
    [`, tags: ['1.0.0@${SHA}']`, ['1.0.0@sha256:dd']],
  ])('%j selects the same', (rest, tags) => {
    expect(tagsOf(rest)).toEqual(tags.toSorted());
  });

  it.each<readonly [string, string]>([
    [", tags: ['semver: >=1.0.0', latest]", 'also selects tags of three numbers with a suffix'],
    [", tags: ['regex: 1.*', 'keep: latest 3']", 'write follow: [{ tags: N.N.N, max: 3 }]'],
    [", tags: ['regex: 1.*', 'keep: .*-slim']", 'keep beside other tags cannot be said here'],
    [", tags: ['regex: !1.*', 'regex: 2.*']", 'a regular expression that is turned round (!) cannot be said'],
    [`, tags: ['${SHA}', latest]`, 'a digest needs a tag on the mirror'],
    [", tags: ['1.0@sha256:00', latest]", 'the digest "sha256:00" has 2 digits'],
    [', typo: 1', 'the key "typo" is not imported'],
  ])('%j: %s', (rest, words) => {
    const lines = warningsOf(mapping(rest));
    expect(lines.filter((line) => line.includes(words))).toEqual([
      expect.stringMatching(/^old\.yml:9:\d+: /),
    ]);
  });

  it('what is in doubt is a comment', () => {
    const { text, comments } = imported(mapping(", tags: ['semver: >=1.0.0', latest]"));
    expect(comments).toBe(1);
    expect(pairsOf(text, { 'quay.io/a/b': TAGS })).toEqual(['quay.io/a/b:latest -> m.io/x/b:latest']);
  });

  it.each<readonly [string, readonly string[]]>([
    [`[latest, "1.1.0@${SHA}", 'regex: 2.*', 'keep: .*-slim']`, ['1.1.0@sha256:dd', 'latest']],
    ["[latest, 'regex: 1.*', 'keep: latest 3']", ['latest']],
    ["['1.0.0', latest, 'keep: latest 3']", ['latest']],
  ])('keep takes nothing away that is written out, and versions by their number alone: %s', (tags, kept) => {
    expect(tagsOf(`, tags: ${tags}`)).toEqual(kept);
    expect(imported(mapping(`, tags: ${tags}`)).comments).toBe(1);
  });

  it('platforms: one is an index with one image, none is told', () => {
    const platform = WITH('      - { from: a/b, platform: linux/arm64, tags: [x] }\n');
    expect(imported(platform).text).toContain('platforms: ["linux/arm64"]');
    expect(warningsOf(platform).join('\n')).toContain('dregsy makes a plain manifest of it');
    const none = WITH('      - { from: a/b, tags: [x] }\n');
    expect(imported(none).text).not.toContain('platforms');
    expect(warningsOf(none).join('\n')).toContain(
      'dregsy without platform: all copies that of its own machine',
    );
  });

  it('without to the path stays, with regex: it is not imported', () => {
    const both = WITH(
      "      - { from: a/b, platform: all, tags: [x] }\n      - { from: 'regex:a/.*', to: c, platform: all }\n",
    );
    expect(pairsOf(imported(both).text, {})).toEqual(['quay.io/a/b:x -> m.io/a/b:x']);
    expect(warningsOf(both)).toContainEqual(
      expect.stringMatching(/^old\.yml:10:9: warning: a mapping with regex: in from or to is not imported/),
    );
  });
});

it('tells of logins, certificates and the interval', () => {
  expect(warningsOf(mapping(', tags: [x]')).map((line) => line.slice(0, 50))).toEqual([
    'old.yml:4:5: warning: the workflow decides when a ',
    'old.yml:6:34: warning: the login for quay.io is no',
    'old.yml:7:43: warning: certificates of m.io are ch',
  ]);
});
