// The tag that a pin may move to: the newest of its series, as far as `bump-tags` lets it.

import type { BumpTags } from '../../config/references/sources.ts';
import { compareNumbers, parseTag } from '../../image/tags/tag.ts';
import { findNewTags } from '../select/new-tags.ts';

/** How many numbers a newer tag must have in common with the pin's, and how many there must be at least. */
const REACH: Readonly<Record<BumpTags, { readonly same: number; readonly least: number } | null>> = {
  none: null,
  patch: { same: 2, least: 3 },
  minor: { same: 1, least: 2 },
};

/**
 * The newest tag of the same series among `upstream`: 3.4.6-slim after 3.4.5-slim with `patch`, 3.5-slim after 3.4-slim
 * with `minor`. Null where there is none; never a prerelease after a release.
 */
export function nextTag(tag: string, upstream: readonly string[], bumpTags: BumpTags): string | null {
  const reach = REACH[bumpTags];
  const pinned = parseTag(tag);
  if (reach === null || pinned === null || pinned.version.length < reach.least) return null;
  const rules = { listed: [tag], ignore: [], exclude: [], prereleases: pinned.prerelease };
  const found = findNewTags(rules, upstream).found.map((newTag) => newTag.tag);
  const near = found.filter((text) => {
    const version = parseTag(text)?.version ?? [];
    return compareNumbers(version.slice(0, reach.same), pinned.version.slice(0, reach.same)) === 0;
  });
  return near.at(-1) ?? null;
}
