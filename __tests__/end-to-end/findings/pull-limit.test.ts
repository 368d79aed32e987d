// A limit on pulls as Docker Hub has it: HEADs are free, GETs of manifests count, and one that is used up for hours is
// not waited for. Nothing failed then, so the run is deferred, with one cause and the registry's own sentence.

import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Image } from '../../../demo/images.mjs';
import { oneEntry, runWithin } from '../../fakes/findings/limited.ts';
import { type Loopback, refuse } from '../../fakes/findings/loopback.ts';
import { manyImages, startStore } from '../../fakes/findings/store.ts';
import { type RunningRegistry, startRegistry } from '../../fakes/registries/registries.ts';

const SENTENCE = 'You have reached your pull rate limit. You may increase the limit by authenticating';
const LIMIT = { 'ratelimit-limit': '100;w=21600' };

let mirror: RunningRegistry;
const open: { stop(): Promise<unknown> }[] = [];
beforeEach(async () => {
  mirror = await startRegistry();
  open.push(mirror);
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});

type Hub = {
  readonly pulls: number;
  /** Whether HEADs tell of the limit, as Docker Hub's do. */
  readonly isTold?: boolean;
  /** What a refusal says beside its status. */
  readonly refusal?: Readonly<Record<string, string>>;
};

/** A registry that lets so many manifests through. */
async function hub(
  images: Readonly<Record<string, Image>>,
  { pulls, isTold = true, refusal = { 'Retry-After': '60' } }: Hub,
): Promise<Loopback> {
  const left = { pulls };
  const tell = (response: ServerResponse): void => {
    for (const [name, value] of Object.entries({ ...LIMIT, 'ratelimit-remaining': `${left.pulls};w=21600` }))
      response.setHeader(name, value);
  };
  const store = await startStore(images, ({ kind, method }, _request, response) => {
    if (kind !== 'manifest') return false;
    if (method === 'GET' && left.pulls === 0) {
      if (isTold) tell(response);
      refuse(response, 429, { code: 'TOOMANYREQUESTS', message: SENTENCE }, refusal);
      return true;
    }
    if (method === 'GET') left.pulls -= 1;
    if (isTold) tell(response);
    return false;
  });
  open.push(store);
  return store;
}

type Deferred = { readonly reason: string; readonly message: string; readonly hint: string };

function deferredOf({ report }: { readonly report: unknown }): readonly Deferred[] {
  return (report as { readonly deferred: readonly Deferred[] }).deferred;
}

const causes = (rows: readonly Deferred[]) => [
  ...new Set(rows.map(({ reason, message }) => `${reason} ${message}`)),
];
const linesWith = (text: string, words: RegExp) => text.split('\n').filter((line) => words.test(line));

describe('40 missing tags of a registry without a pull left', () => {
  const images = manyImages(40);
  const sync = (store: Loopback) =>
    runWithin({ config: oneEntry(store.host, mirror.host, Object.keys(images)) });

  it('known from its HEADs: no pull is tried, all are deferred for one cause, and it says what to do', async () => {
    const store = await hub(images, { pulls: 0 });
    const result = await sync(store);
    expect([result.hung, result.code, result.outputs.status]).toEqual([false, 0, 'deferred']);
    expect([result.outputs['deferred-count'], result.outputs['failed-count']]).toEqual(['40', '0']);
    expect([store.count('HEAD', /manifests/), store.count('GET', /manifests/)]).toEqual([40, 0]);
    const rows = deferredOf(result);
    const words = `${store.host}'s pull limit (0 of 100 left) is used up`;
    expect(causes(rows)).toEqual([`rate-limited ${words}`]);
    const hint = `the limit counts six hours; log in to ${store.host} with docker/login-action for a higher limit`;
    expect(rows[0]?.hint).toBe(hint);
    expect(linesWith(result.stdout, /^[^:].*is used up/)).toEqual([`${words} - ${hint}`]);
    expect(result.annotations.map(({ name, data }) => `${name} ${data}`)).toEqual([
      `warning ${words} - ${hint}`,
    ]);
    const { usage } = result.report as { readonly usage: object };
    expect(usage).toMatchObject({ pulls: [{ host: store.host, limit: 100, remaining: 0 }] });
  });

  it.each([
    ['with a limit of six hours, whatever its Retry-After', { ...LIMIT, 'ratelimit-remaining': '0;w=21600' }],
    ['with a Retry-After of hours alone', {}],
  ])('known from a refusal %s: nothing is waited for, nobody goes on asking', async (name, headers) => {
    const wait = name.includes('alone') ? '7200' : '60';
    const store = await hub(images, {
      pulls: 0,
      isTold: false,
      refusal: { ...headers, 'Retry-After': wait },
    });
    const result = await sync(store);
    expect([result.hung, result.code, result.outputs.status]).toEqual([false, 0, 'deferred']);
    expect(result.outputs['deferred-count']).toBe('40');
    // Those that were under way when the first answer came.
    expect(store.count('GET', /manifests/)).toBeLessThanOrEqual(8);
    const rows = deferredOf(result);
    expect(causes(rows)).toHaveLength(1);
    expect(rows[0]?.message).toContain(SENTENCE);
    expect(linesWith(result.stdout, /^[^:].*You have reached/)).toHaveLength(1);
  });
});

