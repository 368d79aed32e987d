// Signs of life: a line now and then while something long goes on, and none where it is quick.

import { amount } from '../text/words.ts';

/** Where signs of life go, and when. */
type Listener = {
  readonly clock: { every(milliseconds: number, beat: () => void): () => void };
  readonly log: { tell(line: string): void };
};

/** Milliseconds between two lines about one piece of work. */
const BEAT = 15_000;

/** Does `work`; as long as it goes on, the words are logged every fifteen seconds. */
export async function whileTelling<T>(
  words: () => string,
  work: () => Promise<T>,
  { clock, log }: Listener,
): Promise<T> {
  const stop = clock.every(BEAT, () => log.tell(words()));
  try {
    return await work();
  } finally {
    stop();
  }
}

/** How far many questions are: it grows while they are asked and answered. */
export type LookUps = { asked: number; answered: number };

/** Nothing asked. */
export function newLookUps(): LookUps {
  return { asked: 0, answered: 0 };
}

/** `comparing: 412 of 640 look-ups answered`. */
export function soFar(what: string, { asked, answered }: LookUps, things: string): string {
  return `${what}: ${amount(answered)} of ${amount(asked)} ${things}`;
}
