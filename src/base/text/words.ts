// Numbers as a person reads them, and the order of texts.

/** `1,584`, for a whole number. `toLocaleString` would do, but loads 7 MB of tables in every run. */
export function amount(number: number): string {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 tag`, `3 tags`; a plural that is not `+s` is given whole. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${amount(number)} ${number === 1 ? singular : plural}`;
}

const UNITS = ['kB', 'MB', 'GB', 'TB'] as const;

/** Bytes in decimal units with two significant places at least: `812 B`, `4.1 kB`, `77 MB`. */
export function bytes(number: number): string {
  let unit = 'B';
  let value = number;
  for (const next of UNITS) {
    if (value < 1000) break;
    value /= 1000;
    unit = next;
  }
  return `${value < 10 && unit !== 'B' ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** Milliseconds as `0.4 s`, `12 s`, `3 min 5 s`, `2 h 4 min`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Negative where `a` comes first: by UTF-16 code units as `sort` has it, so that lists read the same everywhere. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Gives back what compares texts so that `3.9` comes before `3.10`. It loads 3 MB of tables, so few runs ask for it. */
export function naturalOrder(): (a: string, b: string) => number {
  return new Intl.Collator('en', { numeric: true }).compare;
}
