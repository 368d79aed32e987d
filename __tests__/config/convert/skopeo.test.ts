// The YAML of skopeo sync as an images config.

import { describe, expect, it } from '@jest/globals';
import { imported, pairsOf, refusalOf, warningsOf } from './imported.ts';

const SHA = `sha256:${'b'.repeat(64)}`;
const WHOLE = `registry.test:5000:
  images:
    team/busybox: []
    team/redis: ["1.0", 2.0, ${SHA}]
  images-by-tag-regex:
    team/redis: ^3\\.[12]$
    team/nginx: -alpine$
  images-by-semver:
    team/tool: ">= 1.2, < 3"
  credentials: { username: john, password: this is a secret }
  tls-verify: false
  cert-dir: /etc/certs
quay.io/org:
  images: { etcd: [latest] }
`;
const UPSTREAM = {
  'registry.test:5000/team/busybox': ['1', '2-x', 'sha256-aaaaaaaa.sig'],
  'registry.test:5000/team/redis': ['1.0', '2.0', '3.1', '3.2', '3.3', '3.1-x'],
  'registry.test:5000/team/nginx': ['1-alpine', '1-alpine3', '2'],
  'registry.test:5000/team/tool': ['1.1', '1.2', 'v1.9.3', '2', '2.5.1', '2.5.1-rc1', '3.0', '20240101', 'x'],
};
const MIRROR = { mirror: 'm.io/acme' };

describe('a file of skopeo sync', () => {
  it('brings the same tags to the last part of each name', () => {
    const { text, entries, comments, format } = imported(WHOLE, MIRROR);
    expect([format, entries, comments]).toEqual(['skopeo', 5, 1]);
    const to = (name: string, ...tags: readonly string[]) => {
      const last = name.split('/').at(-1);
      return tags.map((tag) => `${name}:${tag} -> m.io/acme/${last}:${tag}`);
    };
    expect(pairsOf(text, UPSTREAM)).toEqual(
      [
        ...to('quay.io/org/etcd', 'latest'),
        ...to('registry.test:5000/team/busybox', '1', '2-x'),
        ...to('registry.test:5000/team/nginx', '1-alpine'),
        ...to('registry.test:5000/team/redis', '1.0', '2.0', '3.1', '3.2'),
        ...to('registry.test:5000/team/tool', '1.2', '2', '2.5.1', 'v1.9.3'),
      ].toSorted(),
    );
  });

  it('--scoped brings them below registry and repository', () => {
    const { text } = imported(WHOLE, { ...MIRROR, isScoped: true });
    expect(text).toContain('mirror: m.io/acme\nmirror-path: "{registry}/{repository}"\n');
    expect(pairsOf(text, {})).toContain('quay.io/org/etcd:latest -> m.io/acme/quay.io/org/etcd:latest');
  });

  it('says at each place what means something else here', () => {
    expect(warningsOf(WHOLE, MIRROR).map((line) => line.slice('old.yml:'.length, 60))).toEqual([
      '1:1: warning: all platforms of an image are mirrored',
      '3:5: warning: all tags but those that are named for ',
      '4:30: warning: a digest needs a tag on the mirror (w',
      '9:16: warning: a version range is written as follow:',
      '10:3: warning: the login for registry.test:5000 is n',
      '11:3: warning: certificates of registry.test:5000 ar',
      '12:3: warning: certificates are read from one file (',
    ]);
  });

  it('needs its destination, which stands on the command line', () => {
    const { code, message, hint } = refusalOf(WHOLE);
    expect([code, message]).toEqual(['input', expect.stringContaining('does not say where copies go')]);
    expect(hint).toContain('--mirror');
  });

  it('two names with one last part are told, the second is a comment', () => {
    const text = 'docker.io:\n  images: { a/redis: ["1"], b/redis: ["2"] }\n';
    const { text: config, warnings } = imported(text, MIRROR);
    expect(pairsOf(config, {})).toEqual(['docker.io/a/redis:1 -> m.io/acme/redis:1']);
    expect(warnings.map(({ message, place }) => [place.line, message])).toContainEqual([
      2,
      expect.stringContaining('b/redis and a/redis (old.yml:2:13) both go to m.io/acme/redis'),
    ]);
  });

  it('what is not a name is told and left out', () => {
    const lines = warningsOf('quay.io:\n  images: { "A B": [x], ok: [y] }\n', MIRROR);
    expect(lines).toContainEqual(
      expect.stringMatching(/^old\.yml:2:13: warning: this repository is not imported/),
    );
  });

  it('ranges and expressions may be lists, and a range may have a hyphen', () => {
    const text = `quay.io:
  images-by-semver: { a/b: ["1.1 - 1.2", ">= 3"], a/c: v2.0.1 - v2.1.0 }
  images-by-tag-regex: { a/d: ["^1$", "^2$"] }
`;
    const tags = [
      '1.0',
      '1.1',
      '1.2.9',
      '1.3',
      '2.1',
      '3.0',
      'v2.0.0',
      'v2.0.1',
      'v2.1.0',
      'v2.1.1',
      '1',
      '2',
    ];
    const upstream = { 'quay.io/a/b': tags, 'quay.io/a/c': tags.slice(4, 10), 'quay.io/a/d': tags };
    const { text: config, comments } = imported(text, MIRROR);
    expect(comments).toBe(0);
    expect(pairsOf(config, upstream).map((pair) => pair.slice('quay.io/a/'.length).split(' ')[0])).toEqual([
      'b:1.1',
      'b:1.2.9',
      'b:3.0',
      'c:2.1',
      'c:v2.0.1',
      'c:v2.1.0',
      'd:1',
      'd:2',
    ]);
  });
});
