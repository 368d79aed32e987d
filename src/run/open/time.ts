// How long a run waits: the clock that all waits go by, deadlines scaled alike, and the signal that ends the work.

import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../base/errors/failure.ts';
import type { Cancel } from '../../base/flow/stop.ts';
import type { Deadlines } from '../../base/flow/watch.ts';
import { duration } from '../../base/text/words.ts';
import { REGISTRY_DEFAULTS } from '../../registry/client/settings.ts';
import { CRANE_DEFAULTS } from '../../registry/crane/fenced.ts';

/** Time as every wait of the run sees it: with a patience of 0.05 it passes twenty times as fast. */
export function clockFor(patience: number) {
  return {
    now: () => performance.now() / patience,
    today: () => new Date().toISOString().slice(0, 10),
    sleep: (milliseconds: number, signal?: AbortSignal): Promise<void> =>
      sleep(milliseconds * patience, undefined, { signal }),
    // Signs of life alone keep no process alive: one that waits for nothing else has to end, and to say so.
    every(milliseconds: number, beat: () => void): () => void {
      const timer = setInterval(beat, milliseconds * patience).unref();
      return () => clearInterval(timer);
    },
  };
}

// Node's own timers ignore that clock, so deadlines are scaled here.

/** The longest that crane may do nothing; never shorter than its own silence between its attempts. */
export function craneStall(patience: number): number {
  return Math.max(CRANE_DEFAULTS.stall * patience, 5_000);
}

/** The longest that the phases of one request may take. */
export function requestDeadlines(patience: number): Deadlines {
  const { connect, firstByte, commit, stall } = REGISTRY_DEFAULTS.deadlines;
  return {
    connect: connect * patience,
    firstByte: firstByte * patience,
    commit: commit * patience,
    stall: stall * patience,
  };
}

/**
 * When work stops before the end of a time budget, and when everything is let go of: milliseconds, or that part of a short
 * one. Fifteen runs of twelve seconds at once on two busy cores need up to 1.7 s for their last words and their exit.
 */
const TO_FINISH = { now: { most: 30_000, part: 4 }, late: { most: 10_000, part: 6 } };

/** When a run stops: `now` and `late` of the job's cancel and of the time budget, and the cancel alone. */
export type Stop = Cancel & {
  readonly cancelled: AbortSignal;
  /** Milliseconds until the time budget lets no more work begin; infinite without one. */
  readonly timeLeft: () => number;
};

/**
 * The cancel of the job, and the end of the time budget (milliseconds from the start of the process, `null` for none):
 * `now` fires when no more work is to be started, `late` when every request and wait is to end. Made once a run.
 */
export function stopSignals(budget: number | null, cancel: Cancel): Stop {
  const cancelled = cancel.now;
  if (budget === null) return { ...cancel, cancelled, timeLeft: () => Number.POSITIVE_INFINITY };
  const reason = new Failure('budget', `not started: the time budget of ${duration(budget)} is used up`, {
    hint: 'the next run takes it up; missing tags go first, the others take turns',
  });
  const timeLeft = ({ most, part }: { most: number; part: number }): number =>
    budget - Math.min(most, budget / part) - performance.now();
  const before = (end: { most: number; part: number }): AbortSignal => {
    const over = new AbortController();
    setTimeout(() => over.abort(reason), Math.max(0, timeLeft(end))).unref();
    return over.signal;
  };
  return {
    cancelled,
    timeLeft: () => timeLeft(TO_FINISH.now),
    now: AbortSignal.any([cancel.now, before(TO_FINISH.now)]),
    late: AbortSignal.any([cancel.late, before(TO_FINISH.late)]),
  };
}
