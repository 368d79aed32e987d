// The listed tags of an entry by series, and how another tag compares with them.

import { branchOf, compareTags, parseTag, type Tag } from '../../image/tags/tag.ts';

/** The listed tags of one form. */
export type ListedSeries = {
  readonly members: Tag[];
  oldest: Tag;
  newest: Tag;
  readonly newestOfBranch: Map<string, Tag>;
  hasShorter: boolean;
};

/** The listed tags by series, in the order of the list; `keys` are their lines (keyOf), `names` their texts. */
export type Listed = {
  readonly series: Map<string, ListedSeries>;
  readonly keys: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
};

/** `gap`: not new, but newer than the oldest listed. `covered`: a patch of a shorter tag that is listed. */
type Position = 'new' | 'covered' | 'gap' | 'older';

/** The tags that have an order, each once. */
export function parseTags(texts: readonly string[]): Tag[] {
  return [...new Set(texts)].map(parseTag).filter((tag) => tag !== null);
}

/** Sorts the listed tags into their series; plain names belong to none. */
export function groupListed(texts: readonly string[]): Listed {
  const tags = parseTags(texts);
  const keys = new Set(tags.map((tag) => keyOf(tag, tag.version)));
  const series = new Map<string, ListedSeries>();
  for (const tag of tags) {
    const group = series.get(tag.series) ?? startSeries(tag);
    series.set(tag.series, group);
    group.members.push(tag);
    if (compareTags(tag, group.oldest) < 0) group.oldest = tag;
    if (compareTags(tag, group.newest) > 0) group.newest = tag;
    const branch = branchOf(tag).join('.');
    const before = group.newestOfBranch.get(branch) ?? tag;
    group.newestOfBranch.set(branch, compareTags(tag, before) > 0 ? tag : before);
    group.hasShorter ||= hasShorter(keys, tag);
  }
  return { series, keys, names: new Set(texts) };
}

function startSeries(first: Tag): ListedSeries {
  return { members: [], oldest: first, newest: first, newestOfBranch: new Map(), hasShorter: false };
}

/**
 * What a tag that is not listed is to a series. A tag of a branch that nobody listed is a patch of the shorter tag
 * that is listed (12.1 of 12), unless the list has long and short tags side by side (3.4 and 3).
 */
export function positionOf(listed: Listed, of: ListedSeries, tag: Tag): Position {
  const inBranch = of.newestOfBranch.get(branchOf(tag).join('.'));
  if (compareTags(tag, inBranch ?? of.newest) <= 0) return compareTags(tag, of.oldest) > 0 ? 'gap' : 'older';
  if (inBranch === undefined && !of.hasShorter && hasShorter(listed.keys, tag)) return 'covered';
  return 'new';
}

function hasShorter(keys: ReadonlySet<string>, tag: Tag): boolean {
  const branch = branchOf(tag);
  return branch.length > 0 && keys.has(keyOf(tag, branch));
}

/** Tells tags of one suffix apart by their numbers alone, so that 24.04 and 24.4 are one line. */
function keyOf(tag: Tag, numbers: readonly number[]): string {
  return `${tag.prefix}${numbers.join('.')}|${tag.prerelease}|${tag.suffix}`;
}
