// New tags and stale pins of reports, checked against the config and its files: what these do not ask for is not believed,
// and what they ask for is worked out anew, so that a report decides nothing but which tags there are.

import { Failure } from '../../base/errors/failure.ts';
import { count } from '../../base/text/words.ts';
import type { Config, Entry } from '../../config/images/config.ts';
import { isDigest } from '../../image/names/digest.ts';
import { formatName } from '../../image/names/reference.ts';
import { isTag } from '../../image/tags/tag.ts';
import type { MoveNotes } from '../../plan/bumps/bump-guard.ts';
import { nextTag } from '../../plan/bumps/next-tag.ts';
import type { Pin, StalePin } from '../../plan/bumps/pin.ts';
import type { StalePinRow } from '../../plan/bumps/row.ts';
import type { NewTag } from '../../plan/select/new-tags.ts';
import { newAmong } from '../../plan/select/select.ts';
import { keyOf } from '../offers/marker.ts';
import type { NewTagRow } from '../rows/news.ts';

/** `rows` are those that the config allows, `newTags` what may be offered of them; `strange` says what is left out, or nothing. */
type CheckedNews = {
  readonly rows: readonly NewTagRow[];
  readonly newTags: readonly NewTag[];
  readonly strange: string | null;
};

/** Sorts the rows of new tags into what this config asks for and what it does not. */
export function checkNews(rows: readonly NewTagRow[], { entries }: Pick<Config, 'entries'>): CheckedNews {
  const bySource = new Map(entries.map((entry) => [formatName(entry.source), entry]));
  const places = new Map([...bySource.keys()].map((source, at) => [source, at]));
  const place = ({ source }: NewTagRow): number => places.get(source) ?? 0;
  const valid = [...new Map(rows.map((row) => [`${row.beside === ''} ${keyOf(row)}`, row])).values()]
    .filter(({ source, tag }) => bySource.has(source) && isTag(tag))
    .sort((a, b) => place(a) - place(b));
  const asked = new Map(
    [...Map.groupBy(valid.filter(isOffered), ({ source }) => source)].flatMap(([source, group]) => {
      const entry = bySource.get(source);
      return entry === undefined ? [] : newOf(entry, group);
    }),
  );
  const allowed = valid.flatMap((row): NewTagRow[] => {
    if (!isOffered(row)) return BROUGHT_BY.includes(row.series) ? [row] : [];
    const own = asked.get(keyOf(row));
    return own === undefined ? [] : [{ ...row, series: own.series, beside: own.beside }];
  });
  const newTags = allowed.flatMap((row) => {
    const own = isOffered(row) ? asked.get(keyOf(row)) : undefined;
    return own === undefined ? [] : [{ ...own, cost: row.cost }];
  });
  return { rows: allowed, newTags, strange: strangeWords(rows.length - allowed.length) };
}

/** Policies that bring tags by themselves; such a tag has their name in the place of a series. */
const BROUGHT_BY: readonly string[] = ['follow', 'patch'];

function isOffered({ beside }: NewTagRow): boolean {
  return beside !== '';
}

function newOf(entry: Entry, rows: readonly NewTagRow[]): (readonly [string, NewTag])[] {
  const source = formatName(entry.source);
  return newAmong(
    entry,
    rows.map(({ tag }) => tag),
  ).map((found) => [keyOf({ source, tag: found.tag }), found] as const);
}

function strangeWords(number: number): string | null {
  if (number === 0) return null;
  return `the reports have ${count(number, 'new tag')} that this config does not ask for; left out`;
}

/** A pin as a report has it. `isReady`: the report says that the mirror has what it moves to. */
export type ReportedPin = {
  readonly stale: StalePin;
  readonly isReady: boolean;
  readonly move:
    | ({ readonly kind: 'ok' } & MoveNotes)
    | { readonly kind: 'refused' | 'failed'; readonly failure: Failure };
};

/** `rows` are about pins of this workspace, `pins` the same pin by pin; `strange` says what is left out, or nothing. */
type CheckedPins = {
  readonly rows: readonly StalePinRow[];
  readonly pins: readonly ReportedPin[];
  readonly strange: string | null;
};

/** Sorts the rows of stale pins into what this workspace pins and what it does not. */
export function checkPins(rows: readonly StalePinRow[], pins: readonly Pin[]): CheckedPins {
  const bySite = new Map(
    pins.flatMap((pin) =>
      pin.sites.map((site) => [placeOf(site, pin, formatName(pin.source)), pin] as const),
    ),
  );
  const known = rows.flatMap((row) => {
    const pin = bySite.get(placeOf(row, { tag: row.tag, digest: row.from }, row.source));
    return pin !== undefined && mayMove(pin, row) ? [{ row, pin }] : [];
  });
  const byPin = [...Map.groupBy(known, ({ pin }) => pin)].flatMap(([pin, [first]]) =>
    first === undefined ? [] : [reportedPin(pin, first.row)],
  );
  const strangers = rows.length - known.length;
  const strange =
    strangers === 0
      ? null
      : `the reports have ${count(strangers, 'stale pin')} that these files do not have, or do not let move that way; left out`;
  return { rows: known.map(({ row }) => row), pins: byPin, strange };
}

type Site = { readonly file: string; readonly line: number; readonly column: number };

function placeOf(
  { file, line, column }: Site,
  { tag, digest }: { readonly tag: string; readonly digest: string },
  source: string,
): string {
  return JSON.stringify([file, line, column, source, tag, digest]);
}

/** To another digest of its own tag, or to a tag that `bump-tags` lets it move to. */
function mayMove(pin: Pin, { toTag, to }: StalePinRow): boolean {
  if (!isDigest(to) || !isTag(toTag)) return false;
  if (toTag === pin.tag) return to !== pin.digest;
  return nextTag(pin.tag, [pin.tag, toTag], pin.bumpTags) === toTag;
}

function reportedPin(pin: Pin, { toTag, to, state, message, move }: StalePinRow): ReportedPin {
  const stale = { pin, to: { tag: toTag, digest: to } };
  if (message !== '' && (state === 'refused' || state === 'failed')) {
    return { stale, isReady: false, move: { kind: state, failure: new Failure('internal', message) } };
  }
  const { built = null, lost = [], gained = [] } = move ?? {};
  const notes = { built: built !== null && DAY.test(built) ? built : null, lost, gained };
  return { stale, isReady: state === 'stale' && move !== undefined, move: { kind: 'ok', ...notes } };
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
