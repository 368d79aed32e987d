// Time as a run sees it, so that tests can make it pass faster.

/** A clock in milliseconds that counts from anywhere; `sleep` rejects when its signal fires. */
export type PaceClock = {
  now(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
};

/** Sleeps, and wakes without an error when `signal` fires: the caller looks at the signal itself. */
export async function nap(
  clock: Pick<PaceClock, 'sleep'>,
  milliseconds: number,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await clock.sleep(milliseconds, signal);
  } catch (thrown) {
    if (signal?.aborted !== true) throw thrown;
  }
}
