// Runs workflows with act, without Docker: the jobs are processes of this machine. Where act is not GitHub (masked
// outputs, limits, `permissions:`) it proves nothing; that the bundle, action.yml and a workflow fit together it does.

import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DEFAULT_CRANE_VERSION } from '../../../src/registry/install/pins.ts';
import { spawnGuarded } from './guarded.ts';
import { CLEAN_PATH, ROOT, tool } from './places.ts';

export type ActOptions = {
  /** Root of a repository: holds `.github/workflows`, and action.yml where a workflow says `uses: ./`. */
  repository: string;
  /** Path of one workflow or of a folder of them, from the root. */
  workflows?: string;
  /** `schedule`, `push`, … */
  event?: string;
  /** The event's payload; a pull request needs a top-level `number`. */
  payload?: unknown;
  secrets?: Readonly<Record<string, string>>;
  /** `owner/name@ref` to the folder that stands for it in `uses: owner/name@ref`. */
  localRepositories?: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
  /** Who started the event: `github.actor`. */
  actor?: string;
  /** Values of `workflow_dispatch` inputs. */
  dispatch?: Readonly<Record<string, string>>;
  /** Has crane in the runner's tool cache already, as a job finds it that ran on the machine before. */
  craneCached?: boolean;
  /** Milliseconds until act is killed. */
  deadline?: number;
};

export type ActStep = {
  readonly id: string;
  readonly name: string;
  readonly stage: string;
  result: string;
  readonly outputs: Record<string, string>;
  /** All of GITHUB_STEP_SUMMARY. */
  summary: string;
  readonly annotations: ActAnnotation[];
  readonly lines: string[];
};

export type ActAnnotation = {
  readonly kind: 'error' | 'warning' | 'notice';
  readonly message: string;
  readonly properties: Readonly<Record<string, string>>;
};

export type ActJob = {
  readonly id: string;
  readonly matrix: Readonly<Record<string, unknown>>;
  /** `success`, `failure`, or empty for a job that did not end. */
  result: string;
  readonly steps: ActStep[];
};

export type ActResult = {
  /** 1 when a job failed, null when the deadline ended it. */
  readonly code: number | null;
  readonly jobs: readonly ActJob[];
  /** What act itself said, with no job. */
  readonly messages: readonly string[];
};

const DEADLINE = 120_000;

/** Runs the workflows of a repository to their end. Nothing of the caller's environment gets into the jobs. */
export async function runAct(options: ActOptions): Promise<ActResult> {
  const home = mkdtempSync(join(tmpdir(), 'act-'));
  try {
    if (options.craneCached) cacheCrane(home);
    const { child, ended } = spawnGuarded(tool('act'), argumentsOf(options, home), {
      cwd: options.repository,
      env: environment(home),
      removes: home,
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), options.deadline ?? DEADLINE);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
    }
    const { code } = await ended;
    clearTimeout(timer);
    return { code, ...parseLog(text) };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/**
 * Copies what a published version of this action consists of (action.yml and dist) into a folder, with more files
 * beside it. It has no .gitignore, so that act hands everything to the jobs. The caller removes the folder.
 */
export function makeRepository(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'repository-'));
  for (const name of ['action.yml', 'dist']) {
    if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** The layout of @actions/tool-cache: `<tool>/<version>/<arch>`, and a marker beside it. */
function cacheCrane(home: string): void {
  const version = join(home, 'cache/act/tool_cache/crane', DEFAULT_CRANE_VERSION);
  mkdirSync(join(version, arch()), { recursive: true });
  cpSync(tool('crane'), join(version, arch(), 'crane'));
  writeFileSync(join(version, `${arch()}.complete`), '');
}

function environment(home: string): Record<string, string> {
  return {
    PATH: CLEAN_PATH,
    HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'data'),
  };
}

function argumentsOf(options: ActOptions, home: string): string[] {
  const { event = 'push', workflows = '.github/workflows', payload } = options;
  const flag = (name: string, values: Readonly<Record<string, string>> = {}) =>
    Object.entries(values).flatMap(([key, value]) => [name, `${key}=${value}`]);
  const file = join(home, 'event.json');
  if (payload !== undefined) writeFileSync(file, JSON.stringify(payload));
  return [
    event,
    ...['-W', workflows, '-P', 'ubuntu-latest=-self-hosted', '--json', '--no-cache-server'],
    ...flag('-s', options.secrets),
    ...flag('--env', options.env),
    ...flag('--input', options.dispatch),
    ...flag('--local-repository', options.localRepositories),
    ...(payload === undefined ? [] : ['-e', file]),
    ...(options.actor === undefined ? [] : ['--actor', options.actor]),
  ];
}

type Line = {
  readonly msg?: string;
  readonly job?: string;
  readonly jobID?: string;
  readonly jobResult?: string;
  readonly matrix?: Record<string, unknown>;
  readonly step?: string;
  readonly stepID?: readonly string[];
  readonly stage?: string;
  readonly stepResult?: string;
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
  readonly content?: string;
  readonly kvPairs?: Record<string, string>;
  readonly raw_output?: boolean;
};

function parseLog(text: string): Omit<ActResult, 'code'> {
  const jobs = new Map<string, ActJob>();
  const messages: string[] = [];
  for (const raw of text.split('\n').filter((line) => line !== '')) {
    const line = parseLine(raw);
    if (line.jobID === undefined) messages.push(line.msg ?? raw);
    else read(line, jobFor(jobs, line, line.jobID));
  }
  return { jobs: [...jobs.values()], messages };
}

function parseLine(raw: string): Line {
  return raw.startsWith('{') ? (JSON.parse(raw) as Line) : { msg: raw };
}

// The jobs of a matrix share their id.
function jobFor(jobs: Map<string, ActJob>, { job = '', matrix = {} }: Line, id: string): ActJob {
  const key = `${job} ${JSON.stringify(matrix)}`;
  const known = jobs.get(key) ?? { id, matrix, result: '', steps: [] };
  jobs.set(key, known);
  return known;
}

function read(line: Line, job: ActJob): void {
  job.result = line.jobResult ?? job.result;
  if (line.stepID === undefined) return;
  const step = stepFor(job, line, line.stepID.join('/'));
  step.result = line.stepResult ?? step.result;
  if (line.raw_output) step.lines.push((line.msg ?? '').replace(/\n$/, ''));
  const { command, arg = '', kvPairs: properties = {} } = line;
  if (command === 'set-output') step.outputs[line.name ?? ''] = arg;
  if (command === 'summary') step.summary = line.content ?? '';
  if (command === 'error' || command === 'warning' || command === 'notice') {
    step.annotations.push({ kind: command, message: arg, properties });
  }
}

function stepFor(job: ActJob, { step: name = '', stage = '' }: Line, id: string): ActStep {
  const known = job.steps.find((one) => one.id === id && one.stage === stage);
  if (known !== undefined) return known;
  const made = { id, name, stage, result: '', outputs: {}, summary: '', annotations: [], lines: [] };
  job.steps.push(made);
  return made;
}
