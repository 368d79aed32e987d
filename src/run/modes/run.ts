// One run from beginning to end, whatever its mode: the guard of the event, the work, and telling how it ended. Knows
// nothing of the toolkit of GitHub Actions: `main.ts` passes the doors in, tests pass plain objects.

import { UserError } from '../../base/errors/user-error.ts';
import { closingLine, configAnnotations, reportAnnotations } from '../../report/render/annotations.ts';
import { emptyOutputs, makeOutputs } from '../../report/render/outputs.ts';
import { renderProblem, renderSummary } from '../../report/render/summary.ts';
import type { ModeValues } from '../../report/rows/mode-values.ts';
import type { Report } from '../../report/rows/report.ts';
import { failsStep } from '../../report/rows/status.ts';
import type { RunDoors, Runner } from './doors.ts';
import type { Mode, RunSettings } from './settings.ts';

/** Whether the step is green or red. */
export type End = 'passed' | 'failed';

/** Does one run. Whatever happens, outputs and summary are written, and a wrong end fails the step. Never throws. */
export async function run(mode: Mode, settings: RunSettings, doors: RunDoors): Promise<End> {
  try {
    guardEvent(mode.values, settings);
    const report = await mode.work(settings, doors);
    return await publish(report, mode.values, settings, doors);
  } catch (thrown) {
    return giveUp(thrown, settings, doors);
  }
}

/** In these events the config, or the code beside it, may be a stranger's, while the job may hold a registry login. */
function guardEvent({ name, writes }: ModeValues, { event }: RunSettings): void {
  const guarded =
    event.name === 'pull_request' || event.name === 'pull_request_target' || event.fromOtherRepository;
  if (!guarded || !writes) return;
  throw new UserError(
    'event',
    `mode ${name} writes nothing in a ${event.name} event: the config may be a stranger's`,
    {
      hint: 'use `mode: check` in pull requests, and `sync` on schedule, workflow_dispatch or push',
    },
  );
}

/** A report that cannot be written changes nothing about outputs and summary. */
async function publish(
  report: Report,
  mode: ModeValues,
  settings: RunSettings,
  doors: RunDoors,
): Promise<End> {
  const { runner } = doors;
  const unwritten = await writeReport(report, settings.reportPath, doors);
  const fails = failsStep(report.status, settings.failOn, report.newTags.length + report.newTagsUnknown);
  runner.setOutputs(makeOutputs(report, unwritten === null ? settings.reportPath : ''));
  if (settings.summary) await runner.writeSummary(renderSummary(report, mode));
  runner.annotate(reportAnnotations(report, fails));
  const words = closingLine(report, mode);
  if (!fails && unwritten === null) {
    runner.info(words);
    return 'passed';
  }
  if (unwritten === null) {
    runner.fail(words);
    return 'failed';
  }
  runner.info(words);
  runner.fail(`${unwritten.message} - ${unwritten.hint}`);
  return 'failed';
}

/** Null when it was written. */
async function writeReport(report: Report, path: string, doors: RunDoors): Promise<UserError | null> {
  try {
    await doors.writeReport(path, report);
    return null;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new UserError('input', `the report could not be written to ${path}: ${why}`, {
      hint: 'give the input `report` a path that can be written; everything else was done and reported',
      cause,
    });
  }
}

/** A run that could not start, or met a mistake of this program: one clear error, and outputs that callers can parse. */
async function giveUp(thrown: unknown, settings: RunSettings, { runner, cancelled }: RunDoors): Promise<End> {
  const own = settings.summary ? runner : { ...runner, writeSummary: async () => undefined };
  if (cancelled.aborted) return endWithProblem(CANCELLED, own, 'cancelled');
  return endWithProblem(thrown instanceof UserError ? thrown : internalProblem(thrown), own);
}

type Ears = Pick<Runner, 'setOutputs' | 'writeSummary' | 'annotate' | 'fail'>;

/** Ends a step without a report: outputs that callers can parse, a summary, and one error that says what to do. */
export async function endWithProblem(
  problem: UserError,
  runner: Ears,
  status: 'failed' | 'cancelled' = 'failed',
): Promise<End> {
  runner.setOutputs(emptyOutputs(status, ''));
  await runner.writeSummary(renderProblem(problem, status));
  runner.annotate(configAnnotations(problem.diagnostics));
  runner.fail(problem.hint === '' ? problem.message : `${problem.message} - ${problem.hint}`);
  return 'failed';
}

const CANCELLED = new UserError('cancelled', 'the job was cancelled before the mirror was looked at', {
  hint: 'nothing was written; the next run does it all',
});

/** What nobody foresaw, in the shape of an error that a person reads. */
export function internalProblem(cause: unknown): UserError {
  const words = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return new UserError('internal', `internal error: ${words}`, {
    hint: 'this is a bug in Fresh Mirror; please open an issue with this message',
    cause,
  });
}
