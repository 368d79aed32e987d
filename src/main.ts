// The entry: reads the inputs, passes the real doors in, runs.

import { parseConfig } from './config/parse.ts';
import { UserError } from './errors/user-error.ts';
import { writeReport } from './files/report-file.ts';
import { readInside } from './files/workspace.ts';
import * as runner from './github/runner.ts';
import { readSettings } from './inputs.ts';
import { open } from './open.ts';
import { emptyOutputs } from './report/outputs.ts';
import { run } from './run.ts';

async function main(): Promise<void> {
  const settings = readSettings();
  runner.info(`node ${process.version}`);
  const readConfig = async () => {
    const bytes = await readInside(settings.workspace, settings.configPath);
    return parseConfig(bytes, settings.configPath, settings.given);
  };
  await run(settings, { runner, readConfig, open, writeReport, now: () => performance.now() });
}

/** Only inputs that cannot be read end here; everything behind them reports for itself. */
main().catch((thrown: unknown) => {
  runner.setOutputs(emptyOutputs('failed', ''));
  const hint = thrown instanceof UserError && thrown.hint !== '' ? ` - ${thrown.hint}` : '';
  runner.fail(`${thrown instanceof Error ? thrown.message : String(thrown)}${hint}`);
});
