// Failures by their cause: what went wrong once is told once, with the tags that it concerns.

import type { Reason } from '../../base/errors/failure.ts';
import { acceptWords } from '../../plan/platforms/guard.ts';
import type { TroubleRow } from './tag-rows.ts';

/**
 * One cause. `happened` is a short sentence, `advice` what to do about it, with what is to be pasted between backticks;
 * `detail` is all that is known where that is more than `happened`. Names of `repositories` are canonical.
 */
export type Cause = {
  readonly reason: Reason;
  readonly happened: string;
  readonly advice: string;
  readonly detail: string;
  readonly tags: readonly TroubleRow[];
  readonly repositories: readonly string[];
};

/** The causes of these rows, the one that concerns most tags first. */
export function causesOf(rows: readonly TroubleRow[]): Cause[] {
  const groups = [...Map.groupBy(rows, keyOf).values()];
  return groups.toSorted((a, b) => b.length - a.length).flatMap(asCause);
}

function asCause(tags: readonly TroubleRow[]): Cause[] {
  const [first] = tags;
  if (first === undefined) return [];
  const happened = shortWords(first.message);
  return [
    {
      reason: first.reason,
      happened,
      advice: adviceOf(first),
      detail: happened === first.message ? '' : first.message,
      tags,
      repositories: [...new Set(tags.map(({ source }) => source))],
    },
  ];
}

/** The line that accepts a loss stands as code, so that it is pasted as it is meant. */
function adviceOf({ hint, line, where }: TroubleRow): string {
  return line === undefined || where === undefined ? hint : `${acceptWords(where)} \`${line}\``;
}

/** Digests cut to what a person compares; and no more than three lines of a page. */
function shortWords(message: string): string {
  const digests = message.replaceAll(/(sha(?:256|512):[0-9a-f]{12})[0-9a-f]{52,}/g, '$1…');
  return digests.length <= MOST_OF_MESSAGE ? digests : `${digests.slice(0, MOST_OF_MESSAGE - 1)}…`;
}

const MOST_OF_MESSAGE = 300;

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
