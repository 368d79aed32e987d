// What is attached to an image comes to the mirror before its tag moves: each manifest whole and by its digest, listed as
// what it is attached to; then the tags of cosign's.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { stopFailure } from '../../base/flow/stop.ts';
import type { ManifestBody } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import type { Attaching, Move } from '../../plan/steps/step.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { keepListed, type ListDoors } from './listing.ts';

/** What bringing takes: `bring` copies a digest whole, `move` moves a tag and proves it. */
export type AttachDoors = ListDoors &
  Pick<Doors, 'stop'> & {
    readonly bring: (digest: Digest) => Promise<void>;
    readonly move: (move: Move) => Promise<unknown>;
  };

/** Brings all of it, in order. @throws Failure, after which the tag must not move */
export async function bringAttached(
  mirror: Name,
  attach: readonly Attaching[],
  doors: AttachDoors,
): Promise<void> {
  for (const { subject, manifests, tags } of attach) {
    const stop = stopFailure(doors.stop);
    if (stop !== null) throw stop;
    try {
      for (const { digest } of [...manifests, ...tags.map(({ manifest }) => manifest)])
        await doors.bring(digest);
      if (manifests.length > 0) await keepListed(mirror, subject, manifests, doors);
      for (const move of tags) await doors.move(move);
    } catch (thrown) {
      throw notBrought(mirror, subject, asFailure(thrown), manifests);
    }
  }
}

function notBrought(
  mirror: Name,
  subject: Digest,
  why: Failure,
  manifests: readonly ManifestBody[],
): Failure {
  const what = manifests.length === 1 ? (manifests[0]?.digest ?? '') : 'what upstream attaches';
  const message = `${what} could not be attached to ${formatName(mirror)}@${subject}: ${why.message}`;
  const { reason, hint, status, detail } = why;
  return new Failure(reason, message, { hint, status, detail, cause: why });
}
