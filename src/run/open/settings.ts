// The settings for opening the registries, and all settings of a step put together from the slices of their rooms.

import type { ConfigRequest } from '../../files/config-file.ts';
import type { GitHubSettings } from '../../github/client.ts';
import type { CraneRequest } from '../../registry/install/install.ts';
import type { Sides } from '../../registry/refusals/refusal.ts';
import type { Mode, RunSettings } from '../doors/settings.ts';
import type { TrustFiles } from './signers.ts';

/** What opening the registries takes. */
export type OpenSettings = {
  /** Null: every host may be contacted. */
  readonly hosts: readonly string[] | null;
  readonly crane: CraneRequest;
  readonly workspace: string;
  readonly temp: string;
  /** Where the moves of tags are noted while they may have to be put back. */
  readonly journalPath: string;
  /** 1, or less where tests want waits and deadlines that are so much shorter. */
  readonly patience: number;
  /** The caller's environment, without inputs and job tokens: for crane, its credential helpers and the proxies. */
  readonly environment: Readonly<Record<string, string>>;
};

/** The same with what the config names where, for the words of failures, and with the files of whoever must have signed. */
export type OpenRequest = OpenSettings & { readonly sides: Sides; readonly trustFiles: TrustFiles };

/** All that the inputs and the environment say. */
export type Settings = RunSettings &
  ConfigRequest &
  OpenSettings & { readonly mode: Mode; readonly github: GitHubSettings };
