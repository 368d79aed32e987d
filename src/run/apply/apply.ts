// Applies a plan, repository by repository, in two phases: content is copied by digest while every tag stays where
// it is, then tags move. With `keep` a tag moves as soon as its own content is there, and one failure never stops
// another tag; with `rollback` a repository moves as a whole.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { whileTelling } from '../../base/flow/alive.ts';
import { inParallel } from '../../base/flow/limit.ts';
import { failureOrStop, isUntried } from '../../base/flow/stop.ts';
import { type ApplyRules, inTurns, KEEP_ALL, type Unit } from '../../plan/steps/order.ts';
import { type Move, type Outcome, type Plan, type Step, stepsOf } from '../../plan/steps/step.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { applyAllOrNothing } from './all-or-nothing.ts';
import { type ApplyDoors, createCopies } from './copies.ts';
import { moveTag } from './move.ts';
import { bringAll, failAll, STEPS_AT_ONCE } from './steps.ts';
import { createTeller } from './teller.ts';

/** Does the work of a plan and says how every move of it ended, in the order of the plan. Throws nothing. */
export async function apply(plan: Plan, doors: Doors, rules: ApplyRules = KEEP_ALL): Promise<Outcome[]> {
  const steps = stepsOf(plan);
  const teller = createTeller(steps.length, doors);
  const own: ApplyDoors = { ...doors, teller, copies: createCopies(doors, teller) };
  const ended = new Map<Step, Outcome[]>();
  const note = (outcomes: Outcome[]): void => {
    const step = outcomes[0]?.step;
    if (step === undefined) return;
    ended.set(step, outcomes);
    teller.ended(outcomes);
  };
  const applyUnit = (unit: Unit): Promise<void> =>
    unit.whole
      ? applyWhole(unit.steps, rules.blocked(unit.steps, plan), own, note)
      : applyEach(unit.steps, own, note);
  const applyAll = async (): Promise<void> => {
    for (const wave of inTurns(steps, rules)) await Promise.all(wave.map(applyUnit));
  };
  await whileTelling(() => teller.progress(), applyAll, doors);
  teller.rest();
  return steps.flatMap((step) => withBytes(ended.get(step) ?? [], teller.moved(step)));
}

function withBytes(outcomes: readonly Outcome[], bytes: number): Outcome[] {
  return outcomes.map((outcome, at) => ({ ...outcome, bytes: at === outcomes.length - 1 ? bytes : 0 }));
}

/** Hears how the moves of one step ended. */
type Note = (outcomes: Outcome[]) => void;

async function applyWhole(
  steps: readonly Step[],
  blocked: Failure | null,
  doors: ApplyDoors,
  note: Note,
): Promise<void> {
  for (const outcomes of await applyAllOrNothing(steps, blocked, doors)) note(outcomes);
}

async function applyEach(steps: readonly Step[], doors: ApplyDoors, note: Note): Promise<void> {
  await inParallel(steps, STEPS_AT_ONCE, async (step) => note(await applyStep(step, doors)));
}

/** A copy that failed fails every tag that waited for it: each of them was tried. */
async function applyStep(step: Step, doors: ApplyDoors): Promise<Outcome[]> {
  const failure = await bringAll(step, doors, { movesNow: true });
  return failure === null ? moveInOrder(step, doors) : failAll(step, failure);
}

/** Phase 2 of one step. After a failure the moves after it are held: they rely on the one that failed. */
async function moveInOrder(step: Step, doors: ApplyDoors): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const move of step.moves) {
    const before = outcomes.at(-1);
    if (before?.kind === 'failed' || before?.kind === 'held') {
      outcomes.push({ step, move, kind: 'held', failure: heldBy(before) });
      continue;
    }
    outcomes.push(await tryMove(step, move, doors));
  }
  return outcomes;
}

async function tryMove(step: Step, move: Move, doors: ApplyDoors): Promise<Outcome> {
  try {
    return { step, move, kind: await moveTag(step, move, doors) };
  } catch (thrown) {
    const failure = failureOrStop(asFailure(thrown), doors.stop);
    return { step, move, kind: isUntried(failure) ? 'held' : 'failed', failure };
  }
}

function heldBy(before: Outcome & { kind: 'failed' | 'held' }): Failure {
  const message = `held: the tag ${before.move.tag} has to be set first and was not`;
  return new Failure(before.failure.reason, message, { cause: before.failure });
}
