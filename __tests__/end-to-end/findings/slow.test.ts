// What moves too slowly, turns in circles or never answers is bounded: the run ends soon, survives what passes, and does
// not hold up what has nothing to do with it. Small layers are the action's own, large ones are crane's.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Image, image, push } from '../../../demo/images.mjs';
import { startDeafHost } from '../../fakes/findings/deaf.ts';
import { startGate } from '../../fakes/findings/gate.ts';
import { largeImage } from '../../fakes/findings/large.ts';
import { oneEntry, runWithin } from '../../fakes/findings/limited.ts';
import { type Loopback, listen } from '../../fakes/findings/loopback.ts';
import { startStore } from '../../fakes/findings/store.ts';
import { type RunningRegistry, startRegistry } from '../../fakes/registries/registries.ts';

/** A minute is a bit more than a second. */
const FAST = { FRESH_MIRROR_PATIENCE: '0.02' };
const IMAGES: Readonly<Record<string, Image>> = {
  // A few kilobytes are through in no time, at any rate that is watched.
  small: image('SLOW', { platforms: { 'linux/amd64': 'SLOW' }, layerBytes: 500_000 }),
  large: largeImage('SLOW', { layers: ['slow'], small: ['slow'] }),
};
const EMPTY = Buffer.alloc(0);

let upstream: RunningRegistry;
let mirror: RunningRegistry;
let round = 0;
const open: { stop(): unknown }[] = [];
beforeAll(async () => {
  [upstream, mirror] = await Promise.all([startRegistry(), startRegistry()]);
  for (const [tag, made] of Object.entries(IMAGES)) await push(upstream.url, 'lib/app', made, [tag]);
});
beforeEach(() => {
  round += 1;
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});
afterAll(() => Promise.all([upstream.stop(), mirror.stop()]));

function opened<T extends { stop(): unknown }>(one: T): T {
  open.push(one);
  return one;
}

/** A sync of one tag from a store behind which every blob is sent on to `host`. */
async function syncSentTo(host: string, tag: string) {
  const gate = await startGate(upstream.host, ({ kind, path }) =>
    kind === 'blob' ? { status: 307, headers: { location: `http://${host}${path}` }, body: EMPTY } : null,
  );
  opened(gate);
  return runWithin({ config: oneEntry(gate.host, `${mirror.host}/p${round}`, [tag]), env: FAST }, 20);
}

describe.each(['small', 'large'])('a %s layer', (tag) => {
  it('whose store redirects to itself for ever: told soon, and not asked a thousand times', async () => {
    const circle: Loopback = opened(
      await listen(
        (request, response) =>
          void response.writeHead(307, { Location: request.url, 'Content-Length': 0 }).end(),
      ),
    );
    const result = await syncSentTo(circle.host, tag);
    expect([result.hung, result.code, result.failed.length]).toEqual([false, 1, 1]);
    expect(result.failed[0]?.message).toMatch(/redirect/i);
    expect(circle.seen.length).toBeLessThan(500);
  });

  it('at an address whose SYNs are dropped: told soon', async () => {
    const deaf = opened(await startDeafHost());
    const result = await syncSentTo(deaf.host, tag);
    expect([result.hung, result.code]).toEqual([false, 1]);
    expect(['timeout', 'network']).toContain(result.failed[0]?.reason);
    expect(result.seconds).toBeLessThan(15);
  });
});

it('on one connection at 100 bytes a second: the next try, which is good, comes soon for layers of each size', async () => {
  const slow = new Set(Object.values(IMAGES).map(({ blobs }) => blobs[1]?.digest));
  const store = opened(
    await startStore(IMAGES, ({ kind, reference }, _request, response) => {
      if (kind !== 'blob' || reference === null || !slow.delete(reference)) return false;
      const size = Object.values(IMAGES)
        .flatMap(({ blobs }) => blobs)
        .find(({ digest }) => digest === reference);
      response.writeHead(200, { 'Content-Length': size?.bytes.length });
      const drip = setInterval(() => response.write(Buffer.alloc(10)), 100);
      response.on('close', () => clearInterval(drip));
      return true;
    }),
  );
  const config = oneEntry(store.host, `${mirror.host}/p${round}`, Object.keys(IMAGES));
  // A minute is fifteen seconds: the rate itself is not shortened.
  const result = await runWithin({ config, env: { FRESH_MIRROR_PATIENCE: '0.25' } }, 28);
  expect([result.hung, result.outputs.status, result.failed]).toEqual([false, 'synced', []]);
  expect([slow.size, result.seconds < 25]).toEqual([0, true]);
});

