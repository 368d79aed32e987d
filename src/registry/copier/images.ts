// Walks what a digest refers to, and leaves it whole on the mirror: children before their index, blobs before their
// manifest. What is there already is looked into all the same: a registry may have lost a part of it.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { LAGGING } from '../../base/errors/hints.ts';
import {
  type Descriptor,
  decodeManifest,
  isNondistributable,
  type Manifest,
  type ManifestBody,
} from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { formatName } from '../../image/names/reference.ts';
import type { Load } from '../doors/engine.ts';
import { bringSmall, isThere, LARGE, leaseKey } from './blobs.ts';
import type { Copier, Copy } from './job.ts';

/** Deeper indexes of indexes are nobody's images. */
const MOST_DEPTH = 8;

/** Brings a manifest with everything it refers to. Each digest is brought once a run and repository. @throws Failure */
export async function bringManifest(copier: Copier, copy: Copy, digest: Digest, depth = 0): Promise<void> {
  const key = lookUp(copy.to, digest);
  const known = copy.sure ? undefined : copier.brought.get(key);
  if (known !== undefined) return known;
  copier.signal.throwIfAborted();
  const bringing = bringWhole(copier, copy, digest, depth);
  copier.brought.set(key, bringing);
  // What failed may be asked for again: by another tag, after a pause, from another source.
  bringing.catch(() => {
    if (copier.brought.get(key) === bringing) copier.brought.delete(key);
  });
  return bringing;
}

/** Brings everything that a manifest refers to, and leaves the manifest to whoever moves a tag to it. @throws Failure */
export async function bringContentOf(copier: Copier, copy: Copy, digest: Digest): Promise<void> {
  copier.signal.throwIfAborted();
  await bringBelow(copier, copy, digest, 0);
}

async function bringWhole(copier: Copier, copy: Copy, digest: Digest, depth: number): Promise<void> {
  if (depth > MOST_DEPTH)
    throw new Failure('unsupported', `an index in an index, ${depth} deep`, { detail: digest });
  const { there, ...put } = await bringBelow(copier, copy, digest, depth);
  if (put.manifest.kind !== 'other' && !there) await putManifest(copier, copy, put);
}

async function bringBelow(copier: Copier, copy: Copy, digest: Digest, depth: number) {
  const there = await manifestIsThere(copier, copy, digest);
  const body = await readManifest(copier, copy, digest, there);
  const manifest = decodeManifest(body.bytes, body.mediaType);
  await bringContent(copier, copy, { digest, manifest, depth });
  return { body, manifest, depth, there };
}

async function manifestIsThere(
  { client, listedNothing }: Copier,
  { to, sure }: Copy,
  digest: Digest,
): Promise<boolean> {
  if (!sure && listedNothing(to)) return false;
  try {
    return (await client.head(to, digest)) !== null;
  } catch (thrown) {
    // A mirror may refuse to show what nobody has pushed yet: the push decides.
    if (asFailure(thrown).reason === 'denied') return false;
    throw thrown;
  }
}

/** What was read before is not read again; what the mirror has costs no pull upstream. */
async function readManifest(
  copier: Copier,
  { from, to }: Copy,
  digest: Digest,
  there: boolean,
): Promise<ManifestBody> {
  const { client } = copier;
  const known = client.recall(digest) ?? (there ? await client.get(to, digest).catch(() => null) : null);
  const body = known ?? (await client.get(from, digest, { confirm: true }));
  if (body !== null) return body;
  throw new Failure('not-found', `upstream's repository ${formatName(from)} lacks a part of this image`, {
    detail: `${formatName(from)}@${digest} is not there`,
    hint: LAGGING,
  });
}

type Node = { readonly digest: Digest; readonly manifest: Manifest; readonly depth: number };

