// At most so many tasks at once, and what several of them ask for only once: the one place where work waits for other work to end.

/** Lets at most so much work run at once; what has to wait is started in the order in which it came. */
export type Limit = {
  /** The result of `work`, started as soon as there is room. Urgent work goes before all that waits. */
  run<T>(work: () => Promise<T>, urgent?: boolean): Promise<T>;
};

/** A limit of `most()` works at once. It is asked each time work comes or ends, so it may grow and shrink. */
export function createLimit(most: () => number): Limit {
  const waiting: (() => void)[] = [];
  let running = 0;
  const startWaiting = (): void => {
    while (running < most()) {
      const start = waiting.shift();
      if (start === undefined) return;
      running += 1;
      start();
    }
  };
  const room = (urgent: boolean): Promise<void> =>
    new Promise((resolve) => {
      if (urgent) waiting.unshift(resolve);
      else waiting.push(resolve);
    });
  return {
    async run(work, urgent = false) {
      if (running < most()) running += 1;
      else await room(urgent);
      try {
        return await work();
      } finally {
        running -= 1;
        startWaiting();
      }
    },
  };
}

/** The result of `work` for a key, begun once: whoever asks for the key again gets the same result, a failure too. */
export function onceEach<T>(begun: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  const known = begun.get(key) ?? work();
  begun.set(key, known);
  return known;
}

/**
 * Runs `work` on every item, at most `width` at a time, and gives the results in the order of the items. The first
 * error stops new work from starting and is thrown; work that may fail alone catches its own.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const queue = items.entries();
  let failed = false;
  // So many loops as may run at once, and nothing made for what has to wait: there may be a hundred thousand items.
  const drain = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failed) return;
      try {
        results[index] = await work(item, index);
      } catch (thrown) {
        failed = true;
        throw thrown;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, drain));
  return results;
}
