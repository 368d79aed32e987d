// Measures what new tags would cost the mirror. Reads manifests upstream, which count as pulls, so it is bounded, and
// asked for only where a person decides.

import { soFar, whileTelling } from '../../base/flow/alive.ts';
import { inParallel } from '../../base/flow/limit.ts';
import { type Descriptor, decodeManifest, type Manifest } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import { familiarTag } from '../../image/names/reference.ts';
import { MOST_PLATFORMS } from '../../plan/observation/open-manifest.ts';
import { bytesMissing, type Cost, tagsToMeasure, withCosts } from '../../plan/select/cost.ts';
import type { NewTag } from '../../plan/select/new-tags.ts';
import type { Doors } from '../../registry/doors/doors.ts';

const AT_ONCE = 4;

/**
 * The new tags with their costs, in order; null where a cost could not be measured, or where pulls run short. Never
 * throws: an unknown cost does not fail anything.
 */
export async function measureCosts(tags: readonly NewTag[], doors: Doors): Promise<NewTag[]> {
  const measured = new Map<NewTag, Cost>();
  const chosen = tagsToMeasure(tags).filter(({ entry }) => doors.mayPull(entry.pull));
  if (chosen.length > 0) doors.log.info(`measuring what ${chosen.length} of ${tags.length} tags would cost`);
  const lookUps = { asked: chosen.length, answered: 0 };
  const price = async (tag: NewTag): Promise<void> => {
    const cost = await measure(tag, doors).catch((thrown: unknown) => {
      const reference = familiarTag(tag.entry.source, tag.tag);
      doors.log.debug(`${reference} could not be measured: ${String(thrown)}`);
      return null;
    });
    if (cost !== null) measured.set(tag, cost);
    lookUps.answered += 1;
  };
  const words = () => soFar('measuring new tags', lookUps, 'measured');
  await whileTelling(words, () => inParallel(chosen, AT_ONCE, price), doors);
  return withCosts(tags, measured);
}

async function measure({ entry, tag }: NewTag, { upstream, mirror }: Doors): Promise<Cost | null> {
  const body = await upstream.get(entry.pull, tag);
  if (body === null) return null;
  const manifest = decodeManifest(body.bytes, body.mediaType);
  if (platformsOf(manifest) > MOST_PLATFORMS) return null;
  const images = await readImages(manifest, async (digest) => {
    const child = await upstream.get(entry.pull, digest);
    return child === null ? null : decodeManifest(child.bytes, child.mediaType);
  });
  const blobs = images.flatMap((image) => (image.kind === 'image' ? [image.config, ...image.layers] : []));
  const digests = [...new Set(blobs.map((blob) => blob.digest))];
  const present = await inParallel(digests, AT_ONCE, (digest) =>
    mirror.hasBlob(entry.mirror, digest).catch(() => false),
  );
  const bytes = bytesMissing(blobs, new Set(digests.filter((_, at) => present[at])));
  return { bytes, platforms: platformsOf(manifest), exact: true };
}

/** The images behind a manifest, one level deep: an index inside an index is rare, and only its estimate suffers. */
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
