// Stale pins that reports tell of, held against the pins of this workspace: what is not pinned here, or may not move there,
// is not believed.

import { Failure } from '../../base/errors/failure.ts';
import { count } from '../../base/text/words.ts';
import { isDigest } from '../../image/names/digest.ts';
import { formatName } from '../../image/names/reference.ts';
import { isTag } from '../../image/tags/tag.ts';
import type { MoveNotes } from '../../plan/bumps/bump-guard.ts';
import { nextTag } from '../../plan/bumps/next-tag.ts';
import type { Pin, StalePin } from '../../plan/bumps/pin.ts';
import type { StalePinRow } from '../../plan/bumps/row.ts';

/** A pin as a report tells of it. `isReady`: the report says that the mirror has what it moves to. */
export type ToldPin = {
  readonly stale: StalePin;
  readonly isReady: boolean;
  readonly move:
    | ({ readonly kind: 'ok' } & MoveNotes)
    | { readonly kind: 'refused' | 'failed'; readonly failure: Failure };
};

/** `rows` are about pins of this workspace, `pins` the same pin by pin; `strange` says what is left out, or nothing. */
type CheckedPins = {
  readonly rows: readonly StalePinRow[];
  readonly pins: readonly ToldPin[];
  readonly strange: string | null;
};

/** Sorts the rows of stale pins into what this workspace pins and what it does not. */
export function checkPins(rows: readonly StalePinRow[], pins: readonly Pin[]): CheckedPins {
  const bySite = new Map(
    pins.flatMap((pin) =>
      pin.sites.map((site) => [placeOf(site, pin, formatName(pin.source)), pin] as const),
    ),
  );
  const known = rows.flatMap((row) => {
    const pin = bySite.get(placeOf(row, { tag: row.tag, digest: row.from }, row.source));
    return pin !== undefined && mayMove(pin, row) ? [{ row, pin }] : [];
  });
  const byPin = [...Map.groupBy(known, ({ pin }) => pin)].flatMap(([pin, [first]]) =>
    first === undefined ? [] : [toldPin(pin, first.row)],
  );
  const strangers = rows.length - known.length;
  const strange =
    strangers === 0
      ? null
      : `the reports tell of ${count(strangers, 'stale pin')} that ${strangers === 1 ? 'is' : 'are'} not in these files, or may not move so; left out`;
  return { rows: known.map(({ row }) => row), pins: byPin, strange };
}

type Site = { readonly file: string; readonly line: number; readonly column: number };

function placeOf(
  { file, line, column }: Site,
  { tag, digest }: { readonly tag: string; readonly digest: string },
  source: string,
): string {
  return JSON.stringify([file, line, column, source, tag, digest]);
}

/** To another digest of its own tag, or to a tag that `bump-tags` lets it move to. */
function mayMove(pin: Pin, { toTag, to }: StalePinRow): boolean {
  if (!isDigest(to) || !isTag(toTag)) return false;
  if (toTag === pin.tag) return to !== pin.digest;
  return nextTag(pin.tag, [pin.tag, toTag], pin.bumpTags) === toTag;
}

function toldPin(pin: Pin, { toTag, to, state, message, move }: StalePinRow): ToldPin {
  const stale = { pin, to: { tag: toTag, digest: to } };
  if (message !== '' && (state === 'refused' || state === 'failed')) {
    return { stale, isReady: false, move: { kind: state, failure: new Failure('internal', message) } };
  }
  const { built = null, lost = [], gained = [] } = move ?? {};
  const notes = { built: built !== null && DAY.test(built) ? built : null, lost, gained };
  return { stale, isReady: state === 'stale' && move !== undefined, move: { kind: 'ok', ...notes } };
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
