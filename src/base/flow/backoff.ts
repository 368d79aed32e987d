// How long to wait between two attempts.

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

/** Exponential, doubled each time, with up to a quarter more so that many do not come back at once. */
export function backoffOf(attempt: number, settings: RetrySettings, random: () => number): number {
  const plain = Math.min(settings.backoff * 2 ** (attempt - 1), settings.backoffCap);
  return plain * (1 + random() / 4);
}
