// Applies a plan, repository by repository, in two phases: content is copied by digest while every tag stays where
// it is, then tags move. A tag moves as soon as its own content is there; one failure never stops another tag.

import { asFailure, Failure } from '../errors/failure.ts';
import { formatName } from '../image/reference.ts';
import type { Move, Outcome, Plan, Step } from '../plan/step.ts';
import { stepsOf } from '../plan/step.ts';
import { type Copies, createCopies } from './copies.ts';
import type { Doors } from './doors.ts';
import { moveTag } from './move.ts';
import { inParallel } from './pool.ts';

/** Steps under way at once in one repository; the engine and the transport hold their own, lower limits. */
const STEPS_AT_ONCE = 16;

/** Does the work of a plan and says how every move of it ended, in the order of the plan. Throws nothing. */
export async function apply(plan: Plan, doors: Doors): Promise<Outcome[]> {
  const groups = Map.groupBy(stepsOf(plan), (step) => formatName(step.mirror));
  const progress = reportProgress(stepsOf(plan).length, doors);
  const applied = await Promise.all(
    [...groups.values()].map((steps) => applyRepository(steps, doors, progress)),
  );
  return applied.flat(2);
}

type Progress = (step: Step, outcomes: readonly Outcome[]) => void;

function applyRepository(steps: readonly Step[], doors: Doors, progress: Progress): Promise<Outcome[][]> {
  const copies = createCopies(doors.engine);
  return inParallel(steps, STEPS_AT_ONCE, async (step) => {
    const outcomes = await applyStep(step, copies, doors);
    progress(step, outcomes);
    return outcomes;
  });
}

async function applyStep(step: Step, copies: Copies, doors: Doors): Promise<Outcome[]> {
  try {
    for (const digest of step.bring) await copies.once(step, digest);
  } catch (thrown) {
    return failAll(step, asFailure(thrown));
  }
  return moveInOrder(step, copies, doors);
}

/** A copy that failed fails every tag that waited for it: each of them was tried. */
function failAll(step: Step, failure: Failure): Outcome[] {
  return step.moves.map((move) => ({ step, move, kind: 'failed', failure }));
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
    return { step, move, kind: 'failed', failure: asFailure(thrown) };
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
