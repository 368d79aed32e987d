// The entry: reads the inputs, passes the real doors in, runs. The post step of the action starts here, too.

import { cancellation, UNCANCELLED } from './cancel.ts';

// All other modules are loaded after that one: it must listen before they take their time.

import { setFlagsFromString } from 'node:v8';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { UserError } from './base/errors/user-error.ts';
import { readCommandLine, terminalRunner, USAGE, type Voice } from './command-line.ts';
import { readBuilds } from './files/builds.ts';
import { readConfigFile } from './files/config-file.ts';
import { readReferenceFiles } from './files/references.ts';
import { prepareReport, writeReport } from './files/report-file.ts';
import { readReportFiles } from './files/report-files.ts';
import { type GitHub, openGitHub } from './github/client.ts';
import * as runner from './github/runner.ts';
import { importCommand } from './import.ts';
import { journalPath, readSettings } from './inputs.ts';
import { baseNames } from './plan/builds/base-names.ts';
import { askedPart } from './plan/shards/part.ts';
import { sharersOf } from './plan/shards/sharers.ts';
import { finish } from './post.ts';
import { endWithProblem, internalProblem, run } from './run/modes/run.ts';
import { MODES } from './run/modes/table.ts';
import { open } from './run/open/open.ts';
import type { Settings } from './run/open/settings.ts';
import { MIRROR_ALONE, sidesOf } from './run/open/sides.ts';
import { NO_TRUST_FILES, readTrustFiles } from './run/open/signers.ts';
import { clockFor, type Stop, stopSignals } from './run/open/time.ts';
import { readRegistries, recallRegistries, trustForGitHub } from './run/open/trust.ts';

/** Milliseconds that a run may wait for GitHub's rate limits: the mirroring is done by then. */
const PATIENCE = 5 * 60_000;
/** The name under which the main step tells the post step where its journal is. */
const JOURNAL = 'journal';
/** Milliseconds that crane and sockets get to end by themselves after a run that was cancelled or that crashed. */
const LAST_MOMENT = 500;

/** A step is red until it is known how its run ended: whatever keeps a run from ending must not pass for a success. */
const ending: { known: boolean; settings: Settings | null } = { known: false, settings: null };

/** Where this process speaks: to the runner of a workflow, or to a terminal. */
let voice: Voice = runner;

async function main(): Promise<void> {
  // First of all: without it the post step would take itself for the main step.
  runner.saveState(JOURNAL, journalPath());
  const settings = readSettings();
  runner.info(`node ${process.version}`);
  await runMode(settings, () => prepareReport(settings));
  runner.closeAnnotations();
}

/** The same from a command line: nothing is left behind but the files that were asked for. */
async function mainOfTerminal(args: readonly string[]): Promise<void> {
  voice = terminalRunner({ write: console.log, complain: console.error });
  if (args[0] === 'import') {
    const print = (text: string) => console.log(text.replace(/\n$/, ''));
    settle(await importCommand(args.slice(1), { print, complain: console.error }));
    return;
  }
  const { help, inputs } = readCommandLine(args);
  if (help) {
    console.log(USAGE);
    settle('passed');
    return;
  }
  const settings = readSettings(inputs);
  if ('report' in inputs) await runMode(settings, () => prepareReport(settings));
  else await runMode({ ...settings, reportPath: '' }, async () => undefined);
}

async function runMode(settings: Settings, prepare: () => Promise<void>): Promise<void> {
  ending.settings = settings;
  const stop = stopSignals(settings.timeBudget, cancellation);
  const end = await run(settings.mode, settings, {
    runner: voice,
    readConfig: () => readConfigFile(settings),
    open: async (config) => {
      const sharers = sharersOf(config, settings.part);
      const registries = await readRegistries(settings.workspace, config, sharers);
      const trustFiles = await readTrustFiles(settings.workspace, config);
      return open({ ...settings, sides: sidesOf(config), trustFiles }, registries, stop, voice);
    },
    readReferences: ({ references }) => readReferenceFiles(settings.workspace, references),
    readReports: (patterns) => readReportFiles(patterns, settings),
    readBuilds: (config) => readBuilds(settings.workspace, config.builds, baseNames(config).canonical),
    openGitHub: () => connect(settings, stop),
    prepareReport: prepare,
    writeReport,
    now: () => performance.now(),
    today: () => clockFor(settings.patience).today(),
    cancelled: cancellation.now,
  });
  settle(end);
  // What was dropped by a cancel, or by a budget that ended, may still keep the process alive.
  exitSoon();
}

async function post(journalPath: string): Promise<void> {
  const settings = () => ({ ...readSettings(), journalPath });
  const stop = stopSignals(null, UNCANCELLED);
  const end = await finish(journalPath, {
    runner,
    open: (registries) =>
      open(
        { ...settings(), sides: MIRROR_ALONE, trustFiles: NO_TRUST_FILES },
        recallRegistries(registries),
        stop,
        runner,
      ),
  });
  settle(end);
}

/** The plugins retry what passes by itself and wait for rate limits; without them octokit does neither. */
function connect({ github, environment }: Settings, { cancelled, late }: Stop): GitHub {
  // Without a token nobody is asked, and reading some hundred certificates takes as long as two hundred look-ups.
  if (github.token !== '') {
    trustForGitHub({ environment });
    runner.mask(github.token);
  }
  return openGitHub({
    ...github,
    plugins: [retry, throttling],
    patience: PATIENCE,
    signal: AbortSignal.any([cancelled, late]),
    log: { debug: runner.debug, tell: runner.tell },
  });
}

function start(args: readonly string[], journal: string): Promise<void> {
  if (args.length > 0) return mainOfTerminal(args);
  return journal === '' ? main() : post(journal);
}

function settle(end: 'passed' | 'failed'): void {
  ending.known = true;
  process.exitCode = end === 'passed' ? 0 : 1;
}

const NOT_READ = { mode: MODES[0], part: null, run: { id: '', attempt: 0 }, reportPath: '', summary: true };

/** Ends a step that cannot say more than this: an error that nobody caught, a wait that never ends. */
async function giveUp(thrown: unknown): Promise<void> {
  if (ending.known) return;
  settle('failed');
  const { mode, part, run: own, reportPath, summary } = ending.settings ?? NOT_READ;
  const problem = thrown instanceof UserError ? thrown : internalProblem(thrown);
  const asked = part === null ? null : askedPart(part);
  const end = { mode: mode.values, part: asked, run: own, reportPath, summary };
  await endWithProblem(problem, end, { runner: voice, writeReport });
}

function exitSoon(): void {
  setTimeout(() => process.exit(), LAST_MOMENT).unref();
}

async function crash(thrown: unknown): Promise<void> {
  await giveUp(thrown);
  // Whatever else is under way belongs to a program that has failed; what it moved is in the journal.
  process.exit();
}

for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, crash);
// Node ends in silence when nothing is left to wait for, also where something was asked and never answered.
process.once('beforeExit', () => {
  void giveUp(new Error('the run stopped before its end: something it waited for was never answered'));
});

// Thousands of short-lived answers make V8 double its young generation to 32 MB twice over; it collects as fast in 1 MB.
setFlagsFromString('--semi-space-growth-factor=1');
// What outlives a collection there is garbage soon after; the old generation is to be collected before it has doubled.
setFlagsFromString('--heap-growing-percent=10');
process.exitCode = 1;
start(process.argv.slice(2), runner.readState(JOURNAL)).catch(giveUp);
