// Moves content between registries.

import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';

/** How much is left on the mirror: all, or all but the manifest itself, which whoever moves a tag to it puts. */
export type Extent = 'whole' | 'content';

/** What bringing a digest takes, as far as it is known yet; it grows meanwhile. Bytes of layers and configs. */
export type Load = { bytes: number; moved: number; platforms: number };

/** A load of which nothing is known yet. */
export function newLoad(): Load {
  return { bytes: 0, moved: 0, platforms: 0 };
}

/** Built in: whole, and nobody looks at the load. */
type Bringing = { readonly extent?: Extent; readonly load?: Load };

/** Brings digests with everything they refer to; no tag moves. Safe to repeat. @throws Failure */
export type Engine = {
  /** Leaves the digest on the mirror: what this run put or saw there is not asked about again. */
  bring(digest: Digest, from: Name, to: Name, how?: Bringing): Promise<void>;
  /** The same, whole, but nothing is believed that was known before: for content that a registry said it lacks. */
  bringAgain(digest: Digest, from: Name, to: Name, how?: Bringing): Promise<void>;
};
