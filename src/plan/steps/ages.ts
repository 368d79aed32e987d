// How old an image is that the mirror goes on serving.

const DAY = 86_400_000;

/** Whole days from `day` to `today`, both as `2026-09-01`; 0 where one of them is not a day. */
export function daysBetween(day: string, today: string): number {
  return Math.max(0, Math.round((Date.parse(today) - Date.parse(day)) / DAY) || 0);
}
