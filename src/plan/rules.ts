// What the policies say of applying a plan: which repositories move as a whole, and what keeps one from moving.

import type { Failure } from '../base/errors/failure.ts';
import type { Entry } from '../config/images/config.ts';
import { formatName, type Name } from '../image/names/reference.ts';
import type { Plan, PlannedTag, Step } from './step.ts';

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

/** The mirror repositories that are to be looked into. */
export function deepMirrors(entries: readonly Entry[]): (mirror: Name) => boolean {
  const deep = namesOf(entries, ({ policies }) => policies.verify === 'deep');
  return (mirror) => deep.has(formatName(mirror));
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
  const found = plan.tags.find(
    (tag) => sources.has(formatName(tag.wanted.source)) && failureOf(tag) !== null,
  );
  return found === undefined ? null : failureOf(found);
}

function failureOf(tag: PlannedTag): Failure | null {
  if (tag.kind === 'fresh' || tag.kind === 'stale') return null;
  return ['gone', 'no-match'].includes(tag.failure.reason) ? null : tag.failure;
}
