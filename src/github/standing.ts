// What GitHub remembers of a config between two runs: the pull requests and issues that carry its marker.

import { declinedIn } from '../report/offers/decide.ts';
import { type Marker, type ProposedTag, parseMarker } from '../report/offers/marker.ts';
import { OfferProblem } from '../report/offers/problem.ts';
import { readTicks } from '../report/offers/tag-line.ts';
import type { Door } from './git-data.ts';

/** Where a proposal belongs: `config` is the path in the repository, `base` null for the default branch. */
export type ProposalAddress = {
  readonly config: string;
  readonly base: string | null;
  readonly branch: string;
};

/** `tags` are those whose boxes are ticked; `marker` is as the last run left it. */
export type Open = {
  readonly number: number;
  readonly url: string;
  readonly base: string;
  readonly marker: Marker | null;
  readonly tags: readonly ProposedTag[];
};

/** What GitHub has of a config: the open pull request, the tags that were declined, and the commits it holds. */
export type Standing = {
  readonly kind: 'standing';
  readonly address: ProposalAddress;
  readonly open: Open | null;
  readonly declined: readonly ProposedTag[];
  readonly heads: ReadonlySet<string>;
};

const MOST_PAGES = 5;

/**
 * Reads what is proposed and what was declined; one request for each hundred pull requests of the branch.
 * @throws OfferProblem where the open pull request on the branch is for another config
 */
export async function readStanding(door: Door, address: ProposalAddress): Promise<Standing> {
  const pulls = await listPulls(door, { head: `${door.repository.owner}:${address.branch}` });
  const onBranch = pulls.filter(({ head }) => head.ref === address.branch);
  const found = onBranch.find((pull) => pull.state === 'open');
  if (found !== undefined && found.marker !== null && found.marker.config !== address.config) {
    throw new OfferProblem(
      `pull request #${found.number} on the branch ${address.branch} is for ${found.marker.config}`,
      'give each config a branch of its own with the input branch',
    );
  }
  const ours = onBranch.filter((pull) => pull.marker?.config === address.config);
  // On a branch of another name there may be what was declined before the name was changed.
  const all = ours.length > 0 ? ours : await listElsewhere(door, address.config);
  const declined = declinedIn(all.flatMap(remembered));
  const heads = new Set(ours.map((pull) => pull.head.sha));
  return { kind: 'standing', address, open: found === undefined ? null : openOf(found), declined, heads };
}

function openOf({ number, html_url: url, base, body, marker }: Pull): Open {
  const tags = marker === null ? [] : readTicks(body ?? '', marker).tags;
  return { number, url, base: base.ref, marker, tags };
}

function remembered({ marker, body, state, merged_at }: Pull) {
  const declined = state === 'closed' && merged_at === null;
  return marker === null ? [] : [{ marker, body: body ?? '', declined }];
}

async function listElsewhere(door: Door, config: string): Promise<Pull[]> {
  return (await listPulls(door, {})).filter((pull) => pull.marker?.config === config && isTrusted(pull));
}

type Pull = Awaited<ReturnType<typeof listPulls>>[number];

/** Newest first. A fork may have a branch of the same name, and an owner may have forks of their own repository. */
async function listPulls({ rest, repository }: Door, only: { readonly head?: string }) {
  const query = { ...repository, ...only, state: 'all', per_page: 100 } as const;
  const pulls: Awaited<ReturnType<typeof rest.pulls.list>>['data'] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { data } = await rest.pulls.list({ ...query, page });
    pulls.push(...data);
    if (data.length < 100) break;
  }
  const own = `${repository.owner}/${repository.repo}`.toLowerCase();
  const mine = pulls.filter((pull) => pull.head.repo?.full_name.toLowerCase() === own);
  return mine
    .sort((a, b) => b.number - a.number)
    .map((pull) => ({ ...pull, marker: parseMarker(pull.body ?? '') }));
}

/** Every issue of this action has it, so that one request finds them. */
const ISSUE_LABEL = 'fresh-mirror';

