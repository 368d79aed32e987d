// The way back: every tag that was moved gets what it had before. By tag alone, never by digest, and never over what
// somebody else made of it meanwhile.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { hintFor } from '../../base/errors/hints.ts';
import { inParallel } from '../../base/flow/limit.ts';
import { type Digest, shortDigest } from '../../image/names/digest.ts';
import { formatName, formatTag } from '../../image/names/reference.ts';
import type { Clock } from '../../registry/doors/doors.ts';
import type { Intent } from '../../registry/doors/journal.ts';
import type { MirrorRegistry } from '../../registry/doors/registry.ts';
import { READ_BACK_WAITS, readBack } from './read-back.ts';
import { STEPS_AT_ONCE } from './steps.ts';

/** Where a tag ended: as it was, left as it is for a reason that a person must know, or not finished in time. */
export type Undone = { readonly intent: Intent } & (
  | { readonly kind: 'restored' }
  | { readonly kind: 'stays'; readonly failure: Failure }
  | { readonly kind: 'unfinished' }
);

type Doors = { readonly mirror: MirrorRegistry; readonly clock: Clock };

/** Walks the moves of a journal back, those of one step in reverse order. Throws nothing. */
export async function walkBack(intents: readonly Intent[], doors: Doors): Promise<Undone[]> {
  const steps = Map.groupBy(intents, ({ mirror, step }) => `${formatName(mirror)} ${step}`);
  const walked = await inParallel([...steps.values()], STEPS_AT_ONCE, async (step) => {
    const undone: Undone[] = [];
    for (const intent of step.toReversed()) undone.push(await restore(intent, doors));
    return undone;
  });
  return walked.flat();
}

async function restore(intent: Intent, doors: Doors): Promise<Undone> {
  try {
    const failure = await putBack(intent, doors);
    return failure === null ? { intent, kind: 'restored' } : { intent, kind: 'stays', failure };
  } catch (thrown) {
    const failure = asFailure(thrown);
    if (failure.reason === 'cancelled') return { intent, kind: 'unfinished' };
    return { intent, kind: 'stays', failure: notRestored(intent, failure) };
  }
}

/** Null when the tag is as it was; a Failure when it is to be left as it is. */
async function putBack(intent: Intent, { mirror, clock }: Doors): Promise<Failure | null> {
  const { mirror: name, tag, previous, next } = intent;
  const now = (await mirror.get(name, tag))?.digest ?? null;
  if (now === (previous?.digest ?? null)) return null;
  if (now !== next) return foreignChange(intent, now);
  if (previous === null) return remove(intent, { mirror, clock });
  try {
    await mirror.put(name, tag, previous);
  } catch (thrown) {
    // A gateway may answer 504 to what the registry behind it has done: what is there now decides.
    const after = await mirror.get(name, tag).catch(() => null);
    if (after?.digest !== previous.digest) throw thrown;
  }
  await readBack({ mirror: name, tag, wanted: previous.digest, before: next }, { mirror, clock });
  return null;
}

async function remove({ mirror: name, tag }: Intent, { mirror, clock }: Doors): Promise<Failure | null> {
  const removal = await mirror.removeTag(name, tag);
  for (const wait of removal === 'not-granted' ? [] : READ_BACK_WAITS) {
    if (wait > 0) await clock.sleep(wait);
    if ((await mirror.get(name, tag)) === null) return null;
  }
  const reference = formatTag(name, tag);
  if (removal === 'done') {
    throw new Failure('corrupt', `${reference} is still there, although its removal was accepted`);
  }
  return new Failure('kept-new', `${reference} is new and stays: ${name.registry} does not remove tags`, {
    hint: 'the next successful run sets it right; or remove the tag by hand if it must not be there',
  });
}

function foreignChange({ mirror, tag, next }: Intent, now: Digest | null): Failure {
  const found = now === null ? 'no tag' : shortDigest(now);
  return new Failure(
    'foreign-change',
    `${formatTag(mirror, tag)} was moved to ${shortDigest(next)} and is ${found} now: somebody else changed it, so it was not put back`,
    { hint: hintFor('foreign-change') },
  );
}

function notRestored({ mirror, tag, previous, next }: Intent, cause: Failure): Failure {
  const before = previous === null ? 'no such tag' : previous.digest;
  return new Failure(
    'rollback-failed',
    `${formatTag(mirror, tag)} was not put back from ${next} to ${before}: ${cause.message}`,
    {
      hint: 'run again when the mirror accepts writes: the next run goes on from what is there',
      cause,
    },
  );
}
