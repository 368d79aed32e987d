// Moves one tag of the mirror to the very bytes that were planned, and proves that it did.

import { asFailure, Failure } from '../errors/failure.ts';
import { type Digest, digestOf, shortDigest } from '../image/digest.ts';
import { formatName } from '../image/reference.ts';
import type { Move, Step } from '../plan/step.ts';
import type { Copies } from './copies.ts';
import type { Doors, Registry } from './doors.ts';

/** Waits between read-backs: some registries show a new tag only after a moment. */
const READ_BACK_WAITS = [0, 1_000, 4_000];

/**
 * Moves the tag and says whether it was written (`copied`) or found as wanted (`already`). Throws a Failure:
 * `foreign-change` where the tag is neither what was expected nor what is wanted, `corrupt` where the read-back does
 * not hash to the planned digest, and whatever the registry's refusal means.
 */
export async function moveTag(
  step: Step,
  move: Move,
  copies: Copies,
  doors: Doors,
): Promise<'copied' | 'already'> {
  const current = await currentDigest(step, move, doors.mirror);
  if (current === move.manifest.digest) return 'already';
  if (current !== move.expected) throw foreignChange(step, move, current);
  try {
    await putManifest(step, move, copies, doors);
  } catch (thrown) {
    // A gateway may answer 504 to what the registry behind it has done: what is there now decides.
    if ((await digestAt(step, move, doors.mirror)) === move.manifest.digest) return 'copied';
    throw thrown;
  }
  await readBack(step, move, doors);
  return 'copied';
}

/** The digest that the tag has by its bytes; null where it has none or cannot be read. */
async function digestAt(step: Step, move: Move, mirror: Registry): Promise<Digest | null> {
  const body = await mirror.get(step.mirror, move.tag).catch(() => null);
  return body?.digest ?? null;
}

/**
 * A mirror that refuses to show a repository may still take a push into it, so a refusal reads as "no such tag". A
 * HEAD that says "as wanted" would end the work, so it is proven by the bytes.
 */
async function currentDigest(step: Step, move: Move, mirror: Registry): Promise<Digest | null> {
  try {
    const head = await mirror.head(step.mirror, move.tag);
    if (head?.digest !== move.manifest.digest) return head?.digest ?? null;
    return (await mirror.get(step.mirror, move.tag))?.digest ?? null;
  } catch (thrown) {
    if (asFailure(thrown).reason === 'denied' && move.expected === null) return null;
    throw thrown;
  }
}

/** Content that was there in phase 1 may be pruned before the tag moves: then it is copied once more. */
async function putManifest(step: Step, move: Move, copies: Copies, { mirror }: Doors): Promise<void> {
  try {
    await mirror.put(step.mirror, move.tag, move.manifest);
  } catch (thrown) {
    if (asFailure(thrown).reason !== 'not-found' || step.bring.length === 0) throw thrown;
    for (const digest of step.bring) await copies.again(step, digest);
    await mirror.put(step.mirror, move.tag, move.manifest);
  }
}

/** A registry's "201 Created" proves nothing: only bytes that come back and hash to the planned digest do. */
async function readBack(step: Step, move: Move, { mirror, clock }: Doors): Promise<void> {
  const wanted = move.manifest.digest;
  let found: Digest | null = null;
  for (const wait of READ_BACK_WAITS) {
    if (wait > 0) await clock.sleep(wait);
    const body = await mirror.get(step.mirror, move.tag);
    found = body === null ? null : digestOf(body.bytes, wanted);
    if (found === wanted) return;
  }
  const reference = `${formatName(step.mirror)}:${move.tag}`;
  throw new Failure(
    'corrupt',
    `${reference} was accepted, but reads back as ${found ?? 'nothing'}, not ${wanted}`,
    {
      hint: 'the registry did not store what it accepted; look into its log or storage',
    },
  );
}

function foreignChange(step: Step, move: Move, current: Digest | null): Failure {
  const expected = move.expected === null ? 'no tag' : shortDigest(move.expected);
  const found = current === null ? 'no tag' : shortDigest(current);
  const reference = `${formatName(step.mirror)}:${move.tag}`;
  return new Failure(
    'foreign-change',
    `${reference} changed during the run: expected ${expected}, found ${found}`,
    {
      hint: 'another job writes to this mirror; give both workflows the same `concurrency:` group',
    },
  );
}
