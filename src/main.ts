// The entry: reads the inputs, passes the real doors in, runs.

import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { parseConfig } from './config/parse.ts';
import { UserError } from './errors/user-error.ts';
import { writeReport } from './files/report-file.ts';
import { readInside } from './files/workspace.ts';
import { type GitHub, openGitHub } from './github/publish.ts';
import * as runner from './github/runner.ts';
import { readSettings, type Settings } from './inputs.ts';
import { open } from './open.ts';
import { emptyOutputs } from './report/outputs.ts';
import { run } from './run.ts';

/** Milliseconds that a run may wait for GitHub's rate limits: the mirroring is done by then. */
const PATIENCE = 5 * 60_000;

async function main(): Promise<void> {
  const settings = readSettings();
  runner.info(`node ${process.version}`);
  const readConfig = async () => {
    const bytes = await readInside(settings.workspace, settings.configPath);
    const parsed = parseConfig(bytes, settings.configPath, settings.given);
    return { ...parsed, text: new TextDecoder().decode(bytes) };
  };
  await run(settings, {
    runner,
    readConfig,
    open,
    openGitHub: connect,
    writeReport,
    now: () => performance.now(),
  });
}

/** The plugins retry what passes by itself and wait for rate limits; without them octokit does neither. */
function connect({ github }: Settings): GitHub {
  if (github.token !== '') runner.mask(github.token);
  return openGitHub({
    ...github,
    plugins: [retry, throttling],
    patience: PATIENCE,
    signal: null,
    log: { debug: runner.debug, info: runner.info },
  });
}

/** Only inputs that cannot be read end here; everything behind them reports for itself. */
main().catch((thrown: unknown) => {
  runner.setOutputs(emptyOutputs('failed', ''));
  const hint = thrown instanceof UserError && thrown.hint !== '' ? ` - ${thrown.hint}` : '';
  runner.fail(`${thrown instanceof Error ? thrown.message : String(thrown)}${hint}`);
});
