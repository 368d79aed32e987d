// The settings of a run, in slices: each room is handed its own. Paths are absolute, lists are split, all is checked.

import type { MatrixWish } from '../../plan/shards/matrix.ts';
import type { AskedPart } from '../../plan/shards/part.ts';
import type { SummaryPage } from '../../report/render/links.ts';
import type { ModeValues } from '../../report/rows/mode-values.ts';
import type { Report } from '../../report/rows/report.ts';
import type { FailOn } from '../../report/rows/status.ts';
import type { RunDoors } from './doors.ts';

/** A mode: what it does, and the values in which its report differs. `about` ends a sentence that begins with its name. */
export type Mode = {
  readonly values: ModeValues;
  readonly about: string;
  /** Whether the input `wait` is for it. */
  readonly waits?: boolean;
  /** Whether the inputs `only-registries` and `shard` are for it. */
  readonly narrows?: boolean;
  /** Whether the inputs `matrix-by` and `shards` are for it. */
  readonly cuts?: boolean;
  /** Whether the input `merge-reports` is for it, and whether it can do without. */
  readonly reports?: 'needed' | 'taken';
  /** The values of the mode that its report is to be read as, where that is not this one. */
  valuesOf?(report: Report): ModeValues;
  /** Does the work and gives back the report. @throws UserError where a run cannot start */
  work(settings: RunSettings, doors: RunDoors): Promise<Report>;
};

/** What every mode needs. */
export type RunSettings = {
  readonly failOn: FailOn;
  /** Of the pull request. */
  readonly branch: string;
  readonly summary: boolean;
  /** Milliseconds after which no work is started; null for no limit. */
  readonly timeBudget: number | null;
  /** Milliseconds for which the mirror is asked again while something is missing; null for not at all. */
  readonly wait: number | null;
  /** What this job is to look after while others look after the rest; null for everything. */
  readonly part: AskedPart | null;
  /** How a config is cut into the jobs of a matrix. */
  readonly matrix: MatrixWish;
  /** Patterns of the report files to read. */
  readonly mergeReports: readonly string[];
  /** Counts the runs of the workflow: what the time budget left out goes first another time. */
  readonly runNumber: number;
  /** Where the full report goes; empty: nowhere. */
  readonly reportPath: string;
  /** What the summary links to. */
  readonly page: SummaryPage;
  /** Whether lint asks registries about the references. */
  readonly lintOnline: boolean;
  /** Where lint writes its findings as SARIF; empty: nowhere. */
  readonly sarifPath: string;
  readonly event: EventSettings;
  /** This run on GitHub: its number there, which attempt of it this is (0 if unknown), the address of the runs' pages without it, and its workflow and job, empty if unknown. */
  readonly run: {
    readonly id: string;
    readonly attempt: number;
    readonly pages: string;
    readonly job: string;
  };
  /** What is wrong with the inputs, one sentence each: then there is no run. */
  readonly mistakes: readonly string[];
};

/** The event that started the workflow. */
export type EventSettings = {
  readonly name: string;
  /** True where the config, or the code beside it, may be a stranger's. */
  readonly isStrangers: boolean;
};
