// The moves of tags, noted before each is made, so that whoever finds them can put the tags back.

import type { ManifestBody } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';

/** One tag about to move. `previous` is null where there is no such tag; moves of one `step` rely on their order. */
export type Intent = {
  readonly mirror: Name;
  readonly step: number;
  readonly tag: string;
  readonly previous: ManifestBody | null;
  readonly next: Digest;
};

/** Both functions reject when the journal cannot be written. */
export type Journal = {
  /** Notes a move; it is on disk when this resolves. */
  intend(intent: Intent): Promise<void>;
  /** Notes that nothing of this repository is left to be put back, because all moves are kept or all were put back. */
  settle(mirror: Name): Promise<void>;
  /** Takes over what earlier uses of the action in this job left in these repositories: this run goes on from there. */
  adopt(mirrors: readonly Name[]): Promise<void>;
};
