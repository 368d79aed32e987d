// Lists tags and brings content with crane, one process each, repeated as a whole until it worked or makes no sense.
// crane alone has no deadline, gives up 4 s after a 429 and pushes shared layers once per process.

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../base/errors/failure.ts';
import { createTurns, type Turns } from '../../base/flow/turns.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import { isTag } from '../../image/tags/tag.ts';
import { bringArgs, listArgs, pullArgs, pushArgs, type UsesHttp, usesFolder } from './argv.ts';
import { type Command, type Ended, runCommand } from './exec.ts';
import { type CraneFailure, classify } from './failure.ts';
import { coverManifest } from './layout.ts';

/** How crane is run. Durations in milliseconds. */
export type EngineSettings = {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** A folder for what must pass the disk. */
  readonly temp: string;
  readonly usesHttp: UsesHttp;
  /** Copies at once over all, and blobs at once in one copy. */
  readonly copies: number;
  readonly jobs: number;
  /** Lists at once over all: each is a process of some 13 MB, and a config may name a hundred repositories. */
  readonly lists: number;
  readonly listDeadline: number;
  readonly bringDeadline: number;
  /** The longest silence of a copy, doubled each time: a registry may take a while to put a large layer in place. */
  readonly bringStall: number;
  readonly attempts: number;
  readonly backoff: number;
  readonly backoffCap: number;
  /** The longest wait that a registry may ask for. */
  readonly waitCap: number;
};

/** The built-in numbers. Four copies at once push least of what images share, measured against sixteen. */
export const ENGINE_DEFAULTS = {
  copies: 4,
  jobs: 4,
  lists: 4,
  listDeadline: 2 * 60_000,
  bringDeadline: 10 * 60_000,
  bringStall: 60_000,
  attempts: 5,
  backoff: 1_500,
  backoffCap: 8_000,
  waitCap: 120_000,
} as const;

export type EngineDeps = {
  readonly clock: { sleep(milliseconds: number, signal?: AbortSignal): Promise<void> };
  readonly log: { debug(line: string): void; warning(line: string): void };
  /** The pace that the manifest client keeps, shared so that both wait when a registry says so. */
  readonly pace?: { ready(host: string): Promise<void>; pause(host: string, milliseconds: number): boolean };
  /** Runs before crane contacts a repository; throws the Failure when it may not or cannot. */
  readonly prove?: (name: Name, access: 'pull' | 'push') => Promise<void>;
  /** Takes secrets out of what crane prints: it passes on what registries say. */
  readonly redact?: (text: string) => string;
  readonly signal?: AbortSignal;
  readonly random?: () => number;
};

export type CraneEngine = {
  /** Every tag of a repository, in the registry's order; a Failure for a list that is not known to be whole. */
  list(name: Name): Promise<readonly string[]>;
  /** Brings a digest with everything it refers to; no tag moves. Safe to repeat. @throws Failure */
  bring(digest: Digest, from: Name, to: Name): Promise<void>;
  /** Brings the blobs of an image whose manifest is there: `bring` takes such a one for whole. @throws Failure */
  refill(digest: Digest, from: Name, to: Name): Promise<void>;
};

// A registry whose pages lead back to themselves makes crane print for ever (go-containerregistry follows any `Link`).
const MAX_REPEATED = 1_000;
const MAX_TAGS = 1_000_000;

type Engine = {
  readonly settings: EngineSettings;
  readonly deps: EngineDeps;
  readonly turns: { readonly copies: Turns; readonly lists: Turns };
};

export function createEngine(settings: EngineSettings, deps: EngineDeps): CraneEngine {
  const turns = { copies: createTurns(settings.copies), lists: createTurns(settings.lists) };
  const engine: Engine = { settings, deps, turns };
  return {
    list: (name) => listTags(engine, name),
    bring: (digest, from, to) =>
      engine.turns.copies.take(formatName(to), () => bringDigest(engine, digest, from, to)),
    refill: (digest, from, to) =>
      engine.turns.copies.take(formatName(to), () => refillDigest(engine, digest, from, to)),
  };
}

async function listTags(engine: Engine, name: Name): Promise<readonly string[]> {
  const what = `list ${formatName(name)}`;
  return repeat(engine, what, [name], async () => {
    const tags = new Set<string>();
    const seen = { repeated: 0, dropped: 0 };
    const onLine = (line: string): boolean => takeTag(line.replace(/\r$/, ''), tags, seen);
    const args = listArgs(name, engine.settings.usesHttp);
    const deadline = engine.settings.listDeadline;
    // A turn is held by the process alone, not by the waits between attempts.
    const ended = await engine.turns.lists.take(what, () => run(engine, { args, deadline, onLine }));
    if (ended.how === 'stopped') throw new Failure('server-error', `${what}: the list does not end`);
    if (!succeeded(ended)) return classify(what, ended);
    if (tags.size === 0) throw new Failure('not-found', `${what}: the registry lists no tag`);
    if (seen.dropped > 0)
      engine.deps.log.warning(`${what}: ${seen.dropped} names are no tags and were left out`);
    return { value: [...tags] };
  });
}

