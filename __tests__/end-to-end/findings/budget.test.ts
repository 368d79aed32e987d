// A time budget is the end of the process, in every phase and whatever is under way; and over the nights every tag has its
// turn.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Image, image, push } from '../../../demo/images.mjs';
import { inTurns } from '../../../src/plan/steps/order.ts';
import { type Decide, refusal, startGate } from '../../fakes/findings/gate.ts';
import { largeImage } from '../../fakes/findings/large.ts';
import { type LimitedResult, oneEntry, runWithin } from '../../fakes/findings/limited.ts';
import { type RunningRegistry, startRegistry } from '../../fakes/registries/registries.ts';
import { inPool } from '../../fakes/trials/trial.ts';
import { step } from '../../plan/steps/builders.ts';

const BUDGET = 5;
const IMAGES: Readonly<Record<string, Image>> = {
  small: image('BUDGET'),
  large: largeImage('BUDGET', { layers: ['budget'], small: ['budget'] }),
};

let upstream: RunningRegistry;
let mirror: RunningRegistry;
let phases: Promise<Phase>[] = [];
beforeAll(async () => {
  [upstream, mirror] = await Promise.all([startRegistry(), startRegistry()]);
  for (const [tag, made] of Object.entries(IMAGES)) await push(upstream.url, 'lib/app', made, [tag]);
  phases = inPool(PHASES, 4, runPhase);
  for (const phase of phases) phase.catch(() => undefined);
});
afterAll(async () => {
  await Promise.allSettled(phases);
  await Promise.all([upstream.stop(), mirror.stop()]);
});

const NEVER = new Promise<never>(() => undefined);
const down = refusal(500, 'UNKNOWN', 'no disk');
const later = refusal(503, 'UNAVAILABLE', 'later', { 'retry-after': '60' });

/** What goes wrong, upstream or at the mirror, from the first request on. */
const PHASES: readonly (readonly [string, Decide, Decide])[] = [
  ['lists never answer', ({ kind }) => (kind === 'list' ? NEVER : null), () => null],
  ['HEADs never answer', ({ method }) => (method === 'HEAD' ? NEVER : null), () => null],
  ['everything is 503 with Retry-After', ({ kind }) => (kind === 'ping' ? null : later), () => null],
  ['the blob store answers 500', ({ kind }) => (kind === 'blob' ? down : null), () => null],
  ['the blob store never answers', ({ kind }) => (kind === 'blob' ? NEVER : null), () => null],
  [
    'uploads never end',
    () => null,
    ({ kind, method }) => (kind === 'upload' && method !== 'POST' ? NEVER : null),
  ],
  [
    'uploads answer 500',
    () => null,
    ({ kind, method }) => (kind === 'upload' && method !== 'POST' ? down : null),
  ],
  [
    'the tag is not taken',
    () => null,
    ({ kind, method }) => (kind === 'manifest' && method === 'PUT' ? later : null),
  ],
];

const READS = /^(?:HEADs|everything)/;

type Phase = { readonly result: LimitedResult; readonly tags: number; readonly later: number };

/** One run, and how many requests came in the second after its end. */
async function runPhase([name, above, below]: (typeof PHASES)[number]): Promise<Phase> {
  const [source, target] = [await startGate(upstream.host, above), await startGate(mirror.host, below)];
  // Where nobody gets beyond the first request there may be many of them.
  const many = Array.from({ length: 60 }, (_, at) => `t${at}`);
  const tags = name.startsWith('lists') ? ['*'] : [...Object.keys(IMAGES), ...(READS.test(name) ? many : [])];
  const prefix = `p${PHASES.findIndex(([other]) => other === name)}`;
  const config = oneEntry(source.host, `${target.host}/${prefix}`, tags);
  const result = await runWithin({ config, inputs: { 'time-budget': `${BUDGET}s` } }, 15);
  const asked = source.seen.length + target.seen.length;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const later = source.seen.length + target.seen.length - asked;
  await Promise.all([source.stop(), target.stop()]);
  return { result, tags: tags.length, later };
}

