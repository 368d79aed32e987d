// Stale pins as they were judged, in the words of the report.

import type { Failure } from '../../base/errors/failure.ts';
import { withHint } from '../../base/errors/hints.ts';
import type { Notice } from '../../base/errors/notice.ts';
import { familiarTag, formatReference } from '../../image/names/reference.ts';
import type { StalePin } from '../../plan/bumps/pin.ts';
import type { PinState, StalePinRow } from '../../plan/bumps/row.ts';
import type { Bump } from '../../report/pins/bump.ts';
import type { Brought } from './bring.ts';
import type { Guarded } from './look.ts';

/** What the guard said of each pin, what the mirror has of them now, and of which pins nobody knows. */
export type JudgedPins = {
  readonly guarded: readonly Guarded[];
  readonly brought: Brought;
  readonly unread: readonly Notice[];
};

/** What a pull request may say: the mirror has it, and the guard let it pass. */
export function bumpsIn({ guarded, brought }: JudgedPins): Bump[] {
  return guarded.flatMap(({ stale, move }) =>
    move.kind === 'ok' && brought.isThere(stale) ? [{ ...stale, notes: move }] : [],
  );
}

/** A row for each place of each pin, for another run: that the mirror has what it moves to, and what is known of the move. */
export function rowsForOthers(judged: JudgedPins): StalePinRow[] {
  const bumps = new Map(bumpsIn(judged).map(({ pin, notes }) => [pin, notes]));
  return judged.guarded.flatMap(({ stale, move }) => {
    if (move.kind !== 'ok') return rowsOf(stale, move.kind, move.failure.message);
    const notes = bumps.get(stale.pin);
    if (notes === undefined) return rowsOf(stale, 'failed');
    const { built, lost, gained } = notes;
    return rowsOf(stale, 'stale').map((row) => ({ ...row, move: { built, lost, gained } }));
  });
}

/** One sentence for each pin that may not move. */
export function unmovedNotices({ guarded }: JudgedPins): Notice[] {
  return guarded.flatMap(({ stale, move }) =>
    move.kind === 'ok' ? [] : [unmovedNotice(stale, move.failure)],
  );
}

function unmovedNotice({ pin, to }: StalePin, failure: Failure): Notice {
  const message = `${familiarTag(pin.source, to.tag)}: its pins stay where they are, ${withHint(failure)}`;
  return { kind: 'unmoved-pin', source: '', message };
}

/** A row for each place of each pin. */
export function rowsFor(guarded: readonly Guarded[], stateOf: (stale: StalePin) => PinState): StalePinRow[] {
  return guarded.flatMap(({ stale, move }) =>
    move.kind === 'ok' ? rowsOf(stale, stateOf(stale)) : rowsOf(stale, move.kind, move.failure.message),
  );
}

/** A row for each place of a pin. */
export function rowsOf({ pin, to }: StalePin, state: PinState, message = ''): StalePinRow[] {
  return pin.sites.map(({ file, line, column }) => ({
    source: formatReference({ name: pin.source, tag: null, digest: null }),
    tag: pin.tag,
    from: pin.digest,
    toTag: to.tag,
    to: to.digest,
    file,
    line,
    column,
    reference: formatReference({ name: pin.mirror ?? pin.source, ...to }),
    state,
    message,
  }));
}
