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

/** True for the failures of work that was not tried because the run was stopped. */
export function isUntried({ reason }: Pick<Failure, 'reason'>): boolean {
  return reason === 'cancelled' || reason === 'budget';
}

/** The result of `work`; throws the reason of `stop` as soon as it fires, without waiting for what is under way. */
export async function unlessStopped<T>(work: () => Promise<T>, stop: AbortSignal): Promise<T> {
  stop.throwIfAborted();
  const fired = Promise.withResolvers<never>();
  const onAbort = (): void => fired.reject(stop.reason);
  stop.addEventListener('abort', onAbort);
  try {
    return await Promise.race([work(), fired.promise]);
  } finally {
    stop.removeEventListener('abort', onAbort);
  }
}

/** `now`: start no more work. `late`: drop every request, so that there is time to write the report. */
export type Cancel = { readonly now: AbortSignal; readonly late: AbortSignal };
