// The one word that a run ends with, and whether the step fails for it.

import type { Reason } from '../../base/errors/failure.ts';
import type { TagRows } from './tag-rows.ts';

/** In the order in which they are tried, the worst first: the first that holds is the status. */
export const WORST_FIRST = [
  'cancelled',
  'failed',
  'partial',
  'stale',
  'deferred',
  'synced',
  'fresh',
] as const;

/** The one word. */
export type Status = (typeof WORST_FIRST)[number];

/** The mildest end that fails the step. */
export type FailOn = 'failed' | 'partial' | 'stale' | 'deferred' | 'new-tags' | 'never';

/** How many tags ended how. `stale` counts the work found before the run; `writes`: whether the mode does it. */
export type Tally = {
  readonly writes: boolean;
  readonly fresh: number;
  readonly stale: number;
  readonly copied: number;
  readonly failed: number;
  readonly refused: number;
  readonly deferred: number;
  /** Of the deferred ones, those that only a budget, a pull limit or the age of a signature stopped. */
  readonly postponed: number;
  /** Tags that were put back, or should have been, or waited, because all or nothing was asked for. */
  readonly rolledBack: number;
  readonly cancelled: boolean;
  /** A part of a config with nothing in it to look after. */
  readonly isEmptyPart?: boolean;
  /** Builds that are judged. A mode that writes tags builds nothing, so to it stale ones are no work left undone. */
  readonly builds?: { readonly fresh: number; readonly stale: number };
  /** Places where a pin is stale: work too, for a mode that writes nothing. */
  readonly pins?: number;
};

/** `failed` is kept for a run that got nothing right; one failed tag among good ones is `partial`. */
export function decideStatus(tally: Tally): Status {
  if (tally.cancelled) return 'cancelled';
  if (tally.isEmptyPart === true) return 'fresh';
  const { fresh: freshBuilds, stale: staleBuilds } = tally.builds ?? { fresh: 0, stale: 0 };
  const wouldCopy = tally.writes ? 0 : tally.stale + staleBuilds;
  const wouldMove = tally.writes ? 0 : (tally.pins ?? 0);
  const good =
    (tally.writes ? 0 : freshBuilds) +
    tally.fresh +
    tally.copied +
    tally.refused +
    tally.postponed +
    wouldCopy;
  const noneStands = tally.rolledBack > 0 && tally.copied === 0;
  if (good === 0 || noneStands) return 'failed';
  if (tally.failed + tally.refused > 0) return 'partial';
  if (wouldCopy + wouldMove > 0) return 'stale';
  if (tally.deferred > 0) return 'deferred';
  return tally.copied > 0 ? 'synced' : 'fresh';
}

/** What a status is decided by: the lists of a report and its counts. */
type Ended = TagRows & {
  readonly fresh: number;
  readonly stalePins?: readonly unknown[];
  readonly builds?: Tally['builds'] | undefined;
};

/** The status of a report, decided by its own lists. A pattern that matches nothing is not a failed tag. */
export function statusOf(
  { stale, copied, failed, refused, deferred, fresh, stalePins = [], builds }: Ended,
  run: Pick<Tally, 'writes' | 'cancelled' | 'isEmptyPart'>,
): Status {
  const tally: Tally = {
    ...run,
    fresh,
    stale: stale.length,
    copied: copied.length,
    failed: failed.filter(({ reason }) => reason !== 'no-match').length,
    refused: refused.length,
    deferred: deferred.length,
    postponed: deferred.filter(({ reason }) => POSTPONED.includes(reason)).length,
    rolledBack: rolledBackIn({ failed, deferred }),
    pins: stalePins.length,
  };
  return decideStatus(builds === undefined ? tally : { ...tally, builds });
}

const ROLLED_BACK: readonly Reason[] = ['rollback', 'rollback-failed', 'kept-new'];
const POSTPONED: readonly Reason[] = ['budget', 'rate-limited', 'too-young'];

/** How many tags were put back, or should have been, or waited, because all or nothing was asked for. */
export function rolledBackIn({ failed, deferred }: Pick<TagRows, 'failed' | 'deferred'>): number {
  return [...failed, ...deferred].filter(({ reason }) => ROLLED_BACK.includes(reason)).length;
}

const SEVERITY: readonly Status[] = ['failed', 'partial', 'stale', 'deferred'];

/**
 * Whether a run that ended with `status` fails its step: a cancelled one always does. `new-tags` is as `partial`, and
 * fails for a new upstream tag too, and where it is unknown whether there is one (`newTags` counts both).
 */
export function failsStep(status: Status, failOn: FailOn, newTags = 0): boolean {
  if (status === 'cancelled') return true;
  if (failOn === 'new-tags') return newTags > 0 || failsStep(status, 'partial');
  const rank = SEVERITY.indexOf(status);
  return failOn !== 'never' && rank >= 0 && rank <= SEVERITY.indexOf(failOn);
}
