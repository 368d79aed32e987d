// The client with the plugins that the action passes in: what it waits for, what it asks again, and what never.

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { parseConfig } from '../../src/config/images/parse.ts';
import { type Connection, openGitHub } from '../../src/github/client.ts';
import type { Offer } from '../../src/report/offers/change.ts';
import { type GitHubApi, startGitHubApi } from '../fakes/github/github-api.ts';
import { FAULTS, type Fault } from '../fakes/github/github-faults.ts';

const PLACE = { config: 'images.yaml', base: null, branch: 'fresh-mirror/images.yaml' };
const TEXT = 'mirror: ghcr.io/acme/mirror\nimages:\n- { source: ruby, tags: ["3.4"] }\n';
const { config } = parseConfig(Buffer.from(TEXT), 'images.yaml');
const tags = config.entries.map((entry) => {
  return { entry, tag: '3.5', beside: '3.4', series: 'N.N', cost: null };
});
const OFFER: Offer = { config, seen: TEXT, tags, complete: true, notices: [] };

let api: GitHubApi;
const lines: string[] = [];

beforeEach(async () => {
  api = await startGitHubApi({ files: { 'images.yaml': 'images: []\n' } });
  lines.length = 0;
});
afterEach(() => api.stop());

/** A second of waiting takes a millisecond here. */
function open(overrides: Partial<Connection> = {}) {
  const log = { debug: () => {}, tell: (line: string) => lines.push(line) };
  const plugins = [retry, throttling];
  return openGitHub({
    token: 'x',
    repository: 'acme/app',
    apiUrl: api.url,
    plugins,
    patience: 100,
    signal: null,
    log,
    second: 1,
    ...overrides,
  });
}

const READ = 'GET /pulls';
const limited = (fault: Fault): Fault => ({ ...fault, method: 'GET', path: /^\/pulls$/ });

// Where the branch has no pull request, the others are looked through too.
it.each<[string, Fault, number, number, string]>([
  ['a server error, three times', FAULTS.unavailable, 3, 4, 'standing'],
  ['a server error, for good', FAULTS.unavailable, 9, 4, 'problem'],
  ['a broken page, once', FAULTS.brokenPage, 1, 2, 'standing'],
  ['a login page', FAULTS.loginPage, 9, 1, 'problem'],
  ['no permission', FAULTS.saml, 9, 1, 'problem'],
  ['a secondary limit with a time', limited(FAULTS.secondaryLimit), 2, 3, 'standing'],
  ['a secondary limit without a time', limited(FAULTS.secondaryLimitBlank), 1, 2, 'standing'],
  ['a secondary limit, for good', limited(FAULTS.secondaryLimit), 9, 3, 'problem'],
  ['a limit that ends long after the run', FAULTS.primaryLimit, 9, 1, 'problem'],
])('%s', async (_name, fault, times, requests, kind) => {
  api.fail(fault, times);
  expect(await open().readStanding(PLACE)).toMatchObject({ kind });
  expect(api.takeRequests()).toEqual(
    Array.from({ length: kind === 'standing' ? requests + 1 : requests }, () => READ),
  );
});

it('waits no longer than it may, and says that it waits', async () => {
  api.fail(limited(FAULTS.secondaryLimitBlank), 1);
  expect(await open({ patience: 59 }).readStanding(PLACE)).toMatchObject({ kind: 'problem' });
  expect(lines).toEqual([]);
  api.heal();
  api.fail(limited(FAULTS.secondaryLimitBlank), 1);
  expect(await open({ patience: 61 }).readStanding(PLACE)).toMatchObject({ kind: 'standing' });
  expect(lines).toEqual(["waiting 60 s: GitHub's secondary rate limit (GET /repos/{owner}/{repo}/pulls)"]);
});

it('says that it tries again, and when', async () => {
  api.fail(FAULTS.unavailable, 9);
  expect(await open().readStanding(PLACE)).toMatchObject({ kind: 'problem' });
  const words = (seconds: number) =>
    `GitHub answered ${FAULTS.unavailable.status}, trying again in ${seconds} s (GET /repos/{owner}/{repo}/pulls)`;
  expect(lines).toEqual([1, 4, 9].map(words));
});

it('does not open an issue twice when the answer got lost', async () => {
  api.fail({ ...FAULTS.unavailable, method: 'POST', path: /^\/issues$/ }, 1);
  expect(await open().settleIssue(OFFER)).toMatchObject({ kind: 'problem' });
  expect(api.takeWrites()).toEqual(['POST /issues']);
  expect(lines).toEqual([]);
  expect(await open().settleIssue(OFFER)).toMatchObject({ kind: 'created', number: 1 });
});

it('sends the token to GitHub alone, and puts it into no message', async () => {
  api.fail(FAULTS.badToken);
  const refused = await open({ token: 'gh_secret' }).readStanding(PLACE);
  expect(JSON.stringify(refused)).not.toContain('gh_secret');
});
