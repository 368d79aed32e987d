// Measures what new tags would cost the mirror. Reads manifests upstream, which count as pulls, so it is bounded, and
// asked for only where a person decides.

import { inParallel } from '../../base/flow/limit.ts';
import { type Descriptor, decodeManifest, type Manifest } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';
import { bytesMissing, type Cost, type Priced, spreadCosts, tagsToMeasure } from '../../plan/select/cost.ts';
import type { Doors } from '../../registry/doors/doors.ts';

/** A new tag, where it is read and where it would go. */
export type NewTagAt = Priced & { readonly pull: Name; readonly mirror: Name; readonly tag: string };

const AT_ONCE = 4;

/**
 * The cost of each tag by its key; null where it could not be measured, or where pulls run short. Never throws: a
 * price that nobody can tell is no reason to fail.
 */
export async function measureCosts(
  tags: readonly NewTagAt[],
  doors: Doors,
): Promise<Map<string, Cost | null>> {
  const measured = new Map<string, Cost>();
  const chosen = tagsToMeasure(tags).filter((tag) => doors.mayPull(tag.pull));
  if (chosen.length > 0) doors.log.info(`measuring what ${chosen.length} of ${tags.length} tags would cost`);
  await inParallel(chosen, AT_ONCE, async (tag) => {
    const cost = await measureOne(tag, doors).catch((thrown: unknown) => {
      doors.log.debug(`no price for ${tag.key}: ${String(thrown)}`);
      return null;
    });
    if (cost !== null) measured.set(tag.key, cost);
  });
  return spreadCosts(tags, measured);
}

async function measureOne(tag: NewTagAt, { upstream, mirror }: Doors): Promise<Cost | null> {
  const body = await upstream.get(tag.pull, tag.tag);
  if (body === null) return null;
  const images = await readImages(decodeManifest(body.bytes, body.mediaType), async (digest) => {
    const child = await upstream.get(tag.pull, digest);
    return child === null ? null : decodeManifest(child.bytes, child.mediaType);
  });
  const blobs = images.flatMap((image) => (image.kind === 'image' ? [image.config, ...image.layers] : []));
  const digests = [...new Set(blobs.map((blob) => blob.digest))];
  const held = await inParallel(digests, AT_ONCE, (digest) =>
    mirror.hasBlob(tag.mirror, digest).catch(() => false),
  );
  const bytes = bytesMissing(blobs, new Set(digests.filter((_, at) => held[at])));
  return { bytes, platforms: platformsOf(decodeManifest(body.bytes, body.mediaType)), exact: true };
}

/** The images behind a manifest, one level deep: an index inside an index is rare and its price no secret for long. */
async function readImages(
  manifest: Manifest,
  read: (digest: Digest) => Promise<Manifest | null>,
): Promise<Manifest[]> {
  if (manifest.kind !== 'index') return [manifest];
  const entries: readonly Descriptor[] = manifest.entries;
  const children = await inParallel(entries, AT_ONCE, ({ digest }) => read(digest));
  return children.filter((child) => child !== null);
}

function platformsOf(manifest: Manifest): number {
  return manifest.kind === 'index' ? manifest.entries.filter((entry) => !entry.attestation).length : 1;
}
