// The mode merge: reports of other jobs become one, and one pull request.

import type { Mode } from '../doors/settings.ts';
import { mergeRuns } from '../wide/merge.ts';
import { CHECK } from './check.ts';
import { LINT } from './lint.ts';
import { SYNC } from './sync.ts';

/** The modes whose reports can be merged. */
const MERGED = [SYNC, CHECK, LINT].map(({ values }) => values);

/** `merge`: reads report files, says what they amount to, and writes to GitHub what their runs did not. */
export const MERGE: Mode = {
  about: 'reads the reports of other jobs and combines them, with one summary and one pull request',
  reports: 'needed',
  values: { ...SYNC.values, name: 'merge' },
  valuesOf: ({ mode }) => MERGED.find(({ name }) => name === mode) ?? MERGE.values,
  work: (settings, doors) => mergeRuns(MERGED, settings, doors),
};
