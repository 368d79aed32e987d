// What tags would cost the mirror, known before anybody pays for it.

import { bytes, count } from '../../base/text/words.ts';
import type { Platform } from '../../image/manifest/platform.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import { compareTags, parseTag } from '../../image/tags/tag.ts';

/** Compressed bytes that the mirror does not have yet, for that many platforms; `exact` is false for an estimate. */
export type Cost = { readonly bytes: number; readonly platforms: number; readonly exact: boolean };

/** What several tags cost together, each blob once. Of `unknown` tags nobody measured anything: they are not in `bytes`. */
type TotalCost = {
  readonly tags: number;
  readonly bytes: number;
  readonly exact: boolean;
  readonly unknown: number;
};

/**
 * What a person decides about in a check: the `newTags`, what is `stale` now, and what the listed tags alone would bring
 * beside their patch tags as well (`listed`, `patch`; null where nobody compared them). `pulls` is how many manifests
 * were read for it.
 */
export type Costs = {
  readonly newTags: TotalCost;
  readonly stale: TotalCost;
  readonly listed: TotalCost | null;
  readonly patch: TotalCost | null;
  readonly pulls: number;
};

/**
 * A tag to price: the image that upstream has there. Only these `platforms` are mirrored, all where there are none.
 * `isThere`: the mirror has this very image, under another tag.
 */
export type Priced = {
  readonly pull: Name;
  readonly mirror: Name;
  readonly tag: string;
  readonly digest: Digest;
  readonly platforms: readonly Platform[];
  readonly isThere: boolean;
};

/** One image as it was measured: all its bytes, and those of the blobs that its mirror repository lacks. */
export type Measured = {
  readonly platforms: number;
  readonly size: number;
  readonly missing: ReadonlyMap<Digest, number>;
};

/** Measured images by imageKey. */
export type Measurements = ReadonlyMap<string, Measured>;

/** The part of a pull limit that belongs to the copies. */
const KEPT_FOR_COPIES = 0.3;

/**
 * False where so many pulls would begin with less than 30 % of a known limit left (`null`: none is known): the copies
 * come first.
 */
export function mayMeasure(
  limit: { readonly limit: number; readonly remaining: number } | null,
  pulls = 1,
): boolean {
  return limit === null || limit.remaining - (pulls - 1) >= KEPT_FOR_COPIES * limit.limit;
}

/** What of a check is priced together. */
type CostGroup = Exclude<keyof Costs, 'pulls'>;

/** A blob that the mirror lacks, with the groups whose costs include it, so that the parts of a run count it once. */
export type CostBlob = { readonly digest: Digest; readonly bytes: number; readonly of: readonly CostGroup[] };

/** Every blob that was measured for these groups, each once. */
export function costBlobs(
  groups: readonly (readonly [CostGroup, readonly Priced[]])[],
  measured: Measurements,
): CostBlob[] {
  const blobs = new Map<Digest, CostBlob>();
  for (const [group, tags] of groups) {
    const images = new Set(tags.map(imageKey));
    for (const [digest, bytes] of [...images].flatMap((key) => [...(measured.get(key)?.missing ?? [])])) {
      const of = blobs.get(digest)?.of ?? [];
      if (!of.includes(group)) blobs.set(digest, { digest, bytes, of: [...of, group] });
    }
  }
  return [...blobs.values()];
}

/** Tags that name one image for one repository cost it once. */
export function imageKey({ mirror, digest }: Pick<Priced, 'mirror' | 'digest'>): string {
  return `${formatName(mirror)}@${digest}`;
}

/**
 * The images to measure, the newest of each series first: each once where they are at most so many, else the newest of
 * each series alone.
 */
export function tagsToMeasure(tags: readonly Priced[], most: number): Priced[] {
  const images = [...new Map(tags.map((tag) => [imageKey(tag), tag])).values()];
  const newest = newestOfSeries(images);
  if (images.length > most) return newest.slice(0, most);
  return [...newest, ...bySeries(images).flatMap((members) => members.slice(1))];
}

