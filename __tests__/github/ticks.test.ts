// A no to one tag: a box that is unticked takes the tag out, stays a no through every later run, and ticked again it
// comes back.

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GitHub } from '../../src/github/client.ts';
import { parseMarker } from '../../src/report/offers/marker.ts';
import { type GitHubApi, startGitHubApi } from '../fakes/github/github-api.ts';
import { BRANCH, offer, offerIn, openWith, PLACE, proposeTo, TEXT } from './stage.ts';

let api: GitHubApi;
let github: GitHub;

beforeEach(async () => {
  api = await startGitHubApi({ files: { 'images.yaml': TEXT } });
  github = openWith(api);
});
afterEach(() => api.stop());

const propose = (...names: string[]) =>
  proposeTo(github, offerIn(api.file('main', 'images.yaml') ?? '', ...names));
const file = () => api.file(BRANCH, 'images.yaml') ?? '';
const NO = (...tags: string[]) => ({ declined: tags.map((tag) => expect.objectContaining({ tag })) });

describe('in a pull request', () => {
  it('an unticked tag is taken out of the branch, once, and ticked again it is back', async () => {
    await propose('3.5', '3.6');
    api.tick(1, '3.6', false);
    expect(await propose('3.5', '3.6')).toMatchObject({ kind: 'updated', number: 1, ...NO('3.6') });
    expect(file()).toContain('["3.4", "3.5"]');
    expect(api.pull(1).title).toBe('Mirror ruby 3.5');
    api.takeWrites();
    expect(await propose('3.5', '3.6')).toMatchObject({ kind: 'unchanged', ...NO('3.6') });
    expect(api.takeWrites()).toEqual([]);
    api.tick(1, '3.6', true);
    expect(await propose('3.5', '3.6')).toMatchObject({ kind: 'updated', declined: [] });
    expect(file()).toContain('["3.4", "3.5", "3.6"]');
  });

  it('that is merged the no stays, and the next one has a box for a yes', async () => {
    await propose('3.5', '3.6');
    api.tick(1, '3.6', false);
    await propose('3.5', '3.6');
    api.merge(1);
    expect(await propose('3.6')).toMatchObject({ kind: 'none', ...NO('3.6') });
    expect(await propose('3.6', '3.7')).toMatchObject({ kind: 'created', number: 2, ...NO('3.6') });
    api.tick(2, '3.6', true);
    expect(await propose('3.6', '3.7')).toMatchObject({ kind: 'updated', number: 2, declined: [] });
    expect(file()).toContain('"3.6"');
  });

  it('in which nothing is ticked any more is closed, and that is a no', async () => {
    await propose('3.5');
    api.tick(1, '3.5', false);
    expect(await propose('3.5')).toMatchObject({ kind: 'closed', number: 1, ...NO('3.5') });
    expect([api.pull(1).state, api.refs.has(BRANCH)]).toEqual(['closed', false]);
    api.takeWrites();
    expect(await propose('3.5')).toMatchObject({ kind: 'none', ...NO('3.5') });
    expect(api.takeWrites()).toEqual([]);
    api.tick(1, '3.5', true);
    expect(await propose('3.5')).toMatchObject({ kind: 'created', number: 2, declined: [] });
  });

  it('a run that did not see everything takes it out too, and forgets no other', async () => {
    await propose('3.5', '3.6');
    api.tick(1, '3.6', false);
    await propose('3.5', '3.6');
    api.tick(1, '3.5', false);
    expect(await proposeTo(github, { ...offer('3.7'), complete: false })).toMatchObject({ kind: 'updated' });
    expect(file()).toContain('["3.4", "3.7"]');
    expect(await propose('3.5', '3.6', '3.7')).toMatchObject(NO('3.5', '3.6'));
    expect(file()).toContain('["3.4", "3.7"]');
  });

  it('that was closed as a whole can be taken up again tag by tag', async () => {
    await propose('3.5', '3.6');
    api.close(1);
    await propose('3.5', '3.6', '3.7');
    api.tick(2, '3.5', true);
    expect(await propose('3.5', '3.6', '3.7')).toMatchObject({ kind: 'updated', number: 2, ...NO('3.6') });
    expect(file()).toContain('"3.5"');
  });

  it('on a branch of another name: what was declined is remembered, every night', async () => {
    await propose('3.5');
    api.close(1);
    const place = { ...PLACE, branch: 'mirror/new-tags' };
    expect(await proposeTo(github, offer('3.5'), place)).toMatchObject({ kind: 'none', ...NO('3.5') });
    expect(await proposeTo(github, offer('3.5', '3.6'), place)).toMatchObject({
      kind: 'created',
      ...NO('3.5'),
    });
    expect(await proposeTo(github, offer('3.5', '3.6'), place)).toMatchObject({
      kind: 'unchanged',
      ...NO('3.5'),
    });
    expect(parseMarker(api.pull(2).body ?? '')?.declined.map(({ tag }) => tag)).toEqual(['3.5']);
  });

  it('of a stranger, on another branch, says no to nothing', async () => {
    await propose('3.5');
    api.close(1);
    Object.assign(api.pull(1), { user: { login: 'x', type: 'User' }, author_association: 'NONE' });
    const place = { ...PLACE, branch: 'mirror/new-tags' };
    expect(await proposeTo(github, offer('3.5'), place)).toMatchObject({ kind: 'created', declined: [] });
  });
});

describe('in an issue', () => {
  it('an unticked tag is declined, and all of them close it', async () => {
    await github.settleIssue(offer('3.5', '3.6'));
    api.tick(1, '3.6', false);
    expect(await github.settleIssue(offer('3.5', '3.6'))).toMatchObject({ kind: 'updated', ...NO('3.6') });
    expect(api.issues[0]?.comments).toEqual([]);
    api.takeWrites();
    expect(await github.settleIssue(offer('3.5', '3.6'))).toMatchObject({ kind: 'unchanged' });
    expect(api.takeWrites()).toEqual([]);
    api.tick(1, '3.5', false);
    expect(await github.settleIssue(offer('3.5', '3.6'))).toMatchObject({
      kind: 'closed',
      ...NO('3.5', '3.6'),
    });
    expect(await github.settleIssue(offer('3.5', '3.6'))).toMatchObject({
      kind: 'none',
      ...NO('3.5', '3.6'),
    });
    expect(await github.settleIssue(offer('3.6', '3.7'))).toMatchObject({ kind: 'created', number: 2 });
    api.tick(2, '3.6', true);
    expect(await github.settleIssue(offer('3.6', '3.7'))).toMatchObject({ kind: 'updated', declined: [] });
  });
});
