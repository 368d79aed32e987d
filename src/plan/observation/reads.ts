// What must be read beside the digests of tags: whoever plans a tag reads what it needs, and what is not there yet
// becomes a request for the next round.

import type { Descriptor, ManifestBody, ManifestHead } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import { lookUp } from '../../image/names/look-up.ts';
import type { Name } from '../../image/names/reference.ts';
import type { Signatures, TrustQuestion } from '../../image/signatures/signatures.ts';
import type { Wanted } from '../select/select.ts';
import type { ImageConfig, Observation, Seen } from './observation.ts';

/** Where something is read: which of the two registries is asked, under the name that it has there. */
export type Where = { readonly side: 'upstream' | 'mirror'; readonly name: Name };

/**
 * One thing to read. Manifests, config blobs and whose signatures are asked for are named by digest, so that they cannot
 * change underway; a `head` is a tag of the mirror that is made here.
 */
export type Read = Where &
  (
    | { readonly kind: 'head'; readonly reference: string }
    | { readonly kind: 'manifest'; readonly reference: Digest }
    | { readonly kind: 'config'; readonly reference: Digest }
    | { readonly kind: 'signatures'; readonly reference: Digest; readonly question: TrustQuestion }
  );

/** Gives what was observed, or null and a note that it is to be read. */
export type ObservationReader = {
  head(name: Name, tag: string): Seen<ManifestHead> | null;
  manifest(where: Where, digest: Digest): Seen<ManifestBody> | null;
  config(where: Where, descriptor: Descriptor): Seen<ImageConfig> | null;
  signatures(where: Where, digest: Digest, question: TrustQuestion): Seen<Signatures> | null;
};

/** Where upstream is read for a tag. */
export function upstreamOf({ pull }: Wanted): Where {
  return { side: 'upstream', name: pull };
}

/** Where the mirror is read for a tag. */
export function mirrorOf({ mirror }: Wanted): Where {
  return { side: 'mirror', name: mirror };
}

/** Reads an observation; what it does not have is put into `missing`, by look-up. */
export function readerOf(observation: Observation, missing: Map<string, Read>): ObservationReader {
  function find<T>(map: ReadonlyMap<string, Seen<T>>, read: Read): Seen<T> | null {
    const key = readKey(read);
    const seen = map.get(key);
    if (seen === undefined) missing.set(key, read);
    return seen ?? null;
  }
  return {
    head: (name, tag) => find(observation.mirror, { kind: 'head', side: 'mirror', name, reference: tag }),
    manifest: (where, digest) => find(observation.bodies, { kind: 'manifest', ...where, reference: digest }),
    config: (where, { digest }) => find(observation.configs, { kind: 'config', ...where, reference: digest }),
    signatures: (where, digest, question) =>
      find(observation.signatures ?? new Map(), {
        kind: 'signatures',
        ...where,
        reference: digest,
        question,
      }),
  };
}

/** Under which key an observation has the answer: two policies may ask about one digest. */
export function readKey(read: Read): string {
  const key = lookUp(read.name, read.reference);
  return read.kind === 'signatures' ? `${key} ${JSON.stringify(read.question)}` : key;
}
