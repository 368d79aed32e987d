import { describe, expect, it } from '@jest/globals';
import { image } from '../../../demo/images.mjs';
import { noCounts } from '../faults/requests.ts';
import { parseDefaults } from '../runner/action-inputs.ts';
import { type Picture, type Played, paint } from './scenario.ts';
import { compare } from './scenario-compare.ts';

const [old, fresh] = [image('OLD').index.digest, image('NEW').index.digest];
const split = { platforms: { 'linux/amd64': 'X2', 'linux/arm64': 'A1' } };
const children = Object.fromEntries(paint(split).manifests.map((one) => [one.platform, one.digest]));
const rows = [
  { source: 'host:1/lib/app', tag: '1', to: 'm/lib/app:1', reason: 'moved' },
  { source: 'host:1/lib/app', tag: '2', to: 'm/lib/app:2', reason: 'missing' },
];

function traffic(counts: object = {}, writes = 0): Played['mirror'] {
  const none = { methods: {}, requests: [], connections: 0, bytesIn: 0, bytesOut: 0, struck: [] };
  return { ...none, counts: { ...noCounts(), ...counts }, writes };
}

/** A run that changed tag 1 from OLD to NEW, left 2 alone, and said so. */
function played(expected: Played['expect']): Played {
  const outputs = { status: 'synced', copied: JSON.stringify(rows), failed: '[]' };
  const texts = { stdout: '', stderr: '', summary: '', report: null };
  const action = {
    ...texts,
    code: 0,
    signal: null,
    outputs,
    state: {},
    commands: [],
    annotations: [],
    seconds: 1,
  };
  return {
    inputs: {},
    expect: expected,
    action,
    before: { 'm/lib/app': { 1: old, 2: old } },
    after: { 'm/lib/app': { 1: fresh, 2: old } },
    upstream: traffic({ manifestGet: 3, manifestHead: 2 }),
    mirror: traffic({ manifestHead: 2 }, 5),
    called: ['registry-1.docker.io', 'example.com'],
    symbols: {
      index: (name) => image(name).index.digest,
      child: (name) => (name === 'X2' ? (children['linux/amd64'] ?? null) : null),
    },
    platforms: { 'm/lib/app:1': children },
  };
}

const app = (tags: Record<string, Picture>) => ({ mirror: { 'm/lib/app': tags } });

describe('compare', () => {
  it.each([
    [{ status: 'synced', failed: [], remark: 'for people' }],
    [{ copied: ['2', '1'] }],
    [{ copied: ['app:1', 'lib/app:2'] }],
    [{ copied: ['app:1 at NEW', '2'] }],
    [{ copied: [{ tag: '1', reason: 'moved' }, { tag: '2' }] }],
    [app({ 1: 'NEW' })],
    [app({ 1: 'NEW', 2: 'unchanged' })],
    [app({ 1: split })],
    [{ 'mirror-writes': 5, 'upstream-manifest-gets': 3, 'manifest-requests': 7 }],
    [{ 'requests-to-docker-hub': 1 }],
  ])('finds nothing to say about %j', (expected) => {
    expect(compare(played(expected))).toEqual([]);
  });

  it.each([
    [{ status: 'fresh' }, ['status: expected "fresh", found "synced"']],
    [{ copied: ['1'] }, [`copied: ${JSON.stringify(rows[1])} was not expected`]],
    [{ copied: ['1', '2', '3'] }, ['copied: "3" is missing']],
    [{ copied: ['app:1 at OTHER', '2'] }, [/"app:1 at OTHER" is missing/, /was not expected/]],
    [{ 'new-tags': [] }, ['new-tags: the output is not set']],
    [{ mirror: 'unchanged' }, [/^mirror m\/lib\/app:1: expected .* found /]],
    [app({ 2: 'NEW' }), [/app:1: /, /app:2 \(NEW\): /]],
    [app({ 1: 'NEW', 3: 'NEW' }), [/app:3 \(NEW\): .* found nothing/]],
    [
      app({ 1: { platforms: { 'linux/amd64': 'X1', 'linux/arm64': 'A1' } } }),
      [/app:1: expected {"linux\/amd64"/],
    ],
    [app({ 1: 'X2' }), [/app:1 \(X2\)/]],
    [{ 'mirror-writes': 0 }, ['mirror-writes: expected 0, found 5']],
    [{ 'stale-builds-base': 'x' }, ['stale-builds: x is not the base']],
    [{ unheard: 1 }, ['unheard: nobody knows how to compare this']],
  ])('says what is different from %j', (expected, sentences) => {
    const found = compare(played(expected));
    expect(found).toHaveLength(sentences.length);
    for (const [at, sentence] of sentences.entries()) expect(found[at]).toMatch(sentence);
  });

  it('passes over what it was told to ignore', () => {
    expect(compare(played({ status: 'fresh', 'new-tags': ['3'] }), ['new-tags', 'status'])).toEqual([]);
  });
});

describe('parseDefaults', () => {
  it('reads names and defaults, and stops where the inputs end', () => {
    const yaml = `name: x
inputs:
  config:
    description: a file
    default: images.yaml
  folded:
    description: >-
      text with default: inside

      and more
  summary:
    default: 'true'
    description: y
  token:
    default: \${{ github.token }}

outputs:
  status:
    description: z
`;
    expect(parseDefaults(yaml)).toEqual({
      config: 'images.yaml',
      folded: '',
      summary: 'true',
      token: expect.stringContaining('github.token'),
    });
  });
});
