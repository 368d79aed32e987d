import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Config } from '../../src/config/images/config.ts';
import { parseConfig } from '../../src/config/images/parse.ts';
import { type Connection, type GitHub, openGitHub } from '../../src/github/client.ts';
import type { GitHubProblem } from '../../src/github/problems.ts';
import type { Published } from '../../src/github/pull-request.ts';
import { formatName } from '../../src/image/names/reference.ts';
import type { NewTag } from '../../src/plan/select/new-tags.ts';
import { branchFor } from '../../src/report/offers/branch.ts';
import type { Offer } from '../../src/report/offers/change.ts';
import { type ProposedTag, parseMarker } from '../../src/report/offers/marker.ts';
import { type GitHubApi, type GitHubApiOptions, startGitHubApi } from '../fakes/github/github-api.ts';
import { FAULTS, type FaultName } from '../fakes/github/github-faults.ts';

const CONFIG = 'images.yaml';
const BRANCH = 'fresh-mirror/images.yaml';
const TEXT =
  'mirror: ghcr.io/acme/mirror\nimages:\n- source: ruby\n  tags:\n  - "3.4" # keep\n- source: golang\n  tags: ["1.25"]\n';
const PUSH = ['POST /git/trees', 'POST /git/commits'];
const CREATE = [...PUSH, 'POST /git/refs', 'POST /pulls'];
const UPDATE = [...PUSH, `PATCH /git/refs/heads/${BRANCH}`, 'PATCH /pulls/1'];

let api: GitHubApi;
let github: GitHub;

beforeEach(() => start());
afterEach(() => api.stop());

async function start(options: Partial<GitHubApiOptions> = {}): Promise<void> {
  await api?.stop();
  api = await startGitHubApi({ files: { [CONFIG]: TEXT, 'sub/other.yaml': TEXT }, ...options });
  github = openGitHub(connection());
}

function connection(overrides: Partial<Connection> = {}): Connection {
  const log = { debug: () => {}, tell: () => {} };
  return {
    token: 'a-token',
    repository: api.repository,
    apiUrl: api.url,
    plugins: [],
    patience: 0,
    signal: null,
    log,
    second: 1,
    ...overrides,
  };
}

function ruby(tag: string): ProposedTag {
  const cost = { bytes: 31_000_000, platforms: 3, exact: true };
  return { source: 'docker.io/library/ruby', tag, beside: '3.4', series: 'N.N', cost };
}

const golang: ProposedTag = {
  source: 'docker.io/library/golang',
  tag: '1.26',
  beside: '1.25',
  series: 'N.N',
  cost: null,
};

type Run = Partial<Pick<Offer, 'seen' | 'complete' | 'notices'>> &
  Partial<Pick<Config['pullRequest'], 'labels' | 'reviewers'>> & {
    readonly config?: string;
    readonly base?: string;
    readonly branch?: string;
  };

/** An offer of a config, as it was read; tags of sources that it does not have are left out. */
function offerOf(tags: readonly ProposedTag[], run: Run, seen: string): Offer {
  const { labels = [], reviewers = [], complete = true, notices = [] } = run;
  const parsed = parseConfig(Buffer.from(seen), run.config ?? CONFIG).config;
  const config = { ...parsed, pullRequest: { ...parsed.pullRequest, labels, reviewers } };
  const newTags = tags.flatMap(({ source, ...tag }): NewTag[] => {
    const entry = config.entries.find((one) => formatName(one.source) === source);
    return entry === undefined ? [] : [{ entry, ...tag }];
  });
  return { config, seen, tags: newTags, complete, notices };
}

/** What one run of the action does, in a checkout of the default branch unless `seen` says otherwise. */
async function propose(
  tags: readonly ProposedTag[],
  run: Run = {},
  through = github,
): Promise<Published | GitHubProblem> {
  const config = run.config ?? CONFIG;
  const seen = run.seen ?? api.file(api.defaultBranch, config) ?? TEXT;
  const place = { config, base: run.base ?? null, branch: run.branch ?? branchFor(config) };
  const standing = await through.readStanding(place);
  if (standing.kind === 'problem') return standing;
  return through.settlePullRequest(standing, offerOf(tags, run, seen));
}

