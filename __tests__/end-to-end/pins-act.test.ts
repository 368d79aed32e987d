// The loop of a pin in a real workflow runner, with examples/pins.yml and examples/wait.yml as they are: a bumped pin, lint
// says that the mirror lacks it, a deployment waits, the merge brings it; upstream moves, and a pull request comes by night.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type GitHubApi, startGitHubApi } from '../fakes/github/github-api.ts';
import { digestOf } from '../fakes/registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActStep, makeRepository, runAct } from '../fakes/runner/act.ts';
import { ROOT } from '../fakes/runner/places.ts';

const example = (name: string): string => readFileSync(join(ROOT, 'examples', name), 'utf8');
const pin = (name: string): string => image(name).index.digest;

/** Stands for an action that has nothing to do here. */
const idle = (...inputs: readonly string[]) => ({
  'action.yml': `name: stand-in
description: does nothing
inputs: { ${inputs.map((name) => `${name}: { description: a }`).join(', ')} }
runs: { using: composite, steps: [{ run: 'true', shell: bash }] }
`,
});

const folders: string[] = [];
let upstream: RunningRegistry;
let mirror: RunningRegistry;
let api: GitHubApi;

beforeAll(async () => {
  [upstream, mirror] = await Promise.all([startRegistry(), startRegistry()]);
  await push(upstream.url, 'library/ruby', image('R1'), ['3.4']);
  const files = { 'images.yaml': config(), 'vars.yml': vars('R1') };
  api = await startGitHubApi({ repository: 'acme/images', files });
});
afterAll(async () => {
  await Promise.all([api.stop(), upstream.stop(), mirror.stop()]);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function config(): string {
  return [
    `mirror: ${mirror.host}/m`,
    'mirror-path: "{registry}/{repository}"',
    `read-from: { docker.io: "${upstream.host}" }`,
    'references: [{ file: vars.yml, key: IMAGES }]',
    '',
  ].join('\n');
}

const copy = (): string => `${mirror.host}/m/docker.io/library/ruby`;
const vars = (name: string): string => `IMAGES:\n  ruby: '${copy()}:3.4@${pin(name)}' # what we ship\n`;

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = makeRepository(files);
  folders.push(folder);
  return folder;
}

type Ran = { readonly job: string; readonly action: ActStep | undefined; readonly lines: readonly string[] };

/** Runs a workflow on the default branch, or on a pull request's branch; gives back the one job that ran. */
async function run(workflow: string, event: string, branch = 'main'): Promise<Ran> {
  const read = (path: string): string => api.file(branch, path) ?? '';
  const { jobs } = await runAct({
    repository: folderWith({
      'images.yaml': read('images.yaml'),
      'vars.yml': read('vars.yml'),
      '.github/workflows/one.yml': example(workflow).replace('wait: 10m', 'wait: 3s'),
    }),
    event,
    craneCached: true,
    secrets: { GITHUB_TOKEN: 'a-token' },
    env: { GITHUB_API_URL: api.url, GITHUB_REPOSITORY: 'acme/images' },
    ...(event === 'pull_request' ? { payload: { number: 7, pull_request: { number: 7 } } } : {}),
    localRepositories: {
      'fresh-mirror/fresh-mirror@v1': folderWith({}),
      'docker/login-action@v4': folderWith(idle('registry', 'username', 'password')),
      'actions/upload-artifact@v7': folderWith(idle('name', 'path', 'overwrite')),
    },
  });
  const ran = jobs.filter(({ steps }) => steps.length > 0);
  expect(ran).toHaveLength(1);
  const steps = ran[0]?.steps.filter(({ stage }) => stage === 'Main') ?? [];
  return {
    job: `${ran[0]?.id} ${ran[0]?.result}`,
    action: steps.find(({ name }) => name.includes('fresh-mirror')),
    lines: steps.flatMap(({ lines }) => lines),
  };
}

const findings = ({ action }: Ran): string[] =>
  (JSON.parse(action?.outputs.findings ?? '[]') as { rule: string; level: string }[]).map(
    ({ rule, level }) => `${level} ${rule}`,
  );

it('a bumped pin is told of, waited for, mirrored and clean', async () => {
  const review = await run('pins.yml', 'pull_request');
  expect([review.job, findings(review)]).toEqual(['lint success', ['note not-mirrored-yet']]);

  const early = await run('wait.yml', 'push');
  expect([early.job, early.lines.includes('deploy here')]).toEqual(['deploy failure', false]);
  expect(early.action?.annotations.map(({ message }) => message).join('\n')).toContain(
    `${copy()}@${pin('R1')} is not in the mirror`,
  );

  const merged = await run('pins.yml', 'push');
  expect([merged.job, merged.action?.outputs.status]).toEqual(['mirror success', 'synced']);
  expect(await digestOf(`${copy()}:3.4`)).toBe(pin('R1'));

  expect(findings(await run('pins.yml', 'pull_request'))).toEqual([]);
  const deployed = await run('wait.yml', 'push');
  expect([deployed.job, deployed.lines.includes('deploy here')]).toEqual(['deploy success', true]);
  expect(api.pulls).toEqual([]);
}, 240_000);

it('when upstream moves, the night brings the new digest and a pull request; merged, its pin is fresh', async () => {
  await push(upstream.url, 'library/ruby', image('R2'), ['3.4']);
  const night = await run('pins.yml', 'schedule');
  expect([night.job, night.action?.outputs['pull-request-number']]).toEqual(['bump success', '1']);
  const [pull] = api.pulls;
  const branch = pull?.head.ref ?? '';
  expect(api.file(branch, 'vars.yml')).toBe(vars('R2'));
  expect(await digestOf(`${copy()}:3.4`)).toBe(pin('R1'));
  expect(await digestOf(`${copy()}@${pin('R2')}`)).toBe(pin('R2'));
  const review = await run('pins.yml', 'pull_request', branch);
  expect(findings(review)).toEqual(['note tag-mismatch']);
  expect(review.action?.outputs.findings).toContain('mode sync moves it');

  api.merge(1);
  expect((await run('wait.yml', 'push')).job).toBe('deploy success');
  expect((await run('pins.yml', 'push')).action?.outputs.status).toBe('synced');
  expect(await digestOf(`${copy()}:3.4`)).toBe(pin('R2'));
  expect(await digestOf(`${copy()}:3.4-${pin('R1').slice(7, 19)}`)).toBe(pin('R1'));
  const after = await run('pins.yml', 'schedule');
  expect([after.action?.outputs.status, api.pulls.length]).toEqual(['fresh', 1]);
}, 240_000);