it.each(PHASES)('%s: the process has ended within its budget', async (name) => {
  const phase = await phases[PHASES.findIndex(([other]) => other === name)];
  if (phase === undefined) throw new Error(`${name} did not run`);
  const { hung, seconds, outputs, summary, report } = phase.result;
  expect(hung).toBe(false);
  // Room for the start of the process on a machine that has much to do.
  expect(seconds).toBeLessThan(BUDGET + 1.5);
  expect(outputs.status).toMatch(/^(?:deferred|failed|partial)$/);
  const { failed = [], deferred = [] } = Object(report) as Record<string, readonly object[]>;
  expect([...failed, ...deferred]).toHaveLength(phase.tags);
  expect(summary).not.toBe('');
  // Nobody goes on asking when the process is gone, no crane either.
  expect(phase.later).toBe(0);
});

it('GitHub never answers: the process has ended within its budget, and says so', async () => {
  const github = await silence();
  const config = oneEntry(upstream.host, `${mirror.host}/github`, ['small']);
  const inputs = { 'time-budget': `${BUDGET}s`, 'new-tags': 'pull-request', token: 'a-token' };
  const result = await runWithin({ config, inputs, env: { GITHUB_API_URL: github.url } }, 15);
  await github.stop();
  expect([result.hung, github.asked() > 0, result.outputs.status]).toEqual([false, true, 'synced']);
  expect(result.seconds).toBeLessThan(BUDGET + 1.5);
  expect(result.stdout).toContain('the time budget was used up before GitHub had answered');
});

it('crane cannot be downloaded: the process has ended within its budget', async () => {
  const place = await silence();
  const config = oneEntry(upstream.host, `${mirror.host}/crane`, ['small']);
  const inputs = {
    'time-budget': '2s',
    'crane-path': '',
    'crane-version': '0.0.1',
    'crane-checksum': '0'.repeat(64),
    'crane-download-url': `${place.url}/crane.tar.gz`,
  };
  const result = await runWithin({ config, inputs }, 15);
  await place.stop();
  expect([result.hung, place.asked() > 0, result.outputs.status]).toEqual([false, true, 'failed']);
  expect(result.seconds).toBeLessThan(3.5);
  expect(result.stdout).toMatch(/crane cannot be fetched .*time budget of 2.0 s is used up/);
});

/** A server that takes every request and answers none. */
async function silence(): Promise<{ url: string; asked(): number; stop(): Promise<void> }> {
  let asked = 0;
  const server = createServer(() => {
    asked += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked, stop };
}

/** How many nights it takes until each of 30 moved tags was refreshed, when so many fit into a night. */
function nightsUntilAllHad(fits: (night: number) => number, first: number): number {
  const steps = Array.from({ length: 30 }, (_, at) =>
    step(`t${String(at).padStart(2, '0')}`, 'OLD', `N${at}`),
  );
  const had = new Set<string>();
  for (let night = 0; night < 1_000; night += 1) {
    // Every tag moves upstream every night, so that there is always the whole list to do.
    const waves = inTurns(steps, { turn: first + night, whole: () => false });
    const order = waves.flat().flatMap((unit) => unit.steps.map(({ moves }) => moves[0]?.tag ?? ''));
    for (const tag of order.slice(0, fits(night))) had.add(tag);
    if (had.size === steps.length) return night + 1;
  }
  return Number.POSITIVE_INFINITY;
}

it.each([
  ['five', () => 5, 12],
  ['nine', () => 9, 7],
  ['five to nine', (night: number) => 5 + ((night * 7) % 5), 10],
  ['one', () => 1, 60],
] as const)('30 tags move every night, %s fit in: each has its turn', (_name, fits, most) => {
  const nights = [0, 1, 7, 100, 12_345].map((first) => nightsUntilAllHad(fits, first));
  expect(Math.max(...nights)).toBeLessThanOrEqual(most);
});
