// What a run is told, in slices: each room is handed its own. Paths are absolute, lists are split, nothing is unchecked.

import type { ConfigRequest } from '../../files/config-file.ts';
import type { GitHubSettings } from '../../github/client.ts';
import type { ModeValues } from '../../report/rows/mode-values.ts';
import type { Report } from '../../report/rows/report.ts';
import type { FailOn } from '../../report/rows/status.ts';
import type { RunDoors } from './doors.ts';

/** A mode: what it does, and the values in which its report differs. `about` ends a sentence that begins with its name. */
export type Mode = {
  readonly values: ModeValues;
  readonly about: string;
  /** Does the work and gives back the report. @throws UserError where a run cannot start */
  work(settings: RunSettings, doors: RunDoors): Promise<Report>;
};

/** What every mode is told. */
export type RunSettings = {
  readonly failOn: FailOn;
  /** Of the pull request. */
  readonly branch: string;
  readonly summary: boolean;
  /** Milliseconds after which no work is started; null for no limit. */
  readonly timeBudget: number | null;
  /** Counts the runs of the workflow: what the time budget left out goes first another time. */
  readonly runNumber: number;
  readonly reportPath: string;
  readonly event: EventSettings;
};

/** The event that started the workflow. */
export type EventSettings = {
  readonly name: string;
  /** True when a `workflow_run` was started from another repository. */
  readonly fromOtherRepository: boolean;
};

/** The inputs about crane; an empty text means that nothing was given. */
export type CraneSettings = {
  readonly version: string;
  readonly path: string;
  readonly downloadUrl: string;
  readonly checksum: string;
};

/** What opening the registries takes. */
type OpenSettings = {
  /** Null: every host may be contacted. */
  readonly hosts: readonly string[] | null;
  readonly timeBudget: number | null;
  readonly crane: CraneSettings;
  readonly workspace: string;
  readonly temp: string;
  /** Where the moves of tags are noted while they may have to be put back. */
  readonly journalPath: string;
  /** 1, or less where tests want waits and deadlines that are so much shorter. */
  readonly patience: number;
  /** The caller's environment, without inputs and job tokens: for crane, its credential helpers and the proxies. */
  readonly environment: Readonly<Record<string, string>>;
};

/** All that the inputs and the environment say. */
export type Settings = RunSettings &
  ConfigRequest &
  OpenSettings & { readonly mode: Mode; readonly github: GitHubSettings };
