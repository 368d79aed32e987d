// The action in a real workflow runner: a nightly workflow whose next job compares the outputs, and the very workflow
// that README.md shows, with the published action and a stand-in for docker/login-action.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { digestOf } from '../fakes/registries/oracle.ts';
import { PASSWORD, type RunningRegistry, startRegistry, USER } from '../fakes/registries/registries.ts';
import { type ActResult, type ActStep, makeRepository, runAct } from '../fakes/runner/act.ts';

const NIGHTLY = `on:
  schedule: [{ cron: '17 3 * * *' }]
jobs:
  mirror:
    runs-on: ubuntu-latest
    outputs:
      status: \${{ steps.mirror.outputs.status }}
      copied: \${{ steps.mirror.outputs.copied }}
      stale-count: \${{ steps.mirror.outputs.stale-count }}
      failed: \${{ steps.mirror.outputs.failed }}
    steps:
      - uses: actions/checkout@v6
      - { id: mirror, uses: ./ }
  compare:
    needs: mirror
    runs-on: ubuntu-latest
    steps:
      - env:
          FOUND: \${{ toJSON(needs.mirror.outputs) }}
          TAGS: \${{ join(fromJSON(needs.mirror.outputs.copied).*.tag, ' ') }}
        run: |
          echo "$FOUND"
          test "$TAGS" = '3.4-slim 4.0-slim'
          test "\${{ needs.mirror.outputs.status }}" = synced
          test "\${{ needs.mirror.outputs.stale-count }}" = 2
          test "\${{ needs.mirror.outputs.failed }}" = '[]'
`;

/** Does what docker/login-action does for the steps behind it: a docker config, and where it is. */
const LOGIN = {
  'action.yml': `name: login
description: writes a docker config
inputs: { registry: { description: host }, username: { description: name }, password: { description: secret } }
runs: { using: node24, main: main.cjs }
`,
  'main.cjs': `const { appendFileSync, mkdtempSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { INPUT_REGISTRY, INPUT_USERNAME, INPUT_PASSWORD, RUNNER_TEMP, GITHUB_ENV } = process.env;
const folder = mkdtempSync(join(RUNNER_TEMP, 'docker-'));
const auth = Buffer.from(INPUT_USERNAME + ':' + INPUT_PASSWORD).toString('base64');
writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [INPUT_REGISTRY]: { auth } } }));
appendFileSync(GITHUB_ENV, 'DOCKER_CONFIG=' + folder + '\\n');
`,
};

const ROOT = new URL('../..', import.meta.url);
const folders: string[] = [];
let upstream: RunningRegistry;
let mirror: RunningRegistry;

