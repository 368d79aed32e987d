// Runs of the action that are hit at some moment: by the signals of a cancelled job, by kill -9, by another run. Each
// trial has a mirror repository of its own, half of it stale and half of it missing, and is judged by crane.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { image, push } from '../../../demo/images.mjs';
import type { Fault } from '../faults/fault.ts';
import { type RunningProxy, startProxy } from '../faults/proxy.ts';
import { digestOf, list, type Snapshot } from '../registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../registries/registries.ts';
import {
  type ActionOptions,
  type ActionResult,
  type RunningAction,
  runAction,
  startAction,
} from '../runner/bundle.ts';

export type Policy = 'keep' | 'rollback';

/** Two registries, with more tags than move at once; what goes to the mirror passes a proxy that makes the moves of tags slow enough to be hit. */
export type Stage = {
  readonly upstream: RunningRegistry;
  readonly mirror: RunningRegistry;
  readonly proxy: RunningProxy;
  readonly tags: readonly string[];
  /** Milliseconds that an undisturbed run takes. */
  readonly length: number;
  close(): Promise<void>;
};

/** What came of one trial: whether it hit the time between the first and the last move of a tag, and what was wrong. */
export type Trial = { readonly window: boolean; readonly wrong: readonly string[] };

/** When to strike: after so many moves of tags, or after so many milliseconds. */
export type Moment = { readonly moves: number } | { readonly milliseconds: number };

export async function openStage(tagCount = 20, latency = 15): Promise<Stage> {
  const [upstream, mirror] = await Promise.all([startRegistry(), startRegistry({ deletes: true })]);
  const proxy = await startProxy(mirror.host, { latency: { request: latency } });
  const tags = Array.from({ length: tagCount }, (_, at) => `1.${at}`);
  for (const tag of tags) await push(upstream.url, 'lib/app', image(`NEW${tag}`), [tag]);
  const close = async () => {
    await proxy.stop();
    await Promise.all([upstream.stop(), mirror.stop()]);
  };
  const stage = { upstream, mirror, proxy, tags, close };
  await fill(stage, 'calibration');
  const run = await runAction(optionsFor({ ...stage, length: 0 }, 'calibration', 'rollback', {}));
  if (run.outputs.status !== 'synced') throw new Error(`calibration: ${run.stdout}${run.stderr}`);
  return { ...stage, length: run.seconds * 1000 };
}

type Registries = Omit<Stage, 'length'>;

/** Every second tag is there and stale, the others are missing. */
async function fill({ mirror, tags }: Registries, name: string): Promise<void> {
  for (const [at, tag] of tags.entries()) {
    if (at % 2 === 0) await push(mirror.url, `${name}/lib/app`, image(`OLD${tag}`), [tag]);
  }
}

export function before({ tags }: Stage): Snapshot {
  const old = tags.filter((_, at) => at % 2 === 0);
  return Object.fromEntries(old.map((tag) => [tag, image(`OLD${tag}`).index.digest]));
}

export function after({ tags }: Stage): Snapshot {
  return Object.fromEntries(tags.map((tag) => [tag, image(`NEW${tag}`).index.digest]));
}

function optionsFor(
  { upstream, proxy, tags }: Stage,
  name: string,
  policy: Policy,
  env: Readonly<Record<string, string>>,
): ActionOptions {
  const list = tags.map((tag) => `"${tag}"`).join(', ');
  // Two requests at once, so that the moves come one after another.
  const pace = `registries: { "${proxy.host}": { concurrency: 2 } }`;
  const config = `mirror: ${proxy.host}/${name}\n${pace}\nimages:\n  - { source: "${upstream.host}/lib/app", tags: [${list}] }\n`;
  return { config, inputs: { 'on-failure': policy }, env };
}

