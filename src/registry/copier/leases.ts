// One at a time: whoever holds the lease of a blob is the only one to bring it, and those who wait find it there.

/** Gives a key back before the work has ended, because it is not needed any more. */
type GiveBack = (key: string) => void;

/** Runs `work` once all of these keys are free, and keeps them until it has ended, however it ends. */
export type Leases = {
  hold<T>(keys: readonly string[], work: (giveBack: GiveBack) => Promise<T>): Promise<T>;
};

/** Leases of which none is taken. Keys are taken in one order by everybody, so no two holders wait for each other. */
export function createLeases(): Leases {
  const taken = new Map<string, Promise<void>>();
  const take = async (key: string): Promise<() => void> => {
    for (let holder = taken.get(key); holder !== undefined; holder = taken.get(key)) await holder;
    const { promise, resolve } = Promise.withResolvers<void>();
    taken.set(key, promise);
    return () => {
      taken.delete(key);
      resolve();
    };
  };
  return {
    async hold(keys, work) {
      const releases = new Map<string, () => void>();
      const giveBack: GiveBack = (key) => {
        releases.get(key)?.();
        releases.delete(key);
      };
      try {
        for (const key of [...new Set(keys)].sort()) releases.set(key, await take(key));
        return await work(giveBack);
      } finally {
        for (const key of [...releases.keys()]) giveBack(key);
      }
    },
  };
}
