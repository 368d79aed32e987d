// What the modes differ in, as values: whoever renders a report looks them up here and compares no mode by name.

export type Mode = 'sync' | 'check';

/**
 * `writes`: whether planned work is done, so that what counts is what was done. `work` is the list that shows it, under
 * `title`, as `word` in a sentence. `note` stands behind the first sentence of the summary. `rest` heads the column of
 * tags that are neither fresh nor copied.
 */
type ModeValues = {
  readonly writes: boolean;
  readonly work: 'copied' | 'stale';
  readonly title: string;
  readonly word: string;
  readonly note: string;
  readonly rest: string;
};

export const MODE_VALUES: Readonly<Record<Mode, ModeValues>> = {
  sync: { writes: true, work: 'copied', title: 'Copied', word: 'copied', note: '', rest: 'not fresh' },
  check: {
    writes: false,
    work: 'stale',
    title: 'Stale',
    word: 'stale',
    note: ' Nothing was written.',
    rest: 'stale or failed',
  },
};
