// What a run needs of the registries, in one value. `run/open` passes the real things in; tests pass plain objects.

import type { Failure } from '../../base/errors/failure.ts';
import type { Name } from '../../image/names/reference.ts';
import type { AttachedDoor, CheckSignatures } from './attached.ts';
import type { Engine } from './engine.ts';
import type { Journal } from './journal.ts';
import type { Lister } from './lister.ts';
import type { Listings } from './listings.ts';
import type { Log } from './progress.ts';
import type { MirrorRegistry, Registry } from './registry.ts';

/** Time, in milliseconds; `now` counts from anywhere. */
export type Clock = {
  /** Ends before its time, and without an error, when `over` fires. */
  sleep(milliseconds: number, over?: AbortSignal): Promise<void>;
  now(): number;
  /** Calls `beat` each time so many milliseconds have gone by, until what it gives back is called. */
  every(milliseconds: number, beat: () => void): () => void;
  /** The day as `2026-09-01`, in UTC. */
  today(): string;
};

/** So many pulls; `tooFew` gives the Failure of tags that they do not suffice for. */
type PullsLeft = { readonly pulls: number; readonly tooFew: () => Failure };

/** Everything that observing and applying need. */
export type Doors = {
  readonly upstream: Registry;
  readonly mirror: MirrorRegistry;
  /** Lists upstreams; the mirror's own lists are asked of the mirror. */
  readonly lister: Lister;
  /** Digests of many tags at once, of both sides, where a registry lists its own. */
  readonly listings: Listings;
  readonly engine: Engine;
  /** What is attached to images, on either side. */
  readonly attached: AttachedDoor;
  /** Who signed what upstream has. */
  readonly signatures: CheckSignatures;
  readonly log: Log;
  readonly clock: Clock;
  /** False when so many pulls (1 if not given) would leave a known limit short; what can wait is then not read. */
  mayPull(name: Name, pulls?: number): boolean;
  /** What an upstream's known pull limit lets through; null where none is known, or where it comes back soon. */
  pullsLeft(name: Name): PullsLeft | null;
  /** Whether the docker config has a login for the registry of this name. */
  hasLogin(name: Name): Promise<boolean>;
  readonly journal: Journal;
  /** Fires when no more work is to be started; its reason is the Failure `cancelled` or `budget`. */
  readonly stop: AbortSignal;
  /** Fires when the job is cancelled: then what is nearly done is undone, for which a budget leaves time. */
  readonly cancelled: AbortSignal;
};
