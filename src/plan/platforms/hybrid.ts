// What is published for a tag: upstream's manifest as it is, an index of some of its platforms, or a hybrid index
// that also keeps the mirror's images of platforms that upstream let go.

import type { Fields, ManifestBody } from '../../image/manifest/manifest.ts';
import { formatPlatform, type Platform } from '../../image/manifest/platform.ts';
import type { Digest } from '../../image/names/digest.ts';
import { type Kept, keptIn, type MadeFor, makeIndex } from './index-build.ts';
import type { Leaf, OpenManifest, Served } from './served.ts';

/** The manifest a tag shall have, and the digests that must come from upstream first, in order. */
export type Publication = { readonly manifest: ManifestBody; readonly bring: readonly Digest[] };

/**
 * What a made index is made from and for: what the mirror has now and what upstream has, each with the images that it
 * serves (`before`, `upstream`). `today` is `2026-09-01`.
 */
type Subject = {
  readonly current: OpenManifest | null;
  readonly candidate: OpenManifest;
  readonly before: Served;
  readonly upstream: Served;
  readonly madeFor: MadeFor;
  readonly today: string;
};

/** Upstream's manifest, to the byte. */
export function publishWhole({ body }: Pick<OpenManifest, 'body'>): Publication {
  return { manifest: body, bring: [body.digest] };
}

/** An index of these leaves of upstream's index alone; nothing else is brought. */
export function filterIndex({ candidate, madeFor }: Subject, leaves: readonly Leaf[]): Publication {
  const raw = leaves.map((leaf) => leaf.raw);
  return { manifest: makeIndex(candidate.manifest, raw, madeFor), bring: digestsOf(leaves) };
}

/**
 * Upstream's entries as they are (or those in `filtered`), and after them the mirror's first image of each lost
 * platform with its attestations. A kept image keeps the day from which it is kept. The same upstream, kept images
 * and policy give the same bytes, and a hybrid made again from itself is itself. Null where upstream's
 * manifest cannot be part of an index, because it is not an image.
 */
export function makeHybrid(
  subject: Subject,
  filtered: readonly Leaf[] | null,
  lost: readonly Platform[],
): (Publication & { readonly kept: readonly Kept[] }) | null {
  const { candidate, before, upstream, madeFor } = subject;
  const entries = filtered?.map((leaf) => leaf.raw) ?? upstreamEntries(candidate, upstream);
  if (entries === null) return null;
  const firsts = firstImages(before.leaves);
  const images = lost.flatMap((platform) => firsts.get(formatPlatform(platform)) ?? []);
  const attestations = Map.groupBy(before.leaves, (leaf) => leaf.attests);
  const keptLeaves = images.flatMap((image) => [image, ...(attestations.get(image.digest) ?? [])]);
  const kept = keptImages(subject, images);
  const there = new Set(entries.map((entry) => entry.digest));
  const added = keptLeaves.filter((leaf) => leaf.platform !== null || !there.has(leaf.digest));
  const all = [...entries, ...added.map((leaf) => leaf.raw)];
  const bring = filtered === null ? [candidate.body.digest] : digestsOf(filtered);
  return { manifest: makeIndex(candidate.manifest, all, madeFor, kept), bring, kept };
}

function upstreamEntries({ manifest }: OpenManifest, upstream: Served): readonly Fields[] | null {
  if (manifest.kind === 'index') return manifest.entries.map((entry) => entry.raw);
  const images = upstream.leaves.filter((leaf) => leaf.platform !== null);
  return images.length === 0 ? null : images.map((leaf) => leaf.raw);
}

type Image = Leaf & { readonly platform: Platform };

/** The first image of each platform, by the platform's text. */
function firstImages(leaves: readonly Leaf[]): ReadonlyMap<string, Image> {
  const isImage = (leaf: Leaf): leaf is Image => leaf.platform !== null;
  const backwards = leaves.filter(isImage).toReversed();
  return new Map(backwards.map((image) => [formatPlatform(image.platform), image]));
}

function keptImages({ current, madeFor, today }: Subject, images: readonly Image[]): Kept[] {
  const annotations = current?.manifest.kind === 'index' ? current.manifest.annotations : {};
  const already = keptIn(annotations, madeFor.source);
  const since = new Map(already.map((kept) => [`${kept.platform} ${kept.digest}`, kept.since]));
  return images.map(({ platform, digest }) => {
    const text = formatPlatform(platform);
    return { platform: text, digest, since: since.get(`${text} ${digest}`) ?? today };
  });
}

function digestsOf(leaves: readonly Leaf[]): Digest[] {
  return [...new Set(leaves.map((leaf) => leaf.digest))];
}
