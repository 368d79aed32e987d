// So many bytes in memory at once, over all that is moved whole.

/** Runs `work` when there is room for its bytes; work that alone is larger than all the room runs by itself. */
export type ByteLimit = { run<T>(bytes: number, work: () => Promise<T>): Promise<T> };

/** Room for `most` bytes; who comes first is served first. */
export function createByteLimit(most: number): ByteLimit {
  const waiting: { readonly bytes: number; readonly start: () => void }[] = [];
  let taken = 0;
  const fits = (bytes: number): boolean => taken === 0 || taken + bytes <= most;
  const startWaiting = (): void => {
    for (let next = waiting[0]; next !== undefined && fits(next.bytes); next = waiting[0]) {
      waiting.shift();
      taken += next.bytes;
      next.start();
    }
  };
  return {
    async run(bytes, work) {
      if (waiting.length === 0 && fits(bytes)) taken += bytes;
      else await new Promise<void>((start) => waiting.push({ bytes, start }));
      try {
        return await work();
      } finally {
        taken -= bytes;
        startWaiting();
      }
    },
  };
}
