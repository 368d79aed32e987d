// A GitHub that remembers, on loopback: refs, trees, commits, pull requests, issues and labels of one repository, as
// far as this action asks for them. A real server, because the bundle and the workflow runner must meet it too: give
// its `url` as GITHUB_API_URL. What people do on the web page are methods; every request is written down.

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RestEndpointMethodTypes } from '@octokit/plugin-rest-endpoint-methods';
import { type Entry, type Files, GitStore } from './git-store.ts';
import type { Fault } from './github-faults.ts';

type Answers = RestEndpointMethodTypes;
/** Of the job's own token the author is an app, and no member of anything. */
type Author = { user: { login: string; type: string } | null; author_association: string };
const APP: Author = { user: { login: 'github-actions[bot]', type: 'Bot' }, author_association: 'NONE' };
type PullAnswer = Pick<
  Answers['pulls']['list']['response']['data'][number],
  'number' | 'title' | 'body' | 'state' | 'merged_at' | 'html_url'
> & {
  head: { ref: string; sha: string; repo: { full_name: string } | null };
  base: { ref: string };
} & Author;
type IssueAnswer = Pick<
  Answers['issues']['listForRepo']['response']['data'][number],
  'number' | 'title' | 'body' | 'html_url'
> & { state: 'open' | 'closed'; labels: { name: string }[]; comments: string[] } & Author;

/** A pull request with what only the fake knows: labels, reviewers, and whether it can still be reopened. */
export type Pull = PullAnswer & {
  labels: string[];
  reviewers: string[];
  comments: string[];
  reopenable: boolean;
};

export type GitHubApiOptions = {
  repository?: string;
  /** Path to text, or to text with a mode. */
  files: Files;
  defaultBranch?: string;
  /** Whether labels of new issues are dropped in silence, as for tokens without push access. */
  dropsLabels?: boolean;
};

type Reply = { status: number; body: unknown };
type Body = Readonly<Record<string, unknown>>;
type Route = readonly [
  method: string,
  path: RegExp,
  answer: (match: readonly string[], body: Body, query: URLSearchParams) => Reply,
];

