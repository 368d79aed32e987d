// A pin that may move, on its way to a person.

import type { PinFile } from '../../config/edit/pins.ts';
import type { Config } from '../../config/images/config.ts';
import { formatName } from '../../image/names/reference.ts';
import type { MoveNotes } from '../../plan/bumps/bump-guard.ts';
import type { Pin, ReferenceNames, StalePin } from '../../plan/bumps/pin.ts';
import type { ProposedTag } from '../offers/marker.ts';

/** A pin that may move: the mirror has the new digest, and the platform guard let it pass. */
export type Bump = StalePin & { readonly notes: MoveNotes };

/** What a run offers of the pins of a config. `unit` is what the pull request is for: the config, or one of its files. */
export type PinsOffer = {
  readonly config: Config;
  /** The text of the config as it was read. */
  readonly seen: string;
  readonly unit: string;
  readonly bumps: readonly Bump[];
  /** Every pin that was read, stale or not. */
  readonly pins: readonly Pin[];
  readonly files: readonly PinFile[];
  readonly reading: ReferenceNames;
  /** False when an upstream could not be asked: nothing is removed then. */
  readonly complete: boolean;
  readonly notices: readonly string[];
  /** Who offers (`writerOf`): only that job takes the offer back. */
  readonly by: string;
};

/** A pin that is left to a person, in one sentence with the text to write. */
export type PinByHand = { readonly note: string };

/** A pin that may move as GitHub remembers it: a no is one to this very digest. */
export function proposedPin({ pin, to, notes }: Bump): ProposedPin {
  const files = [...new Set(pin.sites.map(({ file }) => file))];
  return {
    source: formatName(pin.source),
    tag: `${to.tag}@${to.digest}`,
    beside: pin.tag,
    series: files.slice(0, MOST_FILES).join('\n'),
    cost: null,
    from: [pin],
    notes,
  };
}

/** What is proposed with what only this run knows: from where it comes, and what is known of the move. */
export type ProposedPin = ProposedTag & { readonly from: readonly Pin[]; readonly notes: MoveNotes | null };

/** Files that are remembered of one pin; more are read again anyway. */
export const MOST_FILES = 10;
