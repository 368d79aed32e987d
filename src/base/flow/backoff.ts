// How long to wait between two attempts.

/** The waits between attempts; all durations in milliseconds. */
export type Backoff = {
  readonly backoff: number;
  readonly backoffCap: number;
  /** The longest single wait that a registry may ask for. */
  readonly waitCap: number;
};

/** How often and how long. */
export type RetrySettings = Backoff & {
  readonly attempts: number;
  /** Attempts when the registry limits the rate: waiting is what it asks for. */
  readonly rateAttempts: number;
  /** Attempts where each has waited to its deadline: more would be minutes of silence. */
  readonly silentAttempts: number;
};

/** Milliseconds: doubled with each attempt, and up to a quarter more so that many do not come back at once. */
export function backoffOf(
  attempt: number,
  { backoff, backoffCap }: Omit<Backoff, 'waitCap'>,
  random: () => number,
): number {
  return Math.min(backoff * 2 ** (attempt - 1), backoffCap) * (1 + random() / 4);
}

/**
 * Milliseconds to wait after an attempt: what the registry asked for (`null`: it did not say), up to the cap, and at
 * least a quarter of the back-off. A wait of 10 ms is what a busy registry says about one request; many would hammer it.
 */
export function waitAfter(
  attempt: number,
  asked: number | null,
  settings: Backoff,
  random: () => number,
): number {
  const own = backoffOf(attempt, settings, random);
  return asked === null ? own : Math.min(Math.max(asked, own / 4), settings.waitCap);
}
