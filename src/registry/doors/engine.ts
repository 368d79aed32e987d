// Moves content between registries.

import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';

/** The bytes of layers never pass through this process. Both functions throw a Failure and are safe to repeat. */
export type Engine = {
  /** Brings one digest with everything it refers to; no tag moves. */
  bring(digest: Digest, from: Name, to: Name): Promise<void>;
  /** Brings the blobs of an image whose manifest is there already. */
  refill(digest: Digest, from: Name, to: Name): Promise<void>;
};