const ok = (body: unknown, status = 200): Reply => ({ status, body });
const no = (status: number, message: string, errors?: readonly unknown[]): Reply => ({
  status,
  body: { message, errors, documentation_url: 'https://docs.github.com/rest' },
});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** One repository of a fake GitHub. Its state is public: tests look at it and change it as people would. */
export class GitHubApi {
  readonly repository: string;
  readonly defaultBranch: string;
  readonly git = new GitStore();
  readonly refs = this.git.refs;
  readonly pulls: Pull[] = [];
  readonly issues: IssueAnswer[] = [];
  /** `POST /git/trees`, one for each request that came. */
  readonly requests: string[] = [];
  url = '';
  readonly #faults: { fault: Fault; left: number }[] = [];
  readonly #hooks: { line: RegExp; act: () => void }[] = [];
  readonly #server = createServer((request, response) => {
    void this.#receive(request).then(({ status, body, headers }) => {
      const payload = typeof body === 'string' ? body : JSON.stringify(body);
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
      response.end(status === 204 ? undefined : payload);
    });
  });
  readonly #dropsLabels: boolean;

  constructor({
    repository = 'acme/app',
    files,
    defaultBranch = 'main',
    dropsLabels = false,
  }: GitHubApiOptions) {
    this.repository = repository;
    this.defaultBranch = defaultBranch;
    this.#dropsLabels = dropsLabels;
    this.refs.set(defaultBranch, this.git.add(null, files, 'first'));
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** What was written since the last call, as `POST /git/trees`. */
  takeWrites(): string[] {
    return this.takeRequests().filter((line) => !line.startsWith('GET '));
  }

  takeRequests(): string[] {
    return this.requests.splice(0);
  }

  /** Answers the next `times` requests that fit with a fault. */
  fail(fault: Fault, times = Number.POSITIVE_INFINITY): void {
    this.#faults.push({ fault, left: times });
  }

  heal(): void {
    this.#faults.length = 0;
  }

  /** Does something right before the next request that fits `POST /git/trees`. */
  before(line: RegExp, act: () => void): void {
    this.#hooks.push({ line, act });
  }

  // What people do.

  file(branch: string, path: string): string | null {
    return this.git.read(this.refs.get(branch) ?? '', path);
  }

  message(branch: string): string {
    return this.git.commits.get(this.refs.get(branch) ?? '')?.message ?? '';
  }

  /** One commit on a branch, as with `git push`. */
  push(branch: string, files: Files, message = 'by hand'): void {
    this.#setRef(branch, this.git.add(this.refs.get(branch) ?? null, files, message));
  }

  pull(number: number): Pull {
    const found = this.pulls.find((one) => one.number === number);
    if (found === undefined) throw new Error(`no pull request #${number}`);
    return found;
  }

  merge(number: number): void {
    const pull = this.pull(number);
    const base = this.refs.get(pull.base.ref) ?? '';
    pull.state = 'closed';
    pull.merged_at = '2026-01-01T00:00:00Z';
    this.#setRef(pull.base.ref, this.git.merge(base, pull.head.sha, `Merge #${number}`));
  }

  /** Ticks or unticks the box of a tag in a body, as a click on it does. */
  tick(number: number, tag: string, isTicked: boolean): void {
    const thing = [...this.pulls, ...this.issues].find((one) => one.number === number);
    if (thing === undefined) throw new Error(`nothing has the number ${number}`);
    const [was, is] = isTicked ? ['[ ]', '[x]'] : ['[x]', '[ ]'];
    const line = thing.body
      ?.split('\n')
      .find((one) => one.startsWith(`- ${was} `) && one.includes(`:${tag}\``));
    if (line === undefined) throw new Error(`no box ${was} for ${tag}`);
    thing.body = thing.body?.replace(line, line.replace(was, is)) ?? null;
  }

  close(number: number): void {
    this.pull(number).state = 'closed';
  }

  /** Throws where GitHub greys the button out. */
  reopen(number: number): void {
    const pull = this.pull(number);
    const rival = this.pulls.some((one) => one.state === 'open' && one.head.ref === pull.head.ref);
    if (!pull.reopenable || pull.merged_at !== null || rival || !this.refs.has(pull.head.ref)) {
      throw new Error(`#${number} cannot be reopened`);
    }
    pull.state = 'open';
  }

  /** The button "Update branch": the base is merged into the branch of a pull request. */
  updateBranch(number: number): void {
    const { head, base } = this.pull(number);
    const [ours, theirs] = [this.refs.get(head.ref) ?? '', this.refs.get(base.ref) ?? ''];
    const changed = this.git.changes(this.git.parting(theirs, ours), ours).map(({ filename }) => filename);
    const tree = new Map(this.git.treeOf(theirs));
    for (const path of changed) tree.set(path, this.git.treeOf(ours).get(path) ?? { mode: '', sha: '' });
    const message = `Merge branch '${base.ref}' into ${head.ref}`;
    this.#setRef(
      head.ref,
      this.git.keepCommit({ tree: this.git.keepTree(tree), parents: [ours, theirs], message }),
    );
  }

  deleteBranch(branch: string): void {
    this.refs.delete(branch);
    for (const pull of this.pulls.filter((one) => one.head.ref === branch)) pull.state = 'closed';
  }

  // What the API does.

  async #receive(request: IncomingMessage): Promise<Reply & { headers?: Readonly<Record<string, string>> }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks).toString();
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fake');
    const prefix = `/repos/${this.repository}`;
    const at = pathname.indexOf(prefix);
    const path = at < 0 ? pathname : decodeURIComponent(pathname.slice(at + prefix.length));
    const method = request.method ?? 'GET';
    const line = `${method} ${path}`;
    this.requests.push(line);
    const hook = this.#hooks.findIndex((one) => one.line.test(line));
    if (hook >= 0) this.#hooks.splice(hook, 1)[0]?.act();
    const hurt = this.#faults.find(
      ({ fault, left }) => left > 0 && fault.method === method && fault.path.test(path),
    );
    if (hurt !== undefined) {
      hurt.left--;
      // The answer is lost on its way, the work is done.
      if (hurt.fault.isDone !== true) return hurt.fault;
      this.#answer(method, path, raw, searchParams);
      return hurt.fault;
    }
    if (!/^(?:token|bearer) \S+/i.test(request.headers.authorization ?? ''))
      return no(401, 'Requires authentication');
    return at < 0 ? no(404, 'Not Found') : this.#answer(method, path, raw, searchParams);
  }

  #answer(method: string, path: string, raw: string, query: URLSearchParams): Reply {
    const body = raw === '' ? {} : (JSON.parse(raw) as Body);
    for (const [wanted, pattern, answer] of this.#routes) {
      const match = wanted === method ? pattern.exec(path) : null;
      if (match !== null) return answer(match.slice(1), body, query);
    }
    return no(404, 'Not Found');
  }

  readonly #routes: readonly Route[] = [
    [
      'GET',
      /^$/,
      () => ok({ full_name: this.repository, default_branch: this.defaultBranch, archived: false }),
    ],
    ['GET', /^\/git\/ref\/heads\/(.+)$/, ([branch = '']) => this.#refAnswer(branch)],
    [
      'GET',
      /^\/git\/matching-refs\/heads\/(.*)$/,
      ([prefix = '']) =>
        ok(
          [...this.refs.keys()]
            .filter((one) => one.startsWith(prefix))
            .map((one) => ({ ref: `refs/heads/${one}` })),
        ),
    ],
    ['GET', /^\/git\/commits\/(\w+)$/, ([sha = '']) => this.#commitAnswer(sha)],
    ['GET', /^\/compare\/(\w+)\.\.\.(\w+)$/, ([from = '', to = '']) => this.#compare(from, to)],
    ['GET', /^\/git\/trees\/(\w+)$/, ([sha = '']) => this.#treeAnswer(sha)],
    [
      'GET',
      /^\/git\/blobs\/(\w+)$/,
      ([sha = '']) => ok({ sha, encoding: 'base64', content: this.git.blobs.get(sha) }),
    ],
    ['POST', /^\/git\/trees$/, (_, body) => this.#createTree(body)],
    ['POST', /^\/git\/commits$/, (_, body) => this.#createCommit(body)],
    [
      'POST',
      /^\/git\/refs$/,
      (_, body) => this.#createRef(text(body.ref).replace('refs/heads/', ''), text(body.sha)),
    ],
    ['PATCH', /^\/git\/refs\/heads\/(.+)$/, ([branch = ''], body) => this.#updateRef(branch, body)],
    ['DELETE', /^\/git\/refs\/heads\/(.+)$/, ([branch = '']) => this.#deleteRef(branch)],
    ['GET', /^\/pulls$/, (_match, _body, query) => this.#listPulls(query)],
    ['POST', /^\/pulls$/, (_, body) => this.#createPull(body)],
    ['PATCH', /^\/pulls\/(\d+)$/, ([number = ''], body) => this.#updatePull(Number(number), body)],
    [
      'POST',
      /^\/pulls\/(\d+)\/requested_reviewers$/,
      ([number = ''], body) => this.#review(Number(number), body),
    ],
    ['GET', /^\/issues$/, (_match, _body, query) => this.#listIssues(query)],
    ['POST', /^\/issues$/, (_, body) => this.#createIssue(body)],
    ['PATCH', /^\/issues\/(\d+)$/, ([number = ''], body) => this.#updateIssue(Number(number), body)],
    ['POST', /^\/issues\/(\d+)\/labels$/, ([number = ''], body) => this.#label(Number(number), body)],
    ['POST', /^\/issues\/(\d+)\/comments$/, ([number = ''], body) => this.#comment(Number(number), body)],
  ];

  #refAnswer(branch: string): Reply {
    // docs.github.com, "Get a reference": 409 Conflict; the wording is from issues that quote it.
    if (this.refs.size === 0) return no(409, 'Git Repository is empty.');
    const sha = this.refs.get(branch);
    if (sha === undefined) return no(404, 'Not Found');
    return ok({ ref: `refs/heads/${branch}`, object: { type: 'commit', sha } });
  }

  /** docs.github.com, "Compare two commits": three dots, so the files are those since the two parted. */
  #compare(from: string, to: string): Reply {
    if (!this.git.commits.has(from) || !this.git.commits.has(to)) return no(404, 'Not Found');
    const [ahead, behind] = [this.git.isAncestor(from, to), this.git.isAncestor(to, from)];
    const status = from === to ? 'identical' : ahead ? 'ahead' : behind ? 'behind' : 'diverged';
    return ok({ status, files: this.git.changes(this.git.parting(from, to), to) });
  }

  #commitAnswer(sha: string): Reply {
    const commit = this.git.commits.get(sha);
    if (commit === undefined) return no(404, 'Not Found');
    return ok({
      sha,
      message: commit.message,
      tree: { sha: commit.tree },
      parents: commit.parents.map((one) => ({ sha: one })),
    });
  }

  #treeAnswer(sha: string): Reply {
    const tree = this.git.list(sha);
    return tree === null ? no(404, 'Not Found') : ok({ sha, tree, truncated: false });
  }

  #createTree({ base_tree, tree }: Body): Reply {
    const base = this.git.trees.get(text(base_tree));
    if (base === undefined || !Array.isArray(tree)) return no(422, 'base_tree is not a tree');
    const added = (tree as Body[]).map((one): [string, Entry] => {
      return [text(one.path), { mode: text(one.mode), sha: this.git.keepBlob(text(one.content)) }];
    });
    return ok({ sha: this.git.keepTree(new Map([...base, ...added])) }, 201);
  }

  #createCommit({ tree, parents, message }: Body): Reply {
    if (!this.git.trees.has(text(tree)) || !Array.isArray(parents)) return no(422, 'Tree SHA does not exist');
    return ok(
      {
        sha: this.git.keepCommit({ tree: text(tree), parents: parents.map(String), message: text(message) }),
      },
      201,
    );
  }

  #createRef(branch: string, sha: string): Reply {
    if (!this.git.commits.has(sha)) return no(422, 'Object does not exist');
    if (this.refs.has(branch)) return no(422, 'Reference already exists');
    // microsoft/vscode-remote-repositories-github#122: git has no branch foo beside foo/bar, and this is all GitHub says.
    const isRival = (one: string) => branch.startsWith(`${one}/`) || one.startsWith(`${branch}/`);
    if ([...this.refs.keys()].some(isRival)) return no(422, 'Reference update failed');
    this.#setRef(branch, sha);
    return ok({ ref: `refs/heads/${branch}`, object: { sha } }, 201);
  }

  #updateRef(branch: string, { sha, force }: Body): Reply {
    const now = this.refs.get(branch);
    if (now === undefined) return no(422, 'Reference does not exist');
    if (force !== true && !this.git.isAncestor(now, text(sha)))
      return no(422, 'Update is not a fast forward');
    if (!this.git.commits.has(text(sha))) return no(422, 'Object does not exist');
    this.#setRef(branch, text(sha));
    return ok({ ref: `refs/heads/${branch}`, object: { sha } });
  }

  #deleteRef(branch: string): Reply {
    if (!this.refs.has(branch)) return no(422, 'Reference does not exist');
    this.deleteBranch(branch);
    return { status: 204, body: '' };
  }

  /** An open pull request follows its branch and is closed when nothing is left in it; a closed one loses it. */
  #setRef(branch: string, sha: string): void {
    const before = this.refs.get(branch);
    this.refs.set(branch, sha);
    for (const pull of this.pulls.filter((one) => one.head.ref === branch)) {
      if (pull.state !== 'open') pull.reopenable &&= before !== undefined && this.git.isAncestor(before, sha);
      else if (sha === this.refs.get(pull.base.ref)) pull.state = 'closed';
      else pull.head.sha = sha;
    }
  }

  #listPulls(query: URLSearchParams): Reply {
    const [owner] = this.repository.split('/');
    const state = query.get('state') ?? 'open';
    const found = this.pulls.filter((pull) => {
      const head = query.get('head');
      const base = query.get('base');
      return (
        (state === 'all' || pull.state === state) &&
        (head === null || head === `${owner}:${pull.head.ref}`) &&
        (base === null || base === pull.base.ref)
      );
    });
    return ok(pageOf(found.toReversed(), query));
  }

  #createPull({ head, base, title, body }: Body): Reply {
    const sha = this.refs.get(text(head));
    const target = this.refs.get(text(base));
    const invalid = (field: string) =>
      no(422, 'Validation Failed', [{ resource: 'PullRequest', field, code: 'invalid' }]);
    if (sha === undefined) return invalid('head');
    if (target === undefined) return invalid('base');
    const custom = (message: string) =>
      no(422, 'Validation Failed', [{ resource: 'PullRequest', code: 'custom', message }]);
    if (this.pulls.some((one) => one.state === 'open' && one.head.ref === head && one.base.ref === base)) {
      return custom(`A pull request already exists for ${this.repository.split('/')[0]}:${text(head)}.`);
    }
    if (this.git.isAncestor(sha, target)) return custom(`No commits between ${text(base)} and ${text(head)}`);
    const number = this.#nextNumber();
    const pull: Pull = {
      number,
      title: text(title),
      body: text(body),
      state: 'open',
      ...APP,
      merged_at: null,
      html_url: `https://github.com/${this.repository}/pull/${number}`,
      head: { ref: text(head), sha, repo: { full_name: this.repository } },
      base: { ref: text(base) },
      labels: [],
      reviewers: [],
      comments: [],
      reopenable: true,
    };
    this.pulls.push(pull);
    return ok(pull, 201);
  }

  #updatePull(number: number, { title, body, state, base }: Body): Reply {
    const pull = this.pulls.find((one) => one.number === number);
    if (pull === undefined) return no(404, 'Not Found');
    if (typeof title === 'string') pull.title = title;
    if (typeof body === 'string') pull.body = body;
    if (typeof base === 'string') pull.base.ref = base;
    if (state === 'closed') pull.state = 'closed';
    if (state === 'open') this.reopen(number);
    return ok(pull);
  }

  #review(number: number, { reviewers, team_reviewers }: Body): Reply {
    const asked = [reviewers, team_reviewers].flatMap((list) =>
      Array.isArray(list) ? list.map(String) : [],
    );
    this.pull(number).reviewers.push(...asked);
    return ok(this.pull(number), 201);
  }

  #listIssues(query: URLSearchParams): Reply {
    const wanted = (query.get('labels') ?? '').split(',').filter((label) => label !== '');
    const state = query.get('state') ?? 'open';
    const found = this.issues.filter((issue) => {
      return (
        (state === 'all' || issue.state === state) &&
        wanted.every((label) => issue.labels.some((one) => one.name === label))
      );
    });
    const pulls = this.pulls
      .filter(({ state: is }) => state === 'all' || is === state)
      .filter((pull) => wanted.every((label) => pull.labels.includes(label)))
      .map(({ labels, ...pull }) => ({
        ...pull,
        labels: labels.map((name) => ({ name })),
        pull_request: { url: '' },
      }));
    return ok(pageOf([...pulls, ...found.toReversed()], query));
  }

  #createIssue({ title, body, labels }: Body): Reply {
    const number = this.#nextNumber();
    const names =
      Array.isArray(labels) && !this.#dropsLabels ? labels.map((name) => ({ name: String(name) })) : [];
    const html_url = `https://github.com/${this.repository}/issues/${number}`;
    const issue: IssueAnswer = {
      number,
      title: text(title),
      body: text(body),
      html_url,
      state: 'open',
      ...APP,
      labels: names,
      comments: [],
    };
    this.issues.push(issue);
    return ok(issue, 201);
  }

  #updateIssue(number: number, { title, body, state }: Body): Reply {
    const issue = this.issues.find((one) => one.number === number);
    if (issue === undefined) return no(404, 'Not Found');
    if (typeof title === 'string') issue.title = title;
    if (typeof body === 'string') issue.body = body;
    if (state === 'open' || state === 'closed') issue.state = state;
    return ok(issue);
  }

  #label(number: number, { labels }: Body): Reply {
    const names = Array.isArray(labels) ? labels.map(String) : [];
    const issue = this.issues.find((one) => one.number === number);
    issue?.labels.push(...names.map((name) => ({ name })));
    this.pulls.find((one) => one.number === number)?.labels.push(...names);
    return ok(names.map((name) => ({ name })));
  }

  #comment(number: number, { body }: Body): Reply {
    const target = [...this.issues, ...this.pulls].find((one) => one.number === number);
    target?.comments.push(text(body));
    return ok({ id: 1, body }, 201);
  }

  // Objects.

  #nextNumber(): number {
    return this.pulls.length + this.issues.length + 1;
  }
}

function pageOf<T>(all: readonly T[], query: URLSearchParams): readonly T[] {
  const size = Number(query.get('per_page') ?? 30);
  const page = Number(query.get('page') ?? 1);
  return all.slice((page - 1) * size, page * size);
}

/** Starts a fake GitHub with one repository. */
export function startGitHubApi(options: GitHubApiOptions): Promise<GitHubApi> {
  return new GitHubApi(options).listen();
}
