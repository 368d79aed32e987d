// What `sync/` needs from the outside. `main.ts` passes the real things in; tests pass plain objects.

import type { Journal } from '../files/journal.ts';
import type { Digest } from '../image/names/digest.ts';
import type { Name } from '../image/names/reference.ts';
import type { Body, Head } from '../plan/observation.ts';

/**
 * Manifests and small blobs of a registry. `reference` is a tag or a digest. `null` means that the registry answered that it is not
 * there. Everything else that goes wrong is thrown as a Failure, after the retries that make sense.
 */
export type Registry = {
  /** Whether a blob is there. */
  hasBlob(name: Name, digest: Digest): Promise<boolean>;
  head(name: Name, reference: string): Promise<Head | null>;
  get(name: Name, reference: string): Promise<Body | null>;
  put(name: Name, reference: string, body: Body): Promise<void>;
  /** A blob of at most `maxBytes`, hashed. */
  getBlob(name: Name, digest: Digest, maxBytes: number): Promise<Uint8Array | null>;
};

/** What is asked of the mirror beyond that. */
export type MirrorRegistry = Registry & {
  /** Takes one tag away, never a manifest; false where the registry does not grant it. */
  removeTag(name: Name, tag: string): Promise<boolean>;
  hasBlob(name: Name, digest: Digest): Promise<boolean>;
};

/** Lists tags and moves content between registries; the bytes of layers never pass through this process. */
export type Engine = {
  /** Every tag of a repository, or a Failure: never a part of the list, never an empty list for an unreadable one. */
  list(name: Name): Promise<readonly string[]>;
  /** Brings one digest with everything it refers to; no tag moves. Safe to repeat. */
  bring(digest: Digest, from: Name, to: Name): Promise<void>;
  /** Brings the blobs of an image whose manifest is there already. */
  refill(digest: Digest, from: Name, to: Name): Promise<void>;
};

/** The lines that a person follows while a run is under way. */
export type Log = {
  info(line: string): void;
  debug(line: string): void;
};

/** `today` is the day as `2026-09-01`, in UTC. */
export type Clock = { sleep(milliseconds: number): Promise<void>; today(): string };

export type Doors = {
  readonly upstream: Registry;
  readonly mirror: MirrorRegistry;
  readonly engine: Engine;
  readonly log: Log;
  readonly clock: Clock;
  /** False when an upstream's known pull limit runs short; what can wait is then not read. */
  mayPull(name: Name): boolean;
  readonly journal: Journal;
  /** Fires when no more work is to be started; its reason is the Failure `cancelled` or `budget`. */
  readonly stop: AbortSignal;
};
