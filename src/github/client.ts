// The way to GitHub: one client with retries, pacing and deadlines, and pull request and issue through it. Whatever
// GitHub answers, nothing is thrown: a proposal that fails must never fail the mirroring.

import { setTimeout as sleep } from 'node:timers/promises';
import { getOctokit } from '@actions/github';
import { unlessStopped } from '../base/flow/stop.ts';
import { type AlertRun, parseAlert } from '../report/offers/alert.ts';
import { type Offer, type Proposable, tagsProposal } from '../report/offers/change.ts';
import { parseMarker, writerOf } from '../report/offers/marker.ts';
import { OfferProblem } from '../report/offers/problem.ts';
import { parsePinsUnit } from '../report/pins/pins-unit.ts';
import { type Alerted, retireAlert, settleAlert } from './alert.ts';
import { type Door, LostRace } from './git-data.ts';
import { retireIssue, settleIssue } from './issue.ts';
import { type GitHubProblem, problemOf, sentenceFor } from './problems.ts';
import { type Published, retirePullRequest, settlePullRequest } from './pull-request.ts';
import { listOpen, type ProposalAddress, readStanding, type Standing } from './standing.ts';

/** A plugin of octokit; `@octokit/plugin-retry` and `@octokit/plugin-throttling` are passed in by the entry. */
type Plugin = NonNullable<Parameters<typeof getOctokit>[2]>;

/** Which GitHub, which repository (`owner/name`), as whom. `apiUrl` is `GITHUB_API_URL`; empty for api.github.com. */
export type GitHubSettings = {
  readonly token: string;
  readonly repository: string;
  readonly apiUrl: string;
};

/** GitHub, and how it is waited for. */
export type Connection = GitHubSettings & {
  readonly plugins: readonly Plugin[];
  /** Milliseconds that may go by in waiting for rate limits, in all. */
  readonly patience: number;
  readonly signal: AbortSignal | null;
  readonly log: { debug(line: string): void; tell(line: string): void };
  /** Milliseconds that a second of waiting takes; tests make it short. */
  readonly second?: number;
};

/** Pull requests and issues of one repository. Nothing here throws. */
export type GitHub = {
  readStanding(address: ProposalAddress): Promise<Standing | GitHubProblem>;
  settlePullRequest(standing: Standing, offer: Offer): Promise<Published | GitHubProblem>;
  /** The same of anything else that may become a pull request. */
  settleProposal(standing: Standing, proposal: Proposable): Promise<Published | GitHubProblem>;
  settleIssue(offer: Offer): Promise<Published | GitHubProblem>;
  settleAlert(run: AlertRun): Promise<Alerted | GitHubProblem>;
  /** Closes what a policy that is off left open; a sentence for each. Asks nothing without a token, and is silent on failure. */
  closeSwitchedOff(off: SwitchedOff): Promise<readonly string[]>;
};

/** The kinds of offers that nothing in a config asks for any more; only what `job` wrote for `mirror` is closed. */
export type SwitchedOff = {
  readonly ways: readonly ('pull-request' | 'issue' | 'alert')[];
  readonly job: string;
  readonly mirror: string;
  readonly address: ProposalAddress;
  /** The pull requests for pins that are asked for, by the names in their markers; others of this config are closed. */
  readonly pins: readonly string[];
  readonly runs: string;
};

/** Milliseconds for closing what was switched off: nobody waits for it. */
const QUIET = 10_000;

/** One answer must come within this time; waiting for a rate limit does not count. */
const DEADLINE = 60_000;
/** Attempts after the first; the plugin waits one second, then four, then nine. */
const RETRIES = 3;

/** Opens the way; no request is made yet. */
export function openGitHub(connection: Connection): GitHub {
  const { second = 1_000, signal } = connection;
  const [owner = '', repo = ''] = connection.repository.split('/');
  const door = (): Door => ({
    rest: makeClient(connection).rest,
    repository: { owner, repo },
    sleep: (milliseconds) => sleep((milliseconds * second) / 1_000),
  });
  // Made late, so that a missing token is a problem like any other.
  let opened: Door | null = null;
  const settle = async <T>(
    address: ProposalAddress,
    work: (door: Door) => Promise<T>,
  ): Promise<T | GitHubProblem> => {
    try {
      opened ??= door();
      const way = opened;
      return await (signal === null ? work(way) : unlessStopped(() => work(way), signal));
    } catch (thrown) {
      const base = address.base === null ? 'the default branch' : `the branch ${address.base}`;
      return problemOf(thrown, { file: address.config, branch: address.branch, base });
    }
  };
  return {
    readStanding: (address) => settle(address, (way) => readStanding(way, address)),
    settlePullRequest: (standing, offer) =>
      settle(standing.address, (way) => settleAgain(way, standing, tagsProposal(offer))),
    settleProposal: (standing, proposal) =>
      settle(standing.address, (way) => settleAgain(way, standing, proposal)),
    settleIssue: (offer) =>
      settle({ config: offer.config.file, base: null, branch: '' }, (way) => settleIssue(way, offer)),
    settleAlert: (run) =>
      settle({ config: run.config, base: null, branch: '' }, (way) => settleAlert(way, run)),
    closeSwitchedOff: async (off) => {
      if (connection.token === '') return [];
      const end = AbortSignal.any([...(signal === null ? [] : [signal]), AbortSignal.timeout(QUIET)]);
      const { rest } = makeClient({ ...connection, patience: 0, signal: end });
      const way = { ...{ repository: { owner, repo }, rest }, sleep: async () => undefined };
      try {
        return await unlessStopped(() => closeSwitchedOff(way, off), end);
      } catch (thrown) {
        connection.log.debug(`nothing was looked for that a policy left open: ${String(thrown)}`);
        return [];
      }
    },
  };
}

