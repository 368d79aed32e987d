// One blob on its way to the mirror: there already, mounted from a repository that has it, or moved whole.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { LAGGING } from '../../base/errors/hints.ts';
import type { Descriptor } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import { contactHost } from '../../image/names/hub.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import type { Copier, Copy } from './job.ts';

/** From this size on a blob is moved by crane, as a stream; smaller ones are held whole in memory for a moment. */
export const LARGE = 4 * 1024 * 1024;

/** Milliseconds between asking again for a blob that upstream lists and does not have: caches lag behind. */
const ASK_AGAIN = [0, 1_500];

/** The key of a blob's lease: one for all repositories of a mirror, so that the second can mount from the first. */
export function leaseKey({ to }: Copy, digest: Digest): string {
  return `${contactHost(to.registry)} ${digest}`;
}

/** Brings a small blob, unless it is there. @throws Failure */
export async function bringSmall(copier: Copier, copy: Copy, blob: Descriptor): Promise<void> {
  if (copier.presence.has(copy.to, blob.digest)) return;
  copier.signal.throwIfAborted();
  const { load } = copy;
  load.bytes += blob.size;
  await copier.leases.hold([leaseKey(copy, blob.digest)], async () => {
    if (await isThere(copier, copy, blob)) {
      load.bytes -= blob.size;
      return;
    }
    await copier.memory.run(blob.size, () => moveWhole(copier, copy, blob));
    load.moved += blob.size;
    copier.presence.add(copy.to, blob.digest);
  });
}

/**
 * Whether the mirror's repository has the blob, after a mount where one can be had. A repository that listed nothing is
 * not asked: what is mounted or put there in this run is all that it has.
 */
export async function isThere(copier: Copier, copy: Copy, { digest }: Descriptor): Promise<boolean> {
  const { presence, listedNothing } = copier;
  if (presence.has(copy.to, digest)) return true;
  const isNew = !copy.sure && listedNothing(copy.to);
  const there = (!isNew && (await shows(copier, copy, digest))) || (await mount(copier, copy, digest));
  if (there) presence.add(copy.to, digest);
  return there;
}

/** A mirror may refuse to show what nobody has pushed yet: the push decides, and is refused with better words. */
async function shows({ client }: Copier, { to }: Copy, digest: Digest): Promise<boolean> {
  try {
    return await client.hasBlob(to, digest);
  } catch (thrown) {
    if (asFailure(thrown).reason === 'denied') return false;
    throw thrown;
  }
}

/** Mounts the blob from the source, where both are on one host, or from a repository of the mirror that has it. */
async function mount(copier: Copier, { from, to }: Copy, digest: Digest): Promise<boolean> {
  const { client, presence, moved } = copier;
  const oneHost = contactHost(from.registry) === contactHost(to.registry);
  const homes = [oneHost ? from.repository : null, presence.homeOf(to, digest)];
  for (const home of new Set(homes.filter((repository) => repository !== null))) {
    // Some registries say yes to every mount, so what they then have is looked at.
    if ((await client.mountBlob(to, digest, home)) && (await client.hasBlob(to, digest))) {
      moved.mounted += 1;
      return true;
    }
  }
  return false;
}

async function moveWhole(copier: Copier, { from, to }: Copy, blob: Descriptor): Promise<void> {
  const bytes = await readBlob(copier, from, blob);
  await copier.client.putBlob(to, blob.digest, bytes);
  copier.moved.small += 1;
}

async function readBlob(
  { client, sleep }: Copier,
  from: Name,
  { digest, size }: Descriptor,
): Promise<Uint8Array> {
  for (const wait of ASK_AGAIN) {
    if (wait > 0) await sleep(wait);
    // Of a descriptor the digest counts: some have a wrong size.
    const bytes = await client.getBlob(from, digest, Math.max(size, LARGE));
    if (bytes !== null) return bytes;
  }
  throw new Failure(
    'not-found',
    `upstream's repository ${formatName(from)} lacks a layer which its manifest lists`,
    {
      hint: LAGGING,
      detail: `upstream has no blob ${formatName(from)}@${digest}`,
    },
  );
}
