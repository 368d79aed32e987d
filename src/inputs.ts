// The only reader of inputs and environment. Everything behind this door works on a plain Settings value.

import { isAbsolute, join, resolve } from 'node:path';
import * as core from '@actions/core';
import { context } from '@actions/github';
import { isMistake, type Mistake } from './base/errors/mistake.ts';
import { UserError } from './base/errors/user-error.ts';
import type { Given } from './config/images/config.ts';
import {
  GRANULARITIES,
  type LostPlatforms,
  NEW_TAGS_ACTIONS,
  type NewTagsAction,
  type OnFailure,
  parseNewTags,
  type Verify,
} from './config/images/policy.ts';
import { parseMirror } from './image/names/mirror-name.ts';
import { parseReadFrom } from './image/names/pull-name.ts';
import { parseHost } from './image/names/reference.ts';
import { branchFor } from './report/offers/branch.ts';
import type { Mode } from './report/rows/modes.ts';
import type { FailOn } from './report/rows/status.ts';
import type { CraneSettings, EventSettings, GitHubSettings, Settings } from './run/modes/settings.ts';

const MODES: readonly Mode[] = ['sync', 'check'];
const ON_FAILURE: readonly OnFailure[] = ['keep', 'rollback'];
const VERIFY: readonly Verify[] = ['tags', 'deep'];
const LOST_PLATFORMS: readonly LostPlatforms[] = ['refuse', 'hybrid', 'accept'];
const FAIL_ON: readonly FailOn[] = ['failed', 'partial', 'stale', 'deferred', 'new-tags', 'never'];

/** Reads and checks every input. Throws one UserError `input` that names all mistakes. */
export function readSettings(): Settings {
  const mistakes: string[] = [];
  const configPath = core.getInput('config') || 'images.yaml';
  const settings: Settings = {
    mode: oneOf('mode', MODES, 'sync', mistakes),
    configPath,
    given: readGiven(mistakes),
    hosts: readHosts(mistakes),
    failOn: oneOf('fail-on', FAIL_ON, 'partial', mistakes),
    branch: core.getInput('branch') || branchFor(configPath),
    github: readGitHub(),
    runNumber: Number(process.env.GITHUB_RUN_NUMBER) || 0,
    summary: readBoolean('summary', true, mistakes),
    timeBudget: readDuration('time-budget', mistakes),
    reportPath: readReportPath(),
    crane: readCrane(),
    workspace: environmentPath('GITHUB_WORKSPACE', process.cwd()),
    temp: environmentPath('RUNNER_TEMP', process.cwd()),
    journalPath: join(
      environmentPath('RUNNER_TEMP', process.cwd()),
      'fresh-mirror-journal',
      `${process.pid}.jsonl`,
    ),
    event: readEvent(),
    patience: readPatience(),
    environment: readEnvironment(),
  };
  if (mistakes.length > 0) throw new UserError('input', mistakes.join('; '));
  return settings;
}

function oneOf<T extends string>(name: string, allowed: readonly T[], builtIn: T, mistakes: string[]): T {
  const given = core.getInput(name);
  if (given === '') return builtIn;
  const found = allowed.find((value) => value === given);
  if (found === undefined) mistakes.push(`input ${name}: "${given}" is not one of ${allowed.join(', ')}`);
  return found ?? builtIn;
}

/** Policies that the workflow did not give are left out, so that the config's own `defaults` count. */
function readGiven(mistakes: string[]): Given {
  const mirror = core.getInput('mirror');
  const readFrom = core
    .getMultilineInput('read-from')
    .map((line) => sound('read-from', parseReadFrom(line), mistakes));
  const policies = {
    ...given('onFailure', core.getInput('on-failure') && oneOf('on-failure', ON_FAILURE, 'keep', mistakes)),
    ...given(
      'granularity',
      core.getInput('granularity') && oneOf('granularity', GRANULARITIES, 'listed', mistakes),
    ),
    ...given(
      'lostPlatforms',
      core.getInput('lost-platforms') && oneOf('lost-platforms', LOST_PLATFORMS, 'refuse', mistakes),
    ),
    ...given('verify', core.getInput('verify') && oneOf('verify', VERIFY, 'tags', mistakes)),
    ...given('newTags', core.getInput('new-tags') && readNewTags(mistakes)),
  };
  return {
    mirror: mirror === '' ? null : sound('mirror', parseMirror(mirror), mistakes),
    readFrom: readFrom.filter((rule) => rule !== null),
    policies,
  };
}

