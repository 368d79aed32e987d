// The lines of a text: where each begins, and which one an offset is on.

/** The offset at which each line begins. `ends` is what ends a line, with the flag `g`. */
export function lineStarts(text: string, ends = /\n/g): number[] {
  return [0, ...[...text.matchAll(ends)].map(({ index, 0: end }) => index + end.length)];
}

/** The line, from 0, that an offset is on, found by halves: files may have a great many lines. */
export function rowAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
