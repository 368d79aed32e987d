// A run may have to stop: the job was cancelled, or its time is up. Work that was not begun then has not failed.

import { asFailure, type Failure } from '../errors/failure.ts';

/** Why no more work may be started; null while it may. */
export function stopFailure(stop: AbortSignal): Failure | null {
  return stop.aborted ? asFailure(stop.reason) : null;
}

/** Why work ended. crane and the transport report every stop as `cancelled`, although it may have been the time budget. */
export function failureOrStop(thrown: unknown, stop: AbortSignal): Failure {
  const failure = asFailure(thrown);
  return failure.reason === 'cancelled' ? (stopFailure(stop) ?? failure) : failure;
}

/** True for the failures of work that is left to the next run: the run was stopped, or a registry lets nothing more through. */
export function isUntried({ reason }: Pick<Failure, 'reason'>): boolean {
  return reason === 'cancelled' || reason === 'budget' || reason === 'rate-limited';
}

/** The result of `work`; throws the reason of `stop` as soon as it fires, without waiting for what is under way. */
export async function unlessStopped<T>(work: () => Promise<T>, stop: AbortSignal): Promise<T> {
  stop.throwIfAborted();
  // Not a race, which makes four promises more for each of thousands of look-ups.
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const end = (): void => reject(stop.reason);
  work().then(resolve, reject);
  const waiting = waitingFor(stop);
  waiting.add(end);
  try {
    return await promise;
  } finally {
    waiting.delete(end);
  }
}

const WAITING = new WeakMap<AbortSignal, Set<() => void>>();

/** All that a signal ends. It gets one listener, however many look-ups wait: node adds and removes them one by one. */
function waitingFor(stop: AbortSignal): Set<() => void> {
  const known = WAITING.get(stop);
  if (known !== undefined) return known;
  const waiting = new Set<() => void>();
  WAITING.set(stop, waiting);
  const endAll = (): void => {
    for (const end of waiting) end();
  };
  stop.addEventListener('abort', endAll, { once: true });
  return waiting;
}

/** `now`: start no more work. `late`: drop every request, so that there is time to write the report. */
export type Cancel = { readonly now: AbortSignal; readonly late: AbortSignal };