const inMarker = (body: string | null | undefined) => parseMarker(body ?? '')?.tags.map((one) => one.tag);

describe('a pull request', () => {
  it('is created with three writes for the branch, and not written again', async () => {
    const url = 'https://github.com/acme/app/pull/1';
    const created = await propose([ruby('3.5'), golang]);
    const unpriced = ['docker.io/library/golang:1.26'];
    expect(created).toEqual({ kind: 'created', number: 1, url, declined: [], unpriced, notes: [] });
    expect(api.takeWrites()).toEqual(CREATE);
    expect(api.file(BRANCH, CONFIG)).toBe(
      TEXT.replace('keep\n', 'keep\n  - "3.5"\n').replace('"1.25"', '"1.25", "1.26"'),
    );
    expect(api.message(BRANCH)).toMatch(
      /^Mirror ruby 3\.5 and golang 1\.26\n\nNew upstream tags for images\.yaml:\n- ruby 3\.5\n- golang 1\.26\n\nFresh-Mirror: /,
    );
    expect(inMarker(api.pull(1).body)).toEqual(['3.5', '1.26']);

    expect(await propose([ruby('3.5'), golang])).toMatchObject({ kind: 'unchanged', number: 1 });
    // Costs are not measured again by a run that finds nothing more.
    expect(await propose([{ ...ruby('3.5'), cost: null }, golang])).toMatchObject({
      kind: 'unchanged',
      number: 1,
    });
    expect(api.takeWrites()).toEqual([]);
  });

  it('does not exist where nothing is new', async () => {
    expect(await propose([])).toEqual({ kind: 'none', number: null, url: '', declined: [], notes: [] });
    expect(api.takeWrites()).toEqual([]);
  });

  it('gains tags in place', async () => {
    await propose([ruby('3.5')]);
    api.takeWrites();
    expect(await propose([ruby('3.5'), ruby('3.6')])).toMatchObject({ kind: 'updated', number: 1 });
    expect(api.takeWrites()).toEqual(UPDATE);
    expect(api.file(BRANCH, CONFIG)).toContain('keep\n  - "3.5"\n  - "3.6"\n');
  });

  it('gets labels and reviewers once; what GitHub refuses of them is a note', async () => {
    const extras = { labels: ['mirror'], reviewers: ['ana', 'team/infra'] };
    expect(await propose([ruby('3.5')], extras)).toMatchObject({ kind: 'created', notes: [] });
    expect(api.pull(1)).toMatchObject({ labels: ['mirror'], reviewers: ['ana', 'infra'] });
    api.takeWrites();
    await propose([ruby('3.5')], extras);
    expect(api.takeWrites()).toEqual([]);

    await start();
    for (const fault of [FAULTS.noLabels, FAULTS.noReviewers]) api.fail(fault);
    const problem = await propose([ruby('3.5')], extras);
    expect(problem).toMatchObject({
      kind: 'created',
      notes: [
        expect.stringContaining('may not label it'),
        expect.stringContaining('reviewers could not be asked'),
      ],
    });
  });

  it('is rebuilt when the config on the base changed, and only then', async () => {
    await propose([ruby('3.5')]);
    api.push('main', { 'README.md': 'hello' });
    api.takeWrites();
    expect(await propose([ruby('3.5')])).toMatchObject({ kind: 'unchanged' });
    api.push('main', { [CONFIG]: `# new\n${TEXT}` });
    expect(await propose([ruby('3.5')])).toMatchObject({ kind: 'updated' });
    expect(api.takeWrites()).toEqual(UPDATE.slice(0, 3));
    expect(api.file(BRANCH, CONFIG)).toMatch(/^# new\n/);
    expect(api.file(BRANCH, 'README.md')).toBe('hello');
  });

  it('follows another base', async () => {
    api.push('next', { [CONFIG]: TEXT });
    await propose([ruby('3.5')]);
    expect(await propose([ruby('3.5')], { base: 'next' })).toMatchObject({ kind: 'updated', number: 1 });
    expect(api.pull(1).base.ref).toBe('next');
  });

  it('is closed, with its branch, when nothing is left; that is no refusal of its tags', async () => {
    await propose([ruby('3.5')]);
    expect(await propose([])).toMatchObject({ kind: 'closed', number: 1, notes: [] });
    expect(api.pull(1).state).toBe('closed');
    expect(api.refs.has(BRANCH)).toBe(false);
    expect(await propose([ruby('3.5')])).toMatchObject({ kind: 'created', number: 2, declined: [] });
  });

  it('two configs have two', async () => {
    await propose([ruby('3.5')]);
    expect(await propose([ruby('3.6')], { config: 'sub/other.yaml' })).toMatchObject({
      kind: 'created',
      number: 2,
    });
    expect([api.pull(1), api.pull(2)].map((pull) => inMarker(pull.body))).toEqual([['3.5'], ['3.6']]);
    const clash = await propose([ruby('3.6')], { config: 'sub/other.yaml', branch: BRANCH });
    expect(clash).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('#1'),
      hint: expect.stringContaining('branch'),
    });
    expect(await propose([], { config: 'sub/other.yaml' })).toMatchObject({ kind: 'closed', number: 2 });
    expect(api.pull(1).state).toBe('open');
  });
});

