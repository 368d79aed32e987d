// How much each repository counts, as a row of a matrix passes it on: a shard cut by the last reports must be the same in
// every job, and the jobs have not read them.

/** Each step is half a power of two, so that a weight is kept within a fifth of itself. */
const STEPS_OF_TWO = 2;
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz';

/** One letter or digit for each number of tags. */
export function packWeights(tags: readonly number[]): string {
  return tags.map((count) => DIGITS[stepOf(count)] ?? '0').join('');
}

/** The numbers again, roughly. */
export function unpackWeights(packed: string): readonly number[] {
  return [...packed].map((digit) => {
    const step = DIGITS.indexOf(digit);
    return step === 0 ? 0 : Math.round(2 ** ((step - 1) / STEPS_OF_TWO));
  });
}

function stepOf(count: number): number {
  if (count < 1) return 0;
  return Math.min(DIGITS.length - 1, 1 + Math.round(STEPS_OF_TWO * Math.log2(count)));
}
