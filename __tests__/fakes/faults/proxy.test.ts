import { execFile } from 'node:child_process';
import { Agent, request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { image, push } from '../../../demo/images.mjs';
import { digestOf, list, snapshotOf } from '../registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../registries/registries.ts';
import { tool } from '../runner/places.ts';
import type { Effect, Fault, Place } from './fault.ts';
import { FAULT_CASES } from './faults.ts';
import { type ProxyOptions, type RunningProxy, startProxy } from './proxy.ts';

type Seen = { status: number; headers: Record<string, unknown>; body: Buffer; broken: string | null };

const made = image('A', { layerBytes: 1000 });
const wanted = {
  digest: made.index.digest,
  mediaType: made.index.mediaType,
  size: made.index.bytes.length,
};
const blob = made.blobs[1] ?? made.index;

let registry: RunningRegistry;
let other: RunningRegistry;
const proxies: RunningProxy[] = [];
beforeAll(async () => {
  [registry, other] = await Promise.all([startRegistry(), startRegistry()]);
  await push(registry.url, 'lib/app', made, ['1.0']);
});
afterAll(() => Promise.all([registry.stop(), other.stop()]));
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.stop();
});

async function proxied(options: ProxyOptions = {}, target = registry): Promise<RunningProxy> {
  const proxy = await startProxy(target.host, { wanted, ...options });
  proxies.push(proxy);
  return proxy;
}

function fault(methods: readonly string[], place: Place, effect: Effect, times = 1): Fault {
  return { methods, place, times, effect };
}

/** One request; `broken` is what went wrong with the connection, `hung` when nothing came for `patience` ms. */
function ask(proxy: RunningProxy, method: string, path: string, more: { body?: Buffer; agent?: Agent } = {}) {
  const type = { 'Content-Type': made.index.mediaType };
  return new Promise<Seen>((resolve) => {
    const seen: Seen = { status: 0, headers: {}, body: Buffer.alloc(0), broken: null };
    const end = (broken: string | null) => resolve({ ...seen, broken });
    const options = { method, headers: more.body === undefined ? {} : type, agent: more.agent ?? false };
    const asked = request(`${proxy.url}/v2/lib/app/${path}`, options, (response) => {
      seen.status = response.statusCode ?? 0;
      seen.headers = response.headers;
      response.on('data', (part) => {
        seen.body = Buffer.concat([seen.body, part]);
      });
      response.on('error', () => end('reset'));
      response.on('end', () => end(null));
    });
    asked.setTimeout(300, () => {
      end('hung');
      asked.destroy();
    });
    asked.on('error', () => end('reset'));
    asked.end(more.body);
  });
}

function copy(from: string, to: string): Promise<number> {
  return new Promise((resolve) => {
    const options = { env: { HOME: '/nonexistent' }, timeout: 20_000 };
    const child = execFile(tool('crane'), ['copy', from, to], options, () => resolve(child.exitCode ?? -1));
  });
}

