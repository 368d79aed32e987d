// examples/matrix.yml as it is, in a real workflow runner: one job cuts the config, eight mirror a part each, one of them
// fails, and the last job makes one report and one pull request of what they say. Artifacts go through a folder.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type GitHubApi, startGitHubApi } from '../fakes/github/github-api.ts';
import { digestOf } from '../fakes/registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActJob, type ActStep, makeRepository, runAct } from '../fakes/runner/act.ts';
import { ROOT } from '../fakes/runner/places.ts';

const EXAMPLE = readFileSync(join(ROOT, 'examples/matrix.yml'), 'utf8');
const NAMES = ['go', 'node', 'perl', 'php', 'python', 'ruby', 'rust'];

/** Stands for an action: shell lines with its inputs in the environment. */
const standIn = (inputs: readonly string[], run: string) => ({
  'action.yml': `name: stand-in
description: does nothing else
inputs: { ${inputs.map((name) => `${name}: { description: a }`).join(', ')} }
runs:
  using: composite
  steps:
    - shell: bash
      env: { ${inputs.map((name) => `IN_${name.toUpperCase()}: '\${{ inputs.${name} }}'`).join(', ')} }
      run: |
${run.replaceAll(/^/gm, '        ')}
`,
});

// As the artifacts of a run: a name belongs to one upload, and a download has a folder for each name.
const UPLOAD = `test "$IN_NAME" = "$LOST" && exit 0
mkdir "$STORE/$IN_NAME" || exit 1
cp "$IN_PATH" "$STORE/$IN_NAME/"`;
const DOWNLOAD = `mkdir -p "$IN_PATH"
for found in "$STORE"/$IN_PATTERN; do cp -r "$found" "$IN_PATH/"; done`;

const folders: string[] = [];
let upstream: RunningRegistry;
let mirror: RunningRegistry;
let api: GitHubApi;
let config: string;

beforeAll(async () => {
  [upstream, mirror] = await Promise.all([startRegistry(), startRegistry()]);
  for (const name of NAMES) await push(upstream.url, `up/${name}`, image(name), ['1.0']);
  await push(upstream.url, 'up/ruby', image('ruby-new'), ['1.1']);
  // Nobody listens at port 9.
  const sources = [...NAMES.map((name) => `${upstream.host}/up/${name}`), '127.0.0.1:9/up/gone'];
  const images = sources.map((source) => `  - source: ${source}\n    tags: ["1.0"]\n`);
  config = `mirror: ${mirror.host}/m\nimages:\n${images.join('')}`;
  api = await startGitHubApi({ repository: 'acme/images', files: { 'images.yaml': config } });
});
afterAll(async () => {
  await Promise.all([api.stop(), upstream.stop(), mirror.stop()]);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = makeRepository(files);
  folders.push(folder);
  return folder;
}

/** Runs the workflow; the artifact `lost` never arrives. */
async function night(lost = ''): Promise<readonly ActJob[]> {
  const store = mkdtempSync(join(tmpdir(), 'artifacts-'));
  folders.push(store);
  const { jobs } = await runAct({
    repository: folderWith({ 'images.yaml': config, '.github/workflows/one.yml': EXAMPLE }),
    event: 'schedule',
    craneCached: true,
    secrets: { GITHUB_TOKEN: 'a-token' },
    env: {
      GITHUB_API_URL: api.url,
      GITHUB_REPOSITORY: 'acme/images',
      FRESH_MIRROR_PATIENCE: '0.05',
      STORE: store,
      LOST: lost,
    },
    localRepositories: {
      'fresh-mirror/fresh-mirror@v1': folderWith({}),
      'docker/login-action@v4': folderWith(standIn(['registry', 'username', 'password'], 'true')),
      'actions/upload-artifact@v7': folderWith(standIn(['name', 'path', 'overwrite'], UPLOAD)),
      'actions/download-artifact@v8': folderWith(standIn(['pattern', 'path'], DOWNLOAD)),
    },
    deadline: 280_000,
  });
  return jobs;
}

function stepOf(job: ActJob | undefined): ActStep | undefined {
  const steps = job?.steps.filter(({ stage }) => stage === 'Main') ?? [];
  return steps.find(({ name }) => name.includes('fresh-mirror'));
}

const jobsOf = (jobs: readonly ActJob[], id: string) => jobs.filter((job) => job.id === id);
const rowsIn = (step: ActStep | undefined, output: string) =>
  JSON.parse(step?.outputs[output] ?? '[]') as { source: string; tag: string }[];

it('eight jobs mirror a part each, one fails, and the last one says so once and opens one pull request', async () => {
  const jobs = await night();
  const [cut] = jobsOf(jobs, 'cut').map(stepOf);
  expect(cut?.outputs['matrix-count']).toBe('8');
  const parts = jobsOf(jobs, 'mirror').map((job) => ({ job, step: stepOf(job) }));
  expect(parts.map(({ job }) => job.matrix.name).toSorted()).toEqual(
    Array.from({ length: 8 }, (_, at) => `shard-${at + 1}-of-8`),
  );
  expect(parts.map(({ step }) => step?.outputs.status).toSorted()).toEqual([
    'failed',
    ...Array(7).fill('synced'),
  ]);
  // act calls all jobs of a matrix failed once one has: the steps know better.
  expect(parts.filter(({ step }) => step?.result !== 'success')).toHaveLength(1);
  expect(parts.map(({ step }) => step?.outputs['pull-request-number'] ?? '')).toEqual(Array(8).fill(''));
  for (const name of NAMES) {
    expect(await digestOf(`${mirror.host}/m/up/${name}:1.0`)).toBe(image(name).index.digest);
  }

  const [merge] = jobsOf(jobs, 'merge').map(stepOf);
  expect(merge?.outputs).toMatchObject({
    status: 'partial',
    'copied-count': '7',
    'failed-count': '1',
    'new-tags-count': '1',
    'pull-request-number': '1',
  });
  expect(rowsIn(merge, 'failed')).toMatchObject([{ source: '127.0.0.1:9/up/gone', tag: '1.0' }]);
  expect(rowsIn(merge, 'copied').map(({ source }) => source)).toEqual(
    NAMES.map((name) => `${upstream.host}/up/${name}`),
  );
  expect(api.pulls).toHaveLength(1);
  expect(api.file('fresh-mirror/images.yaml', 'images.yaml')).toBe(
    config.replace('up/ruby\n    tags: ["1.0"]', 'up/ruby\n    tags: ["1.0", "1.1"]'),
  );
}, 300_000);

it('where the report of a job never came it is told which, and what it proposed is not taken back', async () => {
  const proposed = api.file('fresh-mirror/images.yaml', 'images.yaml');
  const jobs = await night('part-shard-7-of-8');
  const [merge] = jobsOf(jobs, 'merge').map(stepOf);
  expect(merge?.outputs).toMatchObject({ status: 'partial', 'copied-count': '0', 'new-tags-count': '0' });
  expect(merge?.annotations.map(({ message }) => message).join('\n')).toContain('7/8');
  expect(merge?.summary).toContain('7/8');
  expect(api.pulls.map(({ state }) => state)).toEqual(['open']);
  expect(api.file('fresh-mirror/images.yaml', 'images.yaml')).toBe(proposed);
}, 300_000);
