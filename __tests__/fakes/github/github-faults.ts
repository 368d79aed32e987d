// Answers with which GitHub refuses, in its own words: each can be put before any request of the fake API.

export type Fault = {
  readonly method: string;
  /** Matches the path behind `/repos/{owner}/{repo}`. */
  readonly path: RegExp;
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The request is done all the same: only its answer is lost. */
  readonly isDone?: boolean;
};

const DOCS = 'https://docs.github.com/rest';
const problem = (message: string, errors?: readonly unknown[]) => ({
  message,
  ...(errors === undefined ? {} : { errors }),
  documentation_url: DOCS,
});

const invalid = (resource: string, field: string, message?: string) =>
  problem('Validation Failed', [
    { resource, field, code: message === undefined ? 'invalid' : 'custom', message },
  ]);

const ANY = /./;

/** Each named as what it is; `method` and `path` say where it hurts. */
export const FAULTS = {
  secondaryLimit: {
    method: 'POST',
    path: /^\/git\/trees$/,
    status: 403,
    body: problem(
      'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    ),
    headers: { 'retry-after': '1' },
  },
  secondaryLimitBlank: {
    method: 'POST',
    path: /^\/pulls$/,
    status: 429,
    body: problem('You have exceeded a secondary rate limit and have been temporarily blocked.'),
    headers: { 'retry-after': '' },
  },
  primaryLimit: {
    method: 'GET',
    path: ANY,
    status: 403,
    body: problem('API rate limit exceeded for installation ID 1.'),
    headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2147483647' },
  },
  notPermitted: {
    method: 'POST',
    path: /^\/pulls$/,
    status: 403,
    body: problem('GitHub Actions is not permitted to create or approve pull requests.'),
  },
  noContents: {
    method: 'POST',
    path: /^\/git\//,
    status: 403,
    body: problem('Resource not accessible by integration'),
  },
  noPulls: {
    method: 'POST',
    path: /^\/pulls/,
    status: 403,
    body: problem('Resource not accessible by integration'),
  },
  noIssues: {
    method: 'POST',
    path: /^\/issues$/,
    status: 403,
    body: problem('Resource not accessible by integration'),
  },
  noLabels: {
    method: 'POST',
    path: /\/labels$/,
    status: 403,
    body: problem('Resource not accessible by integration'),
  },
  noReviewers: {
    method: 'POST',
    path: /\/requested_reviewers$/,
    status: 422,
    body: problem('Reviews may only be requested from collaborators.'),
  },
  badToken: { method: 'GET', path: ANY, status: 401, body: problem('Bad credentials') },
  pullExists: {
    method: 'POST',
    path: /^\/pulls$/,
    status: 422,
    body: invalid('PullRequest', 'head', 'A pull request already exists for acme:fresh-mirror/images.yaml.'),
  },
  headUnknownYet: { method: 'POST', path: /^\/pulls$/, status: 422, body: invalid('PullRequest', 'head') },
  badBase: { method: 'POST', path: /^\/pulls$/, status: 422, body: invalid('PullRequest', 'base') },
  branchExists: {
    method: 'POST',
    path: /^\/git\/refs$/,
    status: 422,
    body: problem('Reference already exists'),
  },
  raced: { method: 'PATCH', path: /^\/git\/refs\//, status: 409, body: problem('Conflict') },
  protectedBranch: {
    method: 'POST',
    path: /^\/git\/refs$/,
    status: 422,
    body: problem('Repository rule violations found\n\nCommits must have verified signatures.'),
  },
  archived: {
    method: 'POST',
    path: /^\/git\//,
    status: 403,
    body: problem('Repository was archived so is read-only.'),
  },
  workflowFile: {
    method: 'POST',
    path: /^\/git\/refs$/,
    status: 403,
    body: problem(
      'refusing to allow a GitHub App to create or update workflow `.github/workflows/x.yml` without `workflows` permission',
    ),
  },
  saml: {
    method: 'GET',
    path: ANY,
    status: 403,
    body: problem('Resource protected by organization SAML enforcement.'),
  },
  issuesOff: {
    method: 'GET',
    path: /^\/issues$/,
    status: 410,
    body: problem('Issues are disabled for this repo'),
  },
  unavailable: { method: 'GET', path: ANY, status: 502, body: problem('Server Error') },
  brokenPage: {
    method: 'GET',
    path: ANY,
    status: 503,
    body: '<html><body>Unicorn!</body></html>',
    headers: { 'content-type': 'text/html' },
  },
  loginPage: {
    method: 'GET',
    path: ANY,
    status: 200,
    body: '<!DOCTYPE html><title>Sign in</title>',
    headers: { 'content-type': 'text/html; charset=utf-8' },
  },
  noApi: {
    method: 'GET',
    path: ANY,
    status: 404,
    body: '<html>Not here</html>',
    headers: { 'content-type': 'text/html' },
  },
} satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof FAULTS;
