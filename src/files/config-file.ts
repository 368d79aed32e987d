// Reads the images config from the workspace.

import { createHash } from 'node:crypto';
import type { Given } from '../config/images/config.ts';
import { type ParsedConfig, parseConfig } from '../config/images/parse.ts';
import { readInside } from './workspace.ts';

/** Which config to read; what the inputs say (`given`) takes precedence over it. */
export type ConfigRequest = {
  readonly workspace: string;
  readonly configPath: string;
  readonly given: Given;
};

/**
 * The config, the text it was read from (an edit must know which version it saw), and the sha256 of its bytes in hex, as Git
 * has them: on Windows a checkout may end lines with CR and LF, and is of the same commit.
 */
export type ConfigFile = ParsedConfig & { readonly text: string; readonly sha256: string };

/** The config with the inputs laid over it. @throws UserError `config` with every mistake in it */
export async function readConfigFile({ workspace, configPath, given }: ConfigRequest): Promise<ConfigFile> {
  const bytes = await readInside(workspace, configPath);
  const asInGit = Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n');
  const sha256 = createHash('sha256').update(asInGit, 'latin1').digest('hex');
  return { ...parseConfig(bytes, configPath, given), text: new TextDecoder().decode(bytes), sha256 };
}
