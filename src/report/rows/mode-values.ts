/**
 * What the modes differ in when a report is made and read; no mode is ever compared by its name. `writes`: whether
 * planned work is done, so that what counts is what was done. `work` is the list that shows it, under `title`, as `word`
 * in a sentence. `note` stands behind the first sentence of the summary. `rest` heads the column of tags that are neither
 * fresh nor copied.
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