async function closeSwitchedOff(door: Door, off: SwitchedOff): Promise<string[]> {
  const { ways, job, mirror, address, runs } = off;
  const file = address.config;
  const notes: string[] = [];
  for (const { number, body, isPull } of await listOpen(door)) {
    const marker = parseMarker(body);
    const alert = parseAlert(body);
    const way = isPull ? 'pull-request' : 'issue';
    if (marker?.config === address.config && marker.by === writerOf(job, mirror) && ways.includes(way)) {
      if (!isPull) await retireIssue(door, { number, body, marker });
      else if (!(await retirePullRequest(door, address, number, { file, policy: 'new-tags' }))) continue;
      const thing = isPull ? 'pull request' : 'issue';
      notes.push(`${thing} #${number} was closed: the policy new-tags does not ask for it any more`);
    }
    const unit = marker === null || !isPull ? null : parsePinsUnit(marker.config, address);
    if (unit !== null && marker?.by === writerOf(job, mirror) && !off.pins.includes(unit.name)) {
      const at = { ...address, config: unit.name, branch: unit.branch };
      if (!(await retirePullRequest(door, at, number, { file, policy: 'pins' }))) continue;
      notes.push(`pull request #${number} was closed: the policy pins does not ask for it any more`);
    }
    if (alert?.config === address.config && alert.by === job && ways.includes('alert') && !isPull) {
      if (alert.rows.every((row) => row.mirror !== mirror)) continue;
      const end = await retireAlert(door, { number, marker: alert }, { mirror, runs });
      notes.push(`issue #${number} was ${end}: the policy alert does not ask for it any more`);
    }
  }
  return notes;
}

/** Once more where another run wrote the branch meanwhile: most times it proposes the same. */
async function settleAgain(way: Door, standing: Standing, proposal: Proposable): Promise<Published> {
  try {
    return await settlePullRequest(way, standing, proposal);
  } catch (thrown) {
    if (!(thrown instanceof LostRace)) throw thrown;
    return settlePullRequest(way, await readStanding(way, standing.address), proposal);
  }
}

function makeClient(connection: Connection) {
  const { token, apiUrl, plugins, log, second = 1_000 } = connection;
  if (token === '')
    throw new OfferProblem(
      'there is no token for GitHub',
      'leave out the input token to use the token of the job',
    );
  const waits = mayWait(connection);
  const options = {
    ...(apiUrl === '' ? {} : { baseUrl: apiUrl }),
    log: { debug: log.debug, info: log.debug, warn: log.debug, error: log.debug },
    // 409 is a race over a branch, which is settled where it happens; 429 is left to the throttling plugin.
    retry: {
      doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451],
      retries: RETRIES,
      retryAfterBaseValue: second,
    },
    throttle: {
      onRateLimit: waits('rate limit'),
      onSecondaryRateLimit: waits('secondary rate limit'),
      retryAfterBaseValue: second,
    },
  };
  // The deadline comes first, so that it is the innermost: each try has its own.
  return getOctokit(token, options, deadline(connection), ...plugins);
}

/** Says yes to waiting as long as there is patience left, at most twice for one request. */
function mayWait({ patience, log, second = 1_000 }: Connection) {
  let patienceLeft = patience;
  return (limit: string) =>
    (
      seconds: number,
      options: { method?: string; url?: string },
      _octokit: object,
      tried: number,
    ): boolean => {
      const wait = seconds * second;
      if (tried >= 2 || wait > patienceLeft) return false;
      patienceLeft -= wait;
      log.tell(`waiting ${seconds} s: GitHub's ${limit} (${options.method} ${options.url})`);
      return true;
    };
}

function deadline({ signal, log }: Connection): Plugin {
  return (octokit) => {
    octokit.hook.wrap('request', async (request, options) => {
      const late = AbortSignal.timeout(DEADLINE);
      const both = signal === null ? late : AbortSignal.any([signal, late]);
      // Inner hooks read the signal from these options.
      options.request = { ...options.request, signal: both };
      const send = async () => request(options);
      const response = await send().catch((thrown: unknown) => {
        const words = retryWords(thrown, options);
        if (words !== '') log.tell(words);
        throw thrown;
      });
      if (typeof response.data === 'string' && response.data !== '') throw webPageProblem(response.status);
      return response;
    });
    return {};
  };
}

type Request = { readonly method: string; readonly url: string; readonly request?: unknown };

/** When the retry plugin tries again what GitHub could not do, and empty where it does not. */
function retryWords(thrown: unknown, { method, url, request }: Request): string {
  const { status } = Object(thrown) as { readonly status?: unknown };
  if (typeof status !== 'number' || status < 500) return '';
  const { retries = RETRIES, retryCount = 0 } = Object(request) as { retries?: number; retryCount?: number };
  if (retryCount >= retries) return '';
  return `GitHub answered ${status}, trying again in ${(retryCount + 1) ** 2} s (${method} ${url})`;
}

function webPageProblem(status: number): OfferProblem {
  const answer = { status, method: 'GET', path: '', message: '', page: true };
  const { message, hint } = sentenceFor(answer, { file: '', branch: '', base: '' });
  return new OfferProblem(message, hint);
}