describe('a person in between', () => {
  beforeEach(async () => {
    await propose([ruby('3.5')]);
    api.takeWrites();
  });

  it('merged: nothing is left, then the next tag gets a pull request of its own', async () => {
    api.merge(1);
    expect(await propose([])).toMatchObject({ kind: 'none', declined: [] });
    // A run that began with the old file still offers the tag.
    expect(await propose([ruby('3.5')], { seen: TEXT })).toMatchObject({ kind: 'none' });
    expect(await propose([ruby('3.6')])).toMatchObject({ kind: 'created', number: 2 });
    expect(api.file(BRANCH, CONFIG)).toContain('keep\n  - "3.6"\n  - "3.5"\n');
  });

  it('closed it: a no for that tag, not for the next one', async () => {
    api.close(1);
    expect(await propose([ruby('3.5')])).toMatchObject({ kind: 'none', declined: [{ tag: '3.5' }] });
    expect(api.takeWrites()).toEqual([]);
    expect(await propose([ruby('3.5'), ruby('3.6')])).toMatchObject({ kind: 'created', number: 2 });
    expect(inMarker(api.pull(2).body)).toEqual(['3.6']);
    expect(api.pull(2).body).toContain('1 declined tag');
  });

  it('reopened it: a yes again', async () => {
    api.close(1);
    await propose([ruby('3.5')]);
    api.reopen(1);
    expect(await propose([ruby('3.5'), ruby('3.6')])).toMatchObject({
      kind: 'updated',
      number: 1,
      declined: [],
    });
  });

  it('deleted the branch, which closes it', async () => {
    api.deleteBranch(BRANCH);
    expect(await propose([ruby('3.5')])).toMatchObject({ kind: 'none', declined: [{ tag: '3.5' }] });
  });

  it('deleted the branch at the moment of writing', async () => {
    api.before(/^PATCH \/git\/refs/, () => api.refs.delete(BRANCH));
    expect(await propose([ruby('3.5'), ruby('3.6')])).toMatchObject({ kind: 'updated', number: 1 });
    expect(api.file(BRANCH, CONFIG)).toContain('"3.6"');
  });

  it('pushed to the branch: what they did stays', async () => {
    api.push(BRANCH, { [CONFIG]: `${TEXT}# mine\n` });
    const left = await propose([ruby('3.5'), ruby('3.6')]);
    expect(left).toMatchObject({
      kind: 'unchanged',
      number: 1,
      notes: [expect.stringContaining('somebody pushed')],
    });
    expect(await propose([])).toMatchObject({ kind: 'unchanged' });
    expect(api.takeWrites()).toEqual([]);
    api.close(1);
    // The closed pull request keeps their commit, so the branch may go on.
    expect(await propose([ruby('3.6')])).toMatchObject({ kind: 'created', number: 2 });
  });

  it('pressed "Update branch": it is still ours', async () => {
    api.push('main', { 'README.md': 'hello' });
    api.updateBranch(1);
    api.push('main', { 'README.md': 'hello again' });
    api.updateBranch(1);
    expect(await propose([ruby('3.5')])).toMatchObject({ kind: 'unchanged', notes: [] });
    expect(api.takeWrites()).toEqual([]);
    expect(await propose([ruby('3.5'), ruby('3.6')])).toMatchObject({ kind: 'updated', notes: [] });
    expect(api.file(BRANCH, CONFIG)).toContain('"3.6"');
    expect(api.file(BRANCH, 'README.md')).toBe('hello again');
  });

  it('pressed it, and pushed something too, before or after: what they did stays', async () => {
    api.push('main', { 'README.md': 'hello' });
    api.push(BRANCH, { x: 'mine' });
    api.updateBranch(1);
    expect(await propose([ruby('3.6')])).toMatchObject({
      notes: [expect.stringContaining('somebody pushed')],
    });
    api.push(BRANCH, { x: 'mine too' });
    expect(await propose([ruby('3.6')])).toMatchObject({
      notes: [expect.stringContaining('somebody pushed')],
    });
    expect(api.takeWrites()).toEqual([]);
  });

  it('merged work of their own into it, or changed something while merging: it stays', async () => {
    const ours = api.refs.get(BRANCH) ?? '';
    api.push('feature', { x: 'theirs' });
    const feature = api.git.add(api.refs.get('main') ?? '', { x: 'theirs' }, 'feature');
    api.refs.set(BRANCH, api.git.merge(ours, feature, 'Merge feature'));
    expect(await propose([ruby('3.6')])).toMatchObject({
      notes: [expect.stringContaining('somebody pushed')],
    });
    api.push('main', { 'README.md': 'hello' });
    const tree = new Map(api.git.treeOf(ours));
    tree.set('x', { mode: '100644', sha: api.git.keepBlob('while merging') });
    const parents = [ours, api.refs.get('main') ?? ''];
    api.refs.set(
      BRANCH,
      api.git.keepCommit({ tree: api.git.keepTree(tree), parents, message: 'Merge main' }),
    );
    expect(await propose([ruby('3.6')])).toMatchObject({
      notes: [expect.stringContaining('somebody pushed')],
    });
  });

  it('pushed to the branch at the moment of writing', async () => {
    api.before(/^POST \/git\/trees/, () => api.push(BRANCH, { x: 'mine' }));
    expect(await propose([ruby('3.6')])).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('somebody pushed'),
    });
    expect(api.file(BRANCH, 'x')).toBe('mine');
  });

  it('wrote in the text of the pull request: it stays until there is more to say', async () => {
    const pull = api.pull(1);
    pull.body = `Please wait.\r\n${(pull.body ?? '').replaceAll('\n', '\r\n')}`;
    expect(await propose([ruby('3.5')])).toMatchObject({ kind: 'unchanged' });
    expect(api.takeWrites()).toEqual([]);
  });

  it('has a branch of that name', async () => {
    await start();
    api.push(BRANCH, { x: 'mine' });
    expect(await propose([ruby('3.5')])).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('not from this action'),
    });
    expect(await propose([ruby('3.5')], { branch: 'main' })).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('is the base itself'),
    });
    expect(api.takeWrites()).toEqual([]);
  });

  it('of a fork has a pull request with a marker', async () => {
    const pull = api.pull(1);
    pull.head.repo = { full_name: 'stranger/app' };
    api.deleteBranch(BRANCH);
    expect(await propose([ruby('3.5')])).toMatchObject({ kind: 'created', number: 2, declined: [] });
  });
});

