// What a new tag would cost the mirror, before it is a bill. Pure.

import { bytes, count } from '../../base/text/words.ts';
import type { Descriptor } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';

/** Compressed bytes that the mirror does not have yet, for that many platforms; `exact` is false for an estimate. */
export type Cost = { readonly bytes: number; readonly platforms: number; readonly exact: boolean };

/** A tag whose cost is asked for; `series` groups the tags that cost about the same. */
export type Priced = { readonly key: string; readonly series: string };

/** Tags measured exactly in one run; beyond these the newest of each series stands for the others. */
export const MOST_EXACT = 20;

/** The part of a pull limit that belongs to the copies. */
const KEPT_FOR_COPIES = 0.3;

/** False when less than 30 % of a known limit of pulls is left (`null`: none is known): the copies come first. */
export function mayMeasure(limit: { readonly limit: number; readonly remaining: number } | null): boolean {
  return limit === null || limit.remaining >= KEPT_FOR_COPIES * limit.limit;
}

/** The tags to measure, the last of each series being the newest: all of at most twenty, else one a series. */
export function tagsToMeasure<T extends Priced>(tags: readonly T[]): T[] {
  if (tags.length <= MOST_EXACT) return [...tags];
  const newest = new Map(tags.map((tag) => [tag.series, tag]));
  return [...newest.values()].slice(0, MOST_EXACT);
}

/** The cost of every tag: as measured, else that of its series marked as an estimate, else null. */
export function spreadCosts(
  tags: readonly Priced[],
  measured: ReadonlyMap<string, Cost>,
): Map<string, Cost | null> {
  const ofSeries = new Map(
    tags.flatMap(({ key, series }) => (measured.has(key) ? [[series, measured.get(key)]] : [])),
  );
  const costs = tags.map(({ key, series }): [string, Cost | null] => {
    const similar = ofSeries.get(series);
    return [key, measured.get(key) ?? (similar ? { ...similar, exact: false } : null)];
  });
  return new Map(costs);
}

/** The bytes of the blobs that `held` does not have, each blob once. */
export function bytesMissing(blobs: readonly Descriptor[], held: ReadonlySet<Digest>): number {
  const sizes = new Map(
    blobs.filter(({ digest }) => !held.has(digest)).map(({ digest, size }) => [digest, size]),
  );
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** `12 MB for 8 platforms`, with ≈ before an estimate; a dash where nobody measured. */
export function costWords(cost: Cost | null): string {
  if (cost === null) return '';
  return `${cost.exact ? '' : '≈ '}${bytes(cost.bytes)}, ${count(cost.platforms, 'platform')}`;
}
