// A manifest with all that must be read beside it before its platforms are known.

import { asFailure, type Failure } from '../../base/errors/failure.ts';
import { decodeManifest, type Manifest } from '../../image/manifest/manifest.ts';
import type { RawPlatform } from '../../image/manifest/platform.ts';
import type { Digest } from '../../image/names/digest.ts';
import { type OpenManifest, serves, type Unread } from '../platforms/served.ts';
import type { ObservationReader, Where } from './reads.ts';

/** Index in index in index, and the config of an image in it: what lies deeper stays unread. */
const MOST_LEVELS = 4;
/** Read of one level: an index of thousands that says no platform is not worth thousands of requests. */
const MOST_OF_LEVEL = 64;

/**
 * What became of opening a manifest. `waiting`: something has to be read first. `absent`: the registry says that it has
 * no such manifest. `failed`: it could not be read, or it is none.
 */
export type Opening =
  | { readonly kind: 'open'; readonly opened: OpenManifest }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'waiting' };

/** Opens a manifest by itself: what its entries leave unsaid stays unread. */
export function openManifest(where: Where, digest: Digest, reader: ObservationReader): Opening {
  return open(where, digest, reader);
}

/** Opens a manifest and what its entries leave unsaid; what could not be read of that stays unread. */
export function openWithChildren(where: Where, digest: Digest, reader: ObservationReader): Opening {
  const opening = open(where, digest, reader);
  if (opening.kind !== 'open') return opening;
  try {
    return readChildren(opening.opened, where, reader) === 'waiting' ? { kind: 'waiting' } : opening;
  } catch (thrown) {
    return { kind: 'failed', failure: asFailure(thrown) };
  }
}

type Growing = OpenManifest & {
  readonly manifests: Map<Digest, Manifest>;
  readonly configs: Map<Digest, RawPlatform | null>;
};

function open(
  where: Where,
  digest: Digest,
  reader: ObservationReader,
): Exclude<Opening, { kind: 'open' }> | { readonly kind: 'open'; readonly opened: Growing } {
  const seen = reader.manifest(where, digest);
  if (seen === null) return { kind: 'waiting' };
  if (seen.kind === 'unknown') return { kind: 'failed', failure: seen.because };
  if (seen.kind === 'absent') return { kind: 'absent' };
  try {
    const body = seen.value;
    const manifest = decodeManifest(body.bytes, body.mediaType);
    return { kind: 'open', opened: { body, manifest, manifests: new Map(), configs: new Map() } };
  } catch (thrown) {
    return { kind: 'failed', failure: asFailure(thrown) };
  }
}

function readChildren(opened: Growing, where: Where, reader: ObservationReader): 'read' | 'waiting' {
  for (let level = 0; level < MOST_LEVELS; level += 1) {
    const unread = serves(opened).unread.slice(0, MOST_OF_LEVEL);
    const answers = unread.map((child) => readChild(opened, child, where, reader));
    if (answers.includes('waiting')) return 'waiting';
    if (!answers.includes('read')) break;
  }
  return 'read';
}

function readChild(
  opened: Growing,
  { kind, descriptor }: Unread,
  where: Where,
  reader: ObservationReader,
): 'read' | 'unread' | 'waiting' {
  const { digest } = descriptor;
  if (kind === 'config') {
    const seen = reader.config(where, descriptor);
    if (seen?.kind === 'seen') opened.configs.set(digest, seen.value.platform);
    return endOf(seen);
  }
  const seen = reader.manifest(where, digest);
  if (seen?.kind === 'seen') {
    opened.manifests.set(digest, decodeManifest(seen.value.bytes, seen.value.mediaType));
  }
  return endOf(seen);
}

function endOf(seen: { readonly kind: string } | null): 'read' | 'unread' | 'waiting' {
  if (seen === null) return 'waiting';
  return seen.kind === 'seen' ? 'read' : 'unread';
}
