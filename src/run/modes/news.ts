// Offers new tags to a person: as a pull request that edits the images config, or as an issue. Whatever GitHub
// answers, the mirroring is done already and stays done.

import { addNewTags } from '../../config/edit/tags.ts';
import type { Config } from '../../config/images/config.ts';
import type { NewTagsAction } from '../../config/images/policy.ts';
import type { GitHub } from '../../github/client.ts';
import type { Published } from '../../github/pull-request.ts';
import type { Refused } from '../../github/refusals.ts';
import { formatName } from '../../image/names/reference.ts';
import type { Cost } from '../../plan/select/cost.ts';
import type { ProposedTag } from '../../report/offers/marker.ts';
import type { NewTagRow } from '../../report/rows/news.ts';
import type { Report } from '../../report/rows/report.ts';

/** What is offered, and what is needed to offer it. `text` is the config as it was read. */
export type Offering = {
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
export type Offered = Pick<Report, 'pullRequest' | 'issue'> & { readonly notes: readonly string[] };

export const NOT_OFFERED: Offered = { pullRequest: null, issue: null, notes: [] };

/** Settles the pull request and the issue of a config, as its entries' `new-tags` policies ask. Never throws. */
export async function propose(offering: Offering, github: GitHub): Promise<Offered> {
  const forPullRequest = asks(offering.config, 'pull-request');
  const forIssue = asks(offering.config, 'issue');
  const pullRequest = forPullRequest ? await offerPullRequest(offering, github) : null;
  const issue = forIssue ? await offerIssue(offering, github) : null;
  const ended = [pullRequest, issue].filter((one) => one !== null);
  return { pullRequest: outcomeOf(pullRequest), issue: outcomeOf(issue), notes: ended.flatMap(notesOf) };
}

/** Whether any entry's policy names this way of telling. */
export function asks(config: Config, action: NewTagsAction): boolean {
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
