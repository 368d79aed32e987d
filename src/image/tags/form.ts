// `follow`: tags chosen by a form with numbers in it, as N.N-alpine, where N stands for one number. What one such rule
// means and what is wrong with it; `plan/select/follow.ts` chooses the tags.

import { type Mistake, show } from '../../base/errors/mistake.ts';
import { compareNumbers, compareTags, isTag, parseTag } from './tag.ts';

/** How many patch tags: of the newest `lines` lines of each form (null: of all), the newest `max` of each line. */
export type Patches = { readonly lines: number | null; readonly max: number };

/** What `patches` means where nothing is set. */
export const ALL_LINES_NEWEST_THREE: Patches = { lines: null, max: 3 };

/**
 * One `follow` entry. `from` (inclusive) and `below` (exclusive) are versions (`1.25`) or tags (`1.25-alpine`); `max`
 * keeps the newest that many; null where nothing is set. `patches` adds patch tags of what was selected.
 */
export type Follow = {
  readonly tags: string;
  readonly from: string | null;
  readonly below: string | null;
  readonly max: number | null;
  readonly patches: Patches | null;
  readonly prereleases: boolean;
};

/** A tag of the form: `version` is compared with the bounds, `numbers` are those under the Ns. */
type Match = {
  readonly text: string;
  readonly version: readonly number[];
  readonly numbers: readonly number[];
};
/** Reads a tag of the form; null for any other tag. */
type Reader = (text: string) => Match | null;

// An N is free-standing when no letter or digit follows it and no capital or digit comes before it.
const NUMBER = /(?<![A-Z0-9])N(?![A-Za-z0-9])/g;
const MAX_PATTERN = 128;

/** True when a text has a free-standing N and is not a glob: `N.N-slim`, `alpineN.N`, but not `Nightly` or `N*`. */
export function isNumberPattern(text: string): boolean {
  return text.search(NUMBER) >= 0 && !/[*?[]/.test(text);
}

/** Says what is wrong with a `follow` entry by itself, or null. */
export function followMistake(rule: Follow): Mistake | null {
  if (!isNumberPattern(rule.tags) || rule.tags.length > MAX_PATTERN || !isTag(rule.tags)) {
    const hint = 'write the form of the tags with N for each number, as in N.N-alpine';
    return { mistake: `${show(rule.tags)} is not a form of tags`, hint };
  }
  const unreadable = [rule.from, rule.below].find((bound) => bound !== null && readBound(bound) === null);
  if (unreadable !== undefined && unreadable !== null) {
    return {
      mistake: `${show(unreadable)} is not a valid version`,
      hint: 'write numbers with dots, as in "1.25"',
    };
  }
  if (rule.from === null || rule.below === null) return null;
  if (compareNumbers(readBound(rule.from) ?? [], readBound(rule.below) ?? []) < 0) return null;
  const mistake = `no version is at least ${show(rule.from)} and below ${show(rule.below)}`;
  return { mistake, hint: '`below` is the first version that is left out' };
}

/** True when nothing says where to start: neither `from` nor `max`, and no listed tag has the form. */
export function needsStart(rule: Follow, listed: readonly string[]): boolean {
  return rule.from === null && rule.max === null && startOf(rule, listed) === null;
}

/** `from`, else the oldest listed tag of the form; null when there is neither. */
export function startOf(rule: Follow, listed: readonly string[]): readonly number[] | null {
  if (rule.from !== null) return readBound(rule.from);
  const matches = listed.map(compileForm(rule)).filter((match) => match !== null);
  return matches.sort(compareMatches)[0]?.version ?? null;
}

/** The numbers of a version (`1.25`) or of a tag that begins with one; null where there are none. */
export function readBound(text: string): readonly number[] | null {
  const version = parseTag(text)?.version ?? [];
  return version.length > 0 ? version : null;
}

/**
 * A reader of tags of the form. Where the form begins with a version, that version is compared with the bounds, and a
 * stamp (20260805) is not an N; elsewhere (`alpineN.N`) the numbers under the Ns are. A form that spells out a prerelease
 * (`N.N-rc`) asks for one.
 */
export function compileForm(rule: Follow): Reader {
  const form = new RegExp(`^${rule.tags.replaceAll('.', '\\.').replace(NUMBER, '(\\d{1,15})')}$`);
  const sample = parseTag(rule.tags.replace(NUMBER, '1'));
  const startsWithVersion = sample !== null && sample.version.length > 0;
  return (text) => {
    const found = form.exec(text) ?? (rule.prereleases ? form.exec(parseTag(text)?.release ?? '') : null);
    if (found === null) return null;
    const tag = parseTag(text);
    if (tag?.prerelease && !rule.prereleases && !sample?.prerelease) return null;
    const numbers = found.slice(1).map(Number);
    if (!startsWithVersion) return { text, version: numbers, numbers };
    return tag === null || tag.version.length === 0 ? null : { text, version: tag.version, numbers };
  };
}

/** From the oldest to the newest. */
export function compareMatches(a: Match, b: Match): number {
  return compareNumbers(a.numbers, b.numbers) || comparePrereleases(a.text, b.text);
}

/** Equal numbers differ in their prerelease alone: 3.15.0rc1 and 3.15.0rc2. */
function comparePrereleases(a: string, b: string): number {
  const [left, right] = [parseTag(a), parseTag(b)] as const;
  return left === null || right === null ? 0 : compareTags(left, right);
}
