// A manifest with all that must be read beside it before its platforms are known.

import { asFailure, type Failure } from '../../base/errors/failure.ts';
import { decodeManifest, type Manifest } from '../../image/manifest/manifest.ts';
import type { RawPlatform } from '../../image/manifest/platform.ts';
import type { Digest } from '../../image/names/digest.ts';
import { type Side, serves, type Unread } from '../platforms/served.ts';
import type { Wanted } from '../select/select.ts';
import { vanished } from './compare.ts';
import { type Ask, mirrorOf, upstreamOf, type Where } from './reads.ts';

/** Index in index in index, and the config of an image in it: what lies deeper stays unread. */
const MOST_LEVELS = 4;
/** Read of one level: an index of thousands that says no platform is not worth thousands of requests. */
const MOST_OF_LEVEL = 64;

/**
 * Opens a manifest of one side; with `deep`, what its entries leave unsaid is read too. What could not be read of
 * that stays unread. `waiting`: something has to be read first. A Failure where the manifest itself is not to be had.
 */
export function openSide(
  wanted: Wanted,
  side: Where['side'],
  digest: Digest,
  ask: Ask,
  deep: boolean,
): Side | Failure | 'waiting' {
  const where = side === 'mirror' ? mirrorOf(wanted) : upstreamOf(wanted);
  const seen = ask.manifest(where, digest);
  if (seen === null) return 'waiting';
  if (seen.kind === 'unknown') return seen.because;
  if (seen.kind === 'absent') return vanished(wanted, side, digest);
  try {
    const body = seen.value;
    const manifest = decodeManifest(body.bytes, body.mediaType);
    const shallow = { body, manifest, manifests: new Map(), configs: new Map() };
    return deep ? openDeep(shallow, where, ask) : shallow;
  } catch (thrown) {
    return asFailure(thrown);
  }
}

type Growing = Side & {
  readonly manifests: Map<Digest, Manifest>;
  readonly configs: Map<Digest, RawPlatform | null>;
};

function openDeep(side: Growing, where: Where, ask: Ask): Side | 'waiting' {
  for (let level = 0; level < MOST_LEVELS; level += 1) {
    const unread = serves(side).unread.slice(0, MOST_OF_LEVEL);
    const answers = unread.map((one) => note(side, one, where, ask));
    if (answers.includes('waiting')) return 'waiting';
    if (!answers.includes('noted')) break;
  }
  return side;
}

function note(
  side: Growing,
  { kind, descriptor }: Unread,
  where: Where,
  ask: Ask,
): 'noted' | 'unread' | 'waiting' {
  const { digest } = descriptor;
  if (kind === 'config') {
    const seen = ask.config(where, descriptor);
    if (seen?.kind === 'seen') side.configs.set(digest, seen.value.platform);
    return inShort(seen);
  }
  const seen = ask.manifest(where, digest);
  if (seen?.kind === 'seen')
    side.manifests.set(digest, decodeManifest(seen.value.bytes, seen.value.mediaType));
  return inShort(seen);
}

function inShort(seen: { readonly kind: string } | null): 'noted' | 'unread' | 'waiting' {
  if (seen === null) return 'waiting';
  return seen.kind === 'seen' ? 'noted' : 'unread';
}
