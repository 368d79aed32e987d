// `on-failure: rollback` for one mirror repository: no tag moves before everything was copied, and when one cannot
// move, those that did are put back. Each move is in the journal before it is made.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { inParallel } from '../../base/flow/limit.ts';
import { failureOrStop, isUntried, stopFailure } from '../../base/flow/stop.ts';
import { count } from '../../base/text/words.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import type { Move, Outcome, Step } from '../../plan/steps/step.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import type { Intent } from '../../registry/doors/journal.ts';
import type { ApplyDoors } from './copies.ts';
import { moveTag } from './move.ts';
import { bringAll, failAll, holdAll, STEPS_AT_ONCE } from './steps.ts';
import { type Undone, walkBack } from './walk-back.ts';

/**
 * Applies the steps of one repository, all or none; `blocked` is a failure that was known before. The outcomes are
 * in the order of the steps. Throws nothing.
 */
export async function applyAllOrNothing(
  steps: readonly Step[],
  blocked: Failure | null,
  doors: ApplyDoors,
): Promise<Outcome[][]> {
  if (blocked !== null) return steps.map((step) => holdAll(step, waitsFor(step.mirror, blocked)));
  const failures = await inParallel(steps, STEPS_AT_ONCE, (step) =>
    bringAll(step, doors, { movesNow: false }),
  );
  const found = failures.filter((failure) => failure !== null);
  const why = found.find((failure) => !isUntried(failure)) ?? found[0];
  if (why === undefined) return moveAll(steps, doors);
  return steps.map((step, at) => {
    const own = failures[at] ?? null;
    return own === null ? holdAll(step, waitsFor(step.mirror, why)) : failAll(step, own);
  });
}

async function moveAll(steps: readonly Step[], doors: ApplyDoors): Promise<Outcome[][]> {
  const intents: Intent[] = [];
  const state: { broken: Failure | null } = { broken: null };
  const outcomes = await inParallel(steps, STEPS_AT_ONCE, (step, number) => {
    const makeMove = (move: Move) =>
      moveTag(step, move, doors, async (previous) => {
        // Moves wait for each other's requests: what was begun may be told to stop before it writes.
        const why = state.broken ?? interruption(doors.cancelled);
        if (why !== null) throw waitsFor(step.mirror, why);
        // What is put back loses no name: a keep-tag stays.
        if (move.keeps !== undefined) return;
        const intent = {
          mirror: step.mirror,
          step: number,
          tag: move.tag,
          previous,
          next: move.manifest.digest,
        };
        intents.push(intent);
        await doors.journal.intend(intent);
      });
    return moveStep(step, makeMove, state, doors);
  });
  const mirror = steps[0]?.mirror;
  if (mirror === undefined || intents.length === 0) return outcomes;
  state.broken ??= await settle(mirror, doors);
  if (state.broken === null) return outcomes;
  return putBack({ mirror, intents, outcomes, why: state.broken }, doors);
}

/** Moves that are kept must not be put back later by whoever finds the journal, so what was not noted is not kept. */
async function settle(mirror: Name, doors: Doors): Promise<Failure | null> {
  try {
    await doors.journal.settle(mirror);
    return null;
  } catch (thrown) {
    return asFailure(thrown);
  }
}

/** A budget that ends now does not undo what is nearly done; a cancelled job does. */
function interruption(cancelled: AbortSignal): Failure | null {
  return stopFailure(cancelled);
}

async function moveStep(
  step: Step,
  moveOne: (move: Move) => Promise<'copied' | 'already'>,
  state: { broken: Failure | null },
  { stop, cancelled }: ApplyDoors,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const move of step.moves) {
    state.broken ??= interruption(cancelled);
    if (state.broken !== null) {
      outcomes.push({ step, move, kind: 'held', failure: waitsFor(step.mirror, state.broken) });
      continue;
    }
    try {
      outcomes.push({ step, move, kind: await moveOne(move) });
    } catch (thrown) {
      const failure = failureOrStop(asFailure(thrown), stop);
      state.broken ??= failure;
      outcomes.push({ step, move, kind: wasTried(failure) ? 'failed' : 'held', failure });
    }
  }
  return outcomes;
}

/** A move that was told to wait before it wrote anything was not tried. */
function wasTried(failure: Failure): boolean {
  return !isUntried(failure) && failure.reason !== 'rollback';
}

/** Moves of one repository that cannot be kept. */
type Broken = {
  readonly mirror: Name;
  readonly intents: readonly Intent[];
  readonly outcomes: readonly Outcome[][];
  readonly why: Failure;
};

async function putBack({ mirror, intents, outcomes, why }: Broken, doors: ApplyDoors): Promise<Outcome[][]> {
  doors.log.tell(`${formatName(mirror)}: putting ${count(intents.length, 'moved tag')} back: ${why.message}`);
  const undone = new Map((await walkBack(intents, doors)).map((end) => [end.intent.tag, end]));
  const unfinished = [...undone.values()].some(({ kind }) => kind === 'unfinished');
  if (!unfinished) await settle(mirror, doors);
  return outcomes.map((all) => all.map((outcome) => after(outcome, undone.get(outcome.move.tag), why)));
}

/** How a move ended once its tag was walked back. What failed by itself keeps its own failure. */
function after(outcome: Outcome, undone: Undone | undefined, why: Failure): Outcome {
  const { step, move } = outcome;
  if (undone === undefined) return outcome;
  if (undone.kind === 'stays') return { step, move, kind: 'failed', failure: undone.failure };
  if (undone.kind === 'unfinished') return { step, move, kind: 'held', failure: unfinishedAt(step, move) };
  if (outcome.kind === 'failed') return outcome;
  return { step, move, kind: 'held', failure: wasPutBack(step, move, why) };
}

function waitsFor({ repository }: Name, why: Failure): Failure {
  if (isUntried(why)) return why;
  return new Failure('rollback', `not moved: ${repository} moves all or nothing, and ${why.message}`, {
    hint: HINT,
    cause: why,
  });
}

function wasPutBack({ mirror }: Step, { tag }: Move, why: Failure): Failure {
  const reason = isUntried(why) ? why.reason : 'rollback';
  const message = `${formatName(mirror)}:${tag} was put back: ${why.message}`;
  return new Failure(reason, message, { hint: isUntried(why) ? why.hint : HINT, cause: why });
}

function unfinishedAt({ mirror }: Step, { tag }: Move): Failure {
  return new Failure('cancelled', `${formatName(mirror)}:${tag} was moved and not yet put back`, {
    hint: 'the post step of this action puts it back',
  });
}

const HINT = 'repair what failed, or use `on-failure: keep` to get the others';