/** An issue that carries a marker of ours, as `read` reads it. */
export type KnownIssue<M> = {
  readonly number: number;
  readonly url: string;
  readonly open: boolean;
  readonly body: string;
  readonly marker: M;
};

/**
 * The issues whose marker `read` knows, newest first. Who may label an issue may be believed; where none of those is
 * open, one whose label was taken away is looked for among the newest issues of those who may be believed without.
 */
export async function listIssues<M>(
  { rest, repository }: Door,
  read: (body: string) => M | null,
): Promise<readonly KnownIssue<M>[]> {
  const known = new Map<number, KnownIssue<M>>();
  const ask = async (labels: { readonly labels?: string }, page: number) => {
    const query = { ...repository, ...labels, state: 'all', per_page: 100, page } as const;
    const { data } = await rest.issues.listForRepo(query);
    for (const issue of data) {
      const { number, html_url: url, state, body } = issue;
      const marker = read(body ?? '');
      // GitHub lists pull requests among the issues.
      if (issue.pull_request !== undefined || marker === null) continue;
      if (labels.labels === undefined && !isTrusted(issue)) continue;
      known.set(number, { number, url, open: state === 'open', body: body ?? '', marker });
    }
    return data.length;
  };
  for (let page = 1; page <= MOST_PAGES; page++) {
    if ((await ask({ labels: ISSUE_LABEL }, page)) < 100) break;
  }
  if (![...known.values()].some(({ open }) => open)) await ask({}, 1);
  return [...known.values()].sort((a, b) => b.number - a.number);
}

/** The newest open issues and pull requests of those who may be believed: one request, not tried again. */
export async function listOpen({ rest, repository }: Door) {
  const query = { ...repository, state: 'open', per_page: 100, request: { retries: 0 } } as const;
  const { data } = await rest.issues.listForRepo(query);
  return data.filter(isTrusted).map(({ number, body, pull_request }) => {
    return { number, body: body ?? '', isPull: pull_request !== undefined };
  });
}

/** Two jobs at one time open two issues: the oldest stays, the others are closed with a sentence and an empty marker. */
export async function closeDuplicates<M>(
  { rest, repository }: Door,
  known: readonly KnownIssue<M>[],
  emptyMarker: string,
): Promise<KnownIssue<M> | null> {
  const [oldest = null, ...younger] = known
    .filter(({ open }) => open)
    .toSorted((a, b) => a.number - b.number);
  for (const { number } of younger) {
    const body = `Closed in favour of #${oldest?.number}, which another run opened at the same time.\n\n${emptyMarker}\n`;
    const closed = { state: 'closed', state_reason: 'not_planned', body } as const;
    await rest.issues.update({ ...repository, issue_number: number, ...closed });
  }
  return oldest;
}

/** Opens an issue. Not tried again by the client: an answer that was lost would make a second one. */
export async function createIssue(
  { rest, repository }: Door,
  text: { readonly title: string; readonly body: string },
  more: readonly string[],
): Promise<{ readonly number: number; readonly url: string }> {
  const labels = [...new Set([ISSUE_LABEL, ...more])];
  const wanted = { ...repository, ...text, labels, request: { retries: 0 } };
  const { data } = await rest.issues.create(wanted);
  const isLabelled = data.labels.some(
    (label) => (typeof label === 'string' ? label : label.name) === ISSUE_LABEL,
  );
  // GitHub drops labels in silence where the token may not set them, and without one later runs look longer for it.
  if (!isLabelled) await rest.issues.addLabels({ ...repository, issue_number: data.number, labels });
  return { number: data.number, url: data.html_url };
}

/** Who wrote an issue or pull request, as GitHub says. */
type Authored = {
  readonly user: { readonly type?: string | undefined } | null;
  readonly author_association?: string | undefined;
};

/** Anybody may write a marker into an issue. Apps were let in by an owner; the others may write to the repository. */
function isTrusted({ user, author_association }: Authored): boolean {
  return user?.type === 'Bot' || ['OWNER', 'MEMBER', 'COLLABORATOR'].includes(author_association ?? '');
}