/** The newest tag of each series. */
export function newestOfSeries<T extends Priced>(tags: readonly T[]): T[] {
  return bySeries(tags).flatMap((members) => members.slice(0, 1));
}

/** What each tag costs: as measured, else as much as the newest measured one of its series, else null. */
export function costsOf<T extends Priced>(tags: readonly T[], measured: Measurements): Map<T, Cost | null> {
  const estimates = new Map(
    bySeries(tags).flatMap((members) => {
      const similar = members.map((tag) => measured.get(imageKey(tag))).find((image) => image !== undefined);
      const estimate = similar === undefined ? null : estimateFrom(similar);
      return members.map((tag): [T, Cost | null] => [tag, estimate]);
    }),
  );
  return new Map(tags.map((tag) => [tag, exactCost(tag, measured) ?? estimates.get(tag) ?? null]));
}

function exactCost(tag: Priced, measured: Measurements): Cost | null {
  const image = measured.get(imageKey(tag));
  if (image !== undefined) return { bytes: sum(image.missing), platforms: image.platforms, exact: true };
  return tag.isThere ? { bytes: 0, platforms: 0, exact: true } : null;
}

/** An image that is there already says nothing of what its neighbours lack, so its whole size stands for them. */
function estimateFrom({ missing, size, platforms }: Measured): Cost {
  return { bytes: sum(missing) || size, platforms, exact: false };
}

/** What these tags cost together. Tags of one image count once. */
export function totalCost(tags: readonly Priced[], measured: Measurements): TotalCost {
  const costs = costsOf(tags, measured);
  const images = [...new Map(tags.map((tag) => [imageKey(tag), tag])).values()];
  const blobs = new Map(images.flatMap((tag) => [...(measured.get(imageKey(tag))?.missing ?? [])]));
  const others = images.filter((tag) => !measured.has(imageKey(tag))).map((tag) => costs.get(tag));
  const estimated = others.reduce((total, cost) => total + (cost?.bytes ?? 0), 0);
  const unknown = [...costs.values()].filter((cost) => cost === null).length;
  const exact = unknown === 0 && [...costs.values()].every((cost) => cost?.exact === true);
  return { tags: tags.length, bytes: sum(blobs) + estimated, exact, unknown };
}

/** Tags of one upstream and form, the newest first; those without an order each by itself. */
function bySeries<T extends Priced>(tags: readonly T[]): T[][] {
  const seriesOf = ({ pull, tag }: T) => `${formatName(pull)} ${parseTag(tag)?.series ?? `: ${tag}`}`;
  return [...Map.groupBy(tags, seriesOf).values()].map((members) => members.toSorted(newestFirst));
}

function newestFirst(a: Priced, b: Priced): number {
  const [left, right] = [parseTag(a.tag), parseTag(b.tag)];
  return left === null || right === null ? 0 : compareTags(right, left);
}

function sum(sizes: ReadonlyMap<Digest, number>): number {
  return [...sizes.values()].reduce((total, size) => total + size, 0);
}

/** `12 MB, 8 platforms`, with ≈ before an estimate; empty where nobody measured. */
export function costWords(cost: Cost | null): string {
  if (cost === null) return '';
  return `${cost.exact ? '' : '≈ '}${bytes(cost.bytes)}, ${count(cost.platforms, 'platform')}`;
}

/** `63 MB`, an estimate after ≈, and last what nobody measured; `nothing` where there is nothing to copy. */
export function totalCostWords({ tags, bytes: number, exact, unknown }: TotalCost): string {
  if (tags === 0) return 'nothing';
  if (unknown === tags) return 'not measured';
  const rest = unknown === 0 ? '' : `, and ${count(unknown, 'tag')} not measured`;
  return `${exact ? '' : '≈ '}${bytes(number)}${rest}`;
}
