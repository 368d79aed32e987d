// Pulls where few are left. A tag takes more than one: its index, then each image of it. Spent on every index first they
// would finish no tag, so a manifest is read only where what it lists can be pulled as well.

import { createLimit, type Limit } from '../../base/flow/limit.ts';
import { decodeManifest, type ManifestBody } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import { contactHost } from '../../image/names/hub.ts';
import type { Name } from '../../image/names/reference.ts';
import type { Doors } from '../../registry/doors/doors.ts';

/** Reads manifests of upstreams as far as their pulls go. */
export type Purse = {
  /** What `read` gives. @throws Failure `rate-limited` where the pulls that are left are spoken for */
  spend(name: Name, digest: string, read: () => Promise<ManifestBody | null>): Promise<ManifestBody | null>;
};

/** `due` are the manifests that those read so far list; `most` is what one of them listed. */
type Account = { readonly due: Set<string>; most: number; readonly turn: Limit };

/** Nothing is spent yet. */
export function createPurse({ pullsLeft }: Pick<Doors, 'pullsLeft'>): Purse {
  const accounts = new Map<string, Account>();
  const accountOf = (name: Name): Account => {
    const host = contactHost(name.registry);
    const account = accounts.get(host) ?? { due: new Set(), most: 0, turn: createLimit(() => 1) };
    accounts.set(host, account);
    return account;
  };
  return {
    async spend(name, digest, read) {
      if (pullsLeft(name) === null) return read();
      const account = accountOf(name);
      // One after the other: each says how much the next may take.
      return account.turn.run(async () => {
        const limit = pullsLeft(name);
        const isDue = account.due.has(digest);
        if (limit !== null && !isDue && limit.pulls - account.due.size <= account.most) throw limit.tooFew();
        const body = await read();
        account.due.delete(digest);
        const children = body === null ? [] : childrenOf(body);
        account.most = Math.max(account.most, children.length);
        for (const child of children) account.due.add(child);
        return body;
      });
    },
  };
}

/** What cannot be read is for the plan to report. */
function childrenOf({ bytes, mediaType }: ManifestBody): Digest[] {
  try {
    const manifest = decodeManifest(bytes, mediaType);
    return manifest.kind === 'index' ? manifest.entries.map(({ digest }) => digest) : [];
  } catch {
    return [];
  }
}
