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
import { closeDoubles, createIssue, type KnownIssue, listIssues } from './standing.ts';

/** The issue after a run, `number` null where none is open, and all that fails with the day since when. */
export type Alerted = {
  readonly kind: 'alerted';
  readonly number: number | null;
  readonly url: string;
  readonly since: string | null;
  readonly rows: readonly AlertRow[];
};

type Known = KnownIssue<AlertMarker>;

/** Makes the issue say what one run found; writes nothing when nothing changed. */
export async function settleAlert(door: Door, run: AlertRun): Promise<Alerted> {
  const known = await readKnown(door, run.config);
  const open = await closeDoubles(door, known, renderAllWell(run.config));
  if (open !== null) return refresh(door, open, run);
  const [latest] = known;
  const silenced = latest?.marker.rows ?? [];
  const rows = mergeAlert(silenced, run);
  const keys = new Set(silenced.map(alertKey));
  if (rows.some((row) => !keys.has(alertKey(row)))) return create(door, rows, run);
  // What was well once may alert again.
  if (latest !== undefined && rows.length < silenced.length) await rewrite(door, latest, rows, run);
  return { kind: 'alerted', number: null, url: '', since: oldestDay(rows), rows };
}

function readKnown(door: Door, config: string): Promise<readonly Known[]> {
  return listIssues(door, (body) => {
    const marker = parseAlert(body);
    return marker?.config === config ? marker : null;
  });
}

async function refresh(door: Door, open: Known, run: AlertRun): Promise<Alerted> {
  const { number, url } = open;
  const rows = mergeAlert(open.marker.rows, run);
  if (rows.length > 0) await rewrite(door, open, rows, run);
  else if (run.complete) await close(door, open, run);
  const isOpen = rows.length > 0 || !run.complete;
  return {
    kind: 'alerted',
    number: isOpen ? number : null,
    url: isOpen ? url : '',
    since: oldestDay(rows),
    rows,
  };
}

/** The words of a person in title or body stay until there is something new to say. */
async function rewrite(
  { rest, repository }: Door,
  { number, marker }: Known,
  rows: readonly AlertRow[],
  { config, runs, by }: AlertRun,
): Promise<void> {
  const words: AlertText =
    rows.length === 0 ? { title: '', body: renderAllWell(config) } : renderAlert(config, rows, runs, by);
  if (parseAlert(words.body)?.text === marker.text && rows.length > 0) return;
  const { title, body } = words;
  const text = title === '' ? { body } : { title, body };
  await rest.issues.update({ ...repository, issue_number: number, ...text });
}

async function close({ rest, repository }: Door, { number }: Known, { config }: AlertRun): Promise<void> {
  const body = renderAllWell(config);
  const closed = { state: 'closed', state_reason: 'completed', body } as const;
  await rest.issues.update({ ...repository, issue_number: number, ...closed });
}

/** Another job may have opened one at the same moment: the older one stays and then tells of both. */
async function create(door: Door, rows: readonly AlertRow[], run: AlertRun): Promise<Alerted> {
  const made = await createIssue(door, renderAlert(run.config, rows, run.runs, run.by), []);
  const oldest = await closeDoubles(door, await readKnown(door, run.config), renderAllWell(run.config));
  if (oldest !== null && oldest.number !== made.number) return refresh(door, oldest, run);
  return { kind: 'alerted', ...made, since: oldestDay(rows), rows };
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
