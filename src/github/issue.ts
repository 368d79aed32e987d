// The one issue of a config about new tags: found by its label and the marker in its body, updated in place,
// closed when there is nothing left to report.

import { type IssueChange, makeIssueChange, type Offer } from '../report/offers/change.ts';
import { declinedIn, isUpToDate } from '../report/offers/decide.ts';
import { formatMarker, type Marker, parseMarker } from '../report/offers/marker.ts';
import { readTicks } from '../report/offers/tag-line.ts';
import { renderGained, renderNothingLeft, renderSwitchedOff } from '../report/offers/words.ts';
import type { Door } from './git-data.ts';
import type { Published } from './pull-request.ts';
import { closeDuplicates, createIssue, type KnownIssue, listIssues } from './standing.ts';

type Known = KnownIssue<Marker>;

/** Opens, updates or closes the issue so that it says what is new; writes nothing when nothing changed. */
export async function settleIssue(door: Door, offer: Offer): Promise<Published> {
  const { file } = offer.config;
  const known = await readKnown(door, file);
  const open = await closeDuplicates(door, known, emptyMarker(file));
  const remembered = known.filter((issue) => issue === open || !issue.open);
  const declined = declinedIn(
    remembered.map(({ open, marker, body }) => ({ declined: !open, marker, body })),
  );
  const tags = open === null ? [] : readTicks(open.body, open.marker).tags;
  const change = makeIssueChange({ tags, declined }, offer);
  const result = (kind: Published['kind']): Published => {
    const { number = null, url = '' } = open ?? {};
    const unpriced = kind === 'closed' ? undefined : change.unpriced;
    return { kind, number, url, declined: change.declined, unpriced, notes: [] };
  };
  if (open === null) return change.tags.length === 0 ? result('none') : create(door, offer, change);
  if (change.tags.length === 0) {
    if (!offer.complete && tags.length > 0) return result('unchanged');
    await close(door, open, renderNothingLeft(file, 'issue', declined));
    return result('closed');
  }
  if (isUpToDate(open.marker, change.words, offer.complete)) return result('unchanged');
  await update(door, open, change);
  return result('updated');
}

function readKnown(door: Door, config: string): Promise<readonly Known[]> {
  return listIssues(door, (body) => {
    const marker = parseMarker(body);
    return marker?.config === config ? marker : null;
  });
}

function emptyMarker(config: string): string {
  return formatMarker({ config, text: '', tags: [], declined: [] });
}

/** Another job may have opened one at the same moment; the older one then lists them all. */
async function create(
  door: Door,
  { config }: Offer,
  { words, declined, unpriced }: IssueChange,
): Promise<Published> {
  const { title, body } = words;
  const made = await createIssue(door, { title, body }, config.pullRequest.labels);
  const oldest = await closeDuplicates(door, await readKnown(door, config.file), emptyMarker(config.file));
  const { number, url } = oldest ?? made;
  const kind = number === made.number ? 'created' : 'unchanged';
  return { kind, number, url, declined, unpriced, notes: [] };
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

/** Closes an open issue that the policy does not ask for any more. */
export async function retireIssue(
  door: Door,
  open: Pick<Known, 'number' | 'body' | 'marker'>,
): Promise<void> {
  const { marker, body } = open;
  const off = { config: marker.config, file: marker.config, policy: 'new-tags' } as const;
  const words = renderSwitchedOff(off, 'an issue', readTicks(body, marker).declined);
  await close(door, open, words, 'not_planned');
}

/** The marker in `body` has no tags: closed by us is not a no. */
async function close(
  { rest, repository }: Door,
  { number }: Pick<Known, 'number'>,
  body: string,
  why: 'completed' | 'not_planned' = 'completed',
): Promise<void> {
  const closed = { state: 'closed', state_reason: why, body } as const;
  await rest.issues.update({ ...repository, issue_number: number, ...closed });
}