describe('a proxy without faults', () => {
  it('lets crane pull and push, keeps it on the proxy, and counts both sides', async () => {
    const [source, mirror] = [await proxied(), await proxied({}, other)];
    expect(await copy(`${source.host}/lib/app:1.0`, `${mirror.host}/copies/app:1.0`)).toBe(0);
    expect(await digestOf(`${other.host}/copies/app:1.0`)).toBe(made.index.digest);
    const [read, written] = [source.traffic(), mirror.traffic()];
    expect(read.counts).toMatchObject({ manifestGet: 3, blobGet: made.blobs.length, manifestPut: 0 });
    expect(read.writes).toBe(0);
    const bytes = [...made.blobs, ...made.manifests, made.index].reduce(
      (sum, one) => sum + one.bytes.length,
      0,
    );
    expect(read.bytesOut).toBeGreaterThanOrEqual(bytes);
    expect(written.counts).toMatchObject({
      manifestPut: 3,
      uploadPost: made.blobs.length,
      uploadPatch: made.blobs.length,
      uploadPut: made.blobs.length,
    });
    expect(written.writes).toBe(3 + 3 * made.blobs.length);
    expect(written.bytesIn).toBe(bytes);
  });

  it('counts requests by method and kind, connections once, and forgets on reset', async () => {
    const proxy = await proxied();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await ask(proxy, 'HEAD', 'manifests/1.0', { agent });
    await ask(proxy, 'GET', 'manifests/1.0', { agent });
    await ask(proxy, 'GET', 'tags/list', { agent });
    const { counts, methods, connections, requests } = proxy.traffic();
    expect(counts).toMatchObject({ manifestHead: 1, manifestGet: 1, list: 1 });
    expect([methods, connections]).toEqual([{ HEAD: 1, GET: 2 }, 1]);
    expect(requests.map((one) => [one.kind, one.reference, one.status])).toEqual([
      ['manifest', '1.0', 200],
      ['manifest', '1.0', 200],
      ['list', null, 200],
    ]);
    proxy.reset();
    expect(proxy.traffic().requests).toEqual([]);
    agent.destroy();
  });

  it('adds latency to each request and to each new connection', async () => {
    const proxy = await proxied({ latency: { request: 20, connection: 60 } });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const times: number[] = [];
    for (let turn = 0; turn < 2; turn++) {
      const started = performance.now();
      await ask(proxy, 'HEAD', 'manifests/1.0', { agent });
      times.push(performance.now() - started);
    }
    expect(times[0]).toBeGreaterThanOrEqual(78);
    expect(times[1]).toBeGreaterThanOrEqual(18);
    agent.destroy();
  });
});

describe('a fault', () => {
  const half = blob.bytes.length >> 1;
  const rows: [Effect, string, string, Partial<Seen> & { length?: number }][] = [
    [
      { kind: 'status', status: 503, headers: { 'Retry-After': '5' } },
      'GET',
      'manifests/1.0',
      { status: 503 },
    ],
    [{ kind: 'status', status: 405 }, 'HEAD', 'manifests/1.0', { status: 405, length: 0 }],
    [
      { kind: 'header', name: 'Docker-Content-Digest', value: null },
      'HEAD',
      'manifests/1.0',
      { status: 200 },
    ],
    [{ kind: 'reset' }, 'GET', 'manifests/1.0', { status: 0, broken: 'reset' }],
    [{ kind: 'reset-mid' }, 'GET', `blobs/${blob.digest}`, { status: 200, broken: 'reset', length: half }],
    [{ kind: 'short' }, 'GET', `blobs/${blob.digest}`, { status: 200, length: half }],
    [{ kind: 'flip-byte' }, 'GET', `blobs/${blob.digest}`, { status: 200, length: blob.bytes.length }],
    [{ kind: 'append-newline' }, 'GET', 'manifests/1.0', { length: made.index.bytes.length + 1 }],
    [{ kind: 'hang' }, 'GET', 'manifests/1.0', { status: 0, broken: 'hung' }],
    [{ kind: 'hang-mid' }, 'GET', `blobs/${blob.digest}`, { status: 200, broken: 'hung', length: half }],
    [{ kind: 'claim-present' }, 'HEAD', 'manifests/absent', { status: 200, length: 0 }],
    [{ kind: 'accept-and-drop' }, 'PUT', 'manifests/dropped', { status: 201 }],
  ];

  it.each(rows)('%j on %s %s', async (effect, method, path, expected) => {
    const place = path.startsWith('blobs') ? 'blob' : 'tag-manifest';
    const proxy = await proxied({ faults: [fault([method], place, effect)] });
    const more = method === 'PUT' ? { body: made.index.bytes } : {};
    const { length, ...rest } = expected;
    const seen = await ask(proxy, method, path, more);
    expect(seen).toMatchObject({ broken: null, ...rest });
    if (length !== undefined) expect(seen.body).toHaveLength(length);
    expect(proxy.traffic().struck).toEqual([1]);
    const after = await ask(proxy, method === 'PUT' ? 'HEAD' : method, path);
    const absent = path.endsWith('absent') || path.endsWith('dropped');
    expect([after.status, after.broken]).toEqual([absent ? 404 : 200, null]);
  });

  it('trickles a blob slower than anybody waits for', async () => {
    const proxy = await proxied({ faults: [fault(['GET'], 'blob', { kind: 'trickle' })] });
    const started = performance.now();
    const seen = await ask(proxy, 'GET', `blobs/${blob.digest}`);
    expect(seen.body.equals(blob.bytes)).toBe(true);
    expect(performance.now() - started).toBeGreaterThan((1000 * blob.bytes.length) / 2000 - 300);
  });

  it('alters what it says it alters and nothing else', async () => {
    const flip = await proxied({ faults: [fault(['GET'], 'blob', { kind: 'flip-byte' })] });
    const { body } = await ask(flip, 'GET', `blobs/${blob.digest}`);
    expect([...body].filter((byte, at) => byte !== blob.bytes[at])).toHaveLength(1);
    const gone = await proxied({
      faults: [fault(['HEAD'], 'manifest', { kind: 'header', name: 'Docker-Content-Digest', value: null })],
    });
    const { headers } = await ask(gone, 'HEAD', 'manifests/1.0');
    expect(headers['docker-content-digest']).toBeUndefined();
    expect(headers['content-type']).toBe(made.index.mediaType);
  });

  it('tells the index from its children, and one tag from another', async () => {
    const child = made.manifests[0] ?? made.index;
    const broken = { kind: 'status', status: 500 } as const;
    const proxy = await proxied({ faults: [fault(['GET'], 'child-manifest', broken, 9)] });
    const status = async (path: string) => (await ask(proxy, 'GET', path)).status;
    expect(await status('manifests/1.0')).toBe(200);
    expect(await status(`manifests/${made.index.digest}`)).toBe(200);
    expect(await status(`manifests/${child.digest}`)).toBe(500);
    proxy.setFaults([{ ...fault(['GET'], 'blob', broken), times: 'always', references: [blob.digest] }]);
    expect(await status(`blobs/${blob.digest}`)).toBe(500);
    expect(await status(`blobs/${made.blobs[0]?.digest}`)).toBe(200);
  });
});

