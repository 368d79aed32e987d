// What is published for a tag: upstream's manifest as it is, an index of some of its platforms, or a hybrid index
// that also keeps the mirror's images of platforms that upstream let go.

import type { Fields, ManifestBody } from '../../image/manifest/manifest.ts';
import { formatPlatform, type Platform, samePlatform } from '../../image/manifest/platform.ts';
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
 * Upstream's entries as they stand (or of them `filtered`), and behind them the mirror's first image of each lost
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
  const images = lost.map((platform) => findImage(before.leaves, platform)).filter((image) => image !== null);
  const behind = images.flatMap((image) => [image, ...attestationsOf(before.leaves, image)]);
  const kept = images.map((image) => keptImage(subject, image));
  const there = new Set(entries.map((entry) => entry.digest));
  const added = behind.filter((leaf) => leaf.platform !== null || !there.has(leaf.digest));
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

function findImage(leaves: readonly Leaf[], platform: Platform): Image | null {
  const isOf = (leaf: Leaf): leaf is Image => leaf.platform !== null && samePlatform(leaf.platform, platform);
  return leaves.find(isOf) ?? null;
}

function attestationsOf(leaves: readonly Leaf[], image: Leaf): Leaf[] {
  return leaves.filter((leaf) => leaf.attests === image.digest);
}

function keptImage({ current, madeFor, today }: Subject, { platform, digest }: Image): Kept {
  const text = formatPlatform(platform);
  const annotations = current?.manifest.kind === 'index' ? current.manifest.annotations : {};
  const already = keptIn(annotations, madeFor.source);
  const same = already.find((kept) => kept.platform === text && kept.digest === digest);
  const since = same?.since ?? today;
  return { platform: text, digest, since };
}

function digestsOf(leaves: readonly Leaf[]): Digest[] {
  return [...new Set(leaves.map((leaf) => leaf.digest))];
}
