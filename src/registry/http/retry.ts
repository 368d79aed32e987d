// Tries a request until its answer is final. Which failures pass is told by answer.ts; how often and how long, here.

import { Failure } from '../../base/errors/failure.ts';
import type { RetrySettings } from '../../base/flow/backoff.ts';
import { backoffOf } from '../../base/flow/backoff.ts';
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

export type RetryDeps = {
  readonly clock: PaceClock;
  readonly pace: Pace;
  readonly random: () => number;
  readonly debug: (line: string) => void;
  readonly signal?: AbortSignal;
};

/**
 * The first final answer that `once` gives. `what` is method and reference, for messages.
 *
 * @throws Failure when no final answer came: the reason of the last attempt, or `cancelled`
 */
export async function persist(
  what: string,
  host: string,
  once: (attempt: number) => Promise<Answer>,
  settings: RetrySettings,
  deps: RetryDeps,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await once(attempt).catch(asResult);
    if (!(result instanceof TransportError) && !isTemporary(result)) return result;
    const failure =
      result instanceof TransportError
        ? failureOfError(what, result, attempt)
        : failureOf(what, result, attempt);
    if (isLast(result, attempt, settings) || !(await waitAfter(result, attempt, host, settings, deps)))
      throw failure;
    if (deps.signal?.aborted) throw new Failure('cancelled', `${what}: the run was cancelled`);
    deps.debug(`${failure.message}; trying again`);
  }
}

function asResult(thrown: unknown): TransportError {
  if (thrown instanceof TransportError) return thrown;
  throw thrown;
}

function isLast(result: Answer | TransportError, attempt: number, settings: RetrySettings): boolean {
  if (result instanceof TransportError) return !result.again || attempt >= settings.attempts;
  return attempt >= (isRateLimit(result) ? settings.rateAttempts : settings.attempts);
}

// False when waiting would take more than the run allows.
async function waitAfter(
  result: Answer | TransportError,
  attempt: number,
  host: string,
  settings: RetrySettings,
  { clock, pace, random, signal }: RetryDeps,
): Promise<boolean> {
  const own = backoffOf(attempt, settings, random);
  if (result instanceof TransportError) return nap(clock, own, signal).then(() => true);
  // Only for a date that comes without the server's own: `clock` counts from anywhere.
  const asked = retryAfter(result, Date.now());
  // A wait of 10 ms is what a busy registry says of one request; a quarter of the own wait keeps many from hammering.
  const wait = asked === null ? own : Math.min(Math.max(asked, own / 4), settings.waitCap);
  if (isRateLimit(result)) return pace.pause(host, wait);
  await nap(clock, wait, signal);
  return true;
}