beforeAll(async () => {
  upstream = await startRegistry();
  for (const [tag, name] of Object.entries({ '3.3-slim': 'R33', '3.4-slim': 'R34b', '4.0-slim': 'R40' })) {
    await push(upstream.url, 'library/ruby', image(name), [tag]);
  }
});
beforeEach(async () => {
  await mirror?.stop();
});
afterAll(async () => {
  await upstream.stop();
  await mirror.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function repositoryWith(workflow: string, config: string): string {
  const folder = makeRepository({ '.github/workflows/mirror.yml': workflow, 'images.yaml': config });
  folders.push(folder);
  return folder;
}

function mirrorStep({ jobs }: ActResult, uses: string): ActStep | undefined {
  return jobs.flatMap((job) => job.steps).find((step) => step.stage === 'Main' && step.name.includes(uses));
}

it('a scheduled workflow with uses: ./ hands its outputs to the next job, on Node 24', async () => {
  mirror = await startRegistry();
  await push(mirror.url, 'm/library/ruby', image('R33'), ['3.3-slim']);
  await push(mirror.url, 'm/library/ruby', image('R34a'), ['3.4-slim']);
  const tags = 'tags: ["3.3-slim", "3.4-slim", "4.0-slim"]';
  const config = `mirror: ${mirror.host}/m\nimages:\n  - { source: "${upstream.host}/library/ruby", ${tags} }\n`;
  const ran = await runAct({
    repository: repositoryWith(NIGHTLY, config),
    event: 'schedule',
    craneCached: true,
  });
  expect(ran.jobs.map((job) => [job.id, job.result])).toEqual([
    ['mirror', 'success'],
    ['compare', 'success'],
  ]);
  const step = mirrorStep(ran, './');
  expect(step?.lines.join('\n')).toMatch(/^node v24\./m);
  expect(step?.summary).toContain('<summary>Copied (2)</summary>');
  expect(await digestOf(`${mirror.host}/m/library/ruby:3.4-slim`)).toBe(image('R34b').index.digest);
});

it('the nightly workflow of README.md works as it stands, but for the two hosts', async () => {
  mirror = await startRegistry({ auth: 'basic' });
  const readme = readFileSync(new URL('README.md', ROOT), 'utf8');
  const blocks = [...readme.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  const here = (text: string): string =>
    text.replaceAll('docker.io/', `${upstream.host}/`).replaceAll('ghcr.io', mirror.host);
  const workflow = blocks.find((block) => block.includes('uses: fresh-mirror/fresh-mirror@v1')) ?? '';
  const config = blocks.find((block) => block.startsWith('mirror:')) ?? '';
  const login = mkdtempSync(join(tmpdir(), 'login-'));
  folders.push(login);
  for (const [name, text] of Object.entries(LOGIN)) writeFileSync(join(login, name), text);
  const ran = await runAct({
    repository: repositoryWith(here(workflow), here(config)),
    event: 'schedule',
    craneCached: true,
    actor: USER,
    secrets: { GITHUB_TOKEN: PASSWORD },
    localRepositories: {
      'fresh-mirror/fresh-mirror@v1': repositoryWith('', ''),
      'docker/login-action@v4': login,
    },
  });
  expect(ran.jobs.map((job) => job.result)).toEqual(['success']);
  expect(mirrorStep(ran, 'fresh-mirror')?.outputs.status).toBe('synced');
  const env = { DOCKER_CONFIG: login };
  const auth = Buffer.from(`${USER}:${PASSWORD}`).toString('base64');
  writeFileSync(join(login, 'config.json'), JSON.stringify({ auths: { [mirror.host]: { auth } } }));
  for (const [tag, name] of Object.entries({ '3.3-slim': 'R33', '3.4-slim': 'R34b', '4.0-slim': 'R40' })) {
    const reference = `${mirror.host}/acme/mirror/library/ruby:${tag}`;
    expect(await digestOf(reference, env)).toBe(image(name).index.digest);
  }
});

/** Stands for actions/upload-artifact: takes the file and keeps nothing. */
const ARTIFACT = {
  'action.yml': `name: artifact
inputs: { name: { required: true }, path: { required: true }, overwrite: { required: true } }
runs:
  using: composite
  steps:
    - { shell: bash, run: 'test -f "$FILE"', env: { FILE: "\${{ inputs.path }}" } }
`,
};

it('examples/rights-apart.yml copies only when the first job found something', async () => {
  mirror = await startRegistry({ auth: 'basic' });
  const example = readFileSync(new URL('examples/rights-apart.yml', ROOT), 'utf8');
  const login = mkdtempSync(join(tmpdir(), 'login-'));
  folders.push(login);
  for (const [name, text] of Object.entries(LOGIN)) writeFileSync(join(login, name), text);
  const tags = 'tags: ["3.3-slim", "3.4-slim"]';
  const config = `mirror: ${mirror.host}/m\nimages:\n  - { source: "${upstream.host}/library/ruby", ${tags} }\n`;
  const run = async (): Promise<(string | undefined)[][]> => {
    const ran = await runAct({
      repository: repositoryWith(example.replaceAll('ghcr.io', mirror.host), config),
      event: 'schedule',
      craneCached: true,
      actor: USER,
      secrets: { GITHUB_TOKEN: PASSWORD },
      localRepositories: {
        'fresh-mirror/fresh-mirror@v1': repositoryWith('', ''),
        'docker/login-action@v4': login,
        'actions/upload-artifact@v7': makeRepository(ARTIFACT),
      },
    });
    const steps = ran.jobs.map((job) =>
      job.steps.find(({ id, stage }) => id === 'mirror' && stage === 'Main'),
    );
    return ran.jobs.map((job, at) => [job.id, job.result, steps[at]?.outputs.status]);
  };
  expect(await run()).toEqual([
    ['look', 'success', 'stale'],
    ['copy', 'success', 'synced'],
  ]);
  expect(await run()).toEqual([['look', 'success', 'fresh']]);
});
