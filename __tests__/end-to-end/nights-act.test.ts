// What a new user meets who pastes an example: the first night, when half of it fails; the second, when all is there; a
// quiet one; a secret that is missing; the pull request of a stranger. In a real workflow runner.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type GitHubApi, startGitHubApi } from '../fakes/github/github-api.ts';
import { snapshotOf } from '../fakes/registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActJob, type ActOptions, makeRepository, runAct } from '../fakes/runner/act.ts';
import { ROOT } from '../fakes/runner/places.ts';

const folders: string[] = [];
let upstream: RunningRegistry;
let [first, second]: RunningRegistry[] = [];
let api: GitHubApi;
beforeAll(async () => {
  [upstream, first, second] = [await startRegistry(), await startRegistry(), await startRegistry()];
  for (const tag of ['3.3-slim', '3.4-slim']) {
    await push(upstream.url, 'library/ruby', image(`RUBY ${tag}`), [tag]);
  }
  api = await startGitHubApi({
    repository: 'acme/images',
    files: { 'images.yaml': config(['3.3-slim', '3.4-slim']) },
  });
});
afterAll(async () => {
  for (const running of [upstream, first, second, api]) await running?.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function config(tags: readonly string[], host = upstream.host): string {
  const entry = { source: `${host}/library/ruby`, tags };
  return JSON.stringify({ mirror: `${first?.host}/acme/mirror`, images: [entry] });
}

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = makeRepository(files);
  folders.push(folder);
  return folder;
}

/** An action of one shell step, with these inputs as environment. It ends late, as act loses words said at the very end. */
const standIn = (script: string, ...inputs: readonly string[]) => {
  const list = inputs.map((name) => `${name}: { description: x }`).join(', ');
  const env = inputs.map((name) => `${name}: "\${{ inputs.${name} }}"`).join(', ');
  const step = `{ shell: bash, run: 'trap "sleep 0.3" EXIT; ${script}', env: { ${env} } }`;
  return folderWith({
    'action.yml': `name: a\ndescription: a\ninputs: { ${list} }\nruns: { using: composite, steps: [${step}] }\n`,
  });
};

/** The example on the hosts of this test; jobs by what their matrix says, else by their id. */
async function run(example: string, images: string, options: Omit<ActOptions, 'repository'> = {}) {
  const workflow = readFileSync(join(ROOT, 'examples', example), 'utf8')
    .replaceAll('ghcr.io', first?.host ?? '')
    .replaceAll('registry.example.com', second?.host ?? '')
    .replaceAll('docker.io', upstream.host);
  const { jobs } = await runAct({
    repository: folderWith({ 'images.yaml': images, '.github/workflows/one.yml': workflow }),
    event: 'schedule',
    craneCached: true,
    secrets: { GITHUB_TOKEN: 'a-token' },
    localRepositories: {
      'fresh-mirror/fresh-mirror@v1': folderWith({}),
      // As docker/login-action does.
      'docker/login-action@v4': standIn(
        'test -n "$username" -a -n "$password" || { echo "Username and password required"; exit 1; }',
        ...['registry', 'username', 'password'],
      ),
      'actions/upload-artifact@v7': standIn(
        'test -s "$path" && echo "kept $name"',
        ...['name', 'path', 'overwrite'],
      ),
    },
    ...options,
  });
  return jobs;
}

const mainOf = ({ steps }: ActJob) => steps.filter(({ stage }) => stage === 'Main');
const linesOf = (job: ActJob) => mainOf(job).flatMap(({ lines }) => lines);
const statusOf = (job: ActJob) =>
  mainOf(job).find(({ name }) => name.includes('fresh-mirror'))?.outputs.status;
const told = (jobs: readonly ActJob[]) => jobs.map((job) => [job.id, job.result, statusOf(job)]);
const ours = async () =>
  (await snapshotOf(first?.host ?? '', ['acme/mirror/library/ruby']))['acme/mirror/library/ruby'];

describe('examples/nightly.yml', () => {
  const images = () => config(['3.3-slim', '3.4-slim', '4.0-slim']);

  it('keeps on a first night what worked, says what did not, and has it the night after', async () => {
    const [bad] = await run('nightly.yml', images());
    expect(bad && told([bad])).toEqual([['mirror', 'failure', 'partial']]);
    expect(Object.keys((await ours()) ?? {})).toEqual(['3.3-slim', '3.4-slim']);
    expect(bad && linesOf(bad)).toEqual(
      expect.arrayContaining([`${upstream.host}/library/ruby:4.0-slim not-found`, 'kept mirror-report']),
    );

    await push(upstream.url, 'library/ruby', image('RUBY 4.0-slim'), ['4.0-slim']);
    const good = await run('nightly.yml', images());
    expect(told(good)).toEqual([['mirror', 'success', 'synced']]);
    expect(good.flatMap(linesOf).filter((line) => line.includes('not-found'))).toEqual([]);

    expect(told(await run('nightly.yml', images()))).toEqual([['mirror', 'success', 'fresh']]);
    expect(Object.keys((await ours()) ?? {})).toEqual(['3.3-slim', '3.4-slim', '4.0-slim']);
  }, 120_000);
});

it('examples/new-tags.yml proposes once, however many nights pass', async () => {
  const env = { GITHUB_API_URL: api.url, GITHUB_REPOSITORY: 'acme/images' };
  await push(upstream.url, 'library/ruby', image('RUBY 4.0-slim'), ['4.0-slim']);
  for (let night = 0; night < 2; night++) {
    const jobs = await run('new-tags.yml', api.file('main', 'images.yaml') ?? '', { env });
    expect(jobs.map(({ result }) => result)).toEqual(['success']);
    expect(api.pulls.map(({ title, state }) => [title.includes('4.0-slim'), state])).toEqual([
      [true, 'open'],
    ]);
  }
}, 120_000);

it('examples/check-pull-request.yml looks at what a stranger wrote, writes nothing, and asks no other host', async () => {
  const before = await ours();
  const payload = {
    number: 7,
    pull_request: { number: 7, head: { repo: { full_name: 'a/fork', fork: true } } },
  };
  const event = { event: 'pull_request', payload };
  await push(upstream.url, 'library/ruby', image('RUBY 4.1-slim'), ['4.1-slim']);
  const jobs = await run('check-pull-request.yml', config(['3.3-slim', '4.1-slim']), event);
  expect(told(jobs)).toEqual([['check', 'success', 'stale']]);

  const [elsewhere] = await run('check-pull-request.yml', config(['3.3-slim'], second?.host), event);
  const words = elsewhere?.steps
    .flatMap(({ annotations }) => annotations.map(({ message }) => message))
    .join('\n');
  expect([elsewhere?.result, words]).toEqual(['failure', expect.stringContaining(second?.host ?? '')]);
  expect(words).toContain('hosts');
  expect(await ours()).toEqual(before);
}, 120_000);

it('examples/two-registries.yml: a secret that is missing fails its own mirror alone', async () => {
  const images = config(['3.3-slim']);
  // act gives all legs of a matrix one result, so it is the step that counts.
  const byMirror = (jobs: readonly ActJob[]) =>
    Object.fromEntries(jobs.map((job) => [String(job.matrix.mirror).split('/')[0], statusOf(job)]));
  const half = await run('two-registries.yml', images);
  const [healthy, other] = [first?.host ?? '', second?.host ?? ''];
  expect(byMirror(half)).toEqual({ [healthy]: expect.stringMatching(/fresh|synced/), [other]: undefined });
  const lines = half.flatMap(linesOf);
  expect(lines).toContain('Username and password required');
  expect(lines.filter((line) => line.startsWith('kept '))).toHaveLength(1);

  const secrets = { GITHUB_TOKEN: 'a-token', ROBOT_PASSWORD: 'another' };
  expect(byMirror(await run('two-registries.yml', images, { secrets }))).toEqual({
    [healthy]: 'fresh',
    [other]: 'synced',
  });
}, 120_000);
