// What a run needs from the outside. `main.ts` passes the real things in; tests pass plain objects.

import type { Build } from '../../config/builds/build.ts';
import type { Config } from '../../config/images/config.ts';
import type { ConfigFile } from '../../files/config-file.ts';
import type { FoundReport } from '../../files/report-files.ts';
import type { GitHub } from '../../github/client.ts';
import type { FilesRead } from '../../plan/lint/lint.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import type { Annotation } from '../../report/render/annotations.ts';
import type { Usage } from '../../report/rows/report.ts';

/** Both sides of the mirror, opened for one config. */
export type Opened = {
  readonly doors: Doors;
  readonly craneVersion: string;
  usage(): Usage;
  close(): Promise<void>;
};

/** Where a run speaks to the person who reads the job. */
export type Runner = {
  info(line: string): void;
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
  annotate(annotations: readonly Annotation[]): void;
  setOutputs(outputs: Readonly<Record<string, string>>): void;
  writeSummary(markdown: string): Promise<void>;
  /** Ends the step as failed, with one sentence. */
  fail(message: string): void;
};

/** All that a run asks of the outside. */
export type RunDoors = {
  readonly runner: Runner;
  /** The config with the inputs laid over it; a UserError with every mistake in it. */
  readConfig(): Promise<ConfigFile>;
  /** The files under `references`, and what is wrong with them. */
  readReferences(config: Config): Promise<FilesRead>;
  /** What files and the config record of builds; a UserError with every mistake in it. */
  readBuilds(config: Config): Promise<readonly Build[]>;
  /** The report files that these patterns match; a UserError where there are none. */
  readReports(patterns: readonly string[]): Promise<readonly FoundReport[]>;
  openGitHub(): GitHub;
  open(config: Config): Promise<Opened>;
  /** Makes sure that the report can be written; a UserError where it cannot. */
  prepareReport(): Promise<void>;
  writeReport(path: string, report: object): Promise<void>;
  now(): number;
  /** As `2026-09-01`. */
  today(): string;
  /** Fires when the job is cancelled. */
  readonly cancelled: AbortSignal;
};
