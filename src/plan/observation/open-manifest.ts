// A manifest with all that must be read beside it before its platforms are known.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { LAGGING } from '../../base/errors/hints.ts';
import { amount } from '../../base/text/words.ts';
import { decodeManifest, type Manifest } from '../../image/manifest/manifest.ts';
import type { RawPlatform } from '../../image/manifest/platform.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatName } from '../../image/names/reference.ts';
import { type OpenManifest, serves, type Unread } from '../platforms/served.ts';
import type { ObservationReader, Where } from './reads.ts';

/** Index in index in index, and the config of an image in it: what lies deeper stays unread. */
const MOST_LEVELS = 4;
/** What one index may list and still be judged: images have a dozen platforms, and a hostile index has no end. */
export const MOST_PLATFORMS = 1_000;
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

/**
 * Opens a manifest and what its entries leave unsaid. What cannot be read of that fails the opening with the very reason;
 * what the mirror lists and does not have is noted as absent, since nobody can pull it.
 */
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
  readonly absent: Set<Digest>;
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
    checkSize(where, digest, [manifest]);
    const opened = { body, manifest, manifests: new Map(), configs: new Map(), absent: new Set<Digest>() };
    return { kind: 'open', opened };
  } catch (thrown) {
    return { kind: 'failed', failure: asFailure(thrown) };
  }
}

function checkSize({ name }: Where, digest: Digest, manifests: Iterable<Manifest>): void {
  let platforms = 0;
  for (const manifest of manifests) {
    if (manifest.kind === 'index') platforms += manifest.entries.filter((entry) => !entry.attestation).length;
  }
  if (platforms <= MOST_PLATFORMS) return;
  const words = `${formatName(name)}@${digest} lists ${amount(platforms)} platforms; at most ${amount(MOST_PLATFORMS)} are mirrored`;
  throw new Failure('unsupported', words, {
    hint: 'no known image has so many; look at what was published there, or leave the tag out',
  });
}

function readChildren(opened: Growing, where: Where, reader: ObservationReader): 'read' | 'waiting' {
  for (let level = 0; level < MOST_LEVELS; level += 1) {
    const unread = serves(opened).unread.slice(0, MOST_OF_LEVEL);
    const answers = unread.map((child) => readChild(opened, child, where, reader));
    if (answers.includes('waiting')) return 'waiting';
    if (answers.length === 0) break;
    checkSize(where, opened.body.digest, [opened.manifest, ...opened.manifests.values()]);
  }
  return 'read';
}

function readChild(
  opened: Growing,
  { kind, descriptor }: Unread,
  where: Where,
  reader: ObservationReader,
): 'read' | 'waiting' {
  const { digest } = descriptor;
  const seen = kind === 'config' ? reader.config(where, descriptor) : reader.manifest(where, digest);
  if (seen === null) return 'waiting';
  if (seen.kind === 'unknown') throw seen.because;
  if (seen.kind === 'absent') noteAbsent(opened, { kind, descriptor }, where);
  else if ('platform' in seen.value) opened.configs.set(digest, seen.value.platform);
  else opened.manifests.set(digest, decodeManifest(seen.value.bytes, seen.value.mediaType));
  return 'read';
}

function noteAbsent({ absent, body }: Growing, { kind, descriptor }: Unread, { side, name }: Where): void {
  if (side === 'upstream') {
    const words = `upstream has no ${kind} ${formatName(name)}@${descriptor.digest}, which ${body.digest} lists`;
    throw new Failure('not-found', words, {
      hint: LAGGING,
    });
  }
  absent.add(descriptor.digest);
}
