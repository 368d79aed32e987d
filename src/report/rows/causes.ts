// Rows of one cause, put together: one registry that refuses is one thing to repair, however many tags it stops.

import type { Reason } from '../../base/errors/failure.ts';
import { familiarRow } from '../../image/names/reference.ts';
import type { TroubleRow } from './tag-rows.ts';

/**
 * What stopped some tags: `happened` is the sentence they share, `advice` what to do. `tags` are in full (`ruby:3.4`), in
 * the order of their rows; `repositories` are the canonical names of their sources, each once. `details` are the different
 * words of the registry, each once, the first few of them. `since` are the days since when, each once, the first in front;
 * `row` is the first row, for its place.
 */
export type Cause = {
  readonly reason: Reason;
  readonly happened: string;
  readonly advice: string;
  readonly tags: readonly string[];
  readonly repositories: readonly string[];
  readonly details: readonly string[];
  readonly since: readonly string[];
  readonly row: TroubleRow;
};

const MOST_DETAILS = 3;

/** The causes of these rows: same reason and same sentence but for tag and repository. Those of most tags come first. */
export function causesOf(rows: readonly TroubleRow[]): Cause[] {
  const groups = [...Map.groupBy(rows, keyOf).values()];
  return groups.flatMap(causeOf).toSorted((a, b) => b.tags.length - a.tags.length);
}

function causeOf(rows: readonly TroubleRow[]): Cause[] {
  const [row] = rows;
  if (row === undefined) return [];
  // A command to paste is worth more as an example than without its names.
  const advice = (first: TroubleRow): string => withoutTag(first.hint, first.tag);
  const sameAdvice = rows.every((other) => advice(other) === advice(row));
  const details = [...new Set(rows.map(({ detail }) => detail))]
    .filter((detail) => detail !== '')
    .toSorted((a, b) => Number(isUntold(b)) - Number(isUntold(a)));
  return [
    {
      reason: row.reason,
      happened: textOf(rows, ({ message }) => message),
      advice: sameAdvice ? textOf(rows, ({ hint }) => hint) : row.hint,
      tags: rows.map(familiarRow),
      repositories: [...new Set(rows.map(({ source }) => source))],
      details: details.slice(0, MOST_DETAILS),
      since: [...new Set(rows.flatMap(({ since }) => since ?? []))].sort(),
      row,
    },
  ];
}

/** That a host was given up says more than the first of its failures; base/flow/breaker.ts. */
function isUntold(detail: string): boolean {
  return detail.startsWith('not tried: ');
}

/** Equal for rows that say the same of different tags and repositories. */
function keyOf(row: TroubleRow): string {
  const { reason, message, line, where } = row;
  return [reason, line ?? '', where ?? '', withoutNames(message, row)].join('\n');
}

/** The text of the first row; where rows differ in tags or repositories alone, without these. */
function textOf(rows: readonly TroubleRow[], take: (row: TroubleRow) => string): string {
  const [row] = rows;
  if (row === undefined) return '';
  const views = [take, (each: TroubleRow) => withoutTag(take(each), each.tag)];
  const same = views.find((view) => new Set(rows.map(view)).size === 1);
  return same === undefined ? withoutNames(take(row), row) : same(row);
}

/** The text without the tag, and with `…` in the place of the repository, upstream's or the mirror's, in full or its path. */
function withoutNames(text: string, { source, tag, mirror }: TroubleRow): string {
  const repositories = [mirror?.slice(0, -tag.length - 1) ?? '', source].filter((name) => name !== '');
  const paths = repositories.map((name) => name.slice(name.indexOf('/') + 1));
  const short = paths.map((path) => path.replace(/^library\//, ''));
  return [...new Set([...repositories, ...paths, ...short])]
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, name) => rest.replace(wholeWord(name), '…'), withoutTag(text, tag));
}

/** The name where it is not a piece of a longer one. */
function wholeWord(name: string): RegExp {
  return new RegExp(`(?<![\\w./-])${RegExp.escape(name)}(?![\\w/-]|\\.\\w)`, 'g');
}

/**
 * The text with `…` in place of the tag, after a name or in quotes; anywhere else a tag like `1` may be a number. Names are
 * tried from their first letter alone: from each of its letters, a long one would take the square of its length.
 */
function withoutTag(text: string, tag: string): string {
  const own = RegExp.escape(tag);
  return text
    .replace(new RegExp(`(?<![\\w./:-])([\\w./:-]+):${own}(?![\\w/-]|\\.\\w)`, 'g'), (whole, name: string) =>
      HOST.test(name) ? whole : `${name}:…`,
    )
    .replace(new RegExp(`(["'\`])${own}\\1`, 'g'), '$1…$1');
}

/** A registry alone: what follows is its port. */
const HOST = /^(?:\w+:\/\/)?(?:[^/]*\.[^/]*|localhost)$/;
