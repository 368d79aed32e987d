// New tags offered as a pull request or an issue, as the policies of a config ask. Whatever GitHub answers, the mirroring is
// done already and stays done.

import { withHint } from '../../base/errors/hints.ts';
import type { Notice } from '../../base/errors/notice.ts';
import type { Config } from '../../config/images/config.ts';
import type { NewTagsAction } from '../../config/policies/new-tags.ts';
import type { GitHub } from '../../github/client.ts';
import type { GitHubProblem } from '../../github/problems.ts';
import type { Published } from '../../github/pull-request.ts';
import type { NewTag } from '../../plan/select/new-tags.ts';
import type { Offer } from '../../report/offers/change.ts';
import { keyOf, type ProposedTag, proposedTag } from '../../report/offers/marker.ts';
import { ignoreLines } from '../../report/offers/tag-line.ts';
import type { Annotation } from '../../report/render/annotations.ts';
import type { NewTagRow } from '../../report/rows/news.ts';
import type { Report } from '../../report/rows/report.ts';
import type { Pricing } from '../prices/offer-prices.ts';

/** Where new tags are reported. */
export type NewsDoors = {
  readonly runner: {
    group<T>(title: string, work: () => Promise<T>): Promise<T>;
    annotate(annotations: readonly Annotation[]): void;
  };
  openGitHub(): GitHub;
  readonly cancelled: AbortSignal;
};

/** What a report says of new tags. */
type News = Pick<Report, 'newTags' | 'notices' | 'pullRequest' | 'issue'>;

/** The same after they were offered: what GitHub has now, what was said no to, and what it would not do. Never throws. */
export async function offerNews<N extends News>(
  news: N,
  offer: Offer,
  { branch, price }: Omit<Ways, 'github'>,
  doors: NewsDoors,
): Promise<N> {
  const offered = await doors.runner.group('New tags', () =>
    propose(offer, { github: doors.openGitHub(), branch, price }),
  );
  const { declined, notices: answered, ...proposed } = offered;
  doors.runner.annotate(
    answered.map(({ message }) => ({ severity: 'warning', title: 'New tags', message, place: null })),
  );
  return {
    ...news,
    ...proposed,
    newTags: markDeclined(news.newTags, declined),
    notices: [...news.notices, ...answered, ...declinedNotices(declined)],
  };
}

/** The same rows; those that a person said no to say so. */
function markDeclined(rows: readonly NewTagRow[], declined: readonly ProposedTag[]): readonly NewTagRow[] {
  const keys = new Set(declined.map(keyOf));
  return rows.map((row) => (keys.has(keyOf(row)) ? { ...row, declined: true } : row));
}

/** A no is remembered in silence: it is in the report, with the way to hear no more of it, and warns nobody. */
function declinedNotices(declined: readonly ProposedTag[]): Notice[] {
  if (declined.length === 0) return [];
  const names = [...new Set(declined.map(keyOf))].join(', ');
  const lines = ignoreLines(declined).join(', ');
  const message = `declined before, not proposed again: ${names}; to hear no more of them, add to their entries ${lines}`;
  return [{ kind: 'declined', source: '', message }];
}

type Offered = Pick<News, 'pullRequest' | 'issue' | 'notices'> & {
  readonly declined: readonly ProposedTag[];
};

/** The ways to offer: `price` gives the same tags with costs, as far as they are known or can be measured. */
type Ways = {
  readonly github: GitHub;
  readonly branch: string;
  readonly price: Pricing;
};

/** Settles the pull request and the issue of a config, as its entries' `new-tags` policies ask. Never throws. */
async function propose(offer: Offer, ways: Ways): Promise<Offered> {
  const forPullRequest = asks(offer.config, 'pull-request');
  const forIssue = asks(offer.config, 'issue');
  const pullRequest = forPullRequest ? await offerPullRequest(offer, ways) : null;
  const issue = forIssue ? await offerIssue(offer, ways) : null;
  const ended = [pullRequest, issue].filter((end) => end !== null);
  return {
    pullRequest: outcomeOf(pullRequest),
    issue: outcomeOf(issue),
    notices: ended.flatMap(noticesOf),
    declined: ended.flatMap((end) => (end.kind === 'problem' ? [] : end.declined)),
  };
}

/** Whether any entry's policy names this action. */
export function asks(config: Config, action: NewTagsAction): boolean {
  return config.entries.some((entry) => entry.policies.newTags.includes(action));
}

function offerPullRequest(offer: Offer, { github, branch, price }: Ways): Promise<Ended> {
  const { file, pullRequest } = offer.config;
  const settle = async (asked: Offer): Promise<Ended> => {
    const standing = await github.readStanding({ config: file, base: pullRequest.base, branch });
    return standing.kind === 'problem' ? standing : github.settlePullRequest(standing, asked);
  };
  return settleAndPrice({ ...offer, tags: tagsFor('pull-request', offer) }, settle, price);
}

function offerIssue(offer: Offer, { github, price }: Ways): Promise<Ended> {
  return settleAndPrice({ ...offer, tags: tagsFor('issue', offer) }, github.settleIssue, price);
}

type Ended = Published | GitHubProblem;

/**
 * Offers first and prices afterwards what GitHub took and has no price of: what it refuses, what is declined, and what it
 * knows already cost no pull. A price that could not be had is measured again another night.
 */
async function settleAndPrice(
  offer: Offer,
  settle: (offer: Offer) => Promise<Ended>,
  price: Pricing,
): Promise<Ended> {
  const first = { ...offer, tags: await price(offer.tags, () => false) };
  const ended = await settle(first);
  if (ended.kind === 'problem') return ended;
  const unpriced = new Set(ended.unpriced);
  if (unpriced.size === 0) return ended;
  const tags = await price(offer.tags, (tag) => unpriced.has(keyOf(proposedTag(tag))));
  const hasPrice = (tag: NewTag) => tag.cost !== null && unpriced.has(keyOf(proposedTag(tag)));
  if (!tags.some(hasPrice)) return ended;
  const updated = await settle({ ...offer, tags });
  return ended.kind === 'unchanged' && updated.kind !== 'problem' ? updated : ended;
}

/** The tags of the entries with this policy. */
function tagsFor(action: NewTagsAction, { tags }: Offer): NewTag[] {
  return tags.filter(({ entry }) => entry.policies.newTags.includes(action));
}

function outcomeOf(ended: Ended | null): Offered['pullRequest'] {
  if (ended === null || ended.kind === 'problem') return null;
  return { kind: ended.kind, number: ended.number, url: ended.url };
}

function noticesOf(ended: Ended): Notice[] {
  if (ended.kind === 'problem') {
    return [{ kind: 'github', source: '', message: withHint(ended) }];
  }
  return ended.notes.map((message): Notice => ({ kind: 'github', source: '', message }));
}
