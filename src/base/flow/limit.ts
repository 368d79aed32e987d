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
  async function drain(): Promise<void> {
    for (const [index, item] of queue) results[index] = await work(item, index);
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, drain));
  return results;
}
