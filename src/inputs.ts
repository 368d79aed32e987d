// Reads inputs and environment, which no other file does. Everything else works on a plain Settings value.

import { tmpdir, userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import * as core from '@actions/core';
import { context } from '@actions/github';
import { isMistake } from './base/errors/mistake.ts';
import { oneLine } from './base/text/sanitize.ts';
import { oneOf, parseBoolean, parseDuration } from './base/text/values.ts';
import type { Given } from './config/images/config.ts';
import { POLICY_ROWS } from './config/policies/policy.ts';
import { normalPath } from './files/workspace.ts';
import type { GitHubSettings } from './github/client.ts';
import { parseMirror } from './image/names/mirror-name.ts';
import { parseReadFrom, type ReadFromRule } from './image/names/pull-name.ts';
import { parseHost } from './image/names/reference.ts';
import { InputReader } from './input-reader.ts';
import { parseMode, readModeInputs } from './mode-inputs.ts';
import { fileNameOf } from './plan/shards/part.ts';
import { branchFor, parseBranch } from './report/offers/branch.ts';
import type { SummaryPage } from './report/render/links.ts';
import type { FailOn } from './report/rows/status.ts';
import type { EventSettings, Mode } from './run/doors/settings.ts';
import { MODES } from './run/modes/table.ts';
import type { Settings } from './run/open/settings.ts';

const FAIL_ON: readonly FailOn[] = ['failed', 'partial', 'stale', 'deferred', 'new-tags', 'never'];

/** A name that no other process of this job has: Windows soon gives the id of one that has ended to the next. */
const PROCESS = `${process.pid}-${Math.floor(performance.timeOrigin)}`;

/** Where this step notes moves, so that its post step can put them back. Known before any input is read. */
export function journalPath(): string {
  return join(temporaryFolder(), 'fresh-mirror-journal', `${PROCESS}.jsonl`);
}

/**
 * Reads and checks every input; on a command line `args` take the place of inputs. What is wrong is in `mistakes`, and the
 * setting then has its built-in value.
 */
export function readSettings(args: Readonly<Record<string, string>> = {}): Settings {
  for (const [name, value] of Object.entries(args)) process.env[`INPUT_${name.toUpperCase()}`] = value;
  const inputs = new InputReader();
  const mode = inputs.read('mode', parseMode) ?? MODES[0];
  const workspace = environmentPath('GITHUB_WORKSPACE', process.cwd());
  const configPath = normalPath(workspace, core.getInput('config') || 'images.yaml');
  const modeInputs = readModeInputs(inputs, mode);
  return {
    mode,
    configPath,
    given: readGiven(inputs, mode),
    hosts: readHosts(inputs),
    failOn: inputs.read('fail-on', oneOf(FAIL_ON)) ?? 'partial',
    branch: inputs.read('branch', parseBranch) ?? branchFor(configPath),
    github: readGitHub(),
    runNumber: Number(process.env.GITHUB_RUN_NUMBER) || 0,
    summary: inputs.read('summary', parseBoolean) ?? true,
    timeBudget: inputs.read('time-budget', parseDuration),
    ...modeInputs,
    reportPath: readReportPath(modeInputs.part),
    page: readPage(),
    lintOnline: inputs.read('lint-online', parseBoolean) ?? false,
    sarifPath: workspacePath(core.getInput('sarif')),
    crane: readCrane(),
    workspace,
    temp: temporaryFolder(),
    journalPath: journalPath(),
    event: readEvent(),
    run: readRun(),
    patience: readPatience(),
    environment: readEnvironment(),
    mistakes: inputs.mistakes,
  };
}

/** A policy that the workflow did not set is left out, so that the config's own `defaults` count. */
function readGiven(inputs: InputReader, mode: Mode): Given {
  const policies = POLICY_ROWS.map(({ key, name, parseInput }) => {
    return [name, parseInput === null ? null : inputs.read(key, parseInput)];
  });
  return {
    writes: mode.values.writes && mode.reports === undefined,
    mirror: inputs.read('mirror', parseMirror),
    readFrom: readRules(inputs),
    policies: Object.fromEntries(policies.filter(([, value]) => value !== null)),
  };
}

/** Two lines for one registry are a mistake, as two keys of the config are: one of them would be passed over in silence. */
function readRules(inputs: InputReader): readonly ReadFromRule[] {
  const seen = new Set<string>();
  return inputs.readLines('read-from', (line) => {
    const rule = parseReadFrom(line);
    if (isMistake(rule)) return rule;
    if (!seen.has(rule.registry)) {
      seen.add(rule.registry);
      return rule;
    }
    return { mistake: `there is a second line for ${rule.registry}`, hint: 'keep one of the two' };
  });
}

/** Null when the input is empty: every host may then be contacted. */
function readHosts(inputs: InputReader): readonly string[] | null {
  const hosts = inputs.readLines('hosts', parseHost);
  return core.getMultilineInput('hosts').length === 0 ? null : hosts;
}

/**
 * Two uses of this action in one job must not overwrite each other's report, so the default folder has the process; nor
 * two jobs of a matrix where their reports are put into one folder, so the default name has the part.
 */
function readReportPath(part: Settings['part']): string {
  const given = core.getInput('report');
  const name = part === null ? 'report.json' : `report-${fileNameOf(part)}.json`;
  if (given === '') return join(temporaryFolder(), `fresh-mirror-${PROCESS}`, name);
  return workspacePath(given);
}

/** A path that is relative to the workspace; an empty one stays empty. */
function workspacePath(given: string): string {
  if (given === '' || isAbsolute(given)) return given;
  return resolve(environmentPath('GITHUB_WORKSPACE', process.cwd()), given);
}

const REPOSITORY = /^[\w.-]+\/[\w.-]+$/;

/** What the summary can link to: the docs of the very action that runs, and the artifacts of this run. */
function readPage(): SummaryPage {
  const variable = (name: string, form: RegExp): string => form.exec(process.env[name] ?? '')?.[0] ?? '';
  const server = variable('GITHUB_SERVER_URL', /^https?:\/\/[\w.:-]+$/) || 'https://github.com';
  const action = variable('GITHUB_ACTION_REPOSITORY', REPOSITORY);
  const ref = variable('GITHUB_ACTION_REF', /^[\w.-]+(?:\/[\w.-]+)*$/);
  const repository = variable('GITHUB_REPOSITORY', REPOSITORY);
  const run = variable('GITHUB_RUN_ID', /^\d+$/);
  const artifacts = `${server}/${repository}/actions/runs/${run}#artifacts`;
  const link =
    repository === '' || run === '' ? '' : `; [artifacts](${artifacts}) of this run, if it is uploaded`;
  return {
    docs: action === '' || ref === '' ? null : `${server}/${action}/blob/${ref}/docs/troubleshooting.md`,
    where: `in the report (output \`report\`${link})`,
  };
}

function readGitHub(): GitHubSettings {
  return {
    token: core.getInput('token'),
    repository: process.env.GITHUB_REPOSITORY ?? '',
    apiUrl: process.env.GITHUB_API_URL ?? '',
  };
}

function readCrane(): Settings['crane'] {
  return {
    version: core.getInput('crane-version').replace(/^v/, ''),
    path: core.getInput('crane-path'),
    downloadUrl: core.getInput('crane-download-url'),
    checksum: core.getInput('crane-checksum').toLowerCase(),
  };
}

/** A terminal has no runner: nothing is to be left in the folder that is looked at. */
function temporaryFolder(): string {
  return environmentPath('RUNNER_TEMP', tmpdir());
}

function environmentPath(name: string, fallback: string): string {
  return resolve(process.env[name] || fallback);
}

function readRun(): Settings['run'] {
  const {
    GITHUB_SERVER_URL = 'https://github.com',
    GITHUB_REPOSITORY = '',
    GITHUB_RUN_ID = '',
    GITHUB_RUN_ATTEMPT = '',
    GITHUB_WORKFLOW = '',
    GITHUB_JOB = '',
  } = process.env;
  const job = GITHUB_JOB === '' ? '' : oneLine(`${GITHUB_WORKFLOW} / ${GITHUB_JOB}`, 200);
  const attempt = /^\d{1,6}$/.test(GITHUB_RUN_ATTEMPT) ? Number(GITHUB_RUN_ATTEMPT) : 0;
  const pages = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/`;
  return { id: GITHUB_RUN_ID, attempt, pages, job };
}

/** The event, as far as it says whether a stranger may have written what lies in the workspace. */
function readEvent(): EventSettings {
  const name = process.env.GITHUB_EVENT_NAME ?? '';
  return { name, isStrangers: STRANGERS.get(name)?.(context.payload) ?? false };
}

/**
 * Events in which a stranger can start this job with files of their own. The first four run on the merge commit of a
 * pull request, or are asked for one. docs.github.com: "Events that trigger workflows".
 */
const STRANGERS = new Map<string, (payload: typeof context.payload) => boolean>([
  ['pull_request', () => true],
  ['pull_request_target', () => true],
  ['pull_request_review', () => true],
  ['pull_request_review_comment', () => true],
  // Anybody may comment. The event itself is on the default branch, so such a job fetches the pull request itself.
  ['issue_comment', ({ issue }) => issue === undefined || 'pull_request' in issue],
  // Null when the fork was deleted (github/rest-api-description#1586), which its owner can do.
  ['workflow_run', ({ workflow_run }) => !isOwn(workflow_run?.head_repository?.full_name)],
]);

function isOwn(repository: unknown): boolean {
  const own = process.env.GITHUB_REPOSITORY ?? '';
  return typeof repository === 'string' && repository.toLowerCase() === own.toLowerCase();
}

/** For tests only, so there is no input for it: nobody else should have to know about it. */
function readPatience(): number {
  const given = Number(process.env.FRESH_MIRROR_PATIENCE);
  return given > 0 && given < 1 ? given : 1;
}

/** Neither crane nor a credential helper needs job tokens or inputs. */
const WITHHELD = /^(?:INPUT_|ACTIONS_|GITHUB_TOKEN$)/i;

/**
 * On Windows `Path` and `PATH` are one variable, so all are in capitals there. A runner that is a service may have no home in
 * its environment: docker/login-action then wrote to that of its user, where Go programs do not look by themselves.
 */
function readEnvironment(): Record<string, string> {
  const isWindows = process.platform === 'win32';
  const passedOn = Object.entries(process.env).filter(([name]) => !WITHHELD.test(name));
  const named = passedOn.map(([name, value]) => [isWindows ? name.toUpperCase() : name, value ?? '']);
  const environment: Record<string, string> = Object.fromEntries(named);
  const home = isWindows ? 'USERPROFILE' : 'HOME';
  return environment[home] ? environment : { ...environment, [home]: homeOfUser() };
}

/** Empty where the user has no entry on this machine, as in containers that run as a mere number. */
function homeOfUser(): string {
  try {
    return userInfo().homedir;
  } catch {
    return '';
  }
}
