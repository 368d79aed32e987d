// What GitHub answers when it will not do something, as one sentence and the setting to change: a table of answers, in
// the order in which they are tried. The wordings are GitHub's own; where its documentation has a page on
// them, the page is named.

import { Failure } from '../base/errors/failure.ts';
import { oneLine } from '../base/text/sanitize.ts';
import { OfferProblem } from '../report/offers/problem.ts';

/** Why something could not be done on GitHub: `message` says what happened, `hint` what to change. */
export type GitHubProblem = { readonly kind: 'problem'; readonly message: string; readonly hint: string };
/** What is being proposed, in words for the sentences: `file` is the path of the config, `base` "the branch main". */
export type About = { readonly file: string; readonly branch: string; readonly base: string };

/** One answer of GitHub. `status` 0 means that there was none; `page` that it was not JSON. */
type GitHubAnswer = {
  readonly status: number;
  readonly method: string;
  readonly path: string;
  readonly message: string;
  readonly page: boolean;
};

/** Any thrown value as a problem. What nobody foresaw is reported too: a proposal never fails the mirroring. */
export function problemOf(thrown: unknown, about: About): GitHubProblem {
  if (thrown instanceof OfferProblem) return { kind: 'problem', message: thrown.message, hint: thrown.hint };
  if (thrown instanceof Failure) return stoppedProblem(thrown);
  const answer = answerOf(thrown);
  if (answer !== null) return { kind: 'problem', ...sentenceFor(answer, about) };
  const message = `GitHub's answer could not be used: ${oneLine(String(thrown), 200)}`;
  return { kind: 'problem', message, hint: 'check GITHUB_API_URL and any proxy in between' };
}

/** Reads an error of octokit (`RequestError`); null for any other value. */
export function answerOf(thrown: unknown): GitHubAnswer | null {
  if (typeof thrown !== 'object' || thrown === null || !('request' in thrown)) return null;
  const { status, message, request, response } = thrown as {
    status?: unknown;
    message?: unknown;
    request?: { method?: unknown; url?: unknown };
    response?: { data?: unknown };
  };
  const url = URL.parse(String(request?.url ?? ''));
  return {
    // Octokit makes up a 500 where no answer came.
    status: response === undefined || typeof status !== 'number' ? 0 : status,
    method: String(request?.method ?? 'GET'),
    path: url?.pathname.replace(/^.*?\/repos\/[^/]+\/[^/]+/, '') ?? '',
    message: String(message ?? ''),
    page: response !== undefined && typeof response.data !== 'object',
  };
}

/** The run was cancelled, or its time is up. */
function stoppedProblem({ reason }: Failure): GitHubProblem {
  const ended = reason === 'budget' ? 'the time budget was used up' : 'the job was cancelled';
  return { kind: 'problem', message: `${ended} before GitHub had answered`, hint: 'the next run asks again' };
}

type Sentence = { readonly message: string; readonly hint: string };
type Rule = {
  readonly when: (answer: GitHubAnswer, about: About) => boolean;
  readonly say: (answer: GitHubAnswer, about: About) => Sentence;
};

const SETTINGS = 'Settings > Actions > General > Workflow permissions';

