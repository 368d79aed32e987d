// What a new tag would cost the mirror, known before anybody pays for it.

import { bytes, count } from '../../base/text/words.ts';
import type { Descriptor } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';

/** Compressed bytes that the mirror does not have yet, for that many platforms; `exact` is false for an estimate. */
export type Cost = { readonly bytes: number; readonly platforms: number; readonly exact: boolean };

/** What pricing asks of a new tag: those of one entry and series cost about the same. */
type Priced = { readonly entry: object; readonly series: string; readonly cost: Cost | null };

/** Tags measured exactly in one run; beyond these the newest of each series stands for the others. */
const MOST_EXACT = 20;

/** The part of a pull limit that belongs to the copies. */
const KEPT_FOR_COPIES = 0.3;

/** False when less than 30 % of a known limit of pulls is left (`null`: none is known): the copies come first. */
export function mayMeasure(limit: { readonly limit: number; readonly remaining: number } | null): boolean {
  return limit === null || limit.remaining >= KEPT_FOR_COPIES * limit.limit;
}

/** The tags to measure, the last of each series being the newest: all of at most twenty, else one of each series. */
export function tagsToMeasure<T extends Priced>(tags: readonly T[]): T[] {
  if (tags.length <= MOST_EXACT) return [...tags];
  return bySeries(tags)
    .flatMap((series) => series.slice(-1))
    .slice(0, MOST_EXACT);
}

/** The tags with their costs: as measured, else that of their series marked as an estimate, else null. In order. */
export function withCosts<T extends Priced>(tags: readonly T[], measured: ReadonlyMap<T, Cost>): T[] {
  const estimates = new Map(
    bySeries(tags).flatMap((series) => {
      const similar = series.map((tag) => measured.get(tag)).findLast((cost) => cost !== undefined);
      const estimate = similar === undefined ? null : { ...similar, exact: false };
      return series.map((tag): [T, Cost | null] => [tag, estimate]);
    }),
  );
  return tags.map((tag) => ({ ...tag, cost: measured.get(tag) ?? estimates.get(tag) ?? null }));
}

function bySeries<T extends Priced>(tags: readonly T[]): T[][] {
  const entries = [...Map.groupBy(tags, (tag) => tag.entry).values()];
  return entries.flatMap((ofEntry) => [...Map.groupBy(ofEntry, (tag) => tag.series).values()]);
}

/** The bytes of the blobs that the mirror does not have yet (those not `present`), each blob once. */
export function bytesMissing(blobs: readonly Descriptor[], present: ReadonlySet<Digest>): number {
  const sizes = new Map(
    blobs.filter(({ digest }) => !present.has(digest)).map(({ digest, size }) => [digest, size]),
  );
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** `12 MB, 8 platforms`, with ≈ before an estimate; empty where nobody measured. */
export function costWords(cost: Cost | null): string {
  if (cost === null) return '';
  return `${cost.exact ? '' : '≈ '}${bytes(cost.bytes)}, ${count(cost.platforms, 'platform')}`;
}
