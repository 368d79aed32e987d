// A stale pin as the report has it.

import type { Digest } from '../../image/names/digest.ts';
import type { MoveNotes } from './bump-guard.ts';

/** What became of a stale pin. `stale`: it is only reported; `refused`: the platform guard stopped it; `failed`: it could not be looked into or mirrored. */
export type PinState = 'stale' | 'proposed' | 'declined' | 'refused' | 'failed';

/** One place where a pin is stale: `from` is pinned there, `to` what `toTag` is upstream. `reference` is what to write. */
export type StalePinRow = {
  readonly source: string;
  readonly tag: string;
  readonly from: Digest;
  readonly toTag: string;
  readonly to: Digest;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly reference: string;
  readonly state: PinState;
  /** Why it is refused or failed; empty where there is nothing more to say. */
  readonly message: string;
  /** What is known of the move, where the mirror has it and another run is to offer it. */
  readonly move?: MoveNotes;
};
