// Applies a plan, repository by repository, in two phases: content is copied by digest while every tag stays where
// it is, then tags move. With `keep` a tag moves as soon as its own content is there, and one failure never stops
// another tag; with `rollback` a repository moves as a whole.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { inParallel } from '../../base/flow/limit.ts';
import { isLeft, told } from '../../base/flow/stop.ts';
import { formatName } from '../../image/names/reference.ts';
import { type ApplyRules, inTurns, KEEP_ALL, type Unit } from '../../plan/steps/rules.ts';
import type { Move, Outcome, Plan, Step } from '../../plan/steps/step.ts';
import { stepsOf } from '../../plan/steps/step.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { applyAllOrNothing } from './all-or-nothing.ts';
import { type Copies, createCopies } from './copies.ts';
import { moveTag } from './move.ts';
import { bringAll, failAll, STEPS_AT_ONCE } from './steps.ts';

/** Does the work of a plan and says how every move of it ended, in the order of the plan. Throws nothing. */
export async function apply(plan: Plan, doors: Doors, rules: ApplyRules = KEEP_ALL): Promise<Outcome[]> {
  const steps = stepsOf(plan);
  const progress = reportProgress(steps.length, doors);
  const copies = createCopies(doors.engine);
  const ended = new Map<Step, Outcome[]>();
  for (const wave of inTurns(steps, rules)) {
    const applied = await Promise.all(
      wave.map((unit) => applyUnit(unit, plan, rules, copies, doors, progress)),
    );
    for (const outcomes of applied.flat()) if (outcomes[0]) ended.set(outcomes[0].step, outcomes);
  }
  return steps.flatMap((step) => ended.get(step) ?? []);
}

type Progress = (step: Step, outcomes: readonly Outcome[]) => void;

async function applyUnit(
  { steps, whole }: Unit,
  plan: Plan,
  rules: ApplyRules,
  copies: Copies,
  doors: Doors,
  progress: Progress,
): Promise<Outcome[][]> {
  if (whole) {
    const applied = await applyAllOrNothing(steps, rules.blocked(steps, plan), copies, doors);
    for (const [at, step] of steps.entries()) progress(step, applied[at] ?? []);
    return applied;
  }
  return inParallel(steps, STEPS_AT_ONCE, async (step) => {
    const outcomes = await applyStep(step, copies, doors);
    progress(step, outcomes);
    return outcomes;
  });
}

/** A copy that failed fails every tag that waited for it: each of them was tried. */
async function applyStep(step: Step, copies: Copies, doors: Doors): Promise<Outcome[]> {
  const failure = await bringAll(step, copies, doors);
  return failure === null ? moveInOrder(step, copies, doors) : failAll(step, failure);
}

/** Phase 2 of one step. After a failure the moves behind it are held: they rely on the one that failed. */
async function moveInOrder(step: Step, copies: Copies, doors: Doors): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const move of step.moves) {
    const before = outcomes.at(-1);
    if (before?.kind === 'failed' || before?.kind === 'held') {
      outcomes.push({ step, move, kind: 'held', failure: heldBy(before) });
      continue;
    }
    outcomes.push(await tryMove(step, move, copies, doors));
  }
  return outcomes;
}

async function tryMove(step: Step, move: Move, copies: Copies, doors: Doors): Promise<Outcome> {
  try {
    return { step, move, kind: await moveTag(step, move, copies, doors) };
  } catch (thrown) {
    const failure = told(asFailure(thrown), doors.stop);
    return { step, move, kind: isLeft(failure) ? 'held' : 'failed', failure };
  }
}

function heldBy(before: Outcome & { kind: 'failed' | 'held' }): Failure {
  const message = `held: the tag ${before.move.tag} has to be set first and was not`;
  return new Failure(before.failure.reason, message, { cause: before.failure });
}

/** Says after each step how far the run is; the last line of a quiet minute should not be a riddle. */
function reportProgress(total: number, { log }: Doors): Progress {
  let done = 0;
  return (step, outcomes) => {
    done += 1;
    const words = outcomes.map(({ move, kind }) => `${move.tag} ${kind}`).join(', ');
    log.info(`[${done}/${total}] ${formatName(step.mirror)}: ${words}`);
  };
}
