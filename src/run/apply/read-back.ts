// A registry's "201 Created" proves nothing: only bytes that come back and hash to the wanted digest do.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { hintFor } from '../../base/errors/hints.ts';
import { type Digest, digestOf, shortDigest } from '../../image/names/digest.ts';
import { formatTag, type Name } from '../../image/names/reference.ts';
import type { Clock } from '../../registry/doors/doors.ts';
import type { Registry } from '../../registry/doors/registry.ts';

/** Waits between read-backs: some registries show a new tag, or the end of one, only after a moment. */
export const READ_BACK_WAITS = [0, 1_000, 4_000];

/** What to do where a registry lost what it had accepted. */
export const NOT_STORED = 'the registry did not store what it accepted; look into its log or storage';

/** A tag that was written: the digest that it shall have, and what it had before. */
type Written = {
  readonly mirror: Name;
  readonly tag: string;
  readonly wanted: Digest;
  readonly before: Digest | null;
};

type Doors = { readonly mirror: Registry; readonly clock: Clock };

/**
 * Reads a tag until it has the wanted digest. Throws a Failure: `foreign-change` where it has one that is neither
 * wanted nor what it had before, `corrupt` where it never shows the wanted one, or why it could not be read.
 */
export async function readBack(written: Written, { mirror, clock }: Doors): Promise<void> {
  let found: Digest | null = null;
  let unread: Failure | null = null;
  for (const wait of READ_BACK_WAITS) {
    if (wait > 0) await clock.sleep(wait);
    try {
      const body = await mirror.get(written.mirror, written.tag);
      found = body === null ? null : digestOf(body.bytes, written.wanted);
      unread = null;
    } catch (thrown) {
      unread = asFailure(thrown);
      // An answer that is not a manifest may be a proxy's page of this very moment.
      if (unread.reason !== 'unsupported') throw unread;
    }
    if (found === written.wanted) return;
  }
  throw unread ?? mismatch(written, found);
}

function mismatch({ mirror, tag, wanted, before }: Written, found: Digest | null): Failure {
  const reference = formatTag(mirror, tag);
  if (found !== null && found !== before) {
    return new Failure(
      'foreign-change',
      `${reference} was moved to ${shortDigest(wanted)} and is ${shortDigest(found)} now: somebody else changed it`,
      { hint: hintFor('foreign-change') },
    );
  }
  return new Failure(
    'corrupt',
    `${reference} was accepted, but reads back as ${found ?? 'nothing'}, not ${wanted}`,
    { hint: NOT_STORED },
  );
}
