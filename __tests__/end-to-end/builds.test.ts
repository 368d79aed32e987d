// The bundle judges builds before real registries: what it asks, and what it says.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type RunningProxy, startProxy } from '../fakes/faults/proxy.ts';
import { type Blackhole, startBlackhole } from '../fakes/network/blackhole.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { runAction } from '../fakes/runner/bundle.ts';

const OLD = image('OLD').index.digest;
const NEW = image('NEW').index.digest;

let registry: RunningRegistry;
let mirror: RunningProxy;
let blackhole: Blackhole;

beforeAll(async () => {
  registry = await startRegistry();
  mirror = await startProxy(registry.host);
  blackhole = await startBlackhole();
  const tags = Array.from({ length: 300 }, (_, at) => `b${at}`);
  await push(registry.url, 'hub/library/base', image('NEW'), tags);
});
afterAll(async () => {
  await Promise.all([mirror.stop(), blackhole.stop()]);
  await registry.stop();
});

const check = (files: Readonly<Record<string, string>>, config = 'builds: [{ image-info: info.json }]\n') => {
  mirror.reset();
  return runAction({
    config,
    files,
    env: blackhole.env,
    inputs: { mode: 'check', 'read-from': `docker.io=${mirror.host}/hub` },
  });
};

type Platform = { readonly dockerfile: string; readonly baseImageDigest?: string };

function infoOf(platforms: readonly Platform[], repo = 'app/web'): string {
  return JSON.stringify({ repos: [{ repo, images: [{ platforms }] }] });
}

it('5,000 builds on 300 bases: 300 manifest requests, whatever the spellings, and never Docker Hub', async () => {
  const spell = (tag: string, at: number) =>
    [`base:${tag}`, `library/base:${tag}`, `docker.io/base:${tag}`, `index.docker.io/library/base:${tag}`][
      at % 4
    ];
  const builds = Array.from({ length: 5_000 }, (_, at) => ({
    dockerfile: `src/${at}/Dockerfile`,
    baseImageDigest: `${['base', 'library/base', 'docker.io/library/base'][at % 3]}@${at < 1_000 ? OLD : NEW}`,
    text: `FROM ${spell(`b${at % 300}`, Math.floor(at / 300))}\n`,
  }));
  const dockerfiles = builds.map(({ dockerfile, text }) => [dockerfile, text] as const);
  const platforms = builds.map(({ text: _text, ...platform }) => platform);
  const { outputs, report, code, annotations } = await check({
    'info.json': infoOf(platforms),
    ...Object.fromEntries(dockerfiles),
  });
  const { counts } = mirror.traffic();
  expect([counts.manifestHead, counts.manifestGet]).toEqual([300, 0]);
  expect(blackhole.called()).toEqual([]);
  expect(code).toBe(0);
  expect(outputs.status).toBe('stale');
  expect(outputs['stale-builds-count']).toBe('1000');
  expect(outputs['build-waves-count']).toBe('4');
  const waves = JSON.parse(outputs['build-waves'] ?? '') as { include: { dockerfile: string }[] }[];
  expect(waves.map(({ include }) => include.length)).toEqual([256, 256, 256, 232]);
  expect(new Set(waves.flatMap(({ include }) => include.map(({ dockerfile }) => dockerfile))).size).toBe(
    1_000,
  );
  expect((report as { staleBuilds: object[] }).staleBuilds).toHaveLength(1_000);
  expect(JSON.parse(outputs.truncated ?? '')).toContain('stale-builds');
  expect(annotations.filter(({ name }) => name === 'warning')).toHaveLength(1);
});

it('an isolated check with read-from to the mirror passes its own entry over, and judges builds there', async () => {
  const platform = { dockerfile: 'web/Dockerfile', baseImageDigest: `library/base@${OLD}` };
  const files = { 'info.json': infoOf([platform]), 'web/Dockerfile': 'FROM base:b0\n' };
  const config = `mirror: ${mirror.host}/hub\nimages: [base:b0]\nbuilds: [{ image-info: info.json }]\n`;
  const { outputs, summary } = await check(files, config);
  expect(outputs.status).toBe('stale');
  expect(JSON.parse(outputs['stale-builds'] ?? '')).toEqual([
    {
      dockerfile: 'web/Dockerfile',
      base: 'docker.io/library/base:b0',
      recorded: OLD,
      current: NEW,
      since: null,
      reason: 'moved',
      depth: 1,
    },
  ]);
  expect(summary).toContain('## 🟡 1 of 1 build is stale');
  expect(summary).toContain('`docker.io/library/base:b0` moved from');
  const { counts } = mirror.traffic();
  expect(counts.manifestHead + counts.manifestGet).toBe(1);
});