describe('a run that did not see everything', () => {
  beforeEach(async () => {
    await propose([ruby('3.5'), golang]);
    api.takeWrites();
  });

  it('adds, and removes nothing', async () => {
    const some = await propose([ruby('3.5'), ruby('3.6')], { complete: false });
    expect(some).toMatchObject({ kind: 'updated', number: 1 });
    expect(inMarker(api.pull(1).body)).toEqual(['3.5', '3.6', '1.26']);
    expect(api.pull(1).body).toContain('A tag list could not be read');
    expect(await propose([ruby('3.5')])).toMatchObject({ kind: 'updated' });
    expect(inMarker(api.pull(1).body)).toEqual(['3.5']);
  });

  it('does not close', async () => {
    api.push('main', { [CONFIG]: api.file(BRANCH, CONFIG) ?? '' });
    expect(await propose([], { complete: false })).toMatchObject({ kind: 'unchanged', number: 1 });
    expect(await propose([])).toMatchObject({ kind: 'closed', number: 1 });
  });

  it('nor does one of another version of the config', async () => {
    expect(await propose([], { seen: TEXT.replace('golang', 'python') })).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('pull request #1 stays as it is'),
    });
    expect(await propose([ruby('3.5')], { seen: `${TEXT}# more\n` })).toMatchObject({ kind: 'unchanged' });
    expect(api.takeWrites()).toEqual([]);
  });
});