/** Tags and digests of a repository by crane, a few at a time: hundreds of processes at once would be no verdict. */
export async function readTags(repository: string, width = 8): Promise<Snapshot> {
  const tags = await list(repository);
  const found: [string, string][] = [];
  for (let at = 0; at < tags.length; at += width) {
    const some = tags.slice(at, at + width).map(async (tag): Promise<[string, string]> => {
      return [tag, (await digestOf(`${repository}:${tag}`)) ?? ''];
    });
    found.push(...(await Promise.all(some)));
  }
  return Object.fromEntries(found);
}

function movesSeen({ proxy }: Stage): number {
  return proxy
    .traffic()
    .requests.filter(
      ({ method, kind, reference }) => method === 'PUT' && kind === 'manifest' && !reference?.includes(':'),
    ).length;
}

/** True when the moment lay between the first and the last move. */
async function waitFor(moment: Moment, stage: Stage, running: RunningAction): Promise<boolean> {
  let ended = false;
  running.result.then(() => {
    ended = true;
  });
  if ('milliseconds' in moment) await Promise.race([sleep(moment.milliseconds), running.result]);
  else while (!ended && movesSeen(stage) < moment.moves) await sleep(2);
  const moves = movesSeen(stage);
  return !ended && moves > 0 && moves < stage.tags.length;
}

