// Reads the images config from the workspace.

import type { Given } from '../config/images/config.ts';
import { type ParsedConfig, parseConfig } from '../config/images/parse.ts';
import { readInside } from './workspace.ts';

/** Which config to read; what the inputs say (`given`) takes precedence over it. */
export type ConfigRequest = {
  readonly workspace: string;
  readonly configPath: string;
  readonly given: Given;
};

/** The config, and the text it was read from: an edit must know which version it saw. */
export type ConfigFile = ParsedConfig & { readonly text: string };

/** The config with the inputs laid over it. @throws UserError `config` with every mistake in it */
export async function readConfigFile({ workspace, configPath, given }: ConfigRequest): Promise<ConfigFile> {
  const bytes = await readInside(workspace, configPath);
  return { ...parseConfig(bytes, configPath, given), text: new TextDecoder().decode(bytes) };
}
