// The mode check: everything that sync does but the copies.

import type { Mode } from '../doors/settings.ts';
import { mirrorTags } from './sync.ts';

/** `check`: looks and reports. */
export const CHECK: Mode = {
  about: 'reads both sides and writes nothing',
  waits: true,
  narrows: true,
  values: {
    name: 'check',
    writes: false,
    work: 'stale',
    title: 'Stale',
    word: 'stale',
    note: ' Nothing was written.',
    rest: 'not up to date',
  },
  work: (settings, doors) => mirrorTags(CHECK.values, settings, doors),
};
