// The twenty ways in which a way back may go: five kinds of registry, four things that may have happened to a tag
// that was moved. Real registries and crane; the failure that starts the way back is made here, so that the tag has
// moved by then.

import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { image, push } from '../../../demo/images.mjs';
import { Failure } from '../../../src/base/errors/failure.ts';
import { BUILT_IN } from '../../../src/config/policies/policy.ts';
import { createJournal } from '../../../src/files/journal.ts';
import type { ManifestBody } from '../../../src/image/manifest/manifest.ts';
import { KEEP_ALL } from '../../../src/plan/steps/order.ts';
import type { Outcome, Plan, Step } from '../../../src/plan/steps/step.ts';
import { createAttached } from '../../../src/registry/attached/attached.ts';
import { createRegistry, type RegistryClient } from '../../../src/registry/client/client.ts';
import { REGISTRY_DEFAULTS } from '../../../src/registry/client/settings.ts';
import { createCopier } from '../../../src/registry/copier/copier.ts';
import { CRANE_DEFAULTS, type Crane } from '../../../src/registry/crane/fenced.ts';
import { createLister } from '../../../src/registry/crane/lister.ts';
import { streamImage } from '../../../src/registry/crane/stream.ts';
import type { Doors } from '../../../src/registry/doors/doors.ts';
import { createFence } from '../../../src/registry/fence/fence.ts';
import { createTraffic } from '../../../src/registry/http/exchange.ts';
import { apply } from '../../../src/run/apply/apply.ts';
import { type RunningProxy, startProxy } from '../faults/proxy.ts';
import { digestOf } from '../registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../registries/registries.ts';
import { CLEAN_PATH, tool } from '../runner/places.ts';

export const KINDS = [
  'v3 with delete',
  'v3 without',
  '2.8.2 with delete',
  '2.8.2 without',
  'read-only',
] as const;
export const CASES = ['moved', 'new', 'foreign', 'gone'] as const;
export type Kind = (typeof KINDS)[number];
export type Case = (typeof CASES)[number];

/** How the tag ended, as the action says and as crane reads it: OLD, NEW, THEIRS or nothing. */
export type Reverted = { readonly said: string; readonly tag: string };

export type Bench = {
  readonly kind: Kind;
  readonly upstream: RunningRegistry;
  readonly mirror: RunningRegistry;
  readonly proxy: RunningProxy;
  close(): Promise<void>;
};

export async function openBench(kind: Kind): Promise<Bench> {
  const program = kind.startsWith('2.8.2') ? 'debian' : 'v3';
  const deletes = kind.endsWith('with delete') || kind === 'read-only';
  const [upstream, mirror] = await Promise.all([
    startRegistry(),
    startRegistry({ kind: program, deletes, storage: 'filesystem' }),
  ]);
  const proxy = await startProxy(mirror.host);
  const close = async () => {
    await proxy.stop();
    await Promise.all([upstream.stop(), mirror.stop()]);
  };
  for (const name of ['NEW', 'LAST']) await push(upstream.url, 'up/app', image(name), [name]);
  return { kind, upstream, mirror, proxy, close };
}

