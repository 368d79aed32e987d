// One run from beginning to end, whatever its mode: the guard of the event, the work, and saying how it ended. It knows
// nothing of the toolkit of GitHub Actions: `main.ts` passes the doors in, tests pass plain objects.

import { withHint } from '../../base/errors/hints.ts';
import { machineTrouble } from '../../base/errors/machine.ts';
import { UserError } from '../../base/errors/user-error.ts';
import { askedPart, type RunPart } from '../../plan/shards/part.ts';
import { closingLine, configAnnotations, reportAnnotations } from '../../report/render/annotations.ts';
import { makeOutputs } from '../../report/render/outputs.ts';
import { renderProblem, renderSummary } from '../../report/render/summary.ts';
import { failedStart } from '../../report/rows/failed-start.ts';
import type { ModeValues } from '../../report/rows/mode-values.ts';
import type { Report } from '../../report/rows/report.ts';
import { failsStep } from '../../report/rows/status.ts';
import type { RunDoors, Runner } from '../doors/doors.ts';
import type { Mode, RunSettings } from '../doors/settings.ts';

/** Whether the step is green or red. */
export type End = 'passed' | 'failed';

/** What is needed to end a run; `reportPath` is empty where no report can be written. */
type Ending = Pick<RunSettings, 'reportPath' | 'summary'> & {
  readonly run: Report['run'];
  readonly mode: ModeValues;
  readonly part: RunPart | null;
};
/** Where a run that ends is heard. */
type EndDoors = Pick<RunDoors, 'writeReport'> & { readonly runner: Omit<Runner, 'group'> };

/** Does one run. Whatever happens, outputs, summary and report are written, and a wrong end fails the step. Never throws. */
export async function run(mode: Mode, settings: RunSettings, doors: RunDoors): Promise<End> {
  const unwritable = await problemIn('the report', () => doors.prepareReport());
  const { summary } = settings;
  const reportPath = unwritable === null ? settings.reportPath : '';
  const part = settings.part === null ? null : askedPart(settings.part);
  const ending = { mode: mode.values, part, run: settings.run, summary, reportPath };
  try {
    refuseInputs(settings.mistakes, unwritable);
    guardEvent(mode.values, settings);
    const report = await mode.work(settings, doors);
    const values = mode.valuesOf?.(report) ?? mode.values;
    const problems = await publish(report, renderSummary(report, values, settings.page), ending, doors);
    const undecided = report.newTags.filter(({ declined }) => declined !== true);
    const fails = failsStep(report.status, settings.failOn, undecided.length + report.newTagsUnknown);
    doors.runner.annotate(reportAnnotations(report, fails));
    return tellEnd(closingLine(report, values), fails, problems, doors);
  } catch (thrown) {
    return giveUp(thrown, ending, doors);
  }
}

/** Null where `what` could be written. */
async function problemIn(what: string, work: () => unknown): Promise<UserError | null> {
  try {
    await work();
    return null;
  } catch (cause) {
    if (cause instanceof UserError) return cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    return new UserError('internal', `${what} could not be written: ${why}`, {
      hint: "check the runner's disk and permissions",
      cause,
    });
  }
}

/** All mistakes of the inputs at once. */
function refuseInputs(mistakes: readonly string[], unwritable: UserError | null): void {
  const all = unwritable === null ? mistakes : [...mistakes, unwritable.message];
  if (all.length > 0) throw new UserError('input', all.join('; '), { hint: unwritable?.hint ?? '' });
}

/** Where a stranger's files may lie in the workspace, the job may still hold a registry login. */
function guardEvent({ name, writes }: ModeValues, { event }: RunSettings): void {
  if (!event.isStrangers || !writes) return;
  throw new UserError(
    'event',
    `mode ${name} writes nothing in a ${event.name} event: the config may be a stranger's`,
    {
      hint: 'use `mode: check` or `mode: lint` in pull requests, and `sync` on schedule, workflow_dispatch or push',
    },
  );
}

/** Writes report, outputs and summary, each even when another could not be; gives back what could not. */
async function publish(
  report: Report,
  summary: string,
  { reportPath, summary: isWanted }: Ending,
  { runner, writeReport }: EndDoors,
): Promise<readonly UserError[]> {
  const unwritten =
    reportPath === '' ? null : await problemIn('the report', () => writeReport(reportPath, report));
  const untold = await problemIn('the outputs', () =>
    runner.setOutputs(makeOutputs(report, unwritten === null ? reportPath : '')),
  );
  const unshown = isWanted ? await problemIn('the job summary', () => runner.writeSummary(summary)) : null;
  return [unwritten, untold, unshown].filter((problem) => problem !== null);
}

/** The last words of a run: what could not be written comes last, because nothing else says so. */
function tellEnd(words: string, fails: boolean, problems: readonly UserError[], { runner }: EndDoors): End {
  if (fails && problems.length === 0) runner.fail(words);
  else runner.info(words);
  for (const problem of problems) runner.fail(`${withHint(problem)}; everything else was done and reported`);
  return fails || problems.length > 0 ? 'failed' : 'passed';
}

/** A run that could not start, or met a mistake of this program. */
async function giveUp(thrown: unknown, ending: Ending, doors: RunDoors): Promise<End> {
  if (doors.cancelled.aborted) return endWithProblem(CANCELLED, ending, doors, 'cancelled');
  return endWithProblem(thrown instanceof UserError ? thrown : internalProblem(thrown), ending, doors);
}

/** Ends a step without a run: outputs that callers can parse, a summary, a report, and one error that says what to do. */
export async function endWithProblem(
  problem: UserError,
  ending: Ending,
  doors: EndDoors,
  status: 'failed' | 'cancelled' = 'failed',
): Promise<End> {
  const { runner } = doors;
  const report = failedStart(ending, status, problem);
  const problems = await publish(report, renderProblem(problem, status), ending, doors);
  runner.annotate(configAnnotations(problem.diagnostics));
  for (const { message } of problems) runner.info(message);
  runner.fail(withHint(problem));
  return 'failed';
}

const CANCELLED = new UserError('cancelled', 'the job was cancelled before the mirror was looked at', {
  hint: 'nothing was written; the next run does it all',
});

/** What nobody foresaw, or what is wrong with the machine, in the shape of an error that a person reads. */
export function internalProblem(cause: unknown): UserError {
  const trouble = machineTrouble(cause);
  if (trouble !== null) return new UserError('internal', trouble.message, { hint: trouble.hint, cause });
  const words = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return new UserError('internal', `internal error: ${words}`, {
    hint: 'this is a bug in Fresh Mirror; please open an issue with this message',
    cause,
  });
}
