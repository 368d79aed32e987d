// Tries a request until its answer is final. Which failures pass is told by answer.ts; how often and how long, here.

import { Failure } from '../errors/failure.ts';
import {
  type Answer,
  failureOf,
  failureOfError,
  isRateLimit,
  isTemporary,
  retryAfter,
  TransportError,
} from './answer.ts';
import { nap, type Pace, type PaceClock } from './pace.ts';

/** How often and how long; all durations in milliseconds. */
export type RetrySettings = {
  readonly attempts: number;
  /** Attempts when the registry limits the rate: waiting is what it asks for. */
  readonly rateAttempts: number;
  readonly backoff: number;
  readonly backoffCap: number;
  /** The longest single wait that a registry may ask for. */
  readonly waitCap: number;
};

export type RetryDeps = {
  readonly clock: PaceClock;
  readonly pace: Pace;
  readonly random: () => number;
  readonly debug: (line: string) => void;
  readonly signal?: AbortSignal;
};

/** Exponential, doubled each time, with up to a quarter more so that many do not come back at once. */
export function backoffOf(attempt: number, settings: RetrySettings, random: () => number): number {
  const plain = Math.min(settings.backoff * 2 ** (attempt - 1), settings.backoffCap);
  return plain * (1 + random() / 4);
}

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
