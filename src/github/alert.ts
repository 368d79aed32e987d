// The tracking issue of a config: one while tags fail or are refused, updated in place without a comment, closed when
// all is well. Closed by a person it is silent for its tags until they were well once.

import {
  type AlertMarker,
  type AlertRow,
  type AlertRun,
  type AlertText,
  alertKey,
  mergeAlert,
  oldestDay,
  parseAlert,
  renderAlert,
  renderAlertOff,
  renderAllWell,
} from '../report/offers/alert.ts';
import type { Door } from './git-data.ts';
import { closeDuplicates, createIssue, type KnownIssue, listIssues } from './standing.ts';

/** The issue after a run, `number` null where none is open, and all that fails with the day since when. */
export type Alerted = {
  readonly kind: 'alerted';
  readonly number: number | null;
  readonly url: string;
  readonly since: string | null;
  readonly rows: readonly AlertRow[];
};

type Known = KnownIssue<AlertMarker>;

/** Milliseconds after which what another job wrote at the same moment is there, and how often is looked. */
const SETTLED = 2_000;
const MOST_LOOKS = 3;

/**
 * Makes the issue say what one run found; writes nothing when nothing changed. GitHub knows no write on condition, so after
 * a write it is read once more: the job of another mirror may have overwritten it with what it had read before.
 */
export async function settleAlert(door: Door, run: AlertRun): Promise<Alerted> {
  let settled = await settleOnce(door, run);
  for (let looks = 1; settled.wrote && looks < MOST_LOOKS; looks++) {
    await door.sleep(SETTLED);
    settled = await settleOnce(door, run);
  }
  return settled.alerted;
}

type Settled = { readonly alerted: Alerted; readonly wrote: boolean };

async function settleOnce(door: Door, run: AlertRun): Promise<Settled> {
  const known = await readKnown(door, run.config);
  const open = await closeDuplicates(door, known, renderAllWell(run.config));
  if (open !== null) return refresh(door, open, run);
  const [latest] = known;
  const silenced = latest?.marker.rows ?? [];
  const rows = mergeAlert(silenced, run);
  const keys = new Set(silenced.map(alertKey));
  if (rows.some((row) => !keys.has(alertKey(row)))) return create(door, rows, run);
  // What was well once may alert again.
  const isLess = latest !== undefined && rows.length < silenced.length;
  const wrote = isLess && (await rewrite(door, latest, rows, run));
  return { alerted: { kind: 'alerted', number: null, url: '', since: oldestDay(rows), rows }, wrote };
}

function readKnown(door: Door, config: string): Promise<readonly Known[]> {
  return listIssues(door, (body) => {
    const marker = parseAlert(body);
    return marker?.config === config ? marker : null;
  });
}

async function refresh(door: Door, open: Known, run: AlertRun): Promise<Settled> {
  const { number, url } = open;
  const rows = mergeAlert(open.marker.rows, run);
  const isOpen = rows.length > 0 || !run.complete;
  const wrote = rows.length > 0 ? await rewrite(door, open, rows, run) : run.complete;
  if (!isOpen) await close(door, open, run);
  const place = isOpen ? { number, url } : { number: null, url: '' };
  return { alerted: { kind: 'alerted', ...place, since: oldestDay(rows), rows }, wrote };
}

/** False where nothing was written: the words of a person in title or body stay until there is something new to say. */
async function rewrite(
  { rest, repository }: Door,
  { number, marker }: Known,
  rows: readonly AlertRow[],
  { config, runs, by }: AlertRun,
): Promise<boolean> {
  const words: AlertText =
    rows.length === 0 ? { title: '', body: renderAllWell(config) } : renderAlert(config, rows, runs, by);
  if (parseAlert(words.body)?.text === marker.text && rows.length > 0) return false;
  const { title, body } = words;
  const text = title === '' ? { body } : { title, body };
  await rest.issues.update({ ...repository, issue_number: number, ...text });
  return true;
}

async function close({ rest, repository }: Door, { number }: Known, { config }: AlertRun): Promise<void> {
  const body = renderAllWell(config);
  const closed = { state: 'closed', state_reason: 'completed', body } as const;
  await rest.issues.update({ ...repository, issue_number: number, ...closed });
}

/** Another job may have opened one at the same moment: the older one stays and then lists the tags of both. */
async function create(door: Door, rows: readonly AlertRow[], run: AlertRun): Promise<Settled> {
  const made = await createIssue(door, renderAlert(run.config, rows, run.runs, run.by), []);
  const oldest = await closeDuplicates(door, await readKnown(door, run.config), renderAllWell(run.config));
  if (oldest !== null && oldest.number !== made.number) return refresh(door, oldest, run);
  return { alerted: { kind: 'alerted', ...made, since: oldestDay(rows), rows }, wrote: true };
}

/** Removes the rows of one mirror, of which nobody wants to hear any more, from an open issue; closes it where none is left. */
export async function retireAlert(
  { rest, repository }: Door,
  { number, marker }: Pick<Known, 'number' | 'marker'>,
  { mirror, runs }: Pick<AlertRun, 'mirror' | 'runs'>,
): Promise<'closed' | 'updated'> {
  const { config, rows } = marker;
  const others = rows.filter((row) => row.mirror !== mirror);
  const issue = { ...repository, issue_number: number };
  if (others.length > 0) {
    await rest.issues.update({ ...issue, ...renderAlert(config, others, runs) });
    return 'updated';
  }
  const closed = { state: 'closed', state_reason: 'not_planned' } as const;
  await rest.issues.update({ ...issue, ...closed, body: renderAlertOff(config) });
  return 'closed';
}
