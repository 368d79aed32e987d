// A registry's "201 Created" proves nothing: only bytes that come back and hash to the wanted digest do.

import { Failure } from '../../base/errors/failure.ts';
import { type Digest, digestOf } from '../../image/names/digest.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import type { Clock } from '../../registry/doors/doors.ts';
import type { Registry } from '../../registry/doors/registry.ts';

/** Waits between read-backs: some registries show a new tag only after a moment. */
const READ_BACK_WAITS = [0, 1_000, 4_000];

/** Reads a tag until it has the wanted digest; throws a Failure `corrupt` when it never does. */
export async function readBack(
  mirror: Name,
  tag: string,
  wanted: Digest,
  doors: { readonly mirror: Registry; readonly clock: Clock },
): Promise<void> {
  let found: Digest | null = null;
  for (const wait of READ_BACK_WAITS) {
    if (wait > 0) await doors.clock.sleep(wait);
    const body = await doors.mirror.get(mirror, tag);
    found = body === null ? null : digestOf(body.bytes, wanted);
    if (found === wanted) return;
  }
  throw new Failure(
    'corrupt',
    `${formatName(mirror)}:${tag} was accepted, but reads back as ${found ?? 'nothing'}, not ${wanted}`,
    { hint: 'the registry did not store what it accepted; look into its log or storage' },
  );
}
