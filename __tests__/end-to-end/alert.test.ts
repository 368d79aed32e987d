// A tag that fails night after night: one issue, since when in the report, closed when it is there.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type GitHubApi, startGitHubApi } from '../fakes/github/github-api.ts';
import { FAULTS } from '../fakes/github/github-faults.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActionResult, runAction } from '../fakes/runner/bundle.ts';

let registry: RunningRegistry;
let api: GitHubApi;

beforeAll(async () => {
  registry = await startRegistry();
  api = await startGitHubApi({ repository: 'acme/images', files: { 'images.yaml': 'x' } });
  await push(registry.url, 'up/app', image('A'), ['1.0']);
});
afterAll(async () => {
  await api.stop();
  await registry.stop();
});

function sync(inputs: Record<string, string> = {}): Promise<ActionResult> {
  const { host } = registry;
  const config = `mirror: ${host}/m\nimages:\n  - { source: ${host}/up/app, tags: ["1.0", "2.0"] }\n`;
  const env = { GITHUB_API_URL: api.url, FRESH_MIRROR_PATIENCE: '0.05' };
  return runAction({
    config,
    env,
    inputs: { token: 'a-token', 'new-tags': 'ignore', alert: 'issue', ...inputs },
  });
}

it('is alerted once, said with its day, and closed when all is well', async () => {
  const quiet = await sync({ alert: '' });
  // Whether a policy that is off now left something open.
  expect([quiet.outputs.status, api.takeRequests().length, api.takeWrites()]).toEqual(['partial', 1, []]);
  await sync({ mode: 'check' });
  expect(api.takeRequests()).toEqual([]);

  api.fail(FAULTS.noIssues, 1);
  const refused = await sync();
  expect([refused.code, refused.outputs.status]).toEqual([1, 'partial']);
  expect(refused.annotations.map(({ data }) => data).join()).toContain('issues: write');

  const today = new Date().toISOString().slice(0, 10);
  const first = await sync();
  expect(first.report).toMatchObject({
    alert: { number: 1, url: 'https://github.com/acme/images/issues/1' },
    failed: [{ tag: '2.0', since: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) }],
  });
  expect(api.issues[0]?.body).toContain('`');
  expect(api.issues[0]?.body).toMatch(
    /2\.0` on `.*` since \d{4}-\d\d-\d\d, \[first seen\]\(https:\/\/github\.com\/acme\/images\/actions\/runs\/1\)/,
  );
  api.takeWrites();
  await sync();
  if (today === new Date().toISOString().slice(0, 10)) expect(api.takeWrites()).toEqual([]);

  await push(registry.url, 'up/app', image('B'), ['2.0']);
  const well = await sync();
  expect([well.code, well.outputs.status, (well.report as { alert: unknown }).alert]).toEqual([
    0,
    'synced',
    null,
  ]);
  expect(api.issues.map(({ state, comments }) => [state, comments])).toEqual([['closed', []]]);
});

it('is closed when the policy is switched off, by its own job alone', async () => {
  const config = `mirror: ${registry.host}/m\nimages:\n  - { source: ${registry.host}/up/app, tags: ["9.0"] }\n`;
  const night = (inputs: Record<string, string>, job = 'mirror') =>
    runAction({
      config,
      env: { GITHUB_API_URL: api.url, FRESH_MIRROR_PATIENCE: '0.05', GITHUB_JOB: job },
      inputs: { token: 'a-token', 'new-tags': 'ignore', ...inputs },
    });
  await night({ alert: 'issue' });
  expect(api.issues.map(({ state }) => state)).toEqual(['closed', 'open']);
  await night({}, 'another');
  expect(api.issues.at(-1)?.state).toBe('open');
  const off = await night({});
  expect([api.issues.at(-1)?.state, off.summary]).toEqual([
    'closed',
    expect.stringContaining('issue `#2` was closed'),
  ]);
});
