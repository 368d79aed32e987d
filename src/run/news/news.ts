// New tags: priced for the person who reads a check, offered as a pull request or an issue where the config says so.
// Whatever GitHub answers, the mirroring is done already and stays done.

import type { Notice } from '../../base/errors/notice.ts';
import { count } from '../../base/text/words.ts';
import type { Config } from '../../config/images/config.ts';
import { familiarName, formatName } from '../../image/names/reference.ts';
import type { Observation } from '../../plan/observation/observation.ts';
import type { Cost, CostBlob, Costs } from '../../plan/select/cost.ts';
import { listsToSelect } from '../../plan/select/select.ts';
import type { Outcome, Plan } from '../../plan/steps/step.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { noticesInOrder, sourcesOf } from '../../report/merge/order.ts';
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
import { isOffered, pricing } from '../prices/offer-prices.ts';
import { asks, type NewsDoors, offerNews } from './offers.ts';

/** What a run found before it announces new tags; `text` is the config as it was read. */
export type Found = Pick<Observed, 'selection' | 'observation'> & {
  readonly config: Config;
  readonly text: string;
  readonly doors: Doors;
  readonly plan: Plan;
  readonly outcomes: readonly Outcome[];
};

/** What the report says of new tags, and the pull request and issue that were left for them. */
type NewsReport = Pick<Report, 'pullRequest' | 'issue'> & {
  readonly newTags: readonly NewTagRow[];
  readonly newTagsUnknown: number;
  /** What a check measured: of each tag by its reference on the mirror, and together. */
  readonly prices?: ReadonlyMap<string, Cost>;
  readonly costs?: Costs;
  readonly costBlobs?: readonly CostBlob[];
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

/** New tags for the report: a mode that writes nothing prices them, another one offers them where the config says so. */
export async function reportNews(
  settings: NewsSettings,
  doors: NewsDoors,
  found: Found,
): Promise<NewsReport> {
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
    const { prices, costs, blobs } = await measureCheck({ ...found, newTags: missing });
    return { ...news, newTags: newTagRows(newTags, plan, outcomes, prices), prices, costs, costBlobs: blobs };
  }
  if (!asks(config, 'pull-request') && !asks(config, 'issue')) return news;
  if (settings.offers === false) {
    const priced = await pricing(found)(newTags, isOffered);
    return { ...news, newTags: newTagRows(priced, plan, outcomes) };
  }
  const complete = unread.length === 0;
  const { job = '' } = settings;
  const sentences = noticesInOrder(ofUpstream, sourcesOf(config)).map(messageOf);
  const offer = { config, seen: found.text, tags: newTags, complete, notices: sentences, job };
  return offerNews(news, offer, { branch: settings.branch, price: pricing(found) }, doors);
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