const RULES: readonly Rule[] = [
  {
    when: ({ status, message }) => status === 0 && /certificate/i.test(message),
    say: ({ message }) => ({
      message: `GitHub's certificate is not trusted: ${message.replace(/;.*/, '')}`,
      hint: 'set NODE_EXTRA_CA_CERTS or SSL_CERT_FILE to a PEM file with its authority, in the `env:` of the step',
    }),
  },
  {
    when: ({ status }) => status === 0,
    say: ({ message }) => ({
      message: `GitHub could not be reached: ${message}`,
      hint: 'check GITHUB_API_URL and the proxy; the next run tries again',
    }),
  },
  {
    when: ({ page, status }) => page && status < 500,
    say: ({ status }) => ({
      message: `a web page came back (status ${status}) instead of an answer of GitHub's API`,
      hint: 'check the proxy and GITHUB_API_URL; GitHub Enterprise Server has its API under https://HOST/api/v3',
    }),
  },
  {
    when: ({ status }) => status >= 500,
    say: ({ status }) => ({
      message: `GitHub kept answering with status ${status}`,
      hint: 'see githubstatus.com; the next run tries again',
    }),
  },
  {
    when: ({ status, message }) => status === 401 || /bad credentials/i.test(message),
    say: () => ({
      message: 'GitHub does not accept the token',
      hint: 'leave out the input token to use the token of the job, or give one that has not expired',
    }),
  },
  {
    // docs.github.com: "Preventing GitHub Actions from creating or approving pull requests".
    when: ({ message }) => /not permitted to create or approve pull requests/i.test(message),
    say: (_answer, { branch }) => ({
      message: `the branch ${branch} is pushed, but GitHub Actions may not open pull requests in this repository`,
      hint: `${SETTINGS}: tick "Allow GitHub Actions to create and approve pull requests"; or give the input token a token of a GitHub App`,
    }),
  },
  {
    // docs.github.com: "Rate limits for the REST API".
    when: ({ status, message }) => status === 429 || /rate limit|abuse detection/i.test(message),
    say: ({ message }) => ({
      message: `GitHub's ${/secondary|abuse/i.test(message) ? 'secondary ' : ''}rate limit is used up`,
      hint: 'the next run tries again; a separate token in the input token has its own limit',
    }),
  },
  {
    when: ({ message }) => /archived/i.test(message),
    say: () => ({
      message: 'the repository is archived, nothing can be proposed in it',
      hint: 'Settings > Danger Zone: unarchive it, or write `new-tags: report`',
    }),
  },
  {
    // GitHub: "refusing to allow a GitHub App to create or update workflow … without `workflows` permission".
    when: ({ message, method, status }, { file }) =>
      /workflows?\W* (?:permission|scope)/i.test(message) ||
      (method !== 'GET' && [403, 404, 422].includes(status) && file.startsWith('.github/workflows/')),
    say: (_answer, { file }) => {
      const message = 'job tokens may not change files under .github/workflows/';
      const own = 'give the input token one with the permission "workflows"';
      // A pull request for pins may change many files.
      return / pins(?: of .*)?$/.test(file)
        ? { message, hint: `${own}, or write bump: false for the references there` }
        : { message: `${message}, and the config is ${file}`, hint: `move the config elsewhere, or ${own}` };
    },
  },
  {
    when: ({ message }) =>
      /resource not accessible|must have (?:admin|push|write)|write access/i.test(message),
    say: (answer) => ({
      message: `the token may not ${actOf(answer)}`,
      hint: `add \`permissions: { ${permissionsOf(answer)} }\` to the job`,
    }),
  },
  {
    when: ({ message }) => /\bSAML\b/i.test(message),
    say: () => ({
      message: 'the organization requires the token to be authorized for SAML single sign-on',
      hint: 'authorize the token in its settings (Configure SSO), or leave out the input token',
    }),
  },
  {
    when: ({ message }) =>
      /protected|rule violation|repository rule|verified signature|cannot (?:force|update)/i.test(message),
    say: (_answer, { branch }) => ({
      message: `a branch protection or ruleset of the repository forbids writing the branch ${branch}`,
      hint: 'Settings > Rules: let the token bypass it for this branch, or choose another name with the input branch',
    }),
  },
  {
    when: ({ status, message }) => status === 409 && /repository is empty/i.test(message),
    say: () => ({
      message: 'the repository has no commit yet, so nothing can be proposed in it',
      hint: 'push the config first',
    }),
  },
  {
    when: ({ path, status }) => path.includes('/git/ref') && [409, 422].includes(status),
    say: ({ message }, { branch }) => ({
      message: `the branch ${branch} could not be written: ${message}`,
      hint: 'choose another name with the input branch',
    }),
  },
  {
    when: ({ path, status, message }) =>
      path === '/pulls' &&
      status === 422 &&
      /"base"|base/i.test(message) &&
      /invalid|exist/i.test(message) &&
      !/already exists/i.test(message),
    say: (_answer, { base }) => ({
      message: `a pull request cannot go to ${base}`,
      hint: 'write a branch that exists as `pull-request: { base: … }` in the config',
    }),
  },
  {
    when: ({ path, status }) => path.includes('/git/ref') && status === 404,
    say: (_answer, { base }) => ({
      message: `${base} does not exist, or the token may not read it`,
      hint: 'write a branch that exists as `pull-request: { base: … }` in the config, and `permissions: { contents: write }` in the job',
    }),
  },
  {
    when: ({ status, message }) =>
      status === 410 || /issues (?:are|has been|have been) disabled/i.test(message),
    say: () => ({
      message: 'issues are switched off in this repository',
      hint: 'Settings > General > Features: tick Issues, or write `new-tags: pull-request`',
    }),
  },
  {
    when: ({ path, status }) => path.endsWith('/requested_reviewers') && status === 422,
    say: ({ message }) => ({
      message: `the reviewers could not be asked: ${message}`,
      hint: 'reviewers must be collaborators, teams are written as team/NAME and need a token of a GitHub App',
    }),
  },
  {
    when: ({ status }) => status === 404,
    say: (answer) => ({
      message: `the token may not ${actOf(answer)}, or the repository is not there`,
      hint: `add \`permissions: { ${permissionsOf(answer)} }\` to the job`,
    }),
  },
];

/** The sentence for an answer; one that no rule knows is quoted. */
export function sentenceFor(answer: GitHubAnswer, about: About): Sentence {
  const clean = {
    ...answer,
    message: oneLine(answer.message.replace(/ - https:\/\/docs\.github\.com\S*/, ''), 200),
  };
  const rule = RULES.find(({ when }) => when(clean, about));
  if (rule !== undefined) return rule.say(clean, about);
  return {
    message: `GitHub would not ${actOf(clean)}: ${clean.message} (status ${clean.status})`,
    hint: '',
  };
}

const ACTS: readonly (readonly [path: RegExp, act: string, permissions: string])[] = [
  [/\/labels$/, 'label it', 'issues: write, pull-requests: write'],
  [/\/requested_reviewers$/, 'ask for reviews', 'pull-requests: write'],
  [/^\/pulls/, 'open or change pull requests', 'contents: write, pull-requests: write'],
  [/^\/issues/, 'open or change issues', 'issues: write'],
  [/^\/git\//, 'write branches', 'contents: write'],
];

function actOf({ path, method }: GitHubAnswer): string {
  const act = ACTS.find(([pattern]) => pattern.test(path))?.[1] ?? 'read the repository';
  return method === 'GET' ? act.replace(/^(?:open or change|write|ask for)/, 'read') : act;
}

function permissionsOf({ path }: GitHubAnswer): string {
  return ACTS.find(([pattern]) => pattern.test(path))?.[2] ?? 'contents: read';
}