describe('a file that cannot be edited', () => {
  it('differs in the edited lines: proposes nothing and says so', async () => {
    const seen = TEXT.replace('- "3.4" # keep', '- "3.4" # here');
    const problem = await propose([ruby('3.5')], { seen });
    expect(problem).toMatchObject({
      kind: 'problem',
      message: expect.stringMatching(/on the branch main could not be edited.*line 5 differs/),
      hint: expect.stringContaining('by hand'),
    });
    expect(api.takeWrites()).toEqual([]);
  });

  it('of two tags the one that can be added is proposed, the other told', async () => {
    const seen = TEXT.replace('- "3.4" # keep', '- "3.4" # here');
    expect(await propose([ruby('3.5'), golang], { seen })).toMatchObject({ kind: 'created' });
    expect(inMarker(api.pull(1).body)).toEqual(['1.26']);
    expect(api.pull(1).body).toMatch(/To add by hand[\s\S]*`3\.5`/);
  });

  it.each([
    ['is not there', { 'x.yaml': TEXT }, /is not on the branch main/],
    ['is a symbolic link', { [CONFIG]: { mode: '120000', text: TEXT } }, /not a plain file/],
    ['is a folder', { 'images.yaml/x': TEXT }, /not a plain file/],
  ])('%s', async (_name, files, message) => {
    await start({ files });
    expect(await propose([ruby('3.5')], { seen: TEXT })).toMatchObject({
      kind: 'problem',
      message: expect.stringMatching(message),
    });
  });

  it('keeps the mode and the byte order mark', async () => {
    await start({ files: { [CONFIG]: { mode: '100755', text: `\uFEFF${TEXT}` } } });
    expect(await propose([ruby('3.5')], { seen: TEXT })).toMatchObject({ kind: 'created' });
    expect(api.file(BRANCH, CONFIG)).toBe(`\uFEFF${TEXT.replace('keep\n', 'keep\n  - "3.5"\n')}`);
  });
});

