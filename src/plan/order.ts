// In which order the work is started. Without a budget all of it is; with one, what is missing goes first, and the
// rest takes turns from run to run, so that nothing is left out for ever.

import { formatName } from '../image/names/reference.ts';
import type { ApplyRules } from './rules.ts';
import type { Step } from './step.ts';

/** Steps of one mirror repository; `whole` ones move together or not at all. */
export type Unit = { readonly steps: readonly Step[]; readonly whole: boolean };

/** Waves of units: one wave is started when the one before it has ended. */
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
  return waves.map((wave) => unitsOf(rotate(wave, turn), whole));
}

function isMissing({ reason }: Step): boolean {
  return reason === 'missing';
}

function unitsOf(steps: readonly Step[], whole: ApplyRules['whole']): Unit[] {
  const groups = Map.groupBy(steps, ({ mirror }) => formatName(mirror));
  return [...groups.values()].map((group) => {
    const mirror = group[0]?.mirror;
    return { steps: group, whole: mirror !== undefined && whole(mirror) };
  });
}

function rotate<T>(items: readonly T[], turn: number): T[] {
  const start = items.length === 0 ? 0 : turn % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