function takeTag(line: string, tags: Set<string>, seen: { repeated: number; dropped: number }): boolean {
  const before = tags.size;
  if (isTag(line)) tags.add(line);
  else seen.dropped += 1;
  seen.repeated = tags.size > before ? 0 : seen.repeated + 1;
  return seen.repeated < MAX_REPEATED && tags.size < MAX_TAGS;
}

async function bringDigest(engine: Engine, digest: Digest, from: Name, to: Name): Promise<void> {
  const what = `copy ${formatName(from)}@${digest} to ${formatName(to)}`;
  await repeat(engine, what, [from, to], (attempt) => {
    const stall = engine.settings.bringStall * 2 ** (attempt - 1);
    return copyOnce(engine, what, digest, from, to, stall);
  });
}

async function copyOnce(
  engine: Engine,
  what: string,
  digest: Digest,
  from: Name,
  to: Name,
  stall: number,
): Promise<CraneFailure | { value: null }> {
  const { jobs, usesHttp, bringDeadline, temp } = engine.settings;
  const plan = (folder: string) => bringArgs(digest, from, to, { jobs, folder, usesHttp });
  const folder = usesFolder(plan('')) ? await mkdtemp(join(temp, 'layout-')) : '';
  try {
    for (const args of plan(folder)) {
      const ended = await run(engine, { args, deadline: bringDeadline, stall });
      if (!succeeded(ended)) return classify(what, ended);
    }
    return { value: null };
  } finally {
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  }
}

/** By way of a manifest of its own, which crane does not find there and so looks for each of its blobs. */
async function refillDigest(engine: Engine, digest: Digest, from: Name, to: Name): Promise<void> {
  const what = `copy the blobs of ${formatName(from)}@${digest} to ${formatName(to)}`;
  const { usesHttp, bringDeadline: deadline, temp } = engine.settings;
  await repeat(engine, what, [from, to], async () => {
    const folder = await mkdtemp(join(temp, 'layout-'));
    try {
      const pulled = await run(engine, { args: pullArgs(digest, from, folder, usesHttp), deadline });
      if (!succeeded(pulled)) return classify(what, pulled);
      const cover = await coverManifest(folder, digest);
      const pushed = await run(engine, { args: pushArgs(cover, folder, to, usesHttp), deadline });
      return succeeded(pushed) ? { value: null } : classify(what, pushed);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

function succeeded({ how, code }: Ended): boolean {
  return how === 'exit' && code === 0;
}

async function run(
  engine: Engine,
  command: Pick<Command, 'args' | 'deadline' | 'stall' | 'onLine'>,
): Promise<Ended> {
  const { file, env } = engine.settings;
  const { signal, redact = (text) => text } = engine.deps;
  const ended = await runCommand({ file, env, ...command, ...(signal === undefined ? {} : { signal }) });
  return { ...ended, stderr: redact(ended.stderr) };
}

/** The first success of `once`, repeated by class of failure; the registries' shared pauses are waited out. */
async function repeat<T>(
  engine: Engine,
  what: string,
  names: readonly Name[],
  once: (attempt: number) => Promise<CraneFailure | { value: T }>,
): Promise<T> {
  const { settings, deps } = engine;
  for (const [index, name] of names.entries()) await deps.prove?.(name, index === 0 ? 'pull' : 'push');
  for (let attempt = 1; ; attempt += 1) {
    for (const { registry } of names) await deps.pace?.ready(registry);
    const result = await once(attempt);
    if ('value' in result) return result.value;
    const last = attempt >= (result.again === 'once' ? 2 : settings.attempts);
    if (result.again === 'no' || last || !(await waitAfter(engine, names, result, attempt))) {
      throw withAttempts(result.failure, attempt);
    }
    if (deps.signal?.aborted) throw new Failure('cancelled', `${what}: the run was cancelled`);
    deps.log.debug(`${result.failure.message}; trying again`);
  }
}

function withAttempts(failure: Failure, attempts: number): Failure {
  if (attempts === 1) return failure;
  const { reason, message, hint } = failure;
  return new Failure(reason, `${message} (after ${attempts} attempts)`, { hint, cause: failure });
}

async function waitAfter(
  { settings, deps }: Engine,
  names: readonly Name[],
  { failure, wait }: CraneFailure,
  attempt: number,
): Promise<boolean> {
  const plain = Math.min(settings.backoff * 2 ** (attempt - 1), settings.backoffCap);
  const own = plain * (1 + (deps.random ?? Math.random)() / 4);
  const time = wait === null ? own : Math.min(Math.max(wait, own / 4), settings.waitCap);
  if (failure.reason === 'rate-limited' && deps.pace !== undefined) {
    // crane does not say which end limits it when both answer alike, so the one named in its message is paused, or both.
    const named = names.filter(({ registry }) => failure.message.includes(`//${contacted(registry)}/`));
    const paused = named.length > 0 ? named : names;
    return paused.every(({ registry }) => deps.pace?.pause(registry, time) ?? true);
  }
  await deps.clock.sleep(time, deps.signal).catch((thrown: unknown) => {
    if (deps.signal?.aborted !== true) throw thrown;
  });
  return true;
}

// crane contacts Docker Hub under the name that the docker config has for it.
function contacted(registry: string): string {
  return registry === 'docker.io' ? 'index.docker.io' : registry;
}
