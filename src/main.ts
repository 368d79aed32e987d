// The entry: reads the inputs, passes the real doors in, runs. The post step of the action starts here, too.

import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { UserError } from './base/errors/user-error.ts';
// First, so that it listens before anything else is loaded.
import { cancellation, UNCANCELLED } from './cancel.ts';
import { parseConfig } from './config/images/parse.ts';
import { dropJournals } from './files/journal.ts';
import { writeReport } from './files/report-file.ts';
import { readInside } from './files/workspace.ts';
import { type GitHub, openGitHub } from './github/client.ts';
import * as runner from './github/runner.ts';
import { readSettings } from './inputs.ts';
import { finish } from './post.ts';
import { emptyOutputs } from './report/render/outputs.ts';
import { run } from './run/modes/run.ts';
import type { Settings } from './run/modes/settings.ts';
import { open } from './run/open/open.ts';

/** Milliseconds that a run may wait for GitHub's rate limits: the mirroring is done by then. */
const PATIENCE = 5 * 60_000;
/** The name under which the main step tells the post step where its journal is. */
const JOURNAL = 'journal';
/** Milliseconds that crane and sockets get to end by themselves after a cancelled run. */
const LAST_MOMENT = 500;

async function main(): Promise<void> {
  const settings = readSettings();
  await dropJournals(settings.journalPath);
  runner.saveState(JOURNAL, settings.journalPath);
  runner.info(`node ${process.version}`);
  await run(settings, {
    runner,
    readConfig,
    open: (own, config) => open(own, config, cancellation, runner),
    openGitHub: connect,
    writeReport,
    now: () => performance.now(),
    cancelled: cancellation.now,
  });
  // What was let go of may still hold the process, and the runner kills in a moment.
  if (cancellation.now.aborted) setTimeout(() => process.exit(), LAST_MOMENT).unref();
}

async function post(journalPath: string): Promise<void> {
  const settings = readSettings();
  await finish(
    { ...settings, journalPath },
    {
      runner,
      readConfig,
      open: (own, config) => open(own, config, UNCANCELLED, runner),
    },
  );
}

async function readConfig(settings: Settings) {
  const bytes = await readInside(settings.workspace, settings.configPath);
  const parsed = parseConfig(bytes, settings.configPath, settings.given);
  return { ...parsed, text: new TextDecoder().decode(bytes) };
}

/** The plugins retry what passes by itself and wait for rate limits; without them octokit does neither. */
function connect({ github }: Settings): GitHub {
  if (github.token !== '') runner.mask(github.token);
  return openGitHub({
    ...github,
    plugins: [retry, throttling],
    patience: PATIENCE,
    signal: cancellation.now,
    log: { debug: runner.debug, info: runner.info },
  });
}

/** Only inputs that cannot be read end here; everything behind them reports for itself. */
function giveUp(thrown: unknown): void {
  const hint = thrown instanceof UserError && thrown.hint !== '' ? ` - ${thrown.hint}` : '';
  runner.fail(`${thrown instanceof Error ? thrown.message : String(thrown)}${hint}`);
}

const journal = runner.readState(JOURNAL);
if (journal !== '') {
  post(journal).catch(giveUp);
} else {
  main().catch((thrown: unknown) => {
    runner.setOutputs(emptyOutputs('failed', ''));
    giveUp(thrown);
  });
}
