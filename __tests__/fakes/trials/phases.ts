// Runs that are stopped while one request is under way and never answered: in each phase of a run, by a cancelled job or by
// the end of the time budget. What counts is that the process is gone in time, with its children, and leaves nothing.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { push } from '../../../demo/images.mjs';
import { largeImage } from '../findings/large.ts';
import { type Gate, type Heard, type Hook, refuse, startGate } from '../network/gate.ts';
import { type RunningRegistry, startRegistry } from '../registries/registries.ts';
import { type ActionOptions, type RunningAction, startAction } from '../runner/bundle.ts';

/** How a run is stopped. */
export const ENDS = ['cancelled', 'over budget'] as const;
export type End = (typeof ENDS)[number];

type Side = 'upstream' | 'mirror' | 'github';

type Phase = {
  readonly name: string;
  readonly side: Side;
  /** The first request that is never answered; nothing is from then on, on any side. */
  readonly holds: (heard: Heard) => boolean;
};

const is =
  (kind: Heard['kind'], method?: string, reference = /(?:)/) =>
  (heard: Heard): boolean =>
    heard.kind === kind &&
    (method === undefined || heard.method === method) &&
    reference.test(heard.reference ?? '');
const TAG = /^\d/;
const DIGEST = /^sha256:/;
const TOKEN = 'a token';

/** Every wait of a run, in its order. */
export const PHASES: readonly Phase[] = [
  { name: 'the greeting', side: 'mirror', holds: is('ping') },
  { name: TOKEN, side: 'upstream', holds: is('token') },
  { name: 'the tag list of upstream', side: 'upstream', holds: is('list') },
  { name: 'the tag list of the mirror', side: 'mirror', holds: is('list') },
  { name: 'a digest upstream', side: 'upstream', holds: is('manifest', 'HEAD') },
  { name: 'a digest on the mirror', side: 'mirror', holds: is('manifest', 'HEAD') },
  { name: 'a manifest', side: 'upstream', holds: is('manifest', 'GET') },
  { name: 'a blob', side: 'upstream', holds: is('blob', 'GET') },
  { name: 'an upload', side: 'mirror', holds: is('upload', 'POST') },
  { name: 'the end of an upload', side: 'mirror', holds: is('upload', 'PUT') },
  { name: 'a part of a large layer', side: 'mirror', holds: is('upload', 'PATCH') },
  { name: 'the manifest of an image', side: 'mirror', holds: is('manifest', 'PUT', DIGEST) },
  { name: 'the move of a tag', side: 'mirror', holds: is('manifest', 'PUT', TAG) },
  { name: 'the read-back of a tag', side: 'mirror', holds: is('manifest', 'GET', TAG) },
  { name: 'an answer of GitHub', side: 'github', holds: () => true },
];

/** Two registries, and images of large and small layers in one of them. */
export type PhaseStage = {
  /** What was wrong with one run that was stopped in this phase. */
  trial(phase: Phase, end: End): Promise<readonly string[]>;
  close(): Promise<void>;
};

export async function openPhaseStage(): Promise<PhaseStage> {
  const [upstream, mirror] = await Promise.all([startRegistry(), startRegistry()]);
  for (const tag of ['1.0', '1.1']) {
    await push(upstream.url, 'lib/app', largeImage(tag, { layers: [tag], small: [`small ${tag}`] }), [tag]);
  }
  return {
    trial: (phase, end) => trial({ upstream, mirror }, phase, end),
    close: async () => {
      await Promise.all([upstream.stop(), mirror.stop()]);
    },
  };
}

type Registries = Readonly<Record<'upstream' | 'mirror', RunningRegistry>>;

let trials = 0;

