// Waits that registries ask for in a sentence. Pure.

/** Milliseconds that a message asks to wait, as GHCR writes it (`retry-after: 10.3ms, allowed: 44000/minute`), or `null`. */
export function waitInWords(text: string): number | null {
  return parseGoDuration(/retry-after:\s*((?:\d+(?:\.\d+)?[a-zµ]+)+)/i.exec(text)?.[1] ?? '');
}

const UNITS: Readonly<Record<string, number>> = {
  h: 3.6e6,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

/** Milliseconds of a duration as Go prints it (`10.3ms`, `1m30s`), or `null`. */
export function parseGoDuration(text: string): number | null {
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|us|µs|ns|s))+$/.test(text)) return null;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|us|µs|ns|s)/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0), 0);
}
