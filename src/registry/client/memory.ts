// Manifests that were read in this run, by digest: what a plan read is not read again to be copied. Bounded, since a
// hostile registry may have thousands of large ones; what falls out is read again.

import type { ManifestBody } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';

/** `recall` gives back null for what was not kept, or fell out. */
export type Memory = {
  recall(digest: Digest): ManifestBody | null;
  keep(body: ManifestBody): void;
};

/** Keeps bodies of at most so many bytes in all; the oldest fall out. */
export function createMemory(mostBytes: number): Memory {
  const bodies = new Map<Digest, ManifestBody>();
  let size = 0;
  return {
    recall: (digest) => bodies.get(digest) ?? null,
    keep(body) {
      if (bodies.has(body.digest)) return;
      bodies.set(body.digest, body);
      size += body.bytes.length;
      for (const [digest, oldest] of bodies) {
        if (size <= mostBytes) return;
        bodies.delete(digest);
        size -= oldest.bytes.length;
      }
    },
  };
}