async function trial({ upstream, mirror }: Registries, phase: Phase, end: End): Promise<string[]> {
  const held = holding(phase);
  const gates = {
    upstream: await startGate({ target: upstream.host, hook: held.hook('upstream') }),
    mirror: await startGate({ target: mirror.host, hook: held.hook('mirror') }),
    github: await startGate({ hook: held.hook('github') }),
  };
  const folder = mkdtempSync(join(tmpdir(), 'phase-'));
  trials += 1;
  try {
    const options = optionsFor(gates, end, { folder, repository: `trial-${trials}` });
    const wrong = await stopped(startAction(options), held.begun, end);
    return [...wrong, ...leftIn(folder)].map((one) => `${phase.name}, ${end}: ${one}`);
  } finally {
    await Promise.all(Object.values(gates).map((gate) => gate.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The hooks of one trial: from the first request of the phase on nobody is answered. */
function holding(phase: Phase): { readonly begun: Promise<void>; hook(side: Side): Hook } {
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const state = { holds: false };
  const hook =
    (side: Side): Hook =>
    (heard, response, request) => {
      if (side === phase.side && phase.holds(heard)) {
        state.holds = true;
        resolve();
      }
      if (state.holds) {
        request.resume();
        return true;
      }
      if (phase.name !== TOKEN || side !== 'upstream') return false;
      const challenge = `Bearer realm="http://${heard.host}/token",service="registry"`;
      return refuse(response, 401, 'UNAUTHORIZED', { 'WWW-Authenticate': challenge });
    };
  return { begun, hook };
}

/** The time budget of a run that is to use it up: enough to come to every phase. */
const BUDGET = 12;
/** Seconds after its signal in which a cancelled run has to be gone: it is the runner that gives 7.5. */
const MOST = 7.5;

function optionsFor(
  { upstream, mirror, github }: Readonly<Record<Side, Gate>>,
  end: End,
  { folder, repository }: { readonly folder: string; readonly repository: string },
): ActionOptions {
  for (const name of ['temp', 'tmp']) mkdirSync(join(folder, name));
  const source = `  - { source: "${upstream.host}/lib/app", tags: ["1.0"], new-tags: pull-request }\n`;
  return {
    config: `mirror: ${mirror.host}/${repository}\nimages:\n${source}`,
    inputs: {
      'on-failure': 'rollback',
      token: 'a-token',
      ...(end === 'cancelled' ? {} : { 'time-budget': `${BUDGET}s` }),
    },
    env: {
      RUNNER_TEMP: join(folder, 'temp'),
      TMPDIR: join(folder, 'tmp'),
      GITHUB_API_URL: github.url,
    },
  };
}

/** Stops a run once it waits, and says what was wrong with its end. */
async function stopped(running: RunningAction, begun: Promise<void>, end: End): Promise<string[]> {
  const ended = running.result;
  const reached = await Promise.race([begun.then(() => true), ended.then(() => false)]);
  if (!reached) return [`it never came to this phase: ${(await ended).stdout.slice(-600)}`];
  await sleep(Math.random() * 400);
  const struck = performance.now();
  if (end === 'cancelled') running.kill('SIGINT');
  const kill = setTimeout(() => running.kill('SIGKILL'), 30_000);
  const result = await ended;
  clearTimeout(kill);
  const seconds = end === 'cancelled' ? (performance.now() - struck) / 1000 : result.seconds;
  const late = seconds > (end === 'cancelled' ? MOST : BUDGET) ? [`it took ${seconds.toFixed(1)} s`] : [];
  const status = result.outputs.status === undefined ? ['it wrote no status'] : [];
  return [...late, ...status];
}

/** What a run left: files of its own, and processes that carry its environment. A journal is for the post step. */
function leftIn(folder: string): string[] {
  const files = ['temp', 'tmp'].flatMap((name) =>
    readdirSync(join(folder, name), { recursive: true, encoding: 'utf8' }).map((file) => `${name}/${file}`),
  );
  const own = files.filter((file) => !file.startsWith('temp/fresh-mirror-journal'));
  return [...own.map((file) => `it left ${file}`), ...processesOf(folder).map((one) => `it left ${one}`)];
}

/** Linux shows who runs with which environment; elsewhere nothing is found. */
function processesOf(folder: string): string[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && mentions(`/proc/${name}/environ`, folder))
      .map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
  } catch {
    return [];
  }
}

function mentions(file: string, text: string): boolean {
  try {
    return readFileSync(file, 'utf8').includes(text);
  } catch {
    return false;
  }
}
