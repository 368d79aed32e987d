// Offers new tags to a person: as a pull request that edits the images config, or as an issue. Whatever GitHub
// answers, the mirroring is done already and stays done.

import { addNewTags } from '../../config/edit/tags.ts';
import type { Config } from '../../config/images/config.ts';
import type { NewTagsAction } from '../../config/images/policy.ts';
import type { GitHub } from '../../github/client.ts';
import type { Published } from '../../github/pull-request.ts';
import type { Refused } from '../../github/refusals.ts';
import { familiarName, formatName } from '../../image/names/reference.ts';
import type { Observation } from '../../plan/observation/observation.ts';
import type { Cost } from '../../plan/select/cost.ts';
import type { Outcome, Plan } from '../../plan/steps/step.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import type { ProposedTag } from '../../report/offers/marker.ts';
import type { Annotation } from '../../report/render/annotations.ts';
import { type NewTagRow, newsNotices, newTagRows, orphanNotices } from '../../report/rows/news.ts';
import type { Report } from '../../report/rows/report.ts';
import type { Observed } from '../observe/observe.ts';
import { measureCosts, type NewTagAt } from '../observe/price.ts';
import type { Settings } from './settings.ts';

/** What is offered, and what is needed to offer it. `text` is the config as it was read. */
type Offering = {
  readonly config: Config;
  readonly text: string;
  readonly branch: string;
  readonly rows: readonly NewTagRow[];
  readonly notices: readonly string[];
  /** False when a tag list could not be read: then nothing is taken back. */
  readonly complete: boolean;
  /** Prices tags for which nobody has a price yet. */
  price(rows: readonly NewTagRow[]): Promise<ReadonlyMap<string, Cost | null>>;
};

/** How it ended; `notes` are sentences for the summary, each with the setting to change where GitHub refused. */
type Offered = Pick<Report, 'pullRequest' | 'issue'> & { readonly notes: readonly string[] };

const NOT_OFFERED: Offered = { pullRequest: null, issue: null, notes: [] };

/** What a run found before it tells of new tags. */
export type Found = Observed & {
  readonly config: Config;
  readonly text: string;
  readonly doors: Doors;
  readonly plan: Plan;
  readonly outcomes: readonly Outcome[];
};

/** Where new tags are told of. */
export type NewsDoors = {
  readonly runner: {
    group<T>(title: string, work: () => Promise<T>): Promise<T>;
    annotate(annotations: readonly Annotation[]): void;
  };
  openGitHub(settings: Settings): GitHub;
  readonly cancelled: AbortSignal;
};

/** Rows and notices for the report, and how the offer ended. */
export type Told = {
  readonly rows: readonly NewTagRow[];
  readonly notices: readonly string[];
  readonly offered: Offered;
};

/** New tags: `check` prices them for the person who reads it, `sync` offers them where the config says so. */
export async function tellNews(settings: Settings, doors: NewsDoors, found: Found): Promise<Told> {
  const { selection, observation, plan, outcomes, config } = found;
  const unread = unreadLists(config, observation);
  const orphans = orphanNotices(selection, observation.held);
  const notices = [...newsNotices(selection.news), ...unread, ...orphans];
  const rows = newTagRows(selection.news, plan, outcomes, new Map());
  // A cancelled job has seconds left, and what it saw may not be all: nobody is asked for anything.
  if (doors.cancelled.aborted) return { rows, notices, offered: NOT_OFFERED };
  const price = (some: readonly NewTagRow[]) => measureCosts(toPrice(config, some), found.doors);
  if (settings.mode === 'check') {
    const costs = await price(rows.filter((row) => !row.mirrored));
    return { rows: newTagRows(selection.news, plan, outcomes, costs), notices, offered: NOT_OFFERED };
  }
  if (!asks(config, 'pull-request') && !asks(config, 'issue')) return { rows, notices, offered: NOT_OFFERED };
  const offering = {
    config,
    text: found.text,
    branch: settings.branch,
    rows,
    notices,
    complete: unread.length === 0,
    price,
  };
  const offered = await doors.runner.group('New tags', () => propose(offering, doors.openGitHub(settings)));
  doors.runner.annotate(
    offered.notes.map((message) => ({ severity: 'warning', title: 'New tags', message, place: null })),
  );
  return { rows, notices: [...notices, ...offered.notes], offered };
}