it('a large layer that moves steadily is never given up for its length', async () => {
  const big = IMAGES.large?.blobs[1];
  const store = opened(
    await startStore(IMAGES, ({ kind, reference }, _request, response) => {
      if (kind !== 'blob' || big === undefined || reference !== big.digest) return false;
      response.writeHead(200, { 'Content-Length': big.bytes.length });
      // 5 MiB in twelve seconds; ten minutes are seven at this patience.
      let at = 0;
      const flow = setInterval(() => {
        response.write(big.bytes.subarray(at, at + 65_536));
        at += 65_536;
        if (at >= big.bytes.length) response.end();
        if (at >= big.bytes.length) clearInterval(flow);
      }, 100);
      response.on('close', () => clearInterval(flow));
      return true;
    }),
  );
  const config = oneEntry(store.host, `${mirror.host}/steady`, ['large']);
  const result = await runWithin({ config, env: { FRESH_MIRROR_PATIENCE: '0.012' } }, 25);
  expect([result.hung, result.outputs.status, result.failed]).toEqual([false, 'synced', []]);
});

it('a tag list that never answers holds up no tag that was written out', async () => {
  const lists = { first: 0, last: 0 };
  const store = opened(
    await startStore(IMAGES, ({ kind }) => {
      if (kind !== 'list') return false;
      lists.first ||= performance.now();
      lists.last = performance.now();
      return true;
    }),
  );
  const written = { at: 0 };
  const target = opened(
    await startGate(mirror.host, ({ method, kind, reference }) => {
      if (method === 'PUT' && kind === 'manifest' && reference === 'small') written.at = performance.now();
      return null;
    }),
  );
  const config = oneEntry(store.host, `${target.host}/p${round}`, ['small']);
  const result = await runWithin({ config, env: FAST, inputs: { 'new-tags': 'report' } });
  expect([result.hung, result.outputs['copied-count'], result.outputs['failed-count']]).toEqual([
    false,
    '1',
    '0',
  ]);
  expect(lists.first).toBeGreaterThan(0);
  // Written while the list was still waited for.
  expect(written.at - lists.first).toBeLessThan(2_000);
  expect(result.annotations.length).toBeGreaterThan(0);
});

it.each([
  ['check', 'stale'],
  ['sync', 'synced'],
])('a name that is not found once is looked up again: %s', async (mode, status) => {
  const { port } = new URL(upstream.url);
  const host = `flaky.test:${port}`;
  const config = `mirror: ${mirror.host}/p${round}\nregistries: { "${host}": { http: true } }\nimages:\n  - "${host}/lib/app:small"\n`;
  const loader = `data:text/javascript,${encodeURIComponent(FLAKY)}`;
  const env = { ...FAST, NODE_OPTIONS: `--import=${loader}` };
  const result = await runWithin({ config, env, inputs: { mode } });
  expect([result.outputs.status, result.failed]).toEqual([status, []]);
});

/** Preloaded into the action: `flaky.test` is this machine, but for its first look-up. */
const FLAKY = `
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { setImmediate } from 'node:timers';
const dns = createRequire('/')('node:dns');
const { lookup } = dns;
let fails = 1;
dns.lookup = (name, options, callback) => {
  if (name !== 'flaky.test') return lookup(name, options, callback);
  if (fails-- <= 0) return lookup('127.0.0.1', options, callback);
  const error = Object.assign(new Error('getaddrinfo ENOTFOUND flaky.test'), { code: 'ENOTFOUND' });
  setImmediate(() => (typeof options === 'function' ? options : callback)(error));
};
syncBuiltinESMExports();`;
