// The files of image-syncer as an images config: every form of a source, YAML and JSON.

import { describe, expect, it } from '@jest/globals';
import { imported, pairsOf, refusalOf, warningsOf } from './imported.ts';

const SHA = `sha256:${'c'.repeat(64)}`;
const TAGS = ['v1', 'v2', 'v10', 'latest'];
const pairs = (text: string, mirror?: string) => {
  const options = { from: 'image-syncer', ...(mirror === undefined ? {} : { mirror }) };
  return pairsOf(imported(text, options).text, { 'quay.io/a/b': TAGS, 'docker.io/library/nginx': TAGS });
};

describe('a source and its destination', () => {
  it.each<readonly [string, readonly string[]]>([
    ['quay.io/a/b', TAGS.map((tag) => `quay.io/a/b:${tag} -> m.io/x/b:${tag}`)],
    ['quay.io/a/b:v1', ['quay.io/a/b:v1 -> m.io/x/b:v1']],
    ['quay.io/a/b:v1,v2', ['quay.io/a/b:v1 -> m.io/x/b:v1', 'quay.io/a/b:v2 -> m.io/x/b:v2']],
    ['quay.io/a/b:/^v\\d$/', ['quay.io/a/b:v1 -> m.io/x/b:v1', 'quay.io/a/b:v2 -> m.io/x/b:v2']],
    ['quay.io/a/b:/0/', ['quay.io/a/b:v10 -> m.io/x/b:v10']],
    ['nginx:v1', ['docker.io/library/nginx:v1 -> m.io/x/b:v1']],
    ['localhost:5000/a:v1', ['localhost:5000/a:v1 -> m.io/x/b:v1']],
  ])('%s brings its tags', (source, expected) => {
    expect(pairs(`${JSON.stringify(source)}: m.io/x/b\n`)).toEqual(expected.toSorted());
  });

  it('a digest is pinned to the tag of the destination', () => {
    expect(pairs(`quay.io/a/b@${SHA}: m.io/x/b:v9\n`)).toEqual(['quay.io/a/b:v9@sha256:cc -> m.io/x/b:v9']);
  });

  it('equal tags on both sides are kept, other ones are told', () => {
    const text = 'quay.io/a/b:v1,v2: m.io/x/b:v1,v3\n';
    expect(pairs(text)).toEqual(['quay.io/a/b:v1 -> m.io/x/b:v1']);
    expect(warningsOf(text, { from: 'image-syncer' })).toEqual([
      expect.stringMatching(
        /^old\.yml:1:1: warning: a tag keeps its name on the mirror: v2 does not become v3/,
      ),
    ]);
  });
});

describe('several destinations', () => {
  const text = 'quay.io/a/b:v1:\n  - m.io/x/b\n  - n.io/y/b\n  - m.io/z/b\n';

  it('the first registry is taken, the others are told with the command for them', () => {
    expect(pairs(text)).toEqual(['quay.io/a/b:v1 -> m.io/x/b:v1']);
    const lines = warningsOf(text);
    expect(lines).toContainEqual(expect.stringContaining('a config has one mirror: one destination on n.io'));
    expect(lines.join('\n')).toContain('import once more with --mirror n.io');
    expect(lines.join('\n')).toContain(
      'a source has one repository on a mirror: one destination on m.io is not in this config, m.io/z/b (import once more with --destination 2, into another file)',
    );
  });

  it('--destination takes the second of each, and names the way back', () => {
    const { text: config, warnings } = imported(text, { mirror: 'm.io', destination: 2 });
    expect(pairsOf(config, {})).toEqual(['quay.io/a/b:v1 -> m.io/z/b:v1']);
    expect(warnings.map(({ hint }) => hint)).toContain(
      'import once more with --destination 1, into another file',
    );
    expect(refusalOf(text, { mirror: 'm.io', destination: 3 }).message).toBe(
      'old.yml has nothing that can be imported',
    );
  });

  it('--mirror takes another one', () => {
    expect(pairs(text, 'n.io')).toEqual(['quay.io/a/b:v1 -> n.io/y/b:v1']);
    expect(pairs(text, 'm.io/z')).toEqual(['quay.io/a/b:v1 -> m.io/z/b:v1']);
  });
});

describe('a source without a destination', () => {
  const text = 'quay.io/a/b:v1:\nquay.io/a/c:v2: ""\nquay.io/a/d:v3: [m.io/y/d, ""]\n';

  it('is told, and how it is imported', () => {
    expect(pairs(text)).toEqual(['quay.io/a/d:v3 -> m.io/y/d:v3']);
    expect(warningsOf(text)).toEqual([
      'old.yml:1:1: warning: a source without a destination is not imported (and 2 more like this) (add --mirror with registry and prefix, as in ghcr.io/acme/mirror: what stood on the command line)',
    ]);
  });

  it('goes to the mirror of the command line, under the last part of its name', () => {
    expect(pairs(text, 'm.io/x')).toEqual([
      'quay.io/a/b:v1 -> m.io/x/b:v1',
      'quay.io/a/c:v2 -> m.io/x/c:v2',
      'quay.io/a/d:v3 -> m.io/x/d:v3',
    ]);
  });

  it('is known as a file of image-syncer', () => {
    expect(imported('quay.io/a/b:v1:\nnginx:1.27:\n', { mirror: 'm.io/x' }).format).toBe('image-syncer');
  });
});

describe('a whole file', () => {
  const auth = { 'quay.io': { username: 'u', password: 'hunter2', insecure: true } };
  const images = { 'quay.io/a/b:v1': 'm.io/x/b', 'nginx:v2': ['m.io/x/nginx'] };
  const wanted = ['docker.io/library/nginx:v2 -> m.io/x/nginx:v2', 'quay.io/a/b:v1 -> m.io/x/b:v1'];

  it.each([
    ['JSON', JSON.stringify({ auth, images })],
    ['JSON with spaces', JSON.stringify({ auth, images }, null, 2)],
    ['JSON with tabs', JSON.stringify({ auth, images }, null, '\t')],
    ['a list of its own', JSON.stringify({ ...images, 'quay.io/a/b:v1': 'm.io/x/b' })],
  ])('%s', (_name, text) => {
    const { format, text: config } = imported(text);
    expect(format).toBe('image-syncer');
    expect(pairsOf(config, {})).toEqual(wanted);
  });

  it('tells of logins and of certificates', () => {
    expect(warningsOf(JSON.stringify({ auth, images }))).toEqual([
      expect.stringContaining('the login for quay.io is not imported'),
      expect.stringContaining('certificates of quay.io are checked here'),
    ]);
  });

  it('a destination with a variable is told, and filled in where its value is given', () => {
    const text = `${'quay.io/a/b:v1: m.io/x/b\n'}quay.io/a/c:v1: \${HOST}/x/c\nquay.io/a/d:$TAG: $HOST/x/d\n`;
    expect(warningsOf(text, { from: 'image-syncer' })).toEqual([
      'old.yml:2:1: warning: this image is not imported: the value of the variable HOST is not known (add --env HOST=VALUE)',
      'old.yml:3:1: warning: this image is not imported: the value of the variable TAG is not known (add --env TAG=VALUE)',
    ]);
    const variables = { HOST: 'm.io', TAG: 'v7' };
    expect(pairsOf(imported(text, { from: 'image-syncer', variables }).text, {})).toEqual([
      'quay.io/a/b:v1 -> m.io/x/b:v1',
      'quay.io/a/c:v1 -> m.io/x/c:v1',
      'quay.io/a/d:v7 -> m.io/x/d:v7',
    ]);
  });
});
