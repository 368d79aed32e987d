// What was attached is listed on the mirror: by its referrers API, else in the index that stands in for it. Whether there is
// an API is asked: not every registry that has one says so with OCI-Subject when it takes a manifest. Registries have no way
// to change an index only if nobody else did, so what was written is read back, and again.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { hintFor } from '../../base/errors/hints.ts';
import { inParallel } from '../../base/flow/limit.ts';
import { fallbackIndex, fieldsOf, referrerEntry, TAG_OF_LISTS } from '../../image/manifest/fallback-index.ts';
import type { Fields, ManifestBody } from '../../image/manifest/manifest.ts';
import { fallbackTag, type ReferrerEntry, readReferrers } from '../../image/manifest/referrers.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatName, formatTag, type Name } from '../../image/names/reference.ts';
import type { Doors } from '../../registry/doors/doors.ts';

/** Milliseconds between looks: others who write the same index have written by then, and read back what they wrote. */
const WAITS = [0, 500, 1_000, 1_000, 2_000, 4_000];
/** Writes before somebody else's are waited for. */
const MOST_WRITES = 8;
const WIDTH = 8;

/** `turns`: one index is changed by one at a time in this run. */
export type ListDoors = Pick<Doors, 'mirror' | 'attached' | 'clock' | 'log'> & {
  readonly turns: Map<string, Promise<void>>;
};

/**
 * Sees to it that the mirror lists these manifests as attached to `subject`. @throws Failure `corrupt` where it takes them and
 * does not list them, `conflict` where the tag of the list is somebody's image
 */
export async function keepListed(
  name: Name,
  subject: Digest,
  manifests: readonly ManifestBody[],
  doors: ListDoors,
): Promise<void> {
  const wanted = manifests.map(({ digest }) => digest);
  const { entries, hasApi } = await doors.attached.listAgain(name, subject);
  const isListed = (digest: Digest): boolean => entries.some((entry) => entry.digest === digest);
  if (wanted.every(isListed)) return;
  if (!hasApi) return keepIndex(name, subject, manifests, doors);
  // A registry that got the API later lists what is put now.
  for (const body of manifests) if (!isListed(body.digest)) await doors.mirror.put(name, body.digest, body);
  for (const wait of WAITS) {
    if (wait > 0) await doors.clock.sleep(wait);
    const now = new Set((await doors.attached.listAgain(name, subject)).entries.map(({ digest }) => digest));
    if (wanted.every((digest) => now.has(digest))) return;
  }
  throw notListed(name, subject);
}

function keepIndex(
  name: Name,
  subject: Digest,
  manifests: readonly ManifestBody[],
  doors: ListDoors,
): Promise<void> {
  const key = `${formatName(name)} ${subject}`;
  const before = doors.turns.get(key) ?? Promise.resolve();
  const turn = before.catch(() => undefined).then(() => mergeIndex(name, subject, manifests, doors));
  doors.turns.set(key, turn);
  return turn;
}

async function mergeIndex(
  name: Name,
  subject: Digest,
  manifests: readonly ManifestBody[],
  doors: ListDoors,
): Promise<void> {
  const tag = fallbackTag(subject);
  // Whatever was seen there in the meantime is kept: another writer may have written over it.
  const seen = new Map<Digest, ReferrerEntry>();
  const add = (entries: readonly ReferrerEntry[]): void => {
    for (const entry of entries) if (!seen.has(entry.digest)) seen.set(entry.digest, entry);
  };
  const own = manifests.map(referrerEntry);
  let writes = 0;
  for (const wait of WAITS) {
    if (wait > 0) await doors.clock.sleep(wait);
    let isWhole = true;
    for (;;) {
      const { fields, entries } = await readIndex(name, tag, doors);
      add(entries);
      add(own);
      const now = new Set(entries.map(({ digest }) => digest));
      if ([...seen.keys()].every((digest) => now.has(digest))) break;
      isWhole = false;
      writes += 1;
      if (writes > MOST_WRITES) throw contended(name, tag);
      await putIndex(name, tag, { fields, seen }, doors);
    }
    // Written by nobody since the last look.
    if (isWhole) return;
  }
}

type Index = { readonly fields: Fields | null; readonly entries: readonly ReferrerEntry[] };

async function readIndex(name: Name, tag: string, { mirror }: ListDoors): Promise<Index> {
  const body = await mirror.get(name, tag);
  if (body === null) return { fields: null, entries: [] };
  const entries = readReferrers(body.bytes);
  if (entries !== null) return { fields: fieldsOf(body), entries };
  throw new Failure(
    'conflict',
    `${formatTag(name, tag)} is meant to list what is attached, but is an image`,
    {
      hint: TAG_OF_LISTS,
    },
  );
}

type Writing = { readonly fields: Fields | null; readonly seen: Map<Digest, ReferrerEntry> };

async function putIndex(name: Name, tag: string, { fields, seen }: Writing, doors: ListDoors): Promise<void> {
  const { mirror, log } = doors;
  try {
    await mirror.put(name, tag, fallbackIndex(fields, [...seen.values()]));
  } catch (thrown) {
    if (asFailure(thrown).reason !== 'not-found') throw thrown;
    // A registry takes no index that lists what is not there, whoever listed it.
    const digests = [...seen.keys()];
    const heads = await inParallel(digests, WIDTH, (digest) => mirror.head(name, digest));
    const gone = digests.filter((_, at) => heads[at] === null);
    if (gone.length === 0) throw thrown;
    for (const digest of gone) seen.delete(digest);
    log.info(`${formatTag(name, tag)} no longer lists what is not there: ${gone.join(', ')}`);
    await mirror.put(name, tag, fallbackIndex(fields, [...seen.values()]));
  }
}

function notListed(name: Name, subject: Digest): Failure {
  const message = `${formatName(name)} accepted what is attached to ${subject} but does not list it`;
  return new Failure('corrupt', message, {
    hint: 'the registry has a referrers API that does not show what it accepted; look into its log',
  });
}

function contended(name: Name, tag: string): Failure {
  const message = `${formatTag(name, tag)} was changed by somebody else each time it was written`;
  return new Failure('foreign-change', message, {
    hint: hintFor('foreign-change'),
  });
}