function given<K extends string, V>(key: K, value: V | ''): { [key in K]?: V } {
  return value === '' ? {} : ({ [key]: value } as { [key in K]?: V });
}

function readNewTags(mistakes: string[]): readonly NewTagsAction[] {
  const text = core.getInput('new-tags');
  const actions = parseNewTags(text);
  if (actions !== null) return actions;
  mistakes.push(`input new-tags: "${text}" is not ignore or a comma list of ${NEW_TAGS_ACTIONS.join(', ')}`);
  return [];
}

function sound<T extends object>(name: string, parsed: T | Mistake, mistakes: string[]): T | null {
  if (!isMistake(parsed)) return parsed;
  mistakes.push(`input ${name}: ${parsed.mistake} (${parsed.hint})`);
  return null;
}

function readHosts(mistakes: string[]): readonly string[] | null {
  const hosts = core.getMultilineInput('hosts').map((line) => {
    const host = parseHost(line);
    if (!isMistake(host)) return host;
    mistakes.push(`input hosts: ${host.mistake} (${host.hint})`);
    return '';
  });
  return hosts.length === 0 ? null : hosts;
}

function readBoolean(name: string, builtIn: boolean, mistakes: string[]): boolean {
  const given = core.getInput(name).toLowerCase();
  if (given === '') return builtIn;
  if (given === 'true' || given === 'false') return given === 'true';
  mistakes.push(`input ${name}: "${given}" is not true or false`);
  return builtIn;
}

/** `50m`, `1h30m`, `90s` in milliseconds; null when nothing is given. */
function readDuration(name: string, mistakes: string[]): number | null {
  const given = core.getInput(name).trim();
  if (given === '') return null;
  const [, hours = 0, minutes = 0, seconds = 0] =
    /^(?=\d)(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?$/.exec(given) ?? [];
  const milliseconds = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  if (milliseconds > 0) return milliseconds;
  mistakes.push(`input ${name}: "${given}" is no duration (write it as 50m, 1h30m or 90s)`);
  return null;
}

/** Two uses of this action in one job must not overwrite each other's report, so the default name is the process's. */
function readReportPath(): string {
  const temp = environmentPath('RUNNER_TEMP', process.cwd());
  const given = core.getInput('report');
  if (given === '') return join(temp, `fresh-mirror-${process.pid}`, 'report.json');
  return isAbsolute(given) ? given : resolve(environmentPath('GITHUB_WORKSPACE', process.cwd()), given);
}

function readGitHub(): GitHubSettings {
  return {
    token: core.getInput('token'),
    repository: process.env.GITHUB_REPOSITORY ?? '',
    apiUrl: process.env.GITHUB_API_URL ?? '',
  };
}

function readCrane(): CraneSettings {
  return {
    version: core.getInput('crane-version').replace(/^v/, ''),
    path: core.getInput('crane-path'),
    downloadUrl: core.getInput('crane-download-url'),
    checksum: core.getInput('crane-checksum').toLowerCase(),
  };
}

function environmentPath(name: string, fallback: string): string {
  return resolve(process.env[name] || fallback);
}

/** The event, as far as it says whether the config may be a stranger's. */
function readEvent(): EventSettings {
  const head: unknown = context.payload.workflow_run?.head_repository?.full_name;
  const own = process.env.GITHUB_REPOSITORY ?? '';
  const fromOtherRepository = typeof head === 'string' && head !== own;
  return { name: process.env.GITHUB_EVENT_NAME ?? '', fromOtherRepository };
}

/** For tests alone, hence no input: nobody should have to know of it. */
function readPatience(): number {
  const given = Number(process.env.FRESH_MIRROR_PATIENCE);
  return given > 0 && given < 1 ? given : 1;
}

/** Job tokens and inputs are nothing that crane or a credential helper needs. */
const WITHHELD = /^(?:INPUT_|ACTIONS_|GITHUB_TOKEN$)/i;

function readEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !WITHHELD.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']));
}
