// Digests: how they are written, checked and made.

import { createHash } from 'node:crypto';

/** `algorithm:encoded`, the identifier of content that never moves. OCI image-spec, descriptor.md, "Digests". */
export type Digest = `sha256:${string}` | `sha512:${string}`;

const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

/** True for a digest of a registered algorithm with the right number of lower-case hex digits. */
export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

/** The digest of `bytes`, by the algorithm that `like` uses (sha256 by default). */
export function digestOf(bytes: Uint8Array, like: Digest = 'sha256:'): Digest {
  const algorithm = like.startsWith('sha512:') ? 'sha512' : 'sha256';
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** The first twelve hex digits, enough for a person to see whether two digests differ. */
export function shortDigest(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1).slice(0, 12);
}
