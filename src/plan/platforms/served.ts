// Which images a manifest serves, platform by platform. An index names the platforms of its entries; what it does not say (an
// index inside an index, an image without a platform, a plain manifest) is found in content that the caller has read.

import {
  type Descriptor,
  type Fields,
  type IndexEntry,
  isImageConfig,
  isImageType,
  isIndexType,
  type Manifest,
  type ManifestBody,
} from '../../image/manifest/manifest.ts';
import { normalisePlatform, type Platform, type RawPlatform } from '../../image/manifest/platform.ts';
import { type Digest, isDigest } from '../../image/names/digest.ts';
import { uniquePlatforms } from './platform-set.ts';

/**
 * A manifest with its bytes, and what was read beside it: manifests and the platforms of config blobs, by digest.
 * `absent` is what its registry lists and does not have.
 */
export type OpenManifest = {
  readonly body: ManifestBody;
  readonly manifest: Manifest;
  readonly manifests: ReadonlyMap<Digest, Manifest>;
  readonly configs: ReadonlyMap<Digest, RawPlatform | null>;
  readonly absent?: ReadonlySet<Digest>;
};

/**
 * One entry with every nested index taken apart. `platform` is null for what runs nowhere: attestations and
 * artifacts. `attests` is the image that an attestation speaks of. `raw` is the descriptor for a made index.
 */
export type Leaf = {
  readonly digest: Digest;
  readonly platform: Platform | null;
  readonly attests: Digest | null;
  readonly raw: Fields;
};

/** Something that must be read before the platforms are known. */
export type Unread = { readonly kind: 'manifest' | 'config'; readonly descriptor: Descriptor };

/**
 * What a manifest serves, in its own order; where `unread` is not empty the leaves are not all. `broken` cannot be read
 * because its registry does not have it, so nobody can pull it either.
 */
export type Served = {
  readonly leaves: readonly Leaf[];
  readonly unread: readonly Unread[];
  readonly broken: readonly Digest[];
};

// BuildKit ties an attestation to its image by this annotation (buildkit, docs/attestations/attestation-storage.md).
const ATTESTS = 'vnd.docker.reference.digest';

/** Gives back the images that a manifest leads to. Nothing that was not read is guessed: it is in `unread`. */
export function serves(opened: OpenManifest): Served {
  const { manifest, body } = opened;
  const walk: Walk = { opened, leaves: [], unread: [], broken: [], seen: new Set([body.digest]) };
  if (manifest.kind === 'index') addEntries(walk, manifest.entries);
  if (manifest.kind === 'image') {
    const { digest, bytes } = body;
    addImage(walk, manifest, { mediaType: manifest.mediaType, digest, size: bytes.length }, {});
  }
  return { leaves: walk.leaves, unread: walk.unread, broken: walk.broken };
}

/** The platforms served, each once, in the order in which they come first. */
export function platformsIn(leaves: readonly Leaf[]): Platform[] {
  return uniquePlatforms(leaves.flatMap((leaf) => leaf.platform ?? []));
}

// OCI image-spec, annotations.md; tools that build the same bytes again write the beginning of some epoch.
const CREATED = 'org.opencontainers.image.created';
const FIRST_IMAGES = '2013-01-01';

/**
 * The day on which the newest image of an index was built, as `2026-09-01`, as far as its annotations say without
 * another read; null where they do not.
 */
export function builtOn({ manifest }: Pick<OpenManifest, 'manifest'>): string | null {
  if (manifest.kind !== 'index') return null;
  const images = manifest.entries.filter(({ attestation }) => !attestation);
  const days = [manifest, ...images].map(({ annotations }) => dayIn(annotations[CREATED] ?? ''));
  return (
    days
      .filter((day) => day > FIRST_IMAGES)
      .sort()
      .at(-1) ?? null
  );
}

/** The day of an RFC 3339 time, empty for any other text. */
function dayIn(text: string): string {
  const time = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? '' : new Date(time).toISOString().slice(0, 10);
}

type Walk = {
  readonly opened: OpenManifest;
  readonly leaves: Leaf[];
  readonly unread: Unread[];
  readonly broken: Digest[];
  readonly seen: Set<Digest>;
};

function noteUnread({ opened, unread, broken }: Walk, kind: Unread['kind'], descriptor: Descriptor): void {
  if (opened.absent?.has(descriptor.digest)) broken.push(descriptor.digest);
  else unread.push({ kind, descriptor });
}

function addEntries(walk: Walk, entries: readonly IndexEntry[]): void {
  for (const entry of entries) {
    if (isIndexType(entry.mediaType)) addNested(walk, entry);
    else addEntry(walk, entry);
  }
}

/** An index inside an index is opened once: a second mention adds no platform, and thousands must cost nothing. */
function addNested(walk: Walk, entry: IndexEntry): void {
  if (walk.seen.has(entry.digest)) return;
  walk.seen.add(entry.digest);
  const nested = walk.opened.manifests.get(entry.digest);
  if (nested === undefined) noteUnread(walk, 'manifest', entry);
  if (nested?.kind === 'index') addEntries(walk, nested.entries);
}

function addEntry(walk: Walk, entry: IndexEntry): void {
  const { digest, platform, raw } = entry;
  const silent = platform === null && !entry.attestation && !raw.artifactType && isImageType(entry.mediaType);
  if (!silent) {
    walk.leaves.push({ digest, platform, attests: attested(entry), raw });
    return;
  }
  const manifest = walk.opened.manifests.get(digest);
  if (manifest === undefined) noteUnread(walk, 'manifest', entry);
  else addImage(walk, manifest, entry, raw);
}

/** An image that does not say its platform where it is listed: its config does. */
function addImage(
  walk: Walk,
  manifest: Manifest,
  { mediaType, digest, size }: Descriptor,
  raw: Fields,
): void {
  const config = manifest.kind === 'image' && isImageConfig(manifest.config) ? manifest.config : null;
  const found = config === null ? null : walk.opened.configs.get(config.digest);
  if (config !== null && found === undefined) noteUnread(walk, 'config', config);
  const platform = found ? { platform: writePlatform(found) } : {};
  walk.leaves.push({
    digest,
    platform: found ? normalisePlatform(found) : null,
    attests: null,
    raw: { mediaType, digest, size, ...raw, ...platform },
  });
}

function attested(entry: IndexEntry): Digest | null {
  const digest = entry.annotations[ATTESTS] ?? '';
  return entry.attestation && isDigest(digest) ? digest : null;
}

function writePlatform({ os, architecture, variant, osVersion }: RawPlatform): Fields {
  return {
    os,
    architecture,
    ...(variant ? { variant } : {}),
    ...(osVersion ? { 'os.version': osVersion } : {}),
  };
}
