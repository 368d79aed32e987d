// The one issue of a config: found by a label that strangers cannot set and the marker in its body, updated in place,
// closed when nothing is left to tell.

import { decide, declinedIn, isSaid, keyOf } from '../report/offers/decide.ts';
import { formatMarker, type Marker, type ProposedTag, parseMarker } from '../report/offers/marker.ts';
import { type ProposalText, renderGained, renderIssue } from '../report/offers/words.ts';
import type { Door } from './git-data.ts';
import type { Published } from './pull-request.ts';

/** What a run tells in an issue. `complete` is false when a tag list failed or the run was narrowed or cancelled. */
export type News = {
  readonly config: string;
  readonly tags: readonly ProposedTag[];
  readonly complete: boolean;
  readonly notices: readonly string[];
  readonly labels: readonly string[];
};

/** Every issue of this action has it: anybody may open an issue with a marker, but not label it. */
export const ISSUE_LABEL = 'fresh-mirror';

type Known = {
  readonly number: number;
  readonly url: string;
  readonly open: boolean;
  readonly marker: Marker;
};

const MOST_PAGES = 5;

/** Makes the issue say what is new: opened, updated or closed, with no write when nothing changed. */
export async function settleIssue(door: Door, news: News): Promise<Published> {
  const known = await listIssues(door, news.config);
  const open = known.find((issue) => issue.open) ?? null;
  const declined = declinedIn(known.map((issue) => ({ refused: !issue.open, marker: issue.marker })));
  const remembered = open?.marker.tags ?? [];
  const wanted = decide(news.tags, remembered, declined, news);
  const { notices, complete } = news;
  const words = renderIssue({
    config: news.config,
    added: wanted.tags,
    byHand: [],
    declined: wanted.declined,
    notices,
    waiting: wanted.waiting,
    complete,
  });
  const result = (kind: Published['kind']): Published => {
    return { kind, number: open?.number ?? null, url: open?.url ?? '', declined: wanted.declined, notes: [] };
  };
  if (open === null)
    return wanted.tags.length === 0 ? result('none') : create(door, news, words, wanted.declined);
  if (wanted.tags.length === 0) {
    if (!complete) return result('unchanged');
    await close(door, open, news.config);
    return result('closed');
  }
  if (isSaid(open.marker, words, complete)) return result('unchanged');
  await update(door, open, words, gained(wanted.tags, remembered));
  return result('updated');
}

/** Newest first. GitHub lists pull requests among the issues. */
async function listIssues({ rest, repository }: Door, config: string): Promise<Known[]> {
  const known: Known[] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { data } = await rest.issues.listForRepo({
      ...repository,
      state: 'all',
      labels: ISSUE_LABEL,
      per_page: 100,
      page,
    });
    for (const issue of data) {
      const marker = parseMarker(issue.body ?? '');
      if (issue.pull_request !== undefined || marker?.config !== config) continue;
      known.push({ number: issue.number, url: issue.html_url, open: issue.state === 'open', marker });
    }
    if (data.length < 100) break;
  }
  return known.sort((a, b) => b.number - a.number);
}

function gained(tags: readonly ProposedTag[], before: readonly ProposedTag[]): ProposedTag[] {
  const known = new Set(before.map(keyOf));
  return tags.filter((tag) => !known.has(keyOf(tag)));
}

/** Not tried again by the client: an answer that was lost would make a second issue. */
async function create(
  { rest, repository }: Door,
  news: News,
  { title, body }: ProposalText,
  declined: readonly ProposedTag[],
): Promise<Published> {
  const labels = [...new Set([ISSUE_LABEL, ...news.labels])];
  const { data } = await rest.issues.create({ ...repository, title, body, labels, request: { retries: 0 } });
  const labelled = data.labels.some((one) => (typeof one === 'string' ? one : one.name) === ISSUE_LABEL);
  // GitHub drops labels in silence where the token may not set them, and without one no later run finds the issue.
  if (!labelled) await rest.issues.addLabels({ ...repository, issue_number: data.number, labels });
  return { kind: 'created', number: data.number, url: data.html_url, declined, notes: [] };
}

/** A changed body tells nobody; a comment does, so there is one when tags came, and none otherwise. */
async function update(
  { rest, repository }: Door,
  { number }: Known,
  { title, body }: ProposalText,
  news: readonly ProposedTag[],
): Promise<void> {
  await rest.issues.update({ ...repository, issue_number: number, title, body });
  if (news.length === 0) return;
  await rest.issues.createComment({ ...repository, issue_number: number, body: renderGained(news) });
}

async function close({ rest, repository }: Door, { number }: Known, config: string): Promise<void> {
  const why = 'Nothing is left to tell: every tag of this issue is listed, ignored or gone upstream.';
  const body = `${why}\n\n${formatMarker({ config, text: '', tags: [] })}\n`;
  await rest.issues.update({
    ...repository,
    issue_number: number,
    state: 'closed',
    state_reason: 'completed',
    body,
  });
}