describe('tokens in front of a registry', () => {
  it('end after so many requests, and crane fetches new ones', async () => {
    const proxy = await proxied({ bearer: { uses: 4, endpointFails: 1 } });
    expect((await ask(proxy, 'GET', 'manifests/1.0')).status).toBe(401);
    expect(await copy(`${proxy.host}/lib/app:1.0`, `${other.host}/copies/tokens:1.0`)).toBe(0);
    expect(await list(`${other.host}/copies/tokens`)).toEqual(['1.0']);
    expect(proxy.traffic().counts.token).toBeGreaterThanOrEqual(3);
  });

  it('are worth nothing when they are good for no request', async () => {
    const proxy = await proxied({ bearer: { uses: 0 } });
    expect(await copy(`${proxy.host}/lib/app:1.0`, `${other.host}/copies/never:1.0`)).toBe(1);
    expect(await snapshotOf(other.host, ['copies/never'])).toEqual({ 'copies/never': {} });
  });
});

describe('the cases', () => {
  it('are numbered in order, each with a name of its own', () => {
    expect(FAULT_CASES.map((one) => one.number)).toEqual(Array.from({ length: 77 }, (_, at) => at + 1));
    expect(new Set(FAULT_CASES.map((one) => one.name)).size).toBe(77);
    expect(FAULT_CASES.filter((one) => (one.fault === null) === (one.bearer === null))).toEqual([]);
  });

  it.each([
    [6, '429_RA3600_x1', 'truthful', 'source'],
    [41, 'warning_header_noquote', 'survives', 'source'],
    [44, 'private_403', 'truthful', 'source'],
    [45, 'dst_put503_x2', 'survives', 'mirror'],
    [60, 'dst_blobput500_x2', 'survives', 'mirror'],
    [64, 'token_endpoint_503_x2', 'survives', 'source'],
    [67, 'dst_head404_flap_x1', 'survives', 'mirror'],
  ])('%i is %s: %s at the %s', (number, name, verdict, side) => {
    expect(FAULT_CASES[number - 1]).toMatchObject({ number, name, expect: verdict, side });
  });
});
