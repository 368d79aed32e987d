// A wrong first hour: what newcomers write, through the bundle, and the exact words that they read. The words stand in
// __tests__/data/first-hour.json, to be read aloud; FIRST_HOUR=write writes them anew.

import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type ActionOptions, runAction } from '../fakes/runner/bundle.ts';

const DATA = new URL('../data/first-hour.json', import.meta.url);
const EXPECTED: Readonly<Record<string, readonly string[]>> = JSON.parse(readFileSync(DATA, 'utf8'));
const isWriting = process.env.FIRST_HOUR === 'write';

// No registry of these names exists, so a request would show as another error.
const MIRROR = 'mirror: mirror.invalid/m\n';
const images = (text: string): ActionOptions => ({ config: `${MIRROR}images:\n${text}\n` });
const top = (text: string): ActionOptions => ({ config: `${MIRROR}${text}\nimages: [up.invalid/app:1]\n` });
const inputs = (given: Record<string, string>): ActionOptions => ({
  config: `${MIRROR}images: [up.invalid/app:1]\n`,
  inputs: given,
});

const CASES: Readonly<Record<string, ActionOptions>> = {
  'no checkout before the step': {},
  'the config has another name': { files: { 'mirror.yaml': `${MIRROR}images: [up.invalid/app:1]\n` } },
  'the config is outside of the workspace': inputs({ config: '../images.yaml' }),
  'the config is a folder': { files: { 'deploy/x.txt': '' }, inputs: { config: 'deploy' } },
  'the file is empty': { config: '' },
  'a tab': images('\t- ruby:3.4'),
  'an entry that is indented too far': images('- source: ruby\n   tags: ["3.4"]'),
  'an entry that is not indented': images('source: ruby\ntags: ["3.4"]'),
  'a list that is not indented like the rest': images('  - ruby:3.4\n- perl:5'),
  'no space after the hyphen': images('-ruby:3.4\n-perl:5'),
  'no space after the colon': images('- source: ruby\n  tags:["3.4"]'),
  'one hyphen too many': images('- source: ruby\n- tags: ["3.4"]'),
  'a bracket that is not closed': images('- source: ruby\n  tags: ["3.3", "3.4"\n- perl:5'),
  'a key twice': images('- { source: ruby, tags: ["3.3"], tags: ["3.4"] }'),
  'a merge key': images('- &base { source: ruby, tags: ["3.4"] }\n- <<: *base\n  source: perl'),
  'an item with nothing in it': images('- source: ruby\n  tags:\n    - "3.4"\n    -'),
  'a star without quotes': images('- source: ruby\n  tags: [*-slim]'),
  'tags that YAML reads as numbers': images('- source: ruby\n  tags: [3.10, 12]'),
  'a source without a tag': images('- ruby'),
  'a space in a reference': images('- ruby: 3.4'),
  'a misspelt key': images('- source: ruby\n  tag: ["3.4"]'),
  'a key of another tool': images('- image: ruby\n  tags: ["3.4"]'),
  'images is misspelt': { config: `${MIRROR}image:\n- ruby:3.4\n` },
  'no mirror': { config: 'images: [ruby:3.4]\n' },
  'a mirror without its registry': { config: 'mirror: acme/mirror\nimages: [ruby:3.4]\n' },
  'a mirror as a link': { config: 'mirror: https://ghcr.io/acme\nimages: [ruby:3.4]\n' },
  'a mirror with a slash at its end': { config: 'mirror: ghcr.io/acme/\nimages: [ruby:3.4]\n' },
  'a mirror in capitals': { config: 'mirror: ghcr.io/Acme\nimages: [ruby:3.4]\n' },
  'an expression of GitHub': { config: `mirror: \${{ vars.MIRROR }}\nimages: [ruby:3.4]\n` },
  'a template without quotes': top('mirror-path: {registry}/{repository}'),
  'a template of one word without quotes': top('mirror-path: {repository}'),
  'a regular expression': images('- source: ruby\n  tags: ["^3\\\\.[0-9]+$"]'),
  'a version range': images('- source: ruby\n  tags: [">=3.3"]'),
  'a form among the tags': images('- source: ruby\n  tags: [N.N-slim]'),
  'a whole reference among the tags': images('- source: ruby\n  tags: ["ruby:3.4"]'),
  'a source as a link': images('- docker://ruby:3.4'),
  'new-tags that is not one': images('- source: ruby\n  tags: ["3.4"]\n  new-tags: pr'),
  'a platform that nobody knows': images('- source: ruby\n  tags: ["3.4"]\n  platforms: [x64]'),
  'a policy at the top': top('on-failure: rollback'),
  'a tag with two policies': images(
    '- { source: ruby, tags: ["3.4"], expected-platforms: [amd64] }\n- ruby:3.4',
  ),
  'two sources for one repository': images('- prometheus/prometheus:v3\n- quay.io/prometheus/prometheus:v3'),
  'the mirror as a source': images('- mirror.invalid/m/library/ruby:3.4'),
  'Docker Hub read from the mirror itself': {
    config: `${MIRROR}read-from: { docker.io: mirror.invalid/m }\nimages: [ruby:3.4, perl:5]\n`,
  },
  'a file for regsync': {
    config: 'version: 1\nsync:\n  - source: ruby\n    target: ghcr.io/acme/ruby\n    type: repository\n',
  },
  'a file for skopeo sync': { config: 'docker.io:\n  images:\n    ruby: ["3.4"]\n' },
  'a file for image-syncer': { config: 'quay.io/coreos/etcd: ghcr.io/acme/etcd\n' },
  'a file for dregsy': {
    config:
      'relay: skopeo\ntasks:\n  - name: ruby\n    source: { registry: docker.io }\n    target: { registry: ghcr.io }\n    mappings: [{ from: library/ruby }]\n',
  },
  'a mode that does not exist': inputs({ mode: 'dry-run' }),
  'a duration without a unit': inputs({ 'time-budget': '50' }),
  'no limit': inputs({ 'time-budget': '999h' }),
  'read-from without a sign': inputs({ 'read-from': 'registry.internal:5000/hub' }),
  'read-from twice': inputs({ 'read-from': 'docker.io=a.invalid\nindex.docker.io=b.invalid' }),
  'hosts with a path': inputs({ hosts: 'ghcr.io/acme' }),
  'a branch as a ref': inputs({ branch: 'refs/heads/mirror' }),
  'a policy with a wrong value': inputs({ 'on-failure': 'continue' }),
  'sync in a pull request': { ...inputs({}), event: 'pull_request' },
  'certificates that are not there': top('registries: { mirror.invalid: { ca: certs/ca.pem } }'),
};

const written: Record<string, readonly string[]> = {};

describe('a wrong first hour', () => {
  it.each(Object.entries(CASES))('%s', async (name, options) => {
    const result = await runAction(options);
    expect([result.code, result.outputs.status]).toEqual([1, 'failed']);
    const words = result.annotations.map(({ name: kind, properties, data }) => {
      const { file = '', line = '', col = '' } = properties;
      return `${kind}${file === '' ? '' : ` ${file}:${line}:${col}`}: ${data}`;
    });
    written[name] = words;
    if (!isWriting) expect(words).toEqual(EXPECTED[name]);
  });

  it('has no words for a case that is gone', () => {
    if (!isWriting) expect(Object.keys(EXPECTED)).toEqual(Object.keys(CASES));
  });
});

afterAll(() => {
  if (isWriting) writeFileSync(DATA, `${JSON.stringify(written, null, 2)}\n`);
});
