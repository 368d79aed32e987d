// New tags: priced for the person who reads a check, offered as a pull request or an issue where the config says so.
// Whatever GitHub answers, the mirroring is done already and stays done.

import { withHint } from '../../base/errors/hints.ts';
import type { Notice } from '../../base/errors/notice.ts';
import { count } from '../../base/text/words.ts';
import type { Config } from '../../config/images/config.ts';
import type { NewTagsAction } from '../../config/policies/new-tags.ts';
import type { GitHub } from '../../github/client.ts';
import type { GitHubProblem } from '../../github/problems.ts';
import type { Published } from '../../github/pull-request.ts';
import { familiarName, formatName } from '../../image/names/reference.ts';
import type { Observation } from '../../plan/observation/observation.ts';
import type { Cost, Costs } from '../../plan/select/cost.ts';
import type { NewTag } from '../../plan/select/new-tags.ts';
import { listsToSelect } from '../../plan/select/select.ts';
import type { Outcome, Plan } from '../../plan/steps/step.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import type { Offer } from '../../report/offers/change.ts';
import { keyOf, type ProposedTag, proposedTag } from '../../report/offers/marker.ts';
import { ignoreLines } from '../../report/offers/tag-line.ts';
import type { Annotation } from '../../report/render/annotations.ts';
import {
  accessNotices,
  confirmNews,
  mirroredBy,
  type NewTagRow,
  newsNotices,
  newTagRows,
  noMatchNotices,
  orphanNotices,
  unlistedNotices,
} from '../../report/rows/news.ts';
import type { Report } from '../../report/rows/report.ts';
import type { Observed } from '../observe/observe.ts';
import { measureCheck } from '../prices/check-costs.ts';
import { isOffered, type Pricing, pricing } from '../prices/offer-prices.ts';

/** What a run found before it tells of new tags; `text` is the config as it was read. */
export type Found = Pick<Observed, 'selection' | 'observation'> & {
  readonly config: Config;
  readonly text: string;
  readonly doors: Doors;
  readonly plan: Plan;
  readonly outcomes: readonly Outcome[];
};

/** Where new tags are reported. */
export type NewsDoors = {
  readonly runner: {
    group<T>(title: string, work: () => Promise<T>): Promise<T>;
    annotate(annotations: readonly Annotation[]): void;
  };
  openGitHub(): GitHub;
  readonly cancelled: AbortSignal;
};

/** What the report says of new tags, and the pull request and issue that were left for them. */
type NewsReport = Pick<Report, 'pullRequest' | 'issue'> & {
  readonly newTags: readonly NewTagRow[];
  readonly newTagsUnknown: number;
  /** What a check measured: of each tag by its reference on the mirror, and together. */
  readonly prices?: ReadonlyMap<string, Cost>;
  readonly costs?: Costs;
  readonly notices: readonly Notice[];
};

/**
 * `branch` is that of the pull request, `job` who offers it; a mode that does not write asks nobody for anything, and one
 * that writes without `offers` leaves that to another run, which has this one's report.
 */
type NewsSettings = {
  readonly writes: boolean;
  readonly offers?: boolean;
  readonly branch: string;
  readonly job?: string;
};

