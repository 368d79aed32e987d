// A policy that is switched off takes back what it left open: the job that wrote it does, for its own mirror, and nobody else.

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GitHub, openGitHub, type SwitchedOff } from '../../src/github/client.ts';
import { parseAlert } from '../../src/report/offers/alert.ts';
import { parseMarker } from '../../src/report/offers/marker.ts';
import { type GitHubApi, startGitHubApi } from '../fakes/github/github-api.ts';
import { FAULTS } from '../fakes/github/github-faults.ts';
import { BRANCH, offer, openWith, PLACE, proposeTo, TEXT } from './stage.ts';

const JOB = 'nightly / mirror';
const MIRROR = 'ghcr.io/acme/mirror';

let api: GitHubApi;
let github: GitHub;

beforeEach(async () => {
  api = await startGitHubApi({ files: { 'images.yaml': TEXT } });
  github = openWith(api);
});
afterEach(() => api.stop());

const ours = (...tags: string[]) => ({ ...offer(...tags), job: JOB });
const off = (more: Partial<SwitchedOff> = {}): SwitchedOff => ({
  ...{ ways: ['pull-request', 'issue', 'alert'], job: JOB, mirror: MIRROR, address: PLACE, pins: [] },
  runs: 'https://github.com/acme/app/actions/runs/',
  ...more,
});

function night(mirror: string, tag: string) {
  const trouble = {
    mirror,
    source: 'docker.io/library/ruby',
    tag,
    reason: 'denied',
    message: 'no',
    hint: '',
  };
  return {
    ...{ config: 'images.yaml', mirror, today: '2026-09-01', run: '1', runs: off().runs, by: JOB },
    ...{ troubles: [trouble], well: new Set<string>(), complete: true },
  };
}

describe('switched off', () => {
  it('a pull request is closed with a sentence, and its branch deleted', async () => {
    await proposeTo(github, ours('3.5'));
    api.takeRequests();
    expect(await github.closeSwitchedOff(off())).toEqual([
      'pull request #1 was closed: the policy new-tags does not ask for it any more',
    ]);
    expect(api.pull(1)).toMatchObject({
      state: 'closed',
      body: expect.stringContaining('does not ask for a pull'),
    });
    expect([api.refs.has(BRANCH), parseMarker(api.pull(1).body ?? '')?.tags]).toEqual([false, []]);
    api.takeRequests();
    expect(await github.closeSwitchedOff(off())).toEqual([]);
    expect(api.takeRequests()).toHaveLength(1);
    // Closed by us is not a no.
    expect(await proposeTo(github, ours('3.5'))).toMatchObject({ kind: 'created', declined: [] });
  });

  it('a branch that somebody pushed to stays', async () => {
    await proposeTo(github, ours('3.5'));
    api.push(BRANCH, { 'images.yaml': TEXT, more: 'x' });
    await github.closeSwitchedOff(off());
    expect([api.pull(1).state, api.refs.has(BRANCH)]).toEqual(['closed', true]);
  });

  it('an issue is closed with a sentence', async () => {
    await github.settleIssue(ours('3.5'));
    expect(await github.closeSwitchedOff(off())).toEqual([
      'issue #1 was closed: the policy new-tags does not ask for it any more',
    ]);
    expect(api.issues[0]).toMatchObject({
      state: 'closed',
      body: expect.stringContaining('does not ask for an issue'),
    });
  });

  it('an alert is closed; what it tells of another mirror stays', async () => {
    await github.settleAlert(night(MIRROR, '3.4'));
    await github.settleAlert(night('registry.example.com/m', '3.5'));
    expect(await github.closeSwitchedOff(off())).toEqual([
      'issue #1 was updated: the policy alert does not ask for it any more',
    ]);
    expect(parseAlert(api.issues[0]?.body ?? '')?.rows.map(({ tag }) => tag)).toEqual(['3.5']);
    await github.settleAlert({ ...night('registry.example.com/m', '3.5'), today: '2026-09-02' });
    await github.settleAlert({ ...night('registry.example.com/m', '3.6'), today: '2026-09-02' });
    expect(await github.closeSwitchedOff(off({ mirror: 'registry.example.com/m' }))).toHaveLength(1);
    expect(api.issues[0]).toMatchObject({ state: 'closed', body: expect.stringContaining('policy `alert`') });
  });
});

describe('what stays open', () => {
  it.each<[string, Partial<SwitchedOff>]>([
    ['of another workflow or job', { job: 'weekly / mirror' }],
    ['of a matrix job for another mirror', { mirror: 'registry.example.com/m' }],
    ['of another config', { address: { ...PLACE, config: 'other.yaml' } }],
    ['of a policy that is on', { ways: [] }],
  ])('is that %s', async (_whose, more) => {
    await proposeTo(github, ours('3.5'));
    await github.settleIssue(ours('3.5'));
    await github.settleAlert(night(MIRROR, '3.4'));
    api.takeWrites();
    api.takeRequests();
    expect(await github.closeSwitchedOff(off(more))).toEqual([]);
    expect(api.takeRequests()).toEqual(['GET /issues']);
  });

  it('is what a stranger wrote', async () => {
    await github.settleIssue(ours('3.5'));
    Object.assign(api.issues[0] ?? {}, { user: { type: 'User' }, author_association: 'NONE' });
    expect(await github.closeSwitchedOff(off())).toEqual([]);
  });
});

describe('nobody is disturbed', () => {
  it('without a token nothing is asked, and a GitHub that fails is asked once, in silence', async () => {
    const log = { debug: () => {}, tell: () => expect('told').toBe('silent') };
    const way = { repository: 'acme/app', apiUrl: api.url, plugins: [], patience: 0, signal: null, log };
    expect(await openGitHub({ ...way, token: '' }).closeSwitchedOff(off())).toEqual([]);
    expect(api.takeRequests()).toEqual([]);
    api.fail(FAULTS.unavailable);
    expect(await github.closeSwitchedOff(off())).toEqual([]);
    expect(api.takeRequests()).toEqual(['GET /issues']);
  });
});
