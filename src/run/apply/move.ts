// Moves one tag of the mirror to the very bytes that were planned, once their images are there, and proves that it did.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { hintFor } from '../../base/errors/hints.ts';
import type { ManifestBody } from '../../image/manifest/manifest.ts';
import { type Digest, shortDigest } from '../../image/names/digest.ts';
import { formatName } from '../../image/names/reference.ts';
import { leavesTag, type Move, type Step } from '../../plan/steps/step.ts';
import type { Registry } from '../../registry/doors/registry.ts';
import type { ApplyDoors } from './copies.ts';
import { readBack } from './read-back.ts';

/** Hears what a tag has just before it moves; null for no such tag. The move waits for it. */
type BeforeMove = (previous: ManifestBody | null) => Promise<void>;

/**
 * Moves the tag and says whether it was written (`copied`) or found as wanted (`already`). Throws a Failure:
 * `foreign-change` where the tag is neither what was expected nor what is wanted, `corrupt` where the mirror lacks an image
 * of what the tag would lead to or the read-back does not hash to the planned digest, and whatever the registry's refusal means.
 */
export async function moveTag(
  step: Step,
  move: Move,
  doors: ApplyDoors,
  before?: BeforeMove,
): Promise<'copied' | 'already'> {
  // Before the tag moves, since a new tag that leads to what is not there could not be taken back. What a keep-tag keeps,
  // and what a repair brings back, a tag had already.
  if (move.keeps === undefined && !leavesTag(step)) await doors.copies.prove(step, move.manifest);
  const previous = before && (await currentBody(step, move, doors.mirror));
  const current = before ? (previous?.digest ?? null) : await currentDigest(step, move, doors.mirror);
  if (current === move.manifest.digest) return leavesTag(step) ? 'copied' : 'already';
  if (current !== move.expected) throw foreignChange(step, move, current);
  await before?.(previous ?? null);
  try {
    await putManifest(step, move, doors);
  } catch (thrown) {
    // A gateway may answer 504 to what the registry behind it has done: what is there now decides.
    if ((await digestAt(step, move, doors.mirror)) !== move.manifest.digest) throw thrown;
  }
  const { mirror } = step;
  await readBack({ mirror, tag: move.tag, wanted: move.manifest.digest, before: current }, doors);
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

/** The same with the bytes, which are kept for the way back. */
async function currentBody(step: Step, move: Move, mirror: Registry): Promise<ManifestBody | null> {
  try {
    return await mirror.get(step.mirror, move.tag);
  } catch (thrown) {
    if (asFailure(thrown).reason === 'denied' && move.expected === null) return null;
    throw thrown;
  }
}

/** Content that was there in phase 1 may be pruned before the tag moves: then it is copied once more. */
async function putManifest(step: Step, move: Move, { mirror, copies }: ApplyDoors): Promise<void> {
  try {
    await mirror.put(step.mirror, move.tag, move.manifest);
  } catch (thrown) {
    if (asFailure(thrown).reason !== 'not-found' || step.bring.length === 0) throw thrown;
    await copies.bringAgain(step);
    await mirror.put(step.mirror, move.tag, move.manifest);
  }
}

function foreignChange(step: Step, move: Move, current: Digest | null): Failure {
  const expected = move.expected === null ? 'no tag' : shortDigest(move.expected);
  const found = current === null ? 'no tag' : shortDigest(current);
  const reference = `${formatName(step.mirror)}:${move.tag}`;
  return new Failure(
    'foreign-change',
    `${reference} changed during the run: expected ${expected}, found ${found}`,
    {
      hint: hintFor('foreign-change'),
    },
  );
}
