// Runs the action as a runner would: the committed bundle in a process of its own, with a clean environment.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { inputEnvironment } from './action-inputs.ts';
import { type Command, parseCommands } from './commands.ts';
import { watchOver } from './guarded.ts';
import { CLEAN_PATH, NODE, ROOT, tool } from './places.ts';
import { misfits } from './report-schema.ts';

export type ActionOptions = {
  /** By name as in action.yml; `crane-path` is the test's crane unless it is given. */
  inputs?: Readonly<Record<string, string>>;
  /** Text of `images.yaml` in a workspace of its own. */
  config?: string;
  /** `dist` is what users get; `src` runs the sources, for work on them; or a path from the root of the project. */
  entry?: 'dist' | 'src' | `${string}.js` | `${string}.ts`;
  event?: string;
  env?: Readonly<Record<string, string>>;
  /** More files of the workspace. */
  files?: Readonly<Record<string, string>>;
  /** A workspace that stays, instead of one that is made and removed. */
  workspace?: string;
  /** What an earlier step of the same action saved, for a `post` entry. */
  state?: Readonly<Record<string, string>>;
};

export type ActionResult = {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Every workflow command in stdout and stderr, as the runner reads them: it listens to both. */
  readonly commands: readonly Command[];
  /** The errors, warnings and notices among them. */
  readonly annotations: readonly Command[];
  readonly report: unknown;
  readonly seconds: number;
};

export type RunningAction = {
  readonly pid: number;
  kill(signal: NodeJS.Signals): boolean;
  readonly result: Promise<ActionResult>;
};

/** Runs the action to its end. */
export function runAction(options: ActionOptions): Promise<ActionResult> {
  return startAction(options).result;
}

/** Starts the action; its folder is removed when it has ended. */
export function startAction(options: ActionOptions): RunningAction {
  const folder = mkdtempSync(join(tmpdir(), 'action-'));
  const started = performance.now();
  const entry = entryOf(options.entry ?? 'dist');
  // No shell between: a shell drops variables with a hyphen in their name, and every input has one.
  const env = prepare(folder, options);
  const child = spawn(NODE, [entry], {
    cwd: env.GITHUB_WORKSPACE,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stopWatching = watchOver(child.pid ?? 0, folder);
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (part: string) => {
      texts[name] += part;
    });
  }
  const ended = new Promise<Ending>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  const result = ended.then((ending) => {
    stopWatching();
    const seconds = (performance.now() - started) / 1000;
    const commands = parseCommands(`${texts.stdout}\n${texts.stderr}`);
    const annotations = commands.filter((one) => ANNOTATIONS.includes(one.name));
    const all = { ...ending, ...texts, ...readFiles(folder), commands, annotations, seconds };
    rmSync(folder, { recursive: true, force: true });
    return all;
  });
  return { pid: child.pid ?? 0, kill: (signal) => child.kill(signal), result };
}

type Ending = Pick<ActionResult, 'code' | 'signal'>;

const ANNOTATIONS = ['error', 'warning', 'notice'];
const FILES = {
  GITHUB_OUTPUT: 'output',
  GITHUB_STATE: 'state',
  GITHUB_STEP_SUMMARY: 'summary',
  GITHUB_ENV: 'env',
};

function entryOf(entry: string): string {
  if (entry === 'src') return join(ROOT, 'src/main.ts');
  if (entry === 'dist') return join(ROOT, 'dist/index.js');
  return isAbsolute(entry) ? entry : join(ROOT, entry);
}

function prepare(
  folder: string,
  { inputs = {}, config, event = 'schedule', env = {}, files = {}, state = {}, ...rest }: ActionOptions,
) {
  const workspace = rest.workspace ?? join(folder, 'workspace');
  for (const name of ['workspace', 'temp', 'tools', 'home']) mkdirSync(join(folder, name));
  for (const name of Object.values(FILES)) writeFileSync(join(folder, name), '');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, name)), { recursive: true });
    writeFileSync(join(workspace, name), text);
  }
  if (config !== undefined) writeFileSync(join(workspace, 'images.yaml'), config);
  const given = { 'crane-path': tool('crane'), report: join(folder, 'report.json'), ...inputs };
  return {
    PATH: CLEAN_PATH,
    // Compiling the bundle anew is a fourth of what a short run costs, and the tests have thousands of these.
    NODE_COMPILE_CACHE: join(ROOT, '.tools/compile-cache'),
    HOME: join(folder, 'home'),
    RUNNER_TEMP: join(folder, 'temp'),
    RUNNER_TOOL_CACHE: join(folder, 'tools'),
    GITHUB_WORKSPACE: workspace,
    GITHUB_EVENT_NAME: event,
    GITHUB_REPOSITORY: 'acme/images',
    GITHUB_RUN_ID: '1',
    GITHUB_RUN_NUMBER: '1',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_JOB: 'mirror',
    GITHUB_SHA: '0'.repeat(40),
    GITHUB_REF: 'refs/heads/main',
    GITHUB_SERVER_URL: 'https://github.com',
    // Nobody listens there: a test that means GitHub says which one.
    GITHUB_API_URL: 'http://127.0.0.1:9',
    GITHUB_ACTIONS: 'true',
    CI: 'true',
    RUNNER_OS: 'Linux',
    RUNNER_ARCH: 'X64',
    ...Object.fromEntries(Object.entries(FILES).map(([name, file]) => [name, join(folder, file)])),
    ...Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])),
    ...inputEnvironment(given, { 'runner.temp': join(folder, 'temp'), 'github.workspace': workspace }),
    ...env,
  };
}

function readFiles(folder: string): Pick<ActionResult, 'outputs' | 'state' | 'summary' | 'report'> {
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  return {
    outputs: parseOutputs(read('output')),
    state: parseOutputs(read('state')),
    summary: read('summary'),
    report: readReport(folder),
  };
}

/** Null where there is none, or half of one: the process was killed. */
function parseReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** The report, null where none was written. Throws for one that does not fit the schema: every run of the tests checks it. */
function readReport(folder: string): unknown {
  const report = parseReport(join(folder, 'report.json'));
  if (report === null) return null;
  const wrong = misfits(report);
  if (wrong.length > 0) throw new Error(`the report does not fit its schema:\n${wrong.join('\n')}`);
  return report;
}

/** The runner's file format: `name<<delimiter`, the value, the delimiter on a line of its own. */
export function parseOutputs(text: string): Record<string, string> {
  const blocks = [...text.matchAll(/^([^\n=]+?)<<(.+)\n([\s\S]*?)\n?^\2$/gm)];
  return Object.fromEntries(blocks.map(([, name, , value]) => [name ?? '', value ?? '']));
}

/** A JSON list output as the tags in it. */
export function tagsIn(result: ActionResult, output: string): string[] {
  const rows = JSON.parse(result.outputs[output] ?? 'null') as readonly { tag: string }[];
  return rows.map((row) => row.tag);
}