/** Lists that only new tags needed: their failure fails no tag, but must not pass for "nothing new". */
function unreadLists(config: Config, { lists }: Observation): string[] {
  return config.entries.flatMap(({ source, pull, policies }) => {
    const list = lists.get(formatName(pull));
    if (policies.newTags.length === 0 || list?.kind !== 'unknown') return [];
    return [
      `${familiarName(source)}: new tags are unknown, the tag list could not be read (${list.because.message})`,
    ];
  });
}

function toPrice(config: Config, rows: readonly NewTagRow[]): NewTagAt[] {
  const entries = new Map(config.entries.map((entry) => [formatName(entry.source), entry]));
  return rows.flatMap(({ source, tag, series }) => {
    const entry = entries.get(source);
    if (entry === undefined) return [];
    return [
      { key: `${source}:${tag}`, series: `${source} ${series}`, tag, pull: entry.pull, mirror: entry.mirror },
    ];
  });
}

/** Settles the pull request and the issue of a config, as its entries' `new-tags` policies ask. Never throws. */
async function propose(offering: Offering, github: GitHub): Promise<Offered> {
  const forPullRequest = asks(offering.config, 'pull-request');
  const forIssue = asks(offering.config, 'issue');
  const pullRequest = forPullRequest ? await offerPullRequest(offering, github) : null;
  const issue = forIssue ? await offerIssue(offering, github) : null;
  const ended = [pullRequest, issue].filter((one) => one !== null);
  return { pullRequest: outcomeOf(pullRequest), issue: outcomeOf(issue), notes: ended.flatMap(notesOf) };
}

/** Whether any entry's policy names this way of telling. */
function asks(config: Config, action: NewTagsAction): boolean {
  return config.entries.some((entry) => entry.policies.newTags.includes(action));
}

async function offerPullRequest(offering: Offering, github: GitHub): Promise<Published | Refused> {
  const { config, text, branch, notices, complete } = offering;
  const { base, labels, reviewers } = config.pullRequest;
  const standing = await github.readStanding({ config: config.file, base, branch });
  if (standing.kind === 'refused') return standing;
  const known = [...(standing.open?.marker?.tags ?? []), ...standing.declined];
  return github.settlePullRequest(standing, {
    tags: await proposed(offering, 'pull-request', known),
    seen: text,
    complete,
    notices,
    labels,
    reviewers,
    edit: (current, tags) => addNewTags(config, text, current, tags),
  });
}

async function offerIssue(offering: Offering, github: GitHub): Promise<Published | Refused> {
  const { config, notices, complete } = offering;
  const tags = await proposed(offering, 'issue', []);
  return github.settleIssue({
    config: config.file,
    tags,
    complete,
    notices,
    labels: config.pullRequest.labels,
  });
}

/** The rows of the entries with this policy, priced where they are news to GitHub too. */
async function proposed(
  { config, rows, price }: Offering,
  action: NewTagsAction,
  known: readonly ProposedTag[],
): Promise<ProposedTag[]> {
  const entries = config.entries.filter((entry) => entry.policies.newTags.includes(action));
  const sources = new Set(entries.map((entry) => formatName(entry.source)));
  const wanted = rows.filter((row) => row.beside !== '' && sources.has(row.source));
  const isKnown = (row: NewTagRow): boolean =>
    known.some((one) => one.source === row.source && one.tag === row.tag);
  const costs = await price(wanted.filter((row) => row.cost === null && !isKnown(row)));
  return wanted.map(({ source, tag, beside, series, cost }) => {
    return { source, tag, beside, series, cost: cost ?? costs.get(`${source}:${tag}`) ?? null };
  });
}

function outcomeOf(ended: Published | Refused | null): Offered['pullRequest'] {
  if (ended === null || ended.kind === 'refused') return null;
  return { kind: ended.kind, number: ended.number, url: ended.url };
}

function notesOf(ended: Published | Refused): readonly string[] {
  if (ended.kind === 'refused')
    return [ended.hint === '' ? ended.message : `${ended.message} - ${ended.hint}`];
  const declined = ended.declined.map(({ source, tag }) => `${source}:${tag}`);
  const said = declined.length === 0 ? [] : [`declined before, not proposed again: ${declined.join(', ')}`];
  return [...ended.notes, ...said];
}
