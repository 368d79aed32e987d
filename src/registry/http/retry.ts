// Tries a request until its answer is final. Which failures may pass is decided in answer.ts; how often and how long
// to try, here.

import { Failure } from '../../base/errors/failure.ts';
import { backoffOf, type RetrySettings, waitAfter } from '../../base/flow/backoff.ts';
import { nap, type PaceClock } from '../../base/flow/clock.ts';
import {
  type Answer,
  failureOf,
  failureOfError,
  isRateLimit,
  isTemporary,
  retryAfter,
  TransportError,
} from './answer.ts';
import type { Pace } from './pace.ts';

/** How often to try, and what waits between attempts. */
export type RetryDeps = {
  readonly retry: RetrySettings;
  readonly clock: PaceClock;
  readonly pace: Pick<Pace, 'pause'>;
  readonly random: () => number;
  readonly debug: (line: string) => void;
  readonly signal?: AbortSignal;
};

/** What is tried: `what` is method and reference, for messages; `host` is the one that is paused by a rate limit. */
export type Attempts = {
  readonly what: string;
  readonly host: string;
  once(attempt: number): Promise<Answer>;
};

type Result = Answer | TransportError;

/**
 * The first final answer that `once` gives.
 *
 * @throws Failure when no final answer came: the reason of the last attempt, or `cancelled`
 */
export async function persist({ what, host, once }: Attempts, deps: RetryDeps): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await once(attempt).catch(asResult);
    if (!(result instanceof TransportError) && !isTemporary(result)) return result;
    const failure =
      result instanceof TransportError
        ? failureOfError(what, result, attempt)
        : failureOf(what, result, attempt);
    if (isLast(result, attempt, deps.retry) || !(await waitFor(host, result, attempt, deps))) throw failure;
    if (deps.signal?.aborted) throw new Failure('cancelled', `${what}: the run was cancelled`);
    deps.debug(`${failure.message}; trying again`);
  }
}

function asResult(thrown: unknown): TransportError {
  if (thrown instanceof TransportError) return thrown;
  throw thrown;
}

function isLast(result: Result, attempt: number, settings: RetrySettings): boolean {
  if (result instanceof TransportError) return !result.again || attempt >= settings.attempts;
  return attempt >= (isRateLimit(result) ? settings.rateAttempts : settings.attempts);
}

// False when waiting would take more than the run allows.
async function waitFor(host: string, result: Result, attempt: number, deps: RetryDeps): Promise<boolean> {
  const { retry, clock, pace, random, signal } = deps;
  if (result instanceof TransportError) {
    await nap(clock, backoffOf(attempt, retry, random), signal);
    return true;
  }
  // The time of day is only for a date that comes without the server's own: `clock` counts from anywhere.
  const wait = waitAfter(attempt, retryAfter(result, Date.now()), retry, random);
  if (isRateLimit(result)) return pace.pause(host, wait);
  await nap(clock, wait, signal);
  return true;
}
