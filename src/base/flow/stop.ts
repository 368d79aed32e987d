// A run may be told to stop: the job was cancelled, or its time is up. What was not done then is not a failure.

import { asFailure, type Failure } from '../errors/failure.ts';

/** Why no more work is to be started, or null while it may be. */
export function stopped(stop: AbortSignal): Failure | null {
  return stop.aborted ? asFailure(stop.reason) : null;
}

/** What crane or the transport calls `cancelled` when it was stopped may have been the budget. */
export function told(thrown: unknown, stop: AbortSignal): Failure {
  const failure = asFailure(thrown);
  return failure.reason === 'cancelled' ? (stopped(stop) ?? failure) : failure;
}

/** True for the failures of work that was left, not tried. */
export function isLeft({ reason }: Failure): boolean {
  return reason === 'cancelled' || reason === 'budget';
}

/** The result of `work`, or the reason of `stop` as soon as it fires; what is under way then is not waited for. */
export async function unlessStopped<T>(work: () => Promise<T>, stop: AbortSignal): Promise<T> {
  stop.throwIfAborted();
  let give: (() => void) | undefined;
  const over = new Promise<never>((_, reject) => {
    give = () => reject(stop.reason);
    stop.addEventListener('abort', give);
  });
  try {
    return await Promise.race([work(), over]);
  } finally {
    if (give !== undefined) stop.removeEventListener('abort', give);
  }
}

/** `now`: start no more work. `late`: let go of every request, so that there is time to write the report. */
export type Cancel = { readonly now: AbortSignal; readonly late: AbortSignal };
