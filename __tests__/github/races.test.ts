// Two runs at one time, answers that get lost, and branches that git cannot keep: no doubles, and words that do not mislead.

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GitHub } from '../../src/github/client.ts';
import { parseBranch } from '../../src/report/offers/branch.ts';
import { type GitHubApi, startGitHubApi } from '../fakes/github/github-api.ts';
import { FAULTS, type Fault } from '../fakes/github/github-faults.ts';
import { BRANCH, offer, openWith, PLACE, proposeTo, TEXT } from './stage.ts';

let api: GitHubApi;
let github: GitHub;

beforeEach(async () => {
  api = await startGitHubApi({ files: { 'images.yaml': TEXT } });
  github = openWith(api);
});
afterEach(() => api.stop());

const propose = (made: ReturnType<typeof offer>, place = PLACE) => proposeTo(github, made, place);
const lost = (method: string, path: RegExp): Fault => ({ ...FAULTS.unavailable, method, path, isDone: true });

describe('an answer that got lost', () => {
  it.each([
    ['of the new branch', lost('POST', /^\/git\/refs$/)],
    ['of the new pull request', lost('POST', /^\/pulls$/)],
  ])('%s: one branch, one pull request, labelled', async (_name, fault) => {
    api.fail(fault, 1);
    expect(await propose(offer('3.5'))).toMatchObject({ number: 1, notes: [] });
    expect([api.pulls.length, api.pulls[0]?.labels, api.refs.size]).toEqual([1, ['mirror'], 2]);
    api.takeWrites();
    expect(await propose(offer('3.5'))).toMatchObject({ kind: 'unchanged' });
    expect(api.takeWrites()).toEqual([]);
  });

  it('of a comment: no second one', async () => {
    await github.settleIssue(offer('3.5'));
    api.fail(lost('POST', /\/comments$/), 1);
    await github.settleIssue(offer('3.5', '3.6'));
    expect(api.issues[0]?.comments).toHaveLength(1);
  });
});

describe('two runs at one time', () => {
  it('make the branch together: one pull request, and no problem', async () => {
    let other: Promise<unknown> = Promise.resolve();
    api.before(/^POST \/git\/commits$/, () => {
      other = propose(offer('3.5'));
    });
    const mine = await propose(offer('3.5'));
    expect(await other).toMatchObject({ number: 1 });
    expect(mine).toMatchObject({ number: 1, notes: [] });
    expect(api.pulls.filter(({ state }) => state === 'open')).toHaveLength(1);
  });

  it('with a branch that came meanwhile from the other one, this one goes on from it', async () => {
    const before = await propose(offer('3.5'));
    const commit = api.refs.get(BRANCH) ?? '';
    api.refs.delete(BRANCH);
    api.pulls.length = 0;
    api.before(/^POST \/git\/refs$/, () => api.refs.set(BRANCH, commit));
    expect(before).toMatchObject({ kind: 'created' });
    expect(await propose(offer('3.5'))).toMatchObject({ kind: 'created', notes: [] });
  });
});

describe('a branch that cannot be made', () => {
  it('beside a branch that is its folder', async () => {
    api.push('fresh-mirror', { x: '1' });
    expect(await propose(offer('3.5'))).toMatchObject({
      message: `the branch ${BRANCH} cannot exist beside the branch fresh-mirror`,
      hint: expect.stringContaining('input branch'),
    });
  });

  it('that is the folder of another', async () => {
    api.push('mirror/old', { x: '1' });
    expect(await propose(offer('3.5'), { ...PLACE, branch: 'mirror' })).toMatchObject({
      message: 'the branch mirror cannot exist beside the branch mirror/old',
    });
  });

  it('for what GitHub alone knows: quotes it and names the input', async () => {
    api.fail({ ...FAULTS.branchExists, body: { message: 'Reference name is not valid' } });
    expect(await propose(offer('3.5'))).toMatchObject({
      message: `the branch ${BRANCH} could not be written: Reference name is not valid`,
      hint: expect.stringContaining('input branch'),
    });
  });

  it('in an empty repository', async () => {
    api.refs.clear();
    expect(await propose(offer('3.5'))).toMatchObject({
      message: expect.stringContaining('no commit yet'),
      hint: 'push the config first',
    });
  });
});

describe('the input branch', () => {
  it.each([
    ['refs/heads/x', /is a ref/, /as in x$/],
    ['refs/tags/x', /is a ref/, /only the branch/],
    ['a b', /blank/, /./],
    ['a..b', /\.\./, /./],
    ['a/', /ends/, /./],
    ['/a', /begins/, /./],
    ['a//b', /\/\//, /./],
    ['.a', /dot/, /./],
    ['a/.b', /dot/, /./],
    ['a.lock', /\.lock/, /./],
    ['a.lock/b', /\.lock/, /./],
    ['a@{1}', /@\{/, /./],
    ['a\tb', /blank/, /./],
    ['-a', /something else/, /./],
    ['@', /something else/, /./],
    ['HEAD', /something else/, /./],
    ['0'.repeat(40), /something else/, /./],
    ['x'.repeat(245), /longer/, /./],
  ])('%j is a mistake', (written, mistake, hint) => {
    expect(parseBranch(written)).toEqual({
      mistake: expect.stringMatching(mistake),
      hint: expect.stringMatching(hint),
    });
  });

  it.each(['x', 'fresh-mirror/images.yaml', 'a@b', 'ä/ö', 'a.b', 'locked/x.lock2'])(
    '%j is one',
    (written) => {
      expect(parseBranch(written)).toBe(written);
    },
  );
});