it('what the mirror lacks is failed, with the reference that was asked; fresh builds make it partial', async () => {
  const builds = [
    { dockerfile: 'a/Dockerfile', baseImageDigest: `base@${NEW}` },
    { dockerfile: 'b/Dockerfile', baseImageDigest: `base@${NEW}` },
  ];
  const files = {
    'info.json': infoOf(builds),
    'a/Dockerfile': 'FROM base:b1\n',
    'b/Dockerfile': 'FROM base:none\n',
  };
  const { outputs, code, summary } = await check(files);
  expect([outputs.status, code]).toEqual(['partial', 1]);
  expect(outputs['stale-builds']).toBe('[]');
  expect(JSON.parse(outputs.failed ?? '')).toMatchObject([
    { source: 'docker.io/library/base', tag: 'none', reason: 'not-in-mirror' },
  ]);
  expect(outputs.failed).toContain(`${mirror.host}/hub/library/base:none is not there`);
  expect(summary).toContain(`${mirror.host}/hub/library/base:none`);
});

it('a registry that answers nothing makes builds failed, never fresh', async () => {
  const files = {
    'info.json': infoOf([{ dockerfile: 'a/Dockerfile', baseImageDigest: `base@${NEW}` }]),
    'a/Dockerfile': 'FROM base:b1\n',
  };
  mirror.setFaults([
    {
      methods: 'any',
      place: 'manifest',
      times: 'always',
      effect: { kind: 'status', status: 403, error: { code: 'DENIED', message: 'no' } },
    },
  ]);
  const { outputs, code } = await check(files);
  mirror.setFaults([]);
  expect([outputs.status, code, outputs['stale-builds']]).toEqual(['failed', 1, '[]']);
  expect(JSON.parse(outputs.failed ?? '')).toMatchObject([{ reason: 'denied' }]);
});

const bad: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
  [
    'a circle',
    {
      'info.json': JSON.stringify({
        repos: ['a', 'b', 'c'].map((name) => ({
          repo: `app/${name}`,
          images: [{ platforms: [{ dockerfile: `${name}/Dockerfile`, simpleTags: ['1'] }] }],
        })),
      }),
      'a/Dockerfile': 'FROM app/c:1\n',
      'b/Dockerfile': 'FROM app/a:1\n',
      'c/Dockerfile': 'FROM app/b:1\n',
    },
    ['builds are based on each other in a circle: a/Dockerfile → c/Dockerfile → b/Dockerfile → a/Dockerfile'],
  ],
  ['no file', {}, ['there is no file info.json in the workspace']],
  [
    'two mistakes at once',
    {
      'info.json': infoOf([
        { dockerfile: 'gone/Dockerfile' },
        { dockerfile: 'a/Dockerfile', baseImageDigest: 'x' },
      ]),
      'a/Dockerfile': 'FROM base:b1\n',
    },
    ['there is no file gone/Dockerfile in the workspace', '"x" does not say repository and digest'],
  ],
  [
    'a Dockerfile outside',
    { 'info.json': infoOf([{ dockerfile: '../../etc/passwd' }]) },
    ['../../etc/passwd is outside the workspace'],
  ],
];

it.each(bad)('%s is told at its place before anything is asked', async (_what, files, words) => {
  const { outputs, code, annotations } = await check(files);
  expect([outputs.status, code, outputs['stale-builds'], outputs['build-waves']]).toEqual([
    'failed',
    1,
    '[]',
    '[]',
  ]);
  const placed = annotations.filter(({ properties }) => properties.file !== undefined);
  expect(placed).toHaveLength(words.length);
  for (const word of words) expect(placed.some((one) => one.data.includes(word))).toBe(true);
  expect(mirror.traffic().requests).toEqual([]);
});

it('sync judges builds by what it has just copied, and stale builds are not its failure', async () => {
  const upstream = await startRegistry();
  try {
    await push(upstream.url, 'library/moving', image('NEW'), ['1']);
    await push(registry.url, 'copies/library/moving', image('OLD'), ['1']);
    const source = `${upstream.host}/library/moving`;
    const files = {
      'info.json': infoOf([{ dockerfile: 'a/Dockerfile', baseImageDigest: `${source}@${OLD}` }]),
      'a/Dockerfile': `FROM ${source}:1\n`,
    };
    const config = `mirror: ${mirror.host}/copies\nimages: [{ source: "${source}", tags: "1" }]\nbuilds: [{ image-info: info.json }]\n`;
    const { outputs, code } = await runAction({ config, files });
    expect([outputs.status, code, outputs['copied-count'], outputs['stale-builds-count']]).toEqual([
      'synced',
      0,
      '1',
      '1',
    ]);
  } finally {
    await upstream.stop();
  }
});
