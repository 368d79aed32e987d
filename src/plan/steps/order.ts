// How policies shape the applying of a plan: which repositories move as a whole, what stops one from moving, and in which
// order the work is started. Without a budget all of it is; with one, what is missing goes first, and the rest takes
// turns from run to run, so that nothing is left out for ever.

import type { Failure, Reason } from '../../base/errors/failure.ts';
import type { Entry } from '../../config/images/config.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import type { Plan, PlannedTag, Step } from './step.ts';

/** How a plan is applied. */
export type ApplyRules = {
  /** Whether a mirror repository moves as a whole or not at all. */
  readonly whole: (mirror: Name) => boolean;
  /** What failed before anything was tried, in a repository that moves as a whole; null when nothing did. */
  readonly blocked: (steps: readonly Step[], plan: Plan) => Failure | null;
  /** Grows from run to run; null when there is no budget and the order does not matter. */
  readonly turn: number | null;
};

/** Best effort everywhere. */
export const KEEP_ALL: ApplyRules = { whole: () => false, blocked: () => null, turn: null };

/** The rules of a config. */
export function applyRules(entries: readonly Entry[], turn: number | null): ApplyRules {
  const rollback = namesOf(entries, ({ policies }) => policies.onFailure === 'rollback');
  return { whole: (mirror) => rollback.has(formatName(mirror)), blocked, turn };
}

function namesOf(entries: readonly Entry[], has: (entry: Entry) => boolean): ReadonlySet<string> {
  return new Set(entries.filter(has).map(({ mirror }) => formatName(mirror)));
}

/**
 * A selected tag of the same sources that cannot be what it should be. A tag that upstream removed, and a pattern
 * that matches nothing, leave nothing to be done, so they stop nobody.
 */
function blocked(steps: readonly Step[], plan: Plan): Failure | null {
  const sources = new Set(steps.map(({ source }) => formatName(source)));
  const tags = plan.tags.filter(({ wanted }) => sources.has(formatName(wanted.source)));
  const patterns = plan.patterns.filter(({ source }) => sources.has(formatName(source)));
  const failures = [...tags.map(failureOf), ...patterns.map(({ failure }) => failure)];
  return failures.find((failure) => failure !== null && !STOPS_NOBODY.includes(failure.reason)) ?? null;
}

const STOPS_NOBODY: readonly Reason[] = ['gone', 'no-match'];

function failureOf(tag: PlannedTag): Failure | null {
  return tag.kind === 'fresh' || tag.kind === 'stale' ? null : tag.failure;
}

/** Steps that are worked off in their order, several at once; those of a `whole` unit move together or not at all. */
export type Unit = { readonly steps: readonly Step[]; readonly whole: boolean };

/**
 * Waves of units: one wave is started when the one before it has ended. Under a budget what need not move together is
 * one unit, so that its order holds over all repositories: what comes first is done first.
 */
export function inTurns(
  steps: readonly Step[],
  { whole, turn }: Pick<ApplyRules, 'whole' | 'turn'>,
): Unit[][] {
  if (turn === null) return [unitsOf(steps, whole)];
  const repositories = new Set(
    steps.filter((step) => isMissing(step) && whole(step.mirror)).map(({ mirror }) => formatName(mirror)),
  );
  const first = (step: Step): boolean => isMissing(step) || repositories.has(formatName(step.mirror));
  const waves = [steps.filter(first), steps.filter((step) => !first(step))];
  return waves.map((wave) => budgetUnits(rotate(wave, turn), whole));
}

function budgetUnits(steps: readonly Step[], whole: ApplyRules['whole']): Unit[] {
  const single = steps.filter(({ mirror }) => !whole(mirror));
  const together = unitsOf(
    steps.filter(({ mirror }) => whole(mirror)),
    whole,
  );
  return single.length === 0 ? together : [{ steps: single, whole: false }, ...together];
}

function unitsOf(steps: readonly Step[], whole: ApplyRules['whole']): Unit[] {
  const groups = Map.groupBy(steps, ({ mirror }) => formatName(mirror));
  return [...groups.values()].map((group) => {
    const mirror = group[0]?.mirror;
    return { steps: group, whole: mirror !== undefined && whole(mirror) };
  });
}

function isMissing({ reason }: Step): boolean {
  return reason === 'missing';
}

/**
 * A stride of the golden ratio leaves the widest gap between any number of starts smallest, whatever that number is:
 * with `k` of `n` items done a run, each has its turn within 2 × n ÷ k runs.
 */
const STRIDE = (Math.sqrt(5) - 1) / 2;

/** The same items from another start on: `turn` grows from run to run, and each item has its turn to be first. */
export function rotate<T>(items: readonly T[], turn: number): T[] {
  const start = Math.floor(((turn * STRIDE) % 1) * items.length);
  return [...items.slice(start), ...items.slice(0, start)];
}
