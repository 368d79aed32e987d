// What only a few configs have, cut into parts: files with references, pins, builds, and a host that several jobs share.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { startProxy } from '../fakes/faults/proxy.ts';
import { type GitHubApi, startGitHubApi } from '../fakes/github/github-api.ts';
import { digestOf } from '../fakes/registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActionResult, runAction } from '../fakes/runner/bundle.ts';

const TAGS = ['1', '2', '3', '4', '5', '6', '7', '8'];
const digest = (name: string): string => image(name).index.digest;

let one: RunningRegistry;
let two: RunningRegistry;
let mirror: RunningRegistry;
let api: GitHubApi;

beforeAll(async () => {
  const started = await Promise.all([startRegistry(), startRegistry()]);
  // Parts go by the alphabet.
  [one, two] = started.toSorted((a, b) => (a.host < b.host ? -1 : 1)) as [RunningRegistry, RunningRegistry];
  await push(one.url, 'up/ruby', image('A'), ['3.3']);
  await push(one.url, 'up/ruby', image('B'), ['3.4']);
  await push(two.url, 'up/go', image('G'), ['1.25']);
  await push(two.url, 'up/node', image('N'), ['22']);
  for (const name of TAGS) await push(one.url, `many/r${name}`, image(name), TAGS);
});
beforeEach(async () => {
  mirror = await startRegistry();
  api = await startGitHubApi({ repository: 'acme/images', files: { 'images.yaml': 'x' } });
});
afterEach(async () => {
  await Promise.all([api.stop(), mirror.stop()]);
});
afterAll(async () => {
  await Promise.all([one, two].map((registry) => registry.stop()));
});

type Files = { readonly config: string; readonly files?: Readonly<Record<string, string>> };

function run({ config, files = {} }: Files, inputs: Record<string, string>): Promise<ActionResult> {
  const env = { GITHUB_API_URL: api.url, FRESH_MIRROR_PATIENCE: '0.05' };
  return runAction({ config, files, env, inputs: { token: 'a-token', 'fail-on': 'never', ...inputs } });
}

type Pin = { readonly file: string; readonly line: number; readonly state: string; readonly move?: unknown };
type Told = {
  readonly sources: readonly { readonly source: string }[];
  readonly stalePins: readonly Pin[];
  readonly failed: readonly { readonly reason: string }[];
  readonly builds?: { readonly total: number };
};
const told = ({ report }: ActionResult) => report as Told;
const copyOf = (registry: RunningRegistry, name: string): string =>
  `${mirror.host}/m/${registry.host.replace(':', '_')}/up/${name}`;

/** A config without images: its files pin what is mirrored, what is approved, and what leads nowhere. */
function pinned(): Files {
  return {
    config: `mirror: ${mirror.host}/m
mirror-path: "{registry}/{repository}"
approved: ["${two.host}/up/node"]
references: [{ file: vars.yml, key: IMAGES }]
`,
    files: {
      'vars.yml': `IMAGES:
  ruby: ${copyOf(one, 'ruby')}:3.4@${digest('A')}
  go: ${copyOf(two, 'go')}:1.25@${digest('G')}
  node: ${two.host}/up/node:22@${digest('G')}
  lost: ${mirror.host}/m/nowhere:1
`,
    },
  };
}

