// Waits and retries as a person hears of them: when they begin, and once for each host and cause while they last, however
// many requests wait.

import { amount } from '../../base/text/words.ts';
import { ownerOf } from './pull-limit.ts';

/** One wait: at which host and why, how long (milliseconds), and the sentence, which has the length in it. */
type Wait = {
  readonly host: string;
  readonly cause: string;
  readonly milliseconds: number;
  readonly words: (long: string) => string;
};

/** Hears of each wait as it begins. */
export type Waits = { begin(wait: Wait): void };

type Episode = { until: number; toldAt: number; number: number };

/** Milliseconds between two waits that belong together, and between two lines about them. */
const TOGETHER = 10_000;
const AGAIN = 60_000;

/** No wait has begun yet. */
export function createWaits(clock: { now(): number }, tell: (line: string) => void): Waits {
  const episodes = new Map<string, Episode>();
  return {
    begin({ host, cause, milliseconds, words }) {
      const now = clock.now();
      const key = `${host} ${cause}`;
      const before = episodes.get(key);
      const until = now + milliseconds;
      if (before === undefined || now > before.until + TOGETHER) {
        episodes.set(key, { until, toldAt: now, number: 1 });
        tell(words(waitWords(milliseconds)));
        return;
      }
      before.until = Math.max(before.until, until);
      before.number += 1;
      if (now - before.toldAt < AGAIN) return;
      before.toldAt = now;
      tell(`${words(waitWords(milliseconds))} (${amount(before.number)} times so far)`);
    },
  };
}

/** `4 s`, `60 s`, `3 min 20 s`. */
function waitWords(milliseconds: number): string {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min${seconds % 60 === 0 ? '' : ` ${seconds % 60} s`}`;
}

/** A host that is asked again after a wait, and why: `answered 503`. */
export function retryWords(host: string, why: string): Wait['words'] {
  return (long) => `${ownerOf(host)} ${why}, trying again in ${long}`;
}