/** Moves one tag, lets the second move fail, and says what became of the first. */
export async function revert(bench: Bench, what: Case): Promise<Reverted> {
  const { mirror, proxy, upstream, kind } = bench;
  proxy.setFaults([]);
  const repository = `m/${what}`;
  if (what !== 'new') await push(mirror.url, repository, image('OLD'), ['tag']);
  const clock = { now: () => performance.now(), sleep: (milliseconds: number) => wait(milliseconds) };
  const log = {
    info: () => undefined,
    debug: () => undefined,
    warning: () => undefined,
    tell: () => undefined,
  };
  const traffic = createTraffic(REGISTRY_DEFAULTS, clock, log);
  const redact = (text: string) => text;
  const registry = createRegistry(REGISTRY_DEFAULTS, {
    traffic,
    clock,
    log,
    redact,
    credentials: async () => null,
    onSecret: () => undefined,
  });
  const journal = join(tmpdir(), `reverts-${process.pid}`, 'journal.jsonl');
  const env = { PATH: CLEAN_PATH, HOME: '/nonexistent' };
  const fence = createFence(registry, log);
  const crane: Crane = {
    settings: { ...CRANE_DEFAULTS, file: tool('crane'), env },
    deps: { fence, breaker: traffic.breaker, waits: traffic.waits, clock, log, redact },
  };
  const stop = new AbortController().signal;
  const doors: Doors = {
    upstream: registry,
    mirror: lastFails(registry, () => meanwhile(bench, repository, what)),
    listings: { pageSize: () => null, read: async () => null },
    lister: createLister(crane),
    signatures: async () => Promise.reject(new Error('nobody has to sign here')),
    engine: createCopier({
      client: registry,
      listedNothing: () => false,
      stream: (copy) => streamImage(crane, copy),
      sleep: clock.sleep,
      signal: stop,
    }),
    attached: createAttached(registry),
    log,
    clock: {
      ...clock,
      today: () => '2026-09-01',
      every: () => () => undefined,
    },
    hasLogin: async () => false,
    mayPull: () => true,
    pullsLeft: () => null,
    journal: createJournal(journal, {}),
    stop,
    cancelled: stop,
  };
  const names = {
    source: { registry: upstream.host, repository: 'up/app' },
    pull: { registry: upstream.host, repository: 'up/app' },
    mirror: { registry: proxy.host, repository },
  };
  try {
    const plan = planOf([
      { ...names, ...stepTo('tag', 'NEW', what === 'new' ? null : 'OLD') },
      { ...names, ...stepTo('last', 'LAST', null) },
    ]);
    const outcomes = await apply(plan, doors, { ...KEEP_ALL, whole: () => true });
    const found = await digestOf(`${mirror.host}/${repository}:tag`);
    if ((await digestOf(`${mirror.host}/${repository}:last`)) !== null)
      throw new Error(`${kind}: last is there`);
    return { said: sayOf(outcomes[0]), tag: nameOf(found) };
  } finally {
    fence.close();
    traffic.connections.close();
    rmSync(join(journal, '..'), { recursive: true, force: true });
  }
}

function lastFails(registry: RegistryClient, before: () => Promise<void>): RegistryClient {
  const moved = Promise.withResolvers<void>();
  return {
    ...registry,
    async put(name, reference, body) {
      if (reference === 'last') {
        await moved.promise;
        await before();
        throw new Failure('immutable', 'made to fail');
      }
      await registry.put(name, reference, body);
      moved.resolve();
    },
  };
}

async function meanwhile({ kind, mirror, proxy }: Bench, repository: string, what: Case): Promise<void> {
  // The read-back of the first tag comes before anything else happens to it.
  await wait(100);
  if (what === 'foreign') await push(mirror.url, repository, image('THEIRS'), ['tag']);
  if (what === 'gone') {
    const revision = image('OLD').index.digest.replace(':', '/');
    const path = `docker/registry/v2/repositories/${repository}/_manifests/revisions/${revision}`;
    rmSync(join(mirror.data, path), { recursive: true });
  }
  if (kind !== 'read-only') return;
  const effect = {
    kind: 'status',
    status: 405,
    error: { code: 'UNSUPPORTED', message: 'read-only' },
  } as const;
  proxy.setFaults([
    { methods: ['PUT', 'POST', 'PATCH', 'DELETE'], place: 'anything', times: 'always', effect },
  ]);
}

function stepTo(tag: string, to: string, from: string | null): Pick<Step, 'bring' | 'moves' | 'reason'> {
  const { digest, mediaType, bytes } = image(to).index;
  const manifest = { digest, mediaType, bytes } as ManifestBody;
  const expected = from === null ? null : (image(from).index.digest as ManifestBody['digest']);
  return { bring: [manifest.digest], moves: [{ tag, expected, manifest }], reason: 'moved' };
}

function planOf(steps: readonly Step[]): Plan {
  const place = { file: 'images.yaml', line: 1, column: 1 };
  return {
    patterns: [],
    tags: steps.map((step) => ({
      wanted: {
        source: step.source,
        pull: step.pull,
        mirror: step.mirror,
        tag: step.moves[0]?.tag ?? '',
        pinned: null,
        origin: 'listed',
        settled: false,
        policies: BUILT_IN,
        place,
      },
      kind: 'stale',
      step,
      doubt: null,
    })),
  };
}

function sayOf(outcome: Outcome | undefined): string {
  if (outcome === undefined) return 'nothing';
  return outcome.kind === 'failed' || outcome.kind === 'held' ? outcome.failure.reason : outcome.kind;
}

function nameOf(digest: string | null): string {
  if (digest === null) return 'nothing';
  return ['OLD', 'NEW', 'THEIRS'].find((name) => image(name).index.digest === digest) ?? digest;
}