describe('fewer pulls than copies', () => {
  const images = manyImages(40);

  it.each([
    // An index and its image are two pulls.
    [15, 7],
    [2, 1],
    [79, 39],
  ])('%d: they finish %d tags, the others are deferred, and nobody is refused', async (pulls, copied) => {
    const store = await hub(images, { pulls });
    const config = oneEntry(store.host, mirror.host, Object.keys(images));
    const result = await runWithin({ config });
    expect([result.hung, result.code, result.outputs.status]).toEqual([false, 0, 'deferred']);
    expect([result.outputs['copied-count'], result.outputs['deferred-count']]).toEqual([
      `${copied}`,
      `${40 - copied}`,
    ]);
    expect(store.count('GET', /manifests/)).toBe(2 * copied);
    expect(causes(deferredOf(result))).toHaveLength(1);
    expect(result.annotations.map(({ name }) => name)).toEqual(['warning']);
  });

  it('other tags come first another night', async () => {
    const nights = ['1', '2'].map(async (night) => {
      const store = await hub(images, { pulls: 8 });
      const config = oneEntry(store.host, `${mirror.host}/night${night}`, Object.keys(images));
      const { outputs } = await runWithin({ config, env: { GITHUB_RUN_NUMBER: night } });
      return (JSON.parse(outputs.copied ?? '[]') as { readonly tag: string }[]).map(({ tag }) => tag);
    });
    const [first = [], second = []] = await Promise.all(nights);
    expect([first.length, second.length, first.filter((tag) => second.includes(tag))]).toEqual([4, 4, []]);
  });
});

it('a limit on HEADs that lasts for hours is told at once', async () => {
  const images = manyImages(40);
  const store = await startStore(images, ({ kind }, _request, response) => {
    if (kind !== 'manifest') return false;
    refuse(response, 429, { code: 'TOOMANYREQUESTS', message: SENTENCE }, { 'Retry-After': '3600' });
    return true;
  });
  open.push(store);
  const result = await runWithin({ config: oneEntry(store.host, mirror.host, Object.keys(images)) });
  expect([result.code, result.outputs.status, result.outputs['deferred-count']]).toEqual([
    0,
    'deferred',
    '40',
  ]);
  expect(causes(deferredOf(result))).toHaveLength(1);
  // Those that were under way when the first answer came.
  expect(store.count('HEAD', /manifests/)).toBeLessThan(40);
});

it('a wait longer than the time budget is not begun', async () => {
  const images = manyImages(4);
  const store = await hub(images, { pulls: 0, isTold: false });
  const config = oneEntry(store.host, mirror.host, Object.keys(images));
  const result = await runWithin({ config, inputs: { 'time-budget': '15s' } });
  expect([result.outputs.status, result.outputs['deferred-count']]).toEqual(['deferred', '4']);
  expect(result.seconds).toBeLessThan(10);
  expect(causes(deferredOf(result))).toEqual([expect.stringContaining('longer than the time budget lasts')]);
});

it('a registry without a pull left, and nothing to pull: fresh', async () => {
  const images = manyImages(3);
  const config = (store: Loopback) => oneEntry(store.host, mirror.host, Object.keys(images));
  const first = await hub(images, { pulls: 100 });
  expect((await runWithin({ config: config(first) })).outputs.status).toBe('synced');
  const spent = await hub(images, { pulls: 0 });
  const result = await runWithin({ config: config(spent) });
  expect([result.outputs.status, result.annotations, spent.count('GET', /manifests/)]).toEqual([
    'fresh',
    [],
    0,
  ]);
});
