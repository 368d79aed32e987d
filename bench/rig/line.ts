// A line of limited speed, as a token bucket: bytes pass at once while there are tokens and wait until theirs have come.
// All streams of one side, in both directions, draw from one bucket, as all connections to a host share one cable.

import { Transform } from 'node:stream';

export type Line = {
  /** Takes tokens for so many bytes; gives back the milliseconds until they have passed. */
  take(bytes: number): number;
};

/** Tokens that gather while nothing passes, in milliseconds of the line: timers of a busy machine are late by that much. */
const BURST = 20;

/** A line of so many bytes a second. */
export function makeLine(bytesPerSecond: number, now: () => number = () => performance.now()): Line {
  let free = Number.NEGATIVE_INFINITY;
  return {
    take(bytes) {
      const moment = now();
      free = Math.max(free, moment - BURST) + (bytes * 1000) / bytesPerSecond;
      return Math.max(0, free - moment);
    },
  };
}

/** A stream that lets bytes through as fast as the line does; others on the same line slow it down. */
export function throughLine(line: Line): Transform {
  return new Transform({
    transform(part: Buffer, _encoding, pass) {
      const wait = line.take(part.length);
      // A timer cannot wait for less.
      if (wait < 1) pass(null, part);
      else setTimeout(pass, wait, null, part);
    },
  });
}
