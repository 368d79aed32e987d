import type { Given } from '../../config/images/config.ts';
import type { Mode } from '../../report/rows/modes.ts';
import type { FailOn } from '../../report/rows/status.ts';

export type CraneSettings = {
  /** Empty: the pinned version. */
  readonly version: string;
  readonly path: string;
  readonly downloadUrl: string;
  readonly checksum: string;
};

/** What the workflow asked for and where the step runs. Paths are absolute, lists are split, nothing is unchecked. */
export type Settings = {
  readonly mode: Mode;
  readonly configPath: string;
  /** What goes before the config file. */
  readonly given: Given;
  /** Null: every host may be contacted. */
  readonly hosts: readonly string[] | null;
  readonly failOn: FailOn;
  /** Of the pull request. */
  readonly branch: string;
  readonly github: GitHubSettings;
  readonly summary: boolean;
  /** Milliseconds after which no work is started; null for no limit. */
  readonly timeBudget: number | null;
  /** Counts the runs of the workflow: what a budget left out goes first another time. */
  readonly runNumber: number;
  readonly reportPath: string;
  readonly crane: CraneSettings;
  readonly workspace: string;
  readonly temp: string;
  /** Where the moves of tags are noted while they may have to be put back. */
  readonly journalPath: string;
  readonly event: EventSettings;
  /** 1, or less where tests want waits and deadlines that are so much shorter. */
  readonly patience: number;
  /** The caller's environment, without inputs and job tokens: for crane, its credential helpers and the proxies. */
  readonly environment: Readonly<Record<string, string>>;
};

export type GitHubSettings = { readonly token: string; readonly repository: string; readonly apiUrl: string };

export type EventSettings = {
  readonly name: string;
  /** True when a `workflow_run` was started from another repository. */
  readonly fromOtherRepository: boolean;
};
