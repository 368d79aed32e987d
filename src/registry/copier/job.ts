// What every part of the copier works with.

import type { Limit } from '../../base/flow/limit.ts';
import type { Name } from '../../image/names/reference.ts';
import type { RegistryClient } from '../client/client.ts';
import type { LargeCopy } from '../crane/stream.ts';
import type { Load } from '../doors/engine.ts';
import type { ByteLimit } from './byte-limit.ts';
import type { Leases } from './leases.ts';
import type { Presence } from './presence.ts';

/**
 * From where to where. `sure`: nothing is taken for present or absent because of an earlier answer. `load` counts what
 * there is to move and what has moved.
 */
export type Copy = { readonly from: Name; readonly to: Name; readonly sure: boolean; readonly load: Load };

/** What moved by which way, for the log. */
export type Moved = { small: number; mounted: number; large: number };

/** What moving images needs from the outside. */
export type CopierDeps = {
  readonly client: RegistryClient;
  /** Copies one image as streams. @throws Failure */
  readonly stream: (copy: LargeCopy) => Promise<void>;
  /** Whether the mirror's own list of this repository, read in this run, was empty. */
  readonly listedNothing: (name: Name) => boolean;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Fires when nothing more is to be started. */
  readonly signal: AbortSignal;
};

/** The same, with what all moves of a run share. */
export type Copier = CopierDeps & {
  readonly leases: Leases;
  readonly presence: Presence;
  /** Bytes of small blobs in memory at once. */
  readonly memory: ByteLimit;
  readonly streams: Limit;
  /** What was brought, or is being brought, by repository and digest. */
  readonly brought: Map<string, Promise<void>>;
  readonly moved: Moved;
};
