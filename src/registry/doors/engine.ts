// Moves content between registries.

import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';

/** How much is left on the mirror: all, or all but the manifest itself, which whoever moves a tag to it puts. */
export type Extent = 'whole' | 'content';

/** Brings digests with everything they refer to; no tag moves. Safe to repeat. @throws Failure */
export type Engine = {
  /** Leaves the digest on the mirror: what this run put or saw there is not asked about again. */
  bring(digest: Digest, from: Name, to: Name, extent?: Extent): Promise<void>;
  /** The same, whole, but nothing is believed that was known before: for content that a registry said it lacks. */
  bringAgain(digest: Digest, from: Name, to: Name): Promise<void>;
};