async function withTrial<T>(
  stage: Stage,
  name: string,
  work: (env: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  await fill(stage, name);
  stage.proxy.reset();
  const temp = mkdtempSync(join(tmpdir(), 'trial-'));
  try {
    return await work({ RUNNER_TEMP: temp });
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

/** What is wrong with the mirror after an interrupted run: `rollback` allows two states, `keep` both of each tag. */
async function illegal(stage: Stage, name: string, policy: Policy): Promise<string[]> {
  const now = await readTags(`${stage.mirror.host}/${name}/lib/app`);
  const [old, wanted] = [before(stage), after(stage)];
  if (policy === 'rollback')
    return same(now, old) || same(now, wanted) ? [] : [`${name}: a mixture of ${show(now)}`];
  const odd = stage.tags.filter((tag) => now[tag] !== old[tag] && now[tag] !== wanted[tag]);
  return odd.map((tag) => `${name}:${tag} is ${now[tag]}`);
}

function same(a: Snapshot, b: Snapshot): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function show(snapshot: Snapshot): string {
  return Object.entries(snapshot)
    .map(([tag, digest]) => `${tag}=${digest.slice(7, 13)}`)
    .join(' ');
}

const HANG: Fault = { methods: 'any', place: 'anything', times: 'always', effect: { kind: 'hang' } };

/** Seconds in which everything has to be written after the first signal. */
const MOST_SECONDS = 7;

/**
 * Cancels a run as the runner does: SIGINT, SIGTERM 7.5 s later, kill 2.5 s after that; then the post step. With `hangs`
 * the mirror answers nothing from the signal on, until the run has ended.
 */
export function signalTrial(
  stage: Stage,
  name: string,
  policy: Policy,
  moment: Moment,
  hangs = false,
): Promise<Trial> {
  return withTrial(stage, name, async (env) => {
    const options = optionsFor(stage, name, policy, env);
    const running = startAction(options);
    const window = await waitFor(moment, stage, running);
    if (hangs) stage.proxy.setFaults([HANG]);
    const struck = performance.now();
    const sent = running.kill('SIGINT');
    const timers = [
      setTimeout(() => running.kill('SIGTERM'), 7_500),
      setTimeout(() => running.kill('SIGKILL'), 10_000),
    ];
    const result = await running.result;
    for (const timer of timers) clearTimeout(timer);
    stage.proxy.setFaults([]);
    const seconds = (performance.now() - struck) / 1000;
    const wrong = [...untold(result, sent), ...(seconds > MOST_SECONDS ? [`it took ${seconds} s`] : [])];
    const post = await runAction({ ...options, state: result.state });
    if (post.code !== 0) wrong.push(`post: ${post.stdout}`);
    wrong.push(...(await illegal(stage, name, policy)));
    return { window, wrong: wrong.map((one) => `${name} ${policy} ${JSON.stringify(moment)}: ${one}`) };
  });
}

function untold(
  { outputs, summary, report, code, signal, stdout, stderr }: ActionResult,
  sent: boolean,
): string[] {
  const status = outputs.status ?? '';
  const wrong: string[] = [];
  if (signal !== null) wrong.push(`ended by ${signal}`);
  if (sent && !['cancelled', 'synced'].includes(status)) wrong.push(`status ${status}: ${stdout} ${stderr}`);
  if (status === 'cancelled' && code === 0) wrong.push('a cancelled step passed');
  if (!summary.includes(`Mirror ${status}`)) wrong.push(`no summary: ${summary}`);
  if (outputs.copied === undefined) wrong.push('no outputs');
  const written = (report as { status?: string } | null)?.status;
  if (outputs.report !== '' && written !== status) wrong.push(`the report says ${written}`);
  return wrong;
}

/** Kills a run; what is left must be right after the post step, or, where the machine was lost, after the next run. */
export function killTrial(
  stage: Stage,
  name: string,
  policy: Policy,
  moment: Moment,
  machineLost: boolean,
): Promise<Trial> {
  return withTrial(stage, name, async (env) => {
    const options = optionsFor(stage, name, policy, env);
    const running = startAction(options);
    const window = await waitFor(moment, stage, running);
    running.kill('SIGKILL');
    const result = await running.result;
    // Until the post step ran, each tag may be as before or as wanted, whatever the policy; nothing else.
    const wrong = await illegal(stage, name, 'keep');
    if (!machineLost) {
      const post = await runAction({ ...options, state: result.state });
      if (post.code !== 0) wrong.push(`post: ${post.stdout}`);
      wrong.push(...(await illegal(stage, name, policy)));
    }
    const next = await runAction({ ...options, env: {} });
    if (!['synced', 'fresh'].includes(next.outputs.status ?? '')) wrong.push(`next run: ${next.stdout}`);
    const now = await readTags(`${stage.mirror.host}/${name}/lib/app`);
    if (!same(now, after(stage))) wrong.push(`not converged: ${show(now)}`);
    return { window, wrong: wrong.map((one) => `${name} ${policy} ${JSON.stringify(moment)}: ${one}`) };
  });
}

/**
 * A cancel that the main step never hears, as in a container, where the runner ends `docker exec` alone: its post step comes while
 * it moves tags.
 */
export function unheardTrial(stage: Stage, name: string, moment: Moment): Promise<Trial> {
  return withTrial(stage, name, async (env) => {
    const options = optionsFor(stage, name, 'rollback', env);
    const running = startAction(options);
    const window = await waitFor(moment, stage, running);
    const folder = join(env.RUNNER_TEMP ?? '', 'fresh-mirror-journal');
    const [journal = ''] = readdirSync(folder);
    const post = await runAction({ ...options, state: { journal: join(folder, journal) } });
    const wrong = post.code === 0 ? [] : [`post: ${post.stdout}`];
    const { outputs } = await running.result;
    if (outputs.status !== 'cancelled') wrong.push(`the main step went on: ${outputs.status}`);
    const now = await readTags(`${stage.mirror.host}/${name}/lib/app`);
    if (!same(now, before(stage))) wrong.push(`not put back: ${show(now)}`);
    return { window, wrong };
  });
}

/** Two runs at once on one mirror; the second starts `offset` milliseconds after the first. */
export function overlapTrial(stage: Stage, name: string, policy: Policy, offset: number): Promise<Trial> {
  return withTrial(stage, name, async () => {
    const first = startAction(optionsFor(stage, name, policy, {}));
    await sleep(offset);
    const moves = movesSeen(stage);
    const second = startAction(optionsFor(stage, name, policy, {}));
    const results = await Promise.all([first.result, second.result]);
    const now = await readTags(`${stage.mirror.host}/${name}/lib/app`);
    const wrong = same(now, after(stage)) ? [] : [`${name}: ${show(now)}`];
    for (const { outputs, stdout } of results) {
      if (!['synced', 'fresh'].includes(outputs.status ?? '')) wrong.push(`${name}: ${stdout}`);
    }
    return { window: moves < stage.tags.length, wrong };
  });
}
