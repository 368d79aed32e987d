// Moves content between registries.

import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';

/** Brings digests with everything they refer to; no tag moves. Safe to repeat. @throws Failure */
export type Engine = {
  /** Leaves the digest whole on the mirror: what this run put or saw there is not asked about again. */
  bring(digest: Digest, from: Name, to: Name): Promise<void>;
  /** The same, but nothing is believed that was known before: for content that a registry said it lacks. */
  bringAgain(digest: Digest, from: Name, to: Name): Promise<void>;
};
