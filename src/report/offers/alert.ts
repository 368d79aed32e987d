// The tracking issue of a config: which tags fail or are refused, since when, and which run saw it first. It is worked
// out from what the issue remembers and what one run found; runs that saw less take nothing away.

import { createHash } from 'node:crypto';
import { codeSpan, oneLine, plainMarkdown } from '../../base/text/sanitize.ts';
import { count } from '../../base/text/words.ts';
import { familiarRow } from '../../image/names/reference.ts';
import { hiddenComment, readHiddenComment } from './marker.ts';

/** A tag of one mirror (registry and prefix) that is not as it should be. */
type Trouble = {
  readonly mirror: string;
  readonly source: string;
  readonly tag: string;
  readonly reason: string;
  readonly message: string;
  readonly hint: string;
};

/** `since` and `seen` are days as `2026-09-01`, the first and the last on which a run saw it; `run` is that of the first. */
export type AlertRow = Trouble & { readonly since: string; readonly run: string; readonly seen: string };

/** What one run found. `runs` is the address of the runs' pages without the id. */
export type AlertRun = {
  readonly config: string;
  readonly mirror: string;
  readonly today: string;
  readonly run: string;
  readonly runs: string;
  /** Who writes the issue, as in the marker; empty where nobody knows. */
  readonly by?: string;
  readonly troubles: readonly Trouble[];
  /** Tags that are as they should be, by `alertKey`. */
  readonly well: ReadonlySet<string>;
  /** False when the run was deferred or could not read everything: then what it does not know of stays. */
  readonly complete: boolean;
};

/** What the issue remembers; `text` is a fingerprint of what it says, `by` who wrote it last. */
export type AlertMarker = {
  readonly config: string;
  readonly text: string;
  readonly rows: readonly AlertRow[];
  readonly by?: string;
};

/** The words of the issue. */
export type AlertText = { readonly title: string; readonly body: string };

/** A tag of one mirror: two jobs for two mirrors may share a config. */
export function alertKey({ mirror, source, tag }: Pick<Trouble, 'mirror' | 'source' | 'tag'>): string {
  return `${mirror} ${source}:${tag}`;
}

/** Days after which nobody looks after a mirror any more: no run has seen its troubles for so long. */
const MOST_DAYS = 14;

/** The rows after a run: what it found, since when; of the rest what it cannot know to be well. */
export function mergeAlert(before: readonly AlertRow[], run: AlertRun): readonly AlertRow[] {
  const { mirror, today } = run;
  const known = new Map(before.map((row) => [alertKey(row), row]));
  const found = run.troubles.map((trouble): AlertRow => {
    const { since, run: first } = known.get(alertKey(trouble)) ?? { since: today, run: run.run };
    return { ...trouble, since, run: first, seen: today };
  });
  const now = new Set(found.map(alertKey));
  const stays = before.filter((row) => {
    if (now.has(alertKey(row))) return false;
    if (row.mirror !== mirror) return Date.parse(today) - Date.parse(row.seen) <= MOST_DAYS * 86_400_000;
    return !run.complete && !run.well.has(alertKey(row));
  });
  const all = [...new Map([...stays, ...found].map((row) => [alertKey(row), row])).values()];
  return all.sort((a, b) => (alertKey(a) < alertKey(b) ? -1 : 1));
}

/** The first day on which one of these was seen; null for none. */
export function oldestDay(rows: readonly AlertRow[]): string | null {
  return rows.map(({ since }) => since).sort()[0] ?? null;
}

const BEGIN = '<!-- fresh-mirror:alert:v1 ';
const MOST_MARKER = 25_000;
const MOST_CHARACTERS = 60_000;

/** Title and body, at most 60,000 characters, a cause each; the marker holds as many rows as have room. */
export function renderAlert(config: string, rows: readonly AlertRow[], runs: string, by = ''): AlertText {
  const title = `Tags that are not mirrored: ${oneLine(config, 100).replace(/[^\w .:/-]/g, '_')}`;
  const marker = markerOf(config, rows, by);
  for (const most of [200, 50, 10, 5]) {
    const visible = visibleOf(config, rows, runs, most);
    const text = createHash('sha256')
      .update(`${visible}\n${markerOf(config, rows)('')}`)
      .digest('hex')
      .slice(0, 12);
    const body = `${visible}\n${marker(text)}\n`;
    if (body.length <= MOST_CHARACTERS || most === 5) return { title, body };
  }
  return { title, body: '' };
}

/** What the issue says when the policy asks for it no more; it remembers nothing. */
export function renderAlertOff(config: string): string {
  const why = `Closed, because the policy \`alert\` of ${codeSpan(config)} does not ask for an issue any more.`;
  return `${why}\n\n${markerOf(config, [])('')}\n`;
}

