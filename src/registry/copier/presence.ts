// What this run knows to be on the mirror, because it put or saw it there. Nothing here is taken on anybody's word from
// before the run.

import type { Digest } from '../../image/names/digest.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { formatName, type Name } from '../../image/names/reference.ts';

/** What is known to be there: blobs and manifests by digest, one repository at a time. */
export type Presence = {
  has(name: Name, digest: Digest): boolean;
  add(name: Name, digest: Digest): void;
  /** Forgets what was known of a repository: a registry said that it lacks something of it. */
  forget(name: Name): void;
  /** Another repository of the same registry that has the blob, to be mounted from; null where none is known. */
  homeOf(name: Name, digest: Digest): string | null;
};

/** Nothing is known yet. */
export function createPresence(): Presence {
  const known = new Map<string, Set<Digest>>();
  const homes = new Map<string, string>();
  const homeKey = ({ registry }: Name, digest: Digest): string =>
    lookUp({ registry, repository: '' }, digest);
  return {
    has: (name, digest) => known.get(formatName(name))?.has(digest) === true,
    add(name, digest) {
      const digests = known.get(formatName(name)) ?? new Set();
      known.set(formatName(name), digests.add(digest));
      homes.set(homeKey(name, digest), name.repository);
    },
    forget(name) {
      for (const digest of known.get(formatName(name)) ?? []) {
        if (homes.get(homeKey(name, digest)) === name.repository) homes.delete(homeKey(name, digest));
      }
      known.delete(formatName(name));
    },
    homeOf(name, digest) {
      const repository = homes.get(homeKey(name, digest)) ?? name.repository;
      return repository === name.repository ? null : repository;
    },
  };
}
