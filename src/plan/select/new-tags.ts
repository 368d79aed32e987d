// New lines of tags: which upstream tags a careful person would add to the list that is there. The listed tags show
// what to look for, by their form: 3.4-slim asks for the next N.N-slim, 3.4.5-slim for the next N.N.N-slim. Several
// release branches live at once, so a tag is compared with its own branch first: 8.10 is new after 9.4.

import type { Entry } from '../../config/images/config.ts';
import { compileGlob } from '../../image/tags/glob.ts';
import {
  branchOf,
  compareTags,
  formatSeries,
  prereleaseSeries,
  releaseSeries,
  type Tag,
} from '../../image/tags/tag.ts';
import type { Cost } from './cost.ts';
import { type EndedSeries, findEndedSeries } from './ended-series.ts';
import { groupListed, type Listed, type ListedSeries, parseTags, positionOf } from './series.ts';

/**
 * What is said of new tags: the literal tags of a source, and globs over tags that are not offered. Only what belongs
 * beside one of the `owned` tags is judged, beside any listed one where that is not given.
 */
export type NewTagRules = {
  readonly listed: readonly string[];
  readonly owned?: ReadonlySet<string>;
  readonly ignore: readonly string[];
  readonly exclude: readonly string[];
  readonly prereleases: boolean;
};

/**
 * A tag that upstream has beyond the list of `entry`. `series` is the form it shares with the list (`N.N-slim`), `beside`
 * the listed tag next to which it belongs; `cost` is null where nobody measured it.
 */
export type NewTag = {
  readonly entry: Entry;
  readonly tag: string;
  readonly series: string;
  readonly beside: string;
  readonly cost: Cost | null;
};

type Found = Pick<NewTag, 'tag' | 'series' | 'beside'>;

/**
 * What became of the upstream tags that share a listed series. `gaps`: older than the newest listed tag, newer than
 * the oldest. `covered`: patches of a shorter tag that is listed. `prereleases`, `ignored`: would be new but for that
 * rule. `ended`: series that upstream goes on with under another suffix. Lists go from the oldest to the newest tag of
 * each series, the series in the order of the list. Tags that `exclude` matches are in none of them.
 */
export type NewTags = {
  readonly found: readonly Found[];
  readonly gaps: readonly string[];
  readonly covered: readonly string[];
  readonly prereleases: readonly string[];
  readonly ignored: readonly string[];
  readonly ended: readonly EndedSeries[];
};

type Kind = 'found' | 'gaps' | 'covered' | 'prereleases' | 'ignored';
type Judged = { readonly tag: Tag; readonly of: ListedSeries; readonly kind: Kind };

/**
 * Judges every upstream tag against the listed ones, in time that grows with the number of tags (and their sorting).
 * Never throws; tags that have no order (plain names, hashes) are neither new nor gaps.
 */
export function findNewTags(rules: NewTagRules, upstream: readonly string[]): NewTags {
  const listed = groupListed(rules.listed);
  const isExcluded = matchesAny(rules.exclude);
  const isIgnored = matchesAny(rules.ignore);
  const { owned = listed.names } = rules;
  const tags = parseTags(upstream).filter((tag) => !listed.names.has(tag.text));
  const released = new Set([...rules.listed, ...tags.map(({ text }) => text)]);
  const judged = tags
    .filter((tag) => !tag.prerelease || !released.has(tag.release))
    .map((tag) => judge(listed, tag, rules.prereleases))
    .filter((found) => found !== null)
    .filter((found) => owned.has(besideOf(found)))
    .filter(({ tag }) => !isExcluded(tag.text))
    .map((found) => (isIgnored(found.tag.text) ? ignore(found) : found))
    .filter((found) => found !== null);
  const sorted = inOrder(listed, judged);
  const ended = findEndedSeries(
    listed,
    tags.filter((tag) => !tag.prerelease || rules.prereleases),
    (tag) => isExcluded(tag) || isIgnored(tag),
  );
  return {
    found: sorted.filter(({ kind }) => kind === 'found').map(describe),
    gaps: texts(sorted, 'gaps'),
    covered: texts(sorted, 'covered'),
    prereleases: texts(sorted, 'prereleases'),
    ignored: texts(sorted, 'ignored'),
    ended: ended.filter(({ newest }) => owned.has(newest)),
  };
}

/** What an upstream tag is to the list; null where it is older, or of no listed form. */
function judge(listed: Listed, tag: Tag, prereleases: boolean): Judged | null {
  const of = seriesFor(listed, tag);
  if (of === null) return null;
  const position = positionOf(listed, of, tag);
  const isUnasked = tag.prerelease && !prereleases;
  if (position === 'new') return { tag, of, kind: isUnasked ? 'prereleases' : 'found' };
  if (position === 'older' || isUnasked || of.newest.series !== tag.series) return null;
  return { tag, of, kind: position === 'gap' ? 'gaps' : 'covered' };
}

/**
 * The listed tags that a tag is compared with: those of its own series, or where only the other stage of it has the
 * branch, or is listed at all, that one. 1.2.0 comes after 1.2.0-rc1, and 3.5-rc1 after 3.4.
 */
function seriesFor({ series }: Listed, tag: Tag): ListedSeries | null {
  const own = series.get(tag.series);
  const other = series.get(tag.prerelease ? releaseSeries(tag) : prereleaseSeries(tag));
  const hasBranch = (of: ListedSeries | undefined) =>
    of?.newestOfBranch.has(branchOf(tag).join('.')) === true;
  if (other !== undefined && hasBranch(other) && !hasBranch(own)) return other;
  return own ?? other ?? null;
}

function ignore(judged: Judged): Judged | null {
  return judged.kind === 'found' ? { ...judged, kind: 'ignored' } : null;
}

function inOrder(listed: Listed, judged: readonly Judged[]): Judged[] {
  const place = new Map([...listed.series.values()].map((series, at) => [series, at]));
  return [...judged].sort(
    (a, b) => (place.get(a.of) ?? 0) - (place.get(b.of) ?? 0) || compareTags(a.tag, b.tag),
  );
}

function describe(judged: Judged): Found {
  const { tag } = judged;
  return { tag: tag.text, series: formatSeries(tag), beside: besideOf(judged) };
}

/** The listed tag next to which a new one belongs. */
function besideOf({ tag, of }: Pick<Judged, 'tag' | 'of'>): string {
  return (of.newestOfBranch.get(branchOf(tag).join('.')) ?? of.newest).text;
}

function texts(judged: readonly Judged[], kind: Kind): string[] {
  return judged.filter((found) => found.kind === kind).map(({ tag }) => tag.text);
}

function matchesAny(patterns: readonly string[]): (tag: string) => boolean {
  const tests = patterns.map(compileGlob);
  return (tag) => tests.some((matches) => matches(tag));
}
