// Hears when the runner ends the job: SIGINT, SIGTERM 7.5 s later (on Windows Ctrl-C and Ctrl-Break, which is SIGBREAK), and
// 2.5 s after that the whole process tree is killed (actions/runner, ProcessInvoker). `main.ts` imports this first, so that
// no signal meets a process that does not listen.

import { Failure } from './base/errors/failure.ts';
import type { Cancel } from './base/flow/stop.ts';

/** Milliseconds from the first signal for moves to be finished or put back. */
const TIME_TO_FINISH = 5_000;

const now = new AbortController();
const late = new AbortController();

function cancel(): void {
  if (now.signal.aborted) return;
  const why = new Failure('cancelled', 'the job was cancelled', { hint: 'the next run does the rest' });
  now.abort(why);
  setTimeout(() => late.abort(why), TIME_TO_FINISH).unref();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) process.on(signal, cancel);

/** Fires when the runner ends this job. */
export const cancellation: Cancel = { now: now.signal, late: late.signal };

/** A cancel that never comes, for the post step: it has its own time. */
export const UNCANCELLED: Cancel = {
  now: new AbortController().signal,
  late: new AbortController().signal,
};
