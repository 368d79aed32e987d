// How long a run waits: the clock that all waits go by, deadlines scaled alike, and the signal that ends the work.

import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../base/errors/failure.ts';
import { duration } from '../../base/text/words.ts';
import { type ClientSettings, REGISTRY_DEFAULTS } from '../../registry/client/client.ts';
import { ENGINE_DEFAULTS } from '../../registry/crane/engine.ts';
import { LISTER_DEFAULTS } from '../../registry/crane/lister.ts';

/** Time as every wait of the run sees it: with a patience of 0.05 it passes twenty times as fast. */
export function clockFor(patience: number) {
  return {
    now: () => performance.now() / patience,
    today: () => new Date().toISOString().slice(0, 10),
    sleep: (milliseconds: number, signal?: AbortSignal): Promise<void> =>
      sleep(milliseconds * patience, undefined, { signal }),
  };
}

// Node's own timers ignore that clock, so deadlines are scaled here.

/** The longest that crane may take. */
export function craneDeadlines(patience: number) {
  const { bringDeadline, bringStall } = ENGINE_DEFAULTS;
  return {
    listDeadline: LISTER_DEFAULTS.listDeadline * patience,
    bringDeadline: bringDeadline * patience,
    // Never shorter than crane's own silence between its attempts.
    bringStall: Math.max(bringStall * patience, 5_000),
  };
}

/** The longest that the phases of one request may take. */
export function requestDeadlines(patience: number): ClientSettings['deadlines'] {
  const { connect, firstByte, stall, exchange } = REGISTRY_DEFAULTS.deadlines;
  return {
    connect: connect * patience,
    firstByte: firstByte * patience,
    stall: stall * patience,
    exchange: exchange * patience,
  };
}

/**
 * Fires when no more work is to be started: cancelled, or the time budget (milliseconds, `null` for none) is used up.
 * It counts from the start of the process, and leaves crane a little of it to end.
 */
export function stopSignal(budget: number | null, cancelled: AbortSignal): AbortSignal {
  if (budget === null) return cancelled;
  const over = new AbortController();
  const reason = new Failure('budget', `not started: the time budget of ${duration(budget)} is used up`, {
    hint: 'the next run takes it up; missing tags go first, the others take turns',
  });
  const left = budget - Math.min(30_000, budget / 10) - performance.now();
  setTimeout(() => over.abort(reason), Math.max(0, left)).unref();
  return AbortSignal.any([cancelled, over.signal]);
}
