// How the modes differ when a report is made and read; no mode is ever compared by its name.

/**
 * What a report needs to know of its mode. `writes`: whether the planned work is done, so that what was done is what
 * counts. `work` is the list that shows it, under `title`, as `word` in a sentence. `note` follows the first sentence of
 * the summary. `rest` heads the column of tags that are neither fresh nor copied.
 */
export type ModeValues = {
  readonly name: string;
  readonly writes: boolean;
  readonly work: 'copied' | 'stale';
  readonly title: string;
  readonly word: string;
  readonly note: string;
  readonly rest: string;
};
