// One fault against one contestant: a registry on each side, a proxy in front of each, one of them going wrong. The
// verdict is read behind the proxies, by crane and a hash.

import { type Image, image, push } from '../../../demo/images.mjs';
import type { BearerRule, Fault } from '../faults/fault.ts';
import { type RunningProxy, startProxy } from '../faults/proxy.ts';
import { digestOf } from '../registries/oracle.ts';
import { type RegistryKind, type RunningRegistry, startRegistry } from '../registries/registries.ts';
import type { Contestant, Finish } from './contestants.ts';

/** The two registries that many trials share; every trial has a mirror repository of its own. */
export type Stage = {
  readonly kind: RegistryKind;
  readonly source: RunningRegistry;
  readonly mirror: RunningRegistry;
  readonly made: Image;
  stop(): Promise<void>;
};

export type Trouble = {
  readonly name: string;
  readonly expect: 'survives' | 'truthful';
  readonly side: 'source' | 'mirror';
  readonly fault: Fault | null;
  readonly bearer: BearerRule | null;
};

/**
 * `landed`: success told, and the right image is there. `told`: failure told, and the tag is as it was. `wrong`:
 * success told without the image. `changed`: failure told, but the tag moved.
 */
export type Verdict = 'landed' | 'told' | 'wrong' | 'changed' | 'hung';

export type Trial = {
  readonly verdict: Verdict;
  /** Whether that is what the case asks for. */
  readonly good: boolean;
  readonly seconds: number;
  /** How often the fault struck; a fault that nobody meets proves nothing by itself. */
  readonly struck: number;
  readonly finish: Finish;
};

export type TrialOptions = {
  /** Milliseconds after which a contestant hangs. */
  readonly limit: number;
  readonly patience: number;
  /** What the mirror's tag is before: nothing, or an older image. */
  readonly before: 'nothing' | 'old';
  /** Inputs of the action. */
  readonly inputs?: Readonly<Record<string, string>>;
};

const REPOSITORY = 'lib/app';
const TAG = '1.0';

/** Two registries of a kind, upstream an image: one of six blobs and about 2 MiB, unless it is given. */
export async function openStage(
  kind: RegistryKind,
  made = image('A', { layerBytes: 500_000 }),
): Promise<Stage> {
  const [source, mirror] = await Promise.all([startRegistry({ kind }), startRegistry({ kind })]);
  await push(source.url, REPOSITORY, made, [TAG]);
  const stop = async (): Promise<void> => void (await Promise.all([source.stop(), mirror.stop()]));
  return { kind, source, mirror, made, stop };
}

/** Lets a contestant copy the image while `trouble` strikes. `prefix` names the mirror repository: one for each trial. */
export async function play(
  stage: Stage,
  trouble: Trouble,
  contestant: Contestant,
  prefix: string,
  options: TrialOptions,
): Promise<Trial> {
  const { mirror, made } = stage;
  const old = image('OLD', { layerBytes: 100 });
  if (options.before === 'old') await push(mirror.url, `${prefix}/${REPOSITORY}`, old, [TAG]);
  const before = options.before === 'old' ? old.index.digest : null;
  const proxies = await openProxies(stage, trouble);
  const started = performance.now();
  try {
    const [source, target] = proxies;
    const where = { source: source.host, mirror: target.host, prefix, repository: REPOSITORY, tag: TAG };
    const errand = { ...where, ...(options.inputs ? { inputs: options.inputs } : {}) };
    const finish = await contestant.run(errand, options.limit, options.patience);
    const seconds = (performance.now() - started) / 1000;
    const found = await digestOf(`${mirror.host}/${prefix}/${REPOSITORY}:${TAG}`);
    const verdict = verdictOf(finish, found, made.index.digest, before);
    const good = verdict === 'landed' || (verdict === 'told' && trouble.expect === 'truthful');
    const struck = Math.max(0, ...proxies.map((proxy) => proxy.traffic().struck[0] ?? 0));
    return { verdict, good, seconds, struck, finish };
  } finally {
    for (const proxy of proxies) await proxy.stop();
  }
}

function verdictOf(
  { hung, code }: Finish,
  found: string | null,
  wanted: string,
  before: string | null,
): Verdict {
  if (hung) return 'hung';
  if (code === 0) return found === wanted ? 'landed' : 'wrong';
  return found === before ? 'told' : 'changed';
}

async function openProxies(
  { source, mirror, made }: Stage,
  { side, fault, bearer }: Trouble,
): Promise<[RunningProxy, RunningProxy]> {
  const { digest, mediaType, bytes } = made.index;
  const wanted = { digest, mediaType, size: bytes.length };
  const faulty = { wanted, ...(fault ? { faults: [fault] } : {}), ...(bearer ? { bearer } : {}) };
  const above = await startProxy(source.host, side === 'source' ? faulty : { wanted });
  const below = await startProxy(mirror.host, side === 'mirror' ? faulty : { wanted });
  return [above, below];
}

/** Runs `work` on every item, at most `width` at once; results come as promises, in order, at once. */
export function inPool<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R>[] {
  const free: (() => void)[] = [];
  let running = 0;
  const turn = async (): Promise<void> => {
    if (running < width) running += 1;
    else await new Promise<void>((resolve) => free.push(resolve));
  };
  const done = (): void => {
    const next = free.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  return items.map(async (item) => {
    await turn();
    return work(item).finally(done);
  });
}
