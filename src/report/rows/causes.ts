// Failures by their cause: what went wrong once is told once, with the tags that it concerns.

import type { Reason } from '../../base/errors/failure.ts';
import { familiarRow } from '../../image/names/reference.ts';
import type { TroubleRow } from './tag-rows.ts';

/**
 * What stopped some tags: `happened` is the sentence they share, `advice` what to do. `tags` are in full (`ruby:3.4`), in
 * the order of their rows; `repositories` are the canonical names of their sources, each once. `details` is what else is
 * known. `row` is the first row.
 */
export type Cause = {
  readonly reason: Reason;
  readonly happened: string;
  readonly advice: string;
  readonly tags: readonly string[];
  readonly repositories: readonly string[];
  readonly details: readonly string[];
  readonly row: TroubleRow;
};

/** The causes of these rows, the one that concerns most tags first. */
export function causesOf(rows: readonly TroubleRow[]): Cause[] {
  const groups = [...Map.groupBy(rows, keyOf).values()];
  return groups.toSorted((a, b) => b.length - a.length).flatMap(causeOf);
}

function causeOf(rows: readonly TroubleRow[]): Cause[] {
  const [row] = rows;
  if (row === undefined) return [];
  return [
    {
      reason: row.reason,
      happened: row.message,
      advice: row.hint,
      tags: rows.map(familiarRow),
      repositories: [...new Set(rows.map(({ source }) => source))],
      details: [],
      row,
    },
  ];
}

/** Equal for rows that say the same of different tags: names, digests and numbers of attempts are left out. */
function keyOf(row: TroubleRow): string {
  const words = [row.message, row.hint].map((text) => withoutNames(text, row)).join('\n');
  return [row.reason, row.line ?? '', row.where ?? '', words].join('\n');
}

function withoutNames(text: string, { source, tag, mirror }: TroubleRow): string {
  const repositories = [mirror?.slice(0, -tag.length - 1) ?? '', source].filter((name) => name !== '');
  const paths = repositories.map((name) => name.slice(name.indexOf('/') + 1));
  const names = [...repositories, ...paths, ...paths.map((path) => path.replace(/^library\//, '')), tag];
  const longestFirst = names.filter((name) => name !== '').toSorted((a, b) => b.length - a.length);
  return longestFirst
    .reduce((rest, name) => rest.replaceAll(wholeWord(name), '*'), text)
    .replaceAll(/sha(?:256|512):[0-9a-f]+…?/g, '*')
    .replaceAll(/\d+ (?=attempts?\b)/g, '');
}

/** The name where it is not a piece of a longer one. */
function wholeWord(name: string): RegExp {
  return new RegExp(`(?<![\\w.-])${name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?![\\w-]|\\.\\w)`, 'g');
}
