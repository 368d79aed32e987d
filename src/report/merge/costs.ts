// What new and stale tags cost together, where several runs measured them.

import type { Costs } from '../../plan/select/cost.ts';
import type { PartReport } from './decode.ts';

/** Costs of parts put together: a blob that two of them lack counts once. */
export function totalCosts(reports: readonly PartReport[]): Costs | null {
  const parts = reports.flatMap(({ costs, costBlobs }) => (costs === null ? [] : [{ costs, costBlobs }]));
  if (parts.length === 0) return null;
  const compared = (key: 'listed' | 'patch') =>
    parts.every(({ costs }) => costs[key] === null) ? null : totalOf(parts, key);
  return {
    newTags: totalOf(parts, 'newTags'),
    stale: totalOf(parts, 'stale'),
    listed: compared('listed'),
    patch: compared('patch'),
    pulls: parts.reduce((sum, { costs }) => sum + costs.pulls, 0),
  };
}

type PartCosts = { readonly costs: Costs; readonly costBlobs: PartReport['costBlobs'] };

/** Where a part has nothing to compare, its stale tags are what both sides have. */
function totalOf(parts: readonly PartCosts[], key: keyof Omit<Costs, 'pulls'>): Costs['newTags'] {
  const groups = parts.map((part) => {
    const group = part.costs[key] === null ? 'stale' : key;
    const blobs = part.costBlobs?.filter(({ of }) => of.includes(group));
    return { cost: part.costs[key] ?? part.costs.stale, blobs };
  });
  const sum = (of: 'tags' | 'bytes' | 'unknown') => groups.reduce((total, { cost }) => total + cost[of], 0);
  const known = groups.filter(({ cost }) => cost.bytes > 0).every(({ blobs }) => blobs !== undefined);
  const doubles = repeatedBytes(groups.flatMap(({ blobs = [] }) => blobs));
  return {
    tags: sum('tags'),
    bytes: Math.max(0, sum('bytes') - doubles),
    exact: known && groups.every(({ cost }) => cost.exact),
    unknown: sum('unknown'),
  };
}

/** The bytes of blobs that were counted before. */
function repeatedBytes(blobs: NonNullable<PartReport['costBlobs']>): number {
  const seen = new Set<string>();
  return blobs.reduce((total, { digest, bytes }) => {
    const isFirst = !seen.has(digest);
    seen.add(digest);
    return isFirst ? total : total + bytes;
  }, 0);
}
