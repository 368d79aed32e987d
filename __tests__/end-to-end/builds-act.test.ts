// The farm's two steps in a real workflow runner: a job with the internet copies base images, upstream moves one of them,
// and a job that reaches nothing but the mirror finds the stale builds, which examples/rebuild.yml builds again in waves.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type RunningProxy, startProxy } from '../fakes/faults/proxy.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActResult, makeRepository, runAct } from '../fakes/runner/act.ts';
import { ROOT } from '../fakes/runner/places.ts';

const COMPOSITE = (inputs: string) => ({
  'action.yml': `name: stand-in
description: does nothing
inputs: { ${inputs} }
runs: { using: composite, steps: [{ run: 'true', shell: bash }] }
`,
});

const folders: string[] = [];
const registries: RunningRegistry[] = [];
let upstream: RunningProxy;
let mirror: RunningProxy;

beforeAll(async () => {
  registries.push(await startRegistry(), await startRegistry());
  const [from, to] = registries;
  upstream = await startProxy(from?.host ?? '');
  mirror = await startProxy(to?.host ?? '');
});
afterAll(async () => {
  await Promise.all([upstream, mirror].map((one) => one.stop()));
  await Promise.all(registries.map((one) => one.stop()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = makeRepository(files);
  folders.push(folder);
  return folder;
}

const platform = (dockerfile: string, base: string, digest: string, tag: string) => ({
  dockerfile,
  baseImageDigest: `${base}@${digest}`,
  simpleTags: [tag],
});

function imageInfo(): string {
  const [alma, alpine] = [image('AL8a').index.digest, image('AP').index.digest];
  const repo = (name: string, one: object) => ({ repo: `farm/${name}`, images: [{ platforms: [one] }] });
  const own = `sha256:${'0'.repeat(64)}`;
  return JSON.stringify({
    repos: [
      repo('top', platform('top/Dockerfile', 'farm/mid', own, '1')),
      repo('mid', platform('mid/Dockerfile', 'farm/base', own, '1')),
      repo('base', platform('base/Dockerfile', 'library/almalinux', alma, '1')),
      repo('web', platform('web/Dockerfile', 'almalinux', alma, '1')),
      repo('cli', platform('cli/Dockerfile', 'alpine', alpine, '1')),
    ],
  });
}

const FILES = {
  'image-info.json': imageInfo(),
  'top/Dockerfile': 'FROM farm/mid:1\n',
  'mid/Dockerfile': 'FROM farm/base:1\n',
  'base/Dockerfile': 'ARG BASE=library/almalinux:8\nFROM $BASE\n',
  'web/Dockerfile': 'FROM almalinux:8 AS all\nFROM unused:1 AS test\nFROM all\n',
  'cli/Dockerfile': 'FROM alpine:3.20\n',
};

const SYNC = `on: workflow_dispatch
jobs:
  mirror:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - { id: mirror, uses: fresh-mirror/fresh-mirror@v1, with: { read-from: 'docker.io=UPSTREAM' } }
`;

async function runWorkflow(text: string, config: string): Promise<ActResult> {
  const here = text.replaceAll('UPSTREAM', upstream.host).replaceAll('ghcr.io', mirror.host);
  upstream.reset();
  mirror.reset();
  return runAct({
    repository: folderWith({
      ...FILES,
      'images.yaml': config,
      'build.sh': 'echo "built $1 on $BASE"\n',
      '.github/workflows/one.yml': here.replaceAll('./build.sh', 'sh build.sh'),
    }),
    event: 'workflow_dispatch',
    craneCached: true,
    secrets: { GITHUB_TOKEN: 'nobody-needs-this' },
    localRepositories: {
      'fresh-mirror/fresh-mirror@v1': folderWith({}),
      'docker/login-action@v4': folderWith(
        COMPOSITE('registry: { description: a }, username: { description: b }, password: { description: c }'),
      ),
      'actions/upload-artifact@v7': folderWith(
        COMPOSITE('name: { description: a }, path: { description: b }, overwrite: { description: c }'),
      ),
    },
  });
}

function outputsOf({ jobs }: ActResult): Readonly<Record<string, string>> {
  const steps = jobs.flatMap((job) => job.steps).filter(({ stage }) => stage === 'Main');
  return steps.find(({ name }) => name.includes('fresh-mirror'))?.outputs ?? {};
}

const built = ({ jobs }: ActResult, id: string) =>
  jobs
    .filter((job) => job.id === id)
    .flatMap(({ steps }) => steps.flatMap(({ lines }) => lines))
    .filter((line) => line.startsWith('built '))
    .toSorted();

it('copies, sees what moved, and builds exactly that again, each wave after the one that it stands on', async () => {
  const [from] = registries;
  const url = from?.url ?? '';
  await push(url, 'library/almalinux', image('AL8a'), ['8']);
  await push(url, 'library/alpine', image('AP'), ['3.20']);
  const config = `mirror: ${mirror.host}/acme/mirror\nimages: [almalinux:8, alpine:3.20]\nbuilds: [{ image-info: image-info.json }]\n`;
  const rebuild = readFileSync(join(ROOT, 'examples/rebuild.yml'), 'utf8');

  const first = await runWorkflow(SYNC, config);
  expect([outputsOf(first).status, outputsOf(first)['stale-builds-count']]).toEqual(['synced', '0']);

  const quiet = await runWorkflow(rebuild, config);
  expect(outputsOf(quiet)['build-waves']).toBe('[]');
  expect(quiet.jobs.flatMap(({ id, steps }) => (steps.length > 0 ? [id] : []))).toEqual(['stale']);

  await push(url, 'library/almalinux', image('AL8b'), ['8']);
  expect(outputsOf(await runWorkflow(SYNC, config)).copied).toContain('library/almalinux:8');

  const ran = await runWorkflow(rebuild, config);
  expect(upstream.traffic().requests).toEqual([]);
  const { manifestHead, manifestGet } = mirror.traffic().counts;
  expect([manifestHead, manifestGet]).toEqual([2, 0]);
  expect(outputsOf(ran).status).toBe('stale');
  expect(built(ran, 'wave-1')).toEqual([
    'built base/Dockerfile on docker.io/library/almalinux:8',
    'built web/Dockerfile on docker.io/library/almalinux:8',
  ]);
  expect(built(ran, 'wave-2')).toEqual(['built mid/Dockerfile on docker.io/farm/base:1']);
  expect(built(ran, 'wave-3')).toEqual(['built top/Dockerfile on docker.io/farm/mid:1']);
  expect(ran.jobs.map(({ result }) => result).filter((result) => result === 'failure')).toEqual([]);
  expect(ran.code).toBe(0);
}, 240_000);
