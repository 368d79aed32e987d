// Phase 1: content comes to the mirror by digest, while no tag moves.

import type { Digest } from '../../image/names/digest.ts';
import { lookUp } from '../../image/names/look-up.ts';
import type { Step } from '../../plan/steps/step.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import type { Engine } from '../../registry/doors/engine.ts';

/** `once` copies a digest into a repository the first time it is asked for, `again` in any case. */
export type Copies = {
  once(step: Step, digest: Digest): Promise<void>;
  again(step: Step, digest: Digest): Promise<void>;
};

/** Starts with nothing copied; failed copies are remembered too, so that one digest fails once for all its tags. */
export function createCopies(engine: Engine): Copies {
  const started = new Map<string, Promise<void>>();
  function again(step: Step, digest: Digest): Promise<void> {
    const copy = engine.bring(digest, step.pull, step.mirror);
    started.set(lookUp(step.mirror, digest), copy);
    return copy;
  }
  return { again, once: (step, digest) => started.get(lookUp(step.mirror, digest)) ?? again(step, digest) };
}

/** What applying a plan works with: the doors of the run, and what was copied so far. */
export type ApplyDoors = Doors & { readonly copies: Copies };
