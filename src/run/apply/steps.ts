// What both ways of applying a step share: its copies, and how it ends when it cannot go on.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { failureOrStop, isUntried, stopFailure } from '../../base/flow/stop.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatName } from '../../image/names/reference.ts';
import { leavesTag, type Outcome, type Step } from '../../plan/steps/step.ts';
import { missingContent } from '../observe/content.ts';
import { type AttachDoors, bringAttached } from '../referrers/bring.ts';
import type { ApplyDoors } from './copies.ts';
import { moveTag } from './move.ts';
import { NOT_STORED } from './read-back.ts';

/** Steps under way at once in one repository, forwards or back; the engine and the transport hold their own, lower limits. */
export const STEPS_AT_ONCE = 16;

/**
 * Phase 1 of a step: everything it brings is on the mirror when this gives null; else why it is not. `movesNow`: its
 * tags move next, and each puts its manifest; one that was put by its digest before would cost a request and prove nothing.
 */
export async function bringAll(
  step: Step,
  doors: ApplyDoors,
  { movesNow }: { readonly movesNow: boolean },
): Promise<Failure | null> {
  const isPutLater = (digest: Digest): boolean => movesNow && isMovedTo(step, digest);
  try {
    for (const digest of step.bring) {
      const stop = stopFailure(doors.stop);
      if (stop !== null) return stop;
      await doors.copies.once(step, digest, isPutLater(digest) ? 'content' : 'whole');
    }
    if (step.reason === 'repair') await finishRepair(step, doors);
    if (step.attach !== undefined) await bringAttached(step.mirror, step.attach, attachDoors(step, doors));
    return null;
  } catch (thrown) {
    return failureOrStop(thrown, doors.stop);
  } finally {
    doors.teller.brought(step);
  }
}

/** What something is attached to is there before it, so it does not wait for its tag. */
function isMovedTo(step: Step, digest: Digest): boolean {
  if (leavesTag(step) || step.attach !== undefined) return false;
  return step.moves.some(({ manifest }) => manifest.digest === digest);
}

function attachDoors(step: Step, doors: ApplyDoors): AttachDoors {
  return {
    ...doors,
    turns: doors.copies.turns,
    bring: (digest) => doors.copies.once(step, digest, 'whole'),
    move: (move) => doors.copies.tagOnce(step, move, () => moveTag(step, move, doors)),
  };
}

/** A repair moves no tag, so there is no read-back: what was missing is looked for again. */
async function finishRepair({ mirror, moves }: Step, doors: ApplyDoors): Promise<void> {
  for (const { tag, manifest } of moves) {
    const missing = await missingContent(mirror, manifest, doors.mirror);
    if (missing.length === 0) continue;
    const words = `${formatName(mirror)}:${tag} still lacks content of ${missing.join(', ')}`;
    throw new Failure('corrupt', words, {
      hint: NOT_STORED,
    });
  }
}

/** Every tag of the step was tried and failed, or was left because the run was stopped. */
export function failAll(step: Step, thrown: unknown): Outcome[] {
  const failure = asFailure(thrown);
  const kind = isUntried(failure) ? 'held' : 'failed';
  return step.moves.map((move) => ({ step, move, kind, failure }));
}

/** No tag of the step was tried. */
export function holdAll(step: Step, failure: Failure): Outcome[] {
  return step.moves.map((move) => ({ step, move, kind: 'held', failure }));
}