describe('what GitHub refuses becomes one sentence and a setting', () => {
  it.each<[FaultName, RegExp, RegExp]>([
    ['secondaryLimit', /secondary rate limit/, /next run/],
    ['secondaryLimitBlank', /secondary rate limit/, /next run/],
    ['primaryLimit', /GitHub's rate limit/, /next run/],
    [
      'notPermitted',
      /may not open pull requests/,
      /Allow GitHub Actions to create and approve pull requests/,
    ],
    ['noContents', /may not write branches/, /contents: write/],
    ['noPulls', /may not open or change pull requests/, /pull-requests: write/],
    ['badToken', /does not accept the token/, /input token/],
    ['badBase', /cannot go to the default branch/, /pull-request: \{ base/],
    ['protectedBranch', /protection or ruleset/, /Settings > Rules/],
    ['branchExists', /could not be written: Reference already exists/, /input branch/],
    ['archived', /archived/, /unarchive/],
    ['workflowFile', /\.github\/workflows/, /elsewhere/],
    ['saml', /SAML/, /SSO/],
    ['unavailable', /status 502/, /next run/],
    ['brokenPage', /status 503/, /next run/],
    ['loginPage', /web page came back \(status 200\)/, /GITHUB_API_URL/],
    ['noApi', /web page came back \(status 404\)/, /api\/v3/],
  ])('%s', async (name, message, hint) => {
    api.fail(FAULTS[name]);
    const problem = await propose([ruby('3.5')]);
    expect(problem).toEqual({
      kind: 'problem',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  it('a config among the workflows', async () => {
    await start({ files: { '.github/workflows/images.yaml': TEXT } });
    api.fail(FAULTS.noContents);
    const problem = await propose([ruby('3.5')], { config: '.github/workflows/images.yaml' });
    expect(problem).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('under .github/workflows/'),
    });
  });

  it('a base that was deleted', async () => {
    const problem = await propose([ruby('3.5')], { base: 'gone' });
    expect(problem).toMatchObject({
      kind: 'problem',
      message: expect.stringMatching(/^the branch gone does not exist/),
    });
  });

  it('nobody there, no token, no such repository', async () => {
    const tokenless = openGitHub(connection({ token: '' }));
    expect(await propose([ruby('3.5')], {}, tokenless)).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('no token'),
    });
    const elsewhere = openGitHub(connection({ repository: 'acme/none' }));
    expect(await propose([ruby('3.5')], {}, elsewhere)).toMatchObject({
      kind: 'problem',
      hint: expect.stringContaining('permissions'),
    });
    const closed = openGitHub(connection({ apiUrl: 'http://127.0.0.1:1' }));
    expect(await propose([ruby('3.5')], {}, closed)).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('could not be reached'),
    });
  });

  it('an aborted job', async () => {
    const aborted = openGitHub(connection({ signal: AbortSignal.abort() }));
    expect(await propose([ruby('3.5')], {}, aborted)).toMatchObject({ kind: 'problem' });
    expect(api.takeRequests()).toEqual([]);
  });
});

describe('what goes by itself', () => {
  it.each<[FaultName, Published['kind']]>([
    ['headUnknownYet', 'created'],
    ['raced', 'updated'],
  ])('%s, once', async (name, kind) => {
    if (kind === 'updated') await propose([ruby('3.5')]);
    api.fail(FAULTS[name], 1);
    expect(await propose([ruby('3.6')])).toMatchObject({ kind, number: 1 });
  });

  it('a pull request that another run opened meanwhile', async () => {
    api.before(/^POST \/pulls$/, () => {
      const { refs, pulls } = api;
      pulls.push({
        ...pullStub(),
        head: { ref: BRANCH, sha: refs.get(BRANCH) ?? '', repo: { full_name: 'acme/app' } },
      });
    });
    expect(await propose([ruby('3.5')])).toMatchObject({ kind: 'updated', number: 1 });
    expect(inMarker(api.pull(1).body)).toEqual(['3.5']);
  });
});

function pullStub() {
  const lists = { labels: [], reviewers: [], comments: [] };
  return {
    number: 1,
    title: '',
    body: '',
    state: 'open',
    merged_at: null,
    html_url: '',
    base: { ref: 'main' },
    user: null,
    author_association: 'NONE',
    reopenable: true,
    ...lists,
  };
}