/** What the issue says when all is well; it remembers nothing. */
export function renderAllWell(config: string): string {
  return `All tags of ${codeSpan(config)} are as they should be.\n\n${markerOf(config, [])('')}\n`;
}

function visibleOf(config: string, rows: readonly AlertRow[], runs: string, most: number): string {
  const causes = [...Map.groupBy(rows, ({ reason, message }) => `${reason} ${message}`).values()];
  const largestFirst = causes.toSorted((a, b) => b.length - a.length);
  const sections = largestFirst.slice(0, most).map((cause) => causeSection(cause, runs, most));
  const more = causes.length - sections.length;
  return [
    `${count(rows.length, 'tag')} of ${codeSpan(config)} failed or ${rows.length === 1 ? 'was' : 'were'} refused, the first since ${oldestDay(rows)}. This issue is kept up to date and closed when all is well.`,
    ...sections,
    more === 0 ? '' : `… and ${count(more, 'more cause')}: see the report of the run.`,
    '<sub>Closing this issue silences it for the tags in it, until they were well once.</sub>',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function causeSection(rows: readonly AlertRow[], runs: string, most: number): string {
  const [first] = rows;
  if (first === undefined) return '';
  const lines = rows.slice(0, most).map(({ since, run, ...row }) => {
    const link = /^\d+$/.test(run) ? `, [first seen](${runs}${run})` : '';
    return `- ${codeSpan(familiarRow(row), 150)} on ${codeSpan(row.mirror, 100)} since ${since}${link}`;
  });
  if (rows.length > most) lines.push(`- … and ${rows.length - most} more`);
  const words = [plainMarkdown(first.message, 300), plainMarkdown(first.hint, 300)].filter(
    (part) => part !== '',
  );
  return `**${plainMarkdown(first.reason, 30)}**: ${words.join(' – ')}\n\n${lines.join('\n')}`;
}

/** Words are shortened before rows are left out: since when is what cannot be found out again. */
function markerOf(config: string, rows: readonly AlertRow[], by = ''): (text: string) => string {
  const writer = by === '' ? {} : { by };
  const write = (part: readonly AlertRow[], most: number) => (text: string) =>
    hiddenComment(BEGIN, { config, text, rows: packed(part, most), ...writer });
  for (const most of [200, 60, 0]) {
    const marker = write(rows, most);
    if (marker('').length <= MOST_MARKER) return marker;
  }
  let fit = rows;
  while (fit.length > 0 && write(fit, 0)('').length > MOST_MARKER)
    fit = fit.slice(0, Math.floor(fit.length * 0.8));
  return write(fit, 0);
}

type Packed = readonly [
  mirror: string,
  since: string,
  run: string,
  seen: string,
  reason: string,
  message: string,
  hint: string,
  source: string,
  ...tags: string[],
];

/** Tags that share everything else are one row. */
function packed(rows: readonly AlertRow[], most: number): readonly Packed[] {
  const heads = rows.map(({ mirror, since, run, seen, reason, message, hint, source, tag }) => {
    const words = [message, hint].map((text) => (most === 0 ? '' : oneLine(text, most)));
    return { head: [mirror, since, run, seen, reason, ...words, source], tag };
  });
  const groups = Map.groupBy(heads, ({ head }) => JSON.stringify(head)).values();
  return [...groups].map(
    (group) => [...(group[0]?.head ?? []), ...group.map(({ tag }) => tag)] as unknown as Packed,
  );
}

/** Reads the marker of a body; null where there is none, or none that this version understands. */
export function parseAlert(body: string): AlertMarker | null {
  const json = readHiddenComment(BEGIN, body);
  if (json === null || typeof json.config !== 'string' || !Array.isArray(json.rows)) return null;
  const rows = json.rows.map(unpacked);
  const text = typeof json.text === 'string' ? json.text : '';
  if (rows.includes(null)) return null;
  const by = typeof json.by === 'string' ? { by: json.by } : {};
  return { config: json.config, text, rows: rows.flatMap((row) => row ?? []), ...by };
}

const DAY = /^\d{4}-\d\d-\d\d$/;

function unpacked(row: unknown): readonly AlertRow[] | null {
  if (!Array.isArray(row) || !row.every((part) => typeof part === 'string')) return null;
  const [mirror, since, run, seen, reason, message, hint, source, ...tags] = row as unknown as Packed;
  if (!DAY.test(since) || !DAY.test(seen)) return null;
  return tags.map((tag) => ({ mirror, since, run, seen, reason, message, hint, source, tag }));
}
