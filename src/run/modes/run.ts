// One run from beginning to end: config, guards, crane, observe, plan, apply, report. Knows nothing of GitHub
// Actions: `main.ts` passes the doors in, tests pass plain objects.

import { UserError } from '../../base/errors/user-error.ts';
import { unlessStopped } from '../../base/flow/stop.ts';
import { count } from '../../base/text/words.ts';
import type { Config } from '../../config/images/config.ts';
import type { ParsedConfig } from '../../config/images/parse.ts';
import type { GitHub } from '../../github/client.ts';
import { formatMirror } from '../../image/names/mirror-name.ts';
import { makePlan } from '../../plan/steps/plan.ts';
import { applyRules, deepMirrors } from '../../plan/steps/rules.ts';
import type { Outcome } from '../../plan/steps/step.ts';
import type { Doors as SyncDoors } from '../../registry/doors/doors.ts';
import {
  type Annotation,
  closingLine,
  configAnnotations,
  reportAnnotations,
} from '../../report/render/annotations.ts';
import { emptyOutputs, makeOutputs } from '../../report/render/outputs.ts';
import { renderProblem, renderSummary } from '../../report/render/summary.ts';
import { makeReport, type Report, type Usage } from '../../report/rows/report.ts';
import { failsStep } from '../../report/rows/status.ts';
import { apply } from '../apply/apply.ts';
import { observe } from '../observe/observe.ts';
import { verifyDeep } from '../observe/verify.ts';
import { tellNews } from './news.ts';
import type { Settings } from './settings.ts';

/** The config, and the text it was read from: an edit must know which version it saw. */
export type RunConfig = ParsedConfig & { readonly text: string };

/** Both sides of the mirror, opened for one config. */
export type Opened = {
  readonly doors: SyncDoors;
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
  fail(message: string): void;
};

export type RunDoors = {
  readonly runner: Runner;
  /** The config with the inputs laid over it; a UserError with every mistake in it. */
  readConfig(settings: Settings): Promise<RunConfig>;
  openGitHub(settings: Settings): GitHub;
  open(settings: Settings, config: Config): Promise<Opened>;
  writeReport(path: string, report: object): Promise<void>;
  now(): number;
  /** Fires when the job is cancelled. */
  readonly cancelled: AbortSignal;
};

/** Does one run. Whatever happens, outputs and summary are written, and a wrong end fails the step. */
export async function run(settings: Settings, doors: RunDoors): Promise<void> {
  try {
    guardEvent(settings);
    const report = await mirror(settings, doors);
    await publish(report, settings, doors);
  } catch (thrown) {
    await giveUp(thrown, settings, doors);
  }
}

/** In these events the config, or the code beside it, may be a stranger's, while the job may hold a registry login. */
function guardEvent({ mode, event }: Settings): void {
  const guarded =
    event.name === 'pull_request' || event.name === 'pull_request_target' || event.fromOtherRepository;
  if (!guarded || mode !== 'sync') return;
  throw new UserError(
    'event',
    `mode sync writes nothing in a ${event.name} event: the config may be a stranger's`,
    {
      hint: 'use `mode: check` in pull requests, and `sync` on schedule, workflow_dispatch or push',
    },
  );
}

async function mirror(settings: Settings, doors: RunDoors): Promise<Report> {
  const started = doors.now();
  const { runner } = doors;
  const read = await runner.group('Images config', () => readConfig(settings, doors));
  const { config } = read;
  const opening = () => unlessStopped(() => doors.open(settings, config), doors.cancelled);
  const opened = await runner.group('Crane', opening);
  try {
    const seen = await runner.group('Observe', () => observe(config, opened.doors, settings.runNumber));
    const made = makePlan(seen.selection, seen.observation);
    const plan = await verifyDeep(made, deepMirrors(config.entries), opened.doors);
    const rules = applyRules(config.entries, settings.timeBudget === null ? null : settings.runNumber);
    const outcomes = await applyPlan(settings, doors, () => apply(plan, opened.doors, rules));
    const { text } = read;
    const found = { ...seen, config, text, doors: opened.doors, plan, outcomes };
    const told = await tellNews(settings, doors, found);
    const run = {
      mode: settings.mode,
      config: config.file,
      mirror: formatMirror(config.mirror),
      usage: opened.usage(),
      craneVersion: opened.craneVersion,
      milliseconds: doors.now() - started,
      ...told,
      cancelled: doors.cancelled.aborted,
    };
    return makeReport(run, plan, outcomes);
  } finally {
    await opened.close();
  }
}

async function readConfig(settings: Settings, doors: RunDoors): Promise<RunConfig> {
  const read = await doors.readConfig(settings);
  const { config, warnings } = read;
  doors.runner.annotate(configAnnotations(warnings));
  doors.runner.info(
    `${config.file}: ${count(config.entries.length, 'source')} for ${formatMirror(config.mirror)}`,
  );
  return read;
}

/** `check` is the same run without this. */
async function applyPlan(
  settings: Settings,
  { runner }: RunDoors,
  work: () => Promise<Outcome[]>,
): Promise<Outcome[]> {
  return settings.mode === 'sync' ? runner.group('Copy', work) : [];
}

async function publish(report: Report, settings: Settings, doors: RunDoors): Promise<void> {
  const { runner } = doors;
  const fails = failsStep(report.status, settings.failOn, report.newTags.length);
  await doors.writeReport(settings.reportPath, report);
  runner.setOutputs(makeOutputs(report, settings.reportPath));
  if (settings.summary) await runner.writeSummary(renderSummary(report));
  runner.annotate(reportAnnotations(report, fails));
  const words = closingLine(report);
  if (fails) runner.fail(words);
  else runner.info(words);
}

/** A run that could not start, or met a mistake of this program: one clear error, and outputs that callers can parse. */
async function giveUp(thrown: unknown, settings: Settings, doors: RunDoors): Promise<void> {
  const { runner } = doors;
  const cancelled = doors.cancelled.aborted;
  const problem = cancelled ? CANCELLED : thrown instanceof UserError ? thrown : internal(thrown);
  runner.setOutputs(emptyOutputs(cancelled ? 'cancelled' : 'failed', ''));
  if (settings.summary) await runner.writeSummary(renderProblem(problem, cancelled ? 'cancelled' : 'failed'));
  runner.annotate(configAnnotations(problem.diagnostics));
  runner.fail(problem.hint === '' ? problem.message : `${problem.message} - ${problem.hint}`);
}

const CANCELLED = new UserError('cancelled', 'the job was cancelled before the mirror was looked at', {
  hint: 'nothing was written; the next run does it all',
});

function internal(cause: unknown): UserError {
  const words = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return new UserError('internal', `internal error: ${words}`, {
    hint: 'this is a mistake of Fresh Mirror; please open an issue with this message',
    cause,
  });
}