async function bringContent(copier: Copier, copy: Copy, { digest, manifest, depth }: Node): Promise<void> {
  switch (manifest.kind) {
    case 'index': {
      const children = [...new Set(manifest.entries.map((entry) => entry.digest))];
      if (depth === 0) copy.load.platforms += manifest.entries.filter((entry) => !entry.attestation).length;
      await all(children.map((child) => bringManifest(copier, copy, child, depth + 1)));
      return;
    }
    case 'image':
      if (depth === 0) copy.load.platforms += 1;
      return bringBlobs(copier, copy, digest, blobsOf(manifest));
    case 'other':
      return copier.streams.run(() => {
        const onBytes = (bytes: number): void => grow(copy.load, bytes);
        return copier.stream({ from: copy.from, to: copy.to, digest, missing: null, onBytes });
      });
  }
}

/** The blobs of an image, each once. Foreign layers lie where their URLs point, not in the registry. */
function blobsOf({ config, layers }: Extract<Manifest, { kind: 'image' }>): Descriptor[] {
  const blobs = [config, ...layers].filter((blob) => !isNondistributable(blob));
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}

async function bringBlobs(
  copier: Copier,
  copy: Copy,
  image: Digest,
  blobs: readonly Descriptor[],
): Promise<void> {
  const { load, to } = copy;
  const small = blobs.filter(({ size }) => size < LARGE);
  const large = blobs.filter(({ size }) => size >= LARGE);
  const due = bytesOf(large);
  load.bytes += due;
  await all(small.map((blob) => bringSmall(copier, copy, blob)));
  if (large.every(({ digest }) => copier.presence.has(to, digest))) {
    load.bytes -= due;
    return;
  }
  const keys = large.map(({ digest }) => leaseKey(copy, digest));
  await copier.leases.hold(keys, async (giveBack) => {
    const there = await all(large.map((blob) => isThere(copier, copy, blob)));
    const missing = large.filter((_, at) => !there[at]);
    load.bytes -= due - bytesOf(missing);
    // What is there needs no lease: images that share a base are streamed at the same time.
    for (const blob of large) if (!missing.includes(blob)) giveBack(leaseKey(copy, blob.digest));
    await streamLarge(copier, copy, image, missing);
  });
}

function bytesOf(blobs: readonly Descriptor[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0);
}

/** Bytes of content whose size nobody knew. */
function grow(load: Load, bytes: number): void {
  load.bytes += bytes;
  load.moved += bytes;
}

async function streamLarge(
  copier: Copier,
  { from, to, load }: Copy,
  image: Digest,
  blobs: readonly Descriptor[],
): Promise<void> {
  const missing = new Map(blobs.map(({ digest, size }) => [digest, size]));
  if (missing.size === 0) return;
  // A layer that breaks off begins again: it counts once.
  const state = { due: bytesOf(blobs) };
  const onBytes = (bytes: number): void => {
    const counted = Math.min(bytes, state.due);
    state.due -= counted;
    load.moved += counted;
  };
  await copier.streams.run(() => copier.stream({ from, to, digest: image, missing, onBytes }));
  onBytes(state.due);
  for (const digest of missing.keys()) copier.presence.add(to, digest);
  copier.moved.large += missing.size;
}

type Put = { readonly body: ManifestBody; readonly manifest: Manifest; readonly depth: number };

/** A registry that lacks something it was said to have says so now: then everything is asked for once more. */
async function putManifest(copier: Copier, copy: Copy, { body, manifest, depth }: Put): Promise<void> {
  const { client, presence } = copier;
  try {
    await client.put(copy.to, body.digest, body);
  } catch (thrown) {
    if (asFailure(thrown).reason !== 'not-found') throw thrown;
    presence.forget(copy.to);
    await bringContent(copier, { ...copy, sure: true }, { digest: body.digest, manifest, depth });
    await client.put(copy.to, body.digest, body);
  }
}

/** Waits for every one of them, so that nothing goes on behind the back of a failure; throws the first. */
async function all<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const ended = await Promise.allSettled(work);
  const failed = ended.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return ended.map((end) => (end as PromiseFulfilledResult<T>).value);
}