describe('an issue', () => {
  const news = (tags: readonly ProposedTag[], more: Run = {}): Offer => {
    return offerOf(tags, { labels: ['mirror'], ...more }, TEXT);
  };

  it('is opened, left, updated with a comment, and closed', async () => {
    expect(await github.settleIssue(news([]))).toMatchObject({ kind: 'none', number: null });
    expect(await github.settleIssue(news([ruby('3.5')]))).toMatchObject({ kind: 'created', number: 1 });
    expect(await github.settleIssue(news([ruby('3.5')]))).toMatchObject({ kind: 'unchanged', number: 1 });
    expect(api.takeWrites()).toEqual(['POST /issues']);
    expect(await github.settleIssue(news([ruby('3.5'), ruby('3.6')]))).toMatchObject({
      kind: 'updated',
      number: 1,
    });
    expect(api.issues[0]?.comments).toEqual(['New since the last time: `ruby:3.6`.']);
    expect(await github.settleIssue(news([ruby('3.6')]))).toMatchObject({ kind: 'updated' });
    expect(api.issues[0]?.comments).toHaveLength(1);
    expect(await github.settleIssue(news([], { complete: false }))).toMatchObject({ kind: 'unchanged' });
    expect(await github.settleIssue(news([]))).toMatchObject({ kind: 'closed', number: 1 });
    expect(api.issues[0]?.state).toBe('closed');
    expect(await github.settleIssue(news([ruby('3.6')]))).toMatchObject({ kind: 'created', number: 2 });
  });

  it('that a person closed is a no', async () => {
    await github.settleIssue(news([ruby('3.5')]));
    Object.assign(api.issues[0] ?? {}, { state: 'closed' });
    expect(await github.settleIssue(news([ruby('3.5')]))).toMatchObject({
      kind: 'none',
      declined: [{ tag: '3.5' }],
    });
    expect(await github.settleIssue(news([ruby('3.5'), ruby('3.6')]))).toMatchObject({
      kind: 'created',
      number: 2,
    });
  });

  it('of a stranger, with a marker and no label, is not ours; pull requests are none', async () => {
    await propose([ruby('3.5')], { labels: ['fresh-mirror'] });
    expect(await github.settleIssue(news([ruby('3.5')]))).toMatchObject({ kind: 'created', number: 2 });
    const stranger = { user: { login: 'x', type: 'User' }, author_association: 'CONTRIBUTOR' };
    Object.assign(api.issues[0] ?? {}, { labels: [], ...stranger });
    expect(await github.settleIssue(news([ruby('3.5')]))).toMatchObject({ kind: 'created', number: 3 });
  });

  it('whose label was taken away is still ours', async () => {
    await github.settleIssue(news([ruby('3.5')]));
    Object.assign(api.issues[0] ?? {}, { labels: [] });
    expect(await github.settleIssue(news([ruby('3.5')]))).toMatchObject({ kind: 'unchanged', number: 1 });
    Object.assign(api.issues[0] ?? {}, { state: 'closed' });
    expect(await github.settleIssue(news([ruby('3.5')]))).toMatchObject({ kind: 'none' });
    expect(api.issues).toHaveLength(1);
  });

  it('that two jobs open at one time stays one: the older', async () => {
    const both = [news([ruby('3.5')]), news([ruby('3.5')])];
    await Promise.all(both.map((one) => github.settleIssue(one)));
    expect(api.takeWrites().filter((line) => line === 'POST /issues')).toHaveLength(2);
    expect(await github.settleIssue(news([ruby('3.5')]))).toMatchObject({ number: 1, declined: [] });
    expect(api.issues.map(({ number, state }) => [number, state])).toEqual([
      [1, 'open'],
      [2, 'closed'],
    ]);
  });

  it('gets its label in a second request where GitHub dropped it', async () => {
    await start({ dropsLabels: true });
    await github.settleIssue(news([ruby('3.5')]));
    expect(api.takeWrites()).toEqual(['POST /issues', 'POST /issues/1/labels']);
    expect(await github.settleIssue(news([ruby('3.5')]))).toMatchObject({ kind: 'unchanged' });
  });

  it.each<[FaultName, RegExp]>([
    ['noIssues', /issues: write/],
    ['issuesOff', /tick Issues/],
  ])('refused: %s', async (name, hint) => {
    api.fail(FAULTS[name]);
    expect(await github.settleIssue(news([ruby('3.5')]))).toMatchObject({
      kind: 'problem',
      hint: expect.stringMatching(hint),
    });
  });
});

it.each([
  ['images.yaml', 'fresh-mirror/images.yaml'],
  ['image-sync/images.yaml', 'fresh-mirror/image-sync/images.yaml'],
  ['.github/my images.yaml', 'fresh-mirror/-github/my-images.yaml'],
  ['a..b/x.lock', 'fresh-mirror/a-b/x-'],
])('the branch of %s is %s', (config, branch) => {
  expect(branchFor(config)).toBe(branch);
});