describe('files with references', () => {
  it('are cut with the entries: each repository, pin and stray belongs to one part, and together they are all', async () => {
    const files = pinned();
    const whole = told(await run(files, { mode: 'check' }));
    expect(whole.sources).toHaveLength(2);
    expect([whole.stalePins.length, whole.failed.length]).toEqual([2, 1]);
    for (const by of ['registry', 'shards']) {
      const cut = await run(files, { mode: 'matrix', 'matrix-by': by });
      const { include } = JSON.parse(cut.outputs.matrix ?? '') as { include: Record<string, string>[] };
      expect(include).toHaveLength(2);
      const parts = [];
      for (const { shard = '', 'only-registries': registries = '' } of include) {
        parts.push(told(await run(files, { mode: 'check', shard, 'only-registries': registries })));
      }
      expect(parts.map(({ sources }) => sources.length)).toEqual([1, 1]);
      // What is approved and what leads nowhere is looked after by the first part.
      expect(parts.map(({ failed, stalePins }) => [failed.length, stalePins.length])).toEqual([
        [1, 2],
        [0, 0],
      ]);
      expect(parts.flatMap(({ stalePins }) => stalePins)).toEqual(whole.stalePins);
      expect(parts.flatMap(({ sources }) => sources)).toEqual(whole.sources);
    }
  });

  it('that cannot be read stop the matrix, too', async () => {
    const { config } = pinned();
    const cut = await run({ config }, { mode: 'matrix' });
    expect([cut.code, cut.outputs.matrix]).toEqual([1, '{"include":[]}']);
    expect(cut.stdout).toContain('vars.yml');
  });

  it('a part mirrors what its pins move to, and says what a pull request needs to know', async () => {
    const ruby = await run(pinned(), { pins: 'pull-request', 'only-registries': one.host });
    expect(told(ruby).stalePins.filter(({ line }) => line === 2)).toMatchObject([
      { state: 'stale', move: { lost: [], gained: [] } },
    ]);
    expect(await digestOf(`${copyOf(one, 'ruby')}@${digest('B')}`)).toBe(digest('B'));
    expect(api.takeRequests()).toEqual([]);
    const go = await run(pinned(), { pins: 'pull-request', 'only-registries': two.host });
    expect(told(go).stalePins).toEqual([]);
    expect(api.takeRequests()).toEqual([]);
  });
});

it('builds are judged by the first part alone, by what the mirror serves, whichever part copies it there', async () => {
  await push(one.url, 'up/zulu', image('Z1'), ['1']);
  const base = `${one.host}/up/zulu`;
  const platforms = [
    { dockerfile: 'Dockerfile', baseImageDigest: `${base}@${digest('A')}`, simpleTags: ['1'] },
  ];
  const files = {
    config: `mirror: ${mirror.host}/m\nimages: ["${base}:1", "${two.host}/up/go:1.25"]\nbuilds: [{ image-info: info.json }]\n`,
    files: {
      'info.json': JSON.stringify({ repos: [{ repo: 'app', images: [{ platforms }] }] }),
      Dockerfile: `FROM ${base}:1\n`,
    },
  };
  await run(files, {});
  await push(one.url, 'up/zulu', image('Z2'), ['1']);
  const first = await run(files, { mode: 'check', shard: '1/2' });
  const second = await run(files, { mode: 'check', shard: '2/2' });
  expect(told(second).sources.map(({ source }) => source)).toEqual([base]);
  expect([first.outputs['stale-builds-count'], second.outputs['stale-builds-count']]).toEqual(['1', '0']);
  expect([told(first).builds?.total, told(second).builds]).toEqual([1, undefined]);
  expect(first.outputs['stale-builds']).toContain(digest('Z1'));
});

it('jobs share a host: each of eight keeps to an eighth of what the config allows', async () => {
  const proxy = await startProxy(one.host);
  try {
    const list = `[${TAGS.map((tag) => `"${tag}"`).join(', ')}]`;
    const entries = TAGS.map((name) => `  - { source: ${proxy.host}/many/r${name}, tags: ${list} }\n`);
    const config = `mirror: ${mirror.host}/m
registries: { "${proxy.host}": { concurrency: 8 } }
defaults: { new-tags: ignore }
images:
${entries.join('')}`;
    await run({ config }, { mode: 'check', shard: '3/8' });
    const alone = proxy.traffic();
    proxy.reset();
    await run({ config }, { mode: 'check' });
    const whole = proxy.traffic();
    expect([alone.counts.manifestHead, whole.counts.manifestHead]).toEqual([8, 64]);
    expect(alone.connections).toBe(1);
    expect(whole.connections).toBeGreaterThan(1);
  } finally {
    await proxy.stop();
  }
});
