// New tags as a pull request: the committed bundle, and a workflow under act, against GitHub's API on loopback.

import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type GitHubApi, startGitHubApi } from '../fakes/github/github-api.ts';
import { FAULTS } from '../fakes/github/github-faults.ts';
import { digestOf } from '../fakes/registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { makeRepository, runAct } from '../fakes/runner/act.ts';
import { type ActionResult, runAction } from '../fakes/runner/bundle.ts';

const BRANCH = 'fresh-mirror/images.yaml';

let upstream: RunningRegistry;
let mirror: RunningRegistry;
let api: GitHubApi;
let config: string;

beforeAll(async () => {
  upstream = await startRegistry();
  const tags = {
    '3.3-slim': 'R33',
    '3.4-slim': 'R34',
    '3.5-slim': 'R35',
    '3.2-slim': 'R32',
    '4.0-rc-slim': 'RC',
  };
  for (const [tag, name] of Object.entries(tags))
    await push(upstream.url, 'library/ruby', image(name), [tag]);
  for (const tag of ['1.26-alpine3.22', '1.27-alpine3.23']) {
    await push(upstream.url, 'library/golang', image(tag), [tag]);
  }
});
beforeEach(async () => {
  mirror = await startRegistry();
  config = `mirror: ${mirror.host}/m
read-from: { docker.io: "${upstream.host}" }
images:
  # the languages we build with
  - source: ruby
    tags:
      - 3.3-slim   # until March
      - "3.4-slim"
  - source: golang
    tags: ["1.26-alpine3.22"]
pull-request: { labels: [mirror] }
`;
  api = await startGitHubApi({ repository: 'acme/images', files: { 'images.yaml': config } });
});
afterEach(async () => {
  await api.stop();
  await mirror.stop();
});
afterAll(() => upstream.stop());

function sync(inputs: Record<string, string> = {}): Promise<ActionResult> {
  const env = { GITHUB_API_URL: api.url };
  return runAction({ config, env, inputs: { 'new-tags': 'pull-request', token: 'a-token', ...inputs } });
}

describe('a new line upstream', () => {
  it('becomes a pull request that adds one line, with its price, and the next run writes nothing', async () => {
    const first = await sync();
    expect([first.code, first.outputs.status, first.outputs['pull-request-number']]).toEqual([
      0,
      'synced',
      '1',
    ]);
    expect(JSON.parse(first.outputs['new-tags'] ?? '')).toEqual([
      { source: 'docker.io/library/ruby', tag: '3.5-slim', series: 'N.N-slim', mirrored: false },
    ]);
    const [pull] = api.pulls;
    expect(pull?.labels).toEqual(['mirror']);
    expect(pull?.body).toMatch(
      /- \[x\] \[`ruby:3\.5-slim`\]\(\S+\) next to `3\.4-slim` \(`N\.N-slim`\), [\d.]+ k?B, 2 platforms/,
    );
    const edited = api.file(BRANCH, 'images.yaml');
    expect(edited).toBe(config.replace('      - "3.4-slim"\n', '      - "3.4-slim"\n      - "3.5-slim"\n'));
    expect(first.summary).toContain('Proposed in [#1]');
    expect(first.summary).toContain('the listed series N.N-alpine3.22 ends');
    api.takeWrites();
    const second = await sync();
    expect([second.outputs.status, second.outputs['pull-request-number']]).toEqual(['fresh', '1']);
    expect(api.takeWrites()).toEqual([]);
  });

  it('is mirrored too when the policy says so', async () => {
    const result = await sync({ 'new-tags': 'pull-request,mirror' });
    expect(await digestOf(`${mirror.host}/m/library/ruby:3.5-slim`)).toBe(image('R35').index.digest);
    expect(JSON.parse(result.outputs['new-tags'] ?? '')).toMatchObject([{ tag: '3.5-slim', mirrored: true }]);
  });

  it('becomes an issue', async () => {
    const result = await sync({ 'new-tags': 'issue' });
    expect(result.outputs['issue-number']).toBe('1');
    expect(api.issues.map((issue) => issue.title)).toEqual(['New upstream tags for images.yaml']);
    api.takeWrites();
    await sync({ 'new-tags': 'issue' });
    expect(api.takeWrites()).toEqual([]);
  });

  it('is only told of by default', async () => {
    const result = await sync({ 'new-tags': '' });
    expect(JSON.parse(result.outputs['new-tags'] ?? '')).toHaveLength(1);
    // Whether a policy that is off now left something open.
    expect(api.requests).toEqual(['GET /issues']);
  });

  it('is not looked for where it is ignored', async () => {
    expect((await sync({ 'new-tags': 'ignore' })).outputs['new-tags']).toBe('[]');
  });

  it('is priced by check, which writes nothing anywhere', async () => {
    const result = await sync({ mode: 'check' });
    expect(result.summary).toMatch(/`ruby:3\.5-slim`[^|]* \| `3\.4-slim` \| no \| [\d.]+ k?B, 2 platforms/);
    expect(api.requests).toEqual([]);
  });

  it('that was declined is remembered in silence, and is no new tag for fail-on', async () => {
    await sync();
    api.close(1);
    const later = await sync({ 'fail-on': 'new-tags' });
    expect([later.code, later.outputs.status, later.annotations]).toEqual([0, 'fresh', []]);
    expect(JSON.parse(later.outputs['new-tags'] ?? '')).toMatchObject([{ tag: '3.5-slim', declined: true }]);
    expect(later.summary).toContain('declined before, not proposed again');
    expect(later.summary).toContain('3.5-slim');
  });

  it('fails the step where that is asked for', async () => {
    expect((await sync({ 'new-tags': '', 'fail-on': 'new-tags' })).code).toBe(1);
  });
});

it('a refusal of GitHub is one sentence with the setting to change, and never fails the mirroring', async () => {
  api.fail(FAULTS.notPermitted, 1);
  const result = await sync();
  expect([result.code, result.outputs.status, result.outputs['pull-request-number']]).toEqual([
    0,
    'synced',
    '',
  ]);
  const [warning] = result.commands.filter((one) => one.name === 'warning');
  expect(warning?.data).toMatch(/Allow GitHub Actions to create/);
});

it('a workflow under act mirrors the new tag and proposes it', async () => {
  const workflow = `on: schedule
jobs:
  mirror:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - { uses: ./, with: { new-tags: 'pull-request,mirror', token: a-token } }
`;
  const repository = makeRepository({ '.github/workflows/mirror.yml': workflow, 'images.yaml': config });
  const env = { GITHUB_API_URL: api.url, GITHUB_REPOSITORY: 'acme/images' };
  const ran = await runAct({ repository, event: 'schedule', craneCached: true, env });
  rmSync(repository, { recursive: true, force: true });
  expect(ran.jobs.map((job) => job.result)).toEqual(['success']);
  expect(api.pulls.map((pull) => pull.title)).toEqual(['Mirror ruby 3.5-slim']);
  expect(await digestOf(`${mirror.host}/m/library/ruby:3.5-slim`)).toBe(image('R35').index.digest);
});
