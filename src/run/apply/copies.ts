import type { Digest } from '../../image/names/digest.ts';
import { lookUp } from '../../image/names/look-up.ts';
import type { Step } from '../../plan/steps/step.ts';
import type { Engine } from '../../registry/doors/engine.ts';

/** Phase 1: `once` copies a digest into a repository the first time it is asked for, `again` in any case. */
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