/** Tells of new tags: a mode that writes nothing prices them, another one offers them where the config says so. */
export async function tellNews(settings: NewsSettings, doors: NewsDoors, found: Found): Promise<NewsReport> {
  const { selection, observation, plan, outcomes, config } = found;
  const confirmed = confirmNews(selection.news, observation.upstream);
  const newTags = confirmed.found;
  const unread = [...unreadLists(config, observation), ...confirmed.unread];
  // What depends on the mirror stays out of proposals: two jobs with two mirrors would rewrite each other's words.
  const ofUpstream = [...newsNotices(selection.news), ...noMatchNotices(selection), ...unread];
  const notices = [...ofUpstream, ...confirmed.notices, ...mirrorNotices(settings, found)];
  const news = {
    newTags: newTagRows(newTags, plan, outcomes),
    newTagsUnknown: unread.length,
    notices,
    pullRequest: null,
    issue: null,
  };
  // A cancelled job has seconds left, and what it saw may not be all: nobody is asked for anything.
  if (doors.cancelled.aborted) return news;
  doors.runner.annotate(unreadAnnotations(unread));
  if (!settings.writes) {
    const isMirrored = mirroredBy(plan, outcomes);
    const missing = newTags.filter(({ entry, tag }) => !isMirrored(entry.source, tag));
    const { prices, costs } = await measureCheck({ ...found, newTags: missing });
    return { ...news, newTags: newTagRows(newTags, plan, outcomes, prices), prices, costs };
  }
  if (!asks(config, 'pull-request') && !asks(config, 'issue')) return news;
  if (settings.offers === false) {
    const priced = await pricing(found)(newTags, isOffered);
    return { ...news, newTags: newTagRows(priced, plan, outcomes) };
  }
  const complete = unread.length === 0;
  const { job = '' } = settings;
  const sentences = ofUpstream.map(messageOf);
  const offer = { config, seen: found.text, tags: newTags, complete, notices: sentences, job };
  const offered = await doors.runner.group('New tags', () =>
    propose(offer, { github: doors.openGitHub(), branch: settings.branch, price: pricing(found) }),
  );
  const { declined, notices: answered, ...proposed } = offered;
  doors.runner.annotate(
    answered.map(({ message }) => ({ severity: 'warning', title: 'New tags', message, place: null })),
  );
  return {
    ...news,
    ...proposed,
    newTags: markDeclined(news.newTags, declined),
    notices: [...notices, ...answered, ...declinedNotices(declined)],
  };
}

/** The same rows; those that a person said no to say so. */
function markDeclined(rows: readonly NewTagRow[], declined: readonly ProposedTag[]): readonly NewTagRow[] {
  const keys = new Set(declined.map(keyOf));
  return rows.map((row) => (keys.has(keyOf(row)) ? { ...row, declined: true } : row));
}

/** A no is remembered in silence: it stands in the report, with the way to hear no more of it, and warns nobody. */
function declinedNotices(declined: readonly ProposedTag[]): Notice[] {
  if (declined.length === 0) return [];
  const names = [...new Set(declined.map(keyOf))].join(', ');
  const lines = ignoreLines(declined).join(', ');
  const message = `declined before, not proposed again: ${names}; to hear no more of them, write in their entries ${lines}`;
  return [{ kind: 'declined', source: '', message }];
}

/** What people should know of the mirror's own repositories. */
function mirrorNotices({ writes }: NewsSettings, { config, selection, observation, plan }: Found): Notice[] {
  const { lists, mirrorLists } = observation;
  const unsure = listsToSelect(config).filter(({ pull }) => lists.get(formatName(pull))?.kind === 'unknown');
  const repositories = new Set(unsure.map(({ mirror }) => formatName(mirror)));
  return [
    ...orphanNotices(plan, mirrorLists, (mirror) => repositories.has(formatName(mirror))),
    ...unlistedNotices(selection, mirrorLists),
    ...(writes ? [] : accessNotices(plan, mirrorLists)),
  ];
}

function messageOf({ message }: Notice): string {
  return message;
}

/** Lists that only new tags needed: their failure fails no tag, but must not pass for "nothing new". */
function unreadLists(config: Config, { lists }: Observation): Notice[] {
  return config.entries.flatMap(({ source, pull, policies }): Notice[] => {
    const list = lists.get(formatName(pull));
    if (policies.newTags.length === 0 || list?.kind !== 'unknown') return [];
    const message = `${familiarName(source)}: new tags are unknown, the tag list could not be read (${list.because.message})`;
    return [{ kind: 'unread-list', source: formatName(source), message }];
  });
}

/** One annotation for all of them: where one list cannot be read, a hundred of the same registry cannot either. */
function unreadAnnotations(unread: readonly Notice[]): Annotation[] {
  const [first, ...more] = unread;
  if (first === undefined) return [];
  const rest = more.length === 0 ? '' : `, and of ${count(more.length, 'more source')} too`;
  return [{ severity: 'warning', title: 'New tags', message: `${first.message}${rest}`, place: null }];
}

type Offered = Pick<NewsReport, 'pullRequest' | 'issue' | 'notices'> & {
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

/** Whether any entry's policy names this way of telling. */
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
