// Reads single values that a person writes: one of a few words, true or false, a duration.

import type { Mistake } from '../errors/mistake.ts';

/** Reads one of a few words. */
export function oneOf<Word extends string>(allowed: readonly Word[]): (written: string) => Word | Mistake {
  return (written) =>
    allowed.find((word) => word === written) ?? {
      mistake: `"${written}" is not one of ${allowed.join(', ')}`,
      hint: '',
    };
}

/** Reads true or false, in capital letters too. */
export function parseBoolean(written: string): boolean | Mistake {
  const value = written.toLowerCase();
  if (value === 'true' || value === 'false') return value === 'true';
  return { mistake: `"${written}" is neither true nor false`, hint: '' };
}

/** Milliseconds: no job lasts longer than a day, and timers of Node cannot wait for longer than 24. */
const MOST_DURATION = 24 * 3_600_000;

/** Reads `50m`, `1h30m` or `90s` as milliseconds. */
export function parseDuration(written: string): number | Mistake {
  const [, hours = 0, minutes = 0, seconds = 0] =
    /^(?=\d)(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?$/.exec(written) ?? [];
  const milliseconds = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  if (milliseconds > MOST_DURATION) {
    return {
      mistake: `"${written}" is more than 24h`,
      hint: 'no job lasts longer; write it as 50m or 1h30m',
    };
  }
  if (milliseconds > 0) return milliseconds;
  return { mistake: `"${written}" is not a valid duration`, hint: 'write it as 50m, 1h30m or 90s' };
}
