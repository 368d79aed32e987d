// Runs the action as a runner would: the committed bundle in a process of its own, with a clean environment.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, parseCommands } from './commands.ts';
import { CLEAN_PATH, NODE, ROOT, tool } from './places.ts';

export type ActionOptions = {
  /** By name as in action.yml; `crane-path` is the test's crane unless it is given. */
  inputs?: Readonly<Record<string, string>>;
  /** Text of `images.yaml` in a workspace of its own. */
  config?: string;
  /** `dist` is what users get; `src` runs the sources, for work on them. */
  entry?: 'dist' | 'src';
  event?: string;
  env?: Readonly<Record<string, string>>;
  /** More files of the workspace. */
  files?: Readonly<Record<string, string>>;
};

export type ActionResult = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly commands: readonly Command[];
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
  const entry = options.entry === 'src' ? 'src/main.ts' : 'dist/index.js';
  // No shell between: a shell drops variables with a hyphen in their name, and every input has one.
  const child = spawn(NODE, [join(ROOT, entry)], {
    env: prepare(folder, options),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (part: string) => {
      texts[name] += part;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const result = ended.then((code) => {
    const seconds = (performance.now() - started) / 1000;
    const all = { code, ...texts, ...readFiles(folder), commands: parseCommands(texts.stdout), seconds };
    rmSync(folder, { recursive: true, force: true });
    return all;
  });
  return { pid: child.pid ?? 0, kill: (signal) => child.kill(signal), result };
}

const FILES = {
  GITHUB_OUTPUT: 'output',
  GITHUB_STATE: 'state',
  GITHUB_STEP_SUMMARY: 'summary',
  GITHUB_ENV: 'env',
};

function prepare(
  folder: string,
  { inputs = {}, config, event = 'schedule', env = {}, files = {} }: ActionOptions,
) {
  const workspace = join(folder, 'workspace');
  for (const name of ['workspace', 'temp', 'tools', 'home']) mkdirSync(join(folder, name));
  for (const name of Object.values(FILES)) writeFileSync(join(folder, name), '');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(workspace, name), text);
  if (config !== undefined) writeFileSync(join(workspace, 'images.yaml'), config);
  const given = { 'crane-path': tool('crane'), report: join(folder, 'report.json'), ...inputs };
  return {
    PATH: CLEAN_PATH,
    HOME: join(folder, 'home'),
    RUNNER_TEMP: join(folder, 'temp'),
    RUNNER_TOOL_CACHE: join(folder, 'tools'),
    GITHUB_WORKSPACE: workspace,
    GITHUB_EVENT_NAME: event,
    GITHUB_REPOSITORY: 'acme/images',
    GITHUB_RUN_ID: '1',
    GITHUB_RUN_NUMBER: '1',
    ...Object.fromEntries(Object.entries(FILES).map(([name, file]) => [name, join(folder, file)])),
    ...Object.fromEntries(
      Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
    ),
    ...env,
  };
}

function readFiles(folder: string): Pick<ActionResult, 'outputs' | 'summary' | 'report'> {
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  return { outputs: parseOutputs(read('output')), summary: read('summary'), report: readReport(folder) };
}

function readReport(folder: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  } catch {
    return null;
  }
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
