// The one issue of a config: found by a label that strangers cannot set and the marker in its body, updated in place,
// closed when there is nothing left to report.

import { type IssueChange, makeIssueChange, type Offer } from '../report/offers/change.ts';
import { declinedIn, isUpToDate } from '../report/offers/decide.ts';
import { formatMarker, type Marker, parseMarker } from '../report/offers/marker.ts';
import { renderGained } from '../report/offers/words.ts';
import type { Door } from './git-data.ts';
import type { Published } from './pull-request.ts';

/** Every issue of this action has it: anybody may open an issue with a marker, but not label it. */
const ISSUE_LABEL = 'fresh-mirror';

type Known = {
  readonly number: number;
  readonly url: string;
  readonly open: boolean;
  readonly marker: Marker;
};

const MOST_PAGES = 5;

/** Opens, updates or closes the issue so that it says what is new; writes nothing when nothing changed. */
export async function settleIssue(door: Door, offer: Offer): Promise<Published> {
  const known = await listIssues(door, offer.config.file);
  const open = known.find((issue) => issue.open) ?? null;
  const declined = declinedIn(known.map((issue) => ({ declined: !issue.open, marker: issue.marker })));
  const change = makeIssueChange({ tags: open?.marker.tags ?? [], declined }, offer);
  const result = (kind: Published['kind']): Published => {
    const { number = null, url = '' } = open ?? {};
    return { kind, number, url, declined: change.declined, notes: [] };
  };
  if (open === null) return change.tags.length === 0 ? result('none') : create(door, offer, change);
  if (change.tags.length === 0) {
    if (!offer.complete) return result('unchanged');
    await close(door, open, offer.config.file);
    return result('closed');
  }
  if (isUpToDate(open.marker, change.words, offer.complete)) return result('unchanged');
  await update(door, open, change);
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

/** Not tried again by the client: an answer that was lost would make a second issue. */
async function create(
  { rest, repository }: Door,
  { config }: Offer,
  { words, declined }: IssueChange,
): Promise<Published> {
  const { title, body } = words;
  const labels = [...new Set([ISSUE_LABEL, ...config.pullRequest.labels])];
  const { data } = await rest.issues.create({ ...repository, title, body, labels, request: { retries: 0 } });
  const labelled = data.labels.some(
    (label) => (typeof label === 'string' ? label : label.name) === ISSUE_LABEL,
  );
  // GitHub drops labels in silence where the token may not set them, and without one no later run finds the issue.
  if (!labelled) await rest.issues.addLabels({ ...repository, issue_number: data.number, labels });
  return { kind: 'created', number: data.number, url: data.html_url, declined, notes: [] };
}

/**
 * Nobody is notified of a changed body, but of a comment: so there is one when tags were added, and none otherwise. It
 * is not tried again by the client: an answer that was lost would make a second comment.
 */
async function update(
  { rest, repository }: Door,
  { number }: Known,
  { words, gained }: IssueChange,
): Promise<void> {
  const { title, body } = words;
  await rest.issues.update({ ...repository, issue_number: number, title, body });
  if (gained.length === 0) return;
  const comment = { ...repository, issue_number: number, body: renderGained(gained) };
  await rest.issues.createComment({ ...comment, request: { retries: 0 } });
}

async function close({ rest, repository }: Door, { number }: Known, config: string): Promise<void> {
  const why = 'There is nothing left to report: every tag of this issue is listed, ignored or gone upstream.';
  const body = `${why}\n\n${formatMarker({ config, text: '', tags: [] })}\n`;
  await rest.issues.update({
    ...repository,
    issue_number: number,
    state: 'closed',
    state_reason: 'completed',
    body,
  });
}
