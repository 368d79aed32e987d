// Who may copy now: so many at once over all, and in one repository the first alone, so that the layers it brings are
// there for the others. Without it four copies of one image family push the shared layers four times.

import { createLimit } from './limit.ts';

/** `take` gives the result of `work`, done when it is its turn in `repository`. */
export type Turns = { take<T>(repository: string, work: () => Promise<T>): Promise<T> };

/** Turns for at most `most` works at once, in the order in which they were asked for. */
export function createTurns(most: number): Turns {
  const limit = createLimit(() => most);
  // Resolves to true when the first copy of a repository succeeded.
  const firsts = new Map<string, Promise<boolean>>();
  return {
    async take(repository, work) {
      for (;;) {
        const first = firsts.get(repository);
        if (first === undefined) break;
        if (await first) return limit.run(work);
        // It failed: the next one is the first again.
        if (firsts.get(repository) === first) firsts.delete(repository);
      }
      const own = limit.run(work);
      const succeeded = own.then(
        () => true,
        () => false,
      );
      firsts.set(repository, succeeded);
      return own;
    },
  };
}
