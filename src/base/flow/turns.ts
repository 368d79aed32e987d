// Who may copy now: so many at once over all, and in one repository the first alone, so that the layers it brings are
// there for the others. Without it four copies of one image family push the shared layers four times.

export type Turns = { take<T>(repository: string, work: () => Promise<T>): Promise<T> };

/** Turns for at most `most` works at once, in the order in which they were asked for. */
export function createTurns(most: number): Turns {
  const waiting: (() => void)[] = [];
  let running = 0;
  // Resolves to true when the first copy of a repository succeeded.
  const firsts = new Map<string, Promise<boolean>>();
  const withSlot = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running < most) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
  return {
    async take(repository, work) {
      for (;;) {
        const first = firsts.get(repository);
        if (first === undefined) break;
        if (await first) return withSlot(work);
        // It failed: the next one is the first again.
        if (firsts.get(repository) === first) firsts.delete(repository);
      }
      const mine = withSlot(work);
      firsts.set(
        repository,
        mine.then(
          () => true,
          () => false,
        ),
      );
      return mine;
    },
  };
}
