// New tags that reports tell of, held against the config: what it does not ask for is not believed, and what it asks for
// is worked out anew, so that a report decides nothing but which tags there are.

import { count } from '../../base/text/words.ts';
import type { Config, Entry } from '../../config/images/config.ts';
import { formatName } from '../../image/names/reference.ts';
import { isTag } from '../../image/tags/tag.ts';
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
  const valid = [...new Map(rows.map((row) => [`${row.beside === ''} ${keyOf(row)}`, row])).values()].filter(
    ({ source, tag }) => bySource.has(source) && isTag(tag),
  );
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

/** Policies that bring tags by themselves; they stand in the place of a series. */
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
  return `the reports tell of ${count(number, 'new tag')} that this config does not ask for; ${number === 1 ? 'it is' : 'they are'} left out`;
}
