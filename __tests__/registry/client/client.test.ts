import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/image/names/digest.ts';
import {
  BODY,
  BYTES,
  client,
  DIGEST,
  flaky,
  type Handler,
  hang,
  healthy,
  MEDIA_TYPE,
  reset,
  startServer,
  status,
  type TestClient,
  type TestServer,
} from './server.ts';

const open: (TestServer | TestClient)[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await ('stop' in one ? one.stop() : one.close());
});

async function serve(
  handler: Handler,
): Promise<{ server: TestServer; name: { registry: string; repository: string } }> {
  const server = await startServer(handler);
  open.push(server);
  return { server, name: { registry: server.host, repository: 'team/app' } };
}

function use(...args: Parameters<typeof client>): TestClient {
  const made = client(...args);
  open.push(made);
  return made;
}

const cut: Handler = (request, response) => {
  response.writeHead(200, { 'content-type': MEDIA_TYPE, 'content-length': String(BYTES.length) });
  response.write(BYTES.subarray(0, 10), () => setTimeout(() => request.socket.destroy(), 5));
};
const stall: Handler = (_request, response) => {
  response.writeHead(200, { 'content-length': String(BYTES.length) });
  response.write(BYTES.subarray(0, 10));
};
const shortened: Handler = (_request, response) => {
  response
    .writeHead(200, { 'content-type': MEDIA_TYPE, 'docker-content-digest': DIGEST })
    .end(BYTES.subarray(0, 10));
};
const unlabelled: Handler = (request, response) => {
  response.writeHead(200, { 'content-type': MEDIA_TYPE }).end(request.method === 'HEAD' ? undefined : BYTES);
};

const noHead: Handler = (request, response, seen) =>
  (request.method === 'HEAD' ? status(404) : healthy)(request, response, seen);

describe('a healthy registry', () => {
  it('is asked once per manifest, over few connections', async () => {
    const { server, name } = await serve(healthy);
    const registry = use({ concurrency: 8 });
    const heads = await Promise.all(Array.from({ length: 200 }, (_, n) => registry.head(name, `t${n}`)));
    expect(heads.every((head) => head?.digest === DIGEST && head.mediaType === MEDIA_TYPE)).toBe(true);
    expect(server.connections()).toBeLessThanOrEqual(16);
    expect(server.seen).toHaveLength(201);
    const { requests, connections } = registry.meter.snapshot();
    expect(requests[server.host]).toEqual({ ping: 1, 'manifest-head': 200 });
    expect(connections[server.host]).toBe(server.connections());
  });

  it('gives and takes manifests by tag and digest', async () => {
    const { server, name } = await serve(healthy);
    const registry = use();
    expect(await registry.get(name, '1.0')).toEqual(BODY);
    expect(await registry.get(name, DIGEST)).toEqual(BODY);
    expect(await registry.head(name, DIGEST)).toEqual({ digest: DIGEST, mediaType: MEDIA_TYPE });
    await registry.put(name, '1.0', BODY);
    expect(server.seen.at(-1)).toMatchObject({
      method: 'PUT',
      path: '/v2/team/app/manifests/1.0',
      body: BYTES.toString(),
    });
  });

  it('says "not there" as null, asked twice where that is wanted', async () => {
    const { server, name } = await serve((request, response, seen) =>
      request.url === '/v2/' ? healthy(request, response, seen) : status(404)(request, response, seen),
    );
    const registry = use();
    expect(await registry.head(name, '1.0')).toBeNull();
    expect(await registry.get(name, '1.0')).toBeNull();
    expect(await registry.getBlob(name, DIGEST, 100)).toBeNull();
    expect(await registry.hasBlob(name, DIGEST)).toBe(false);
    expect(server.count('/manifests/')).toBe(2);
    expect(await registry.head(name, '1.0', { confirm: true })).toBeNull();
    expect(server.count('/manifests/')).toBe(4);
    expect(registry.slept).toEqual([2_000]);
  });
});

describe('faults that pass', () => {
  it.each([
    ['503 four times', Array(4).fill(status(503)), [1_500, 3_000, 6_000, 8_000]],
    ['503 with a code nobody listed', [status(503, {}, '{"errors":[{"code":"INTERNAL_ERROR"}]}')], [1_500]],
    ['408', [status(408)], [1_500]],
    ['429 six times without a word', Array(6).fill(status(429)), [1_500, 3_000, 6_000, 8_000, 8_000, 8_000]],
    ['429 with seconds', [status(429, { 'retry-after': '5' })], [5_000]],
    ['429 with an hour, once', [status(429, { 'retry-after': '3600' })], [1_500]],
    ['429 with four minutes', [status(429, { 'retry-after': '240' })], [240_000]],
    ['a reset twice', [reset, reset], [1_500]],
    ['silence', [hang], [1_500]],
  ])('%s', async (_name, steps, slept) => {
    const { server, name } = await serve(flaky(...steps));
    const registry = use();
    expect((await registry.head(name, '1.0'))?.digest).toBe(DIGEST);
    expect(registry.slept).toEqual(slept);
    // The first reset hit the connection kept from the ping, which says nothing and is tried again at once.
    expect(server.count('HEAD')).toBeGreaterThanOrEqual(steps.length);
  });

  it.each([
    ['a body cut off', cut],
    ['a body that stalls', stall],
    ['a body that ends early', shortened],
    ['a 404 that passes', status(404)],
  ])('%s', async (_name, step) => {
    const { name } = await serve(flaky(step));
    expect(await use().get(name, '1.0', { confirm: true })).toEqual(BODY);
  });

  it.each([
    ['HEAD answers 404 and GET does not', noHead],
    ['HEAD is not allowed', flaky(status(405))],
    ['HEAD tells no digest', unlabelled],
    ['HEAD tells no digest that is one', flaky(status(200, { 'docker-content-digest': 'sha256:zz' }))],
  ])('%s: the manifest is read and hashed', async (_name, handler) => {
    const { server, name } = await serve(handler);
    expect((await use().head(name, '1.0', { confirm: true }))?.digest).toBe(DIGEST);
    expect(server.count('GET /v2/team')).toBe(1);
  });

  it.each<[string, Handler]>([
    ['a page of the network', status(200, { 'content-type': 'text/html' }, '<html>wait</html>')],
    ['nothing', status(200)],
    ['half of it', status(200, {}, BYTES.subarray(0, 20).toString())],
  ])('a GET by tag that gives %s once, and no digest', async (_name, step) => {
    const { name } = await serve(flaky(step));
    expect((await use().get(name, '1'))?.digest).toBe(DIGEST);
  });

  it.each([
    ['gzip', gzipSync(BYTES)],
    ['x-gzip', gzipSync(BYTES)],
    ['deflate', deflateSync(BYTES)],
    ['br', brotliCompressSync(BYTES)],
    // A header that says more than was done.
    ['gzip', BYTES],
  ])('a manifest that is packed for the way: %s', async (coding, bytes) => {
    const packed: Handler = (request, response, seen) => {
      if (request.method !== 'GET' || seen.path === '/v2/') return healthy(request, response, seen);
      const headers = { 'content-type': MEDIA_TYPE, 'content-encoding': coding };
      response.writeHead(200, headers).end(bytes);
    };
    const { name } = await serve(packed);
    expect((await use().get(name, '1'))?.digest).toBe(DIGEST);
    expect((await use().get(name, DIGEST))?.digest).toBe(DIGEST);
  });

  it.each([
    ['packed for the way', gzipSync('a layer'), 'a layer'],
    ['with a header that speaks of the layer itself', gzipSync('a layer'), gzipSync('a layer')],
  ])('a layer %s', async (_name, sent, layer) => {
    const bytes = Buffer.from(layer);
    const { name } = await serve((_request, response, seen) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(seen.path === '/v2/' ? gzipSync('{}') : sent);
    });
    const found = await use().getBlob(name, digestOf(bytes), 1_000);
    expect(Buffer.from(found ?? '').equals(bytes)).toBe(true);
  });

  it('a header that tells another kind than the manifest itself, which is put with its own', async () => {
    const other = 'application/vnd.docker.distribution.manifest.v2+json';
    const { name } = await serve(flaky(status(200, { 'content-type': other }, BYTES.toString())));
    expect((await use().get(name, '1'))?.mediaType).toBe(MEDIA_TYPE);
  });

  it('believes the hash when a registry tells a wrong digest again and again', async () => {
    const wrong = { 'content-type': MEDIA_TYPE, 'docker-content-digest': `sha256:${'0'.repeat(64)}` };
    const { name } = await serve((_request, response) => void response.writeHead(200, wrong).end(BYTES));
    const registry = use();
    expect((await registry.get(name, '1.0'))?.digest).toBe(DIGEST);
    expect(registry.lines.join()).toContain('another digest');
  });

  it('sends a manifest again after 500, 429 and a reset', async () => {
    const { server, name } = await serve(flaky(status(500), status(429, { 'retry-after': '1' }), reset));
    await use().put(name, '1.0', BODY);
    expect(server.count('PUT')).toBeGreaterThanOrEqual(4);
  });

  it('does not mind a Warning header', async () => {
    const { name } = await serve(status(200, { warning: '299 - oops', 'docker-content-digest': DIGEST }));
    expect((await use().head(name, '1.0'))?.digest).toBe(DIGEST);
  });
});

describe('faults that stay', () => {
  it.each([
    ['401 without a challenge', status(401), 'denied', 1],
    ['403', status(403), 'denied', 1],
    ['503', status(503), 'server-error', 5],
    ['429', status(429), 'rate-limited', 8],
    ['silence', hang, 'timeout', 3],
    ['an answer that is no manifest', status(200, {}, '<html>'), 'unsupported', 2],
    ['a body that stalls', stall, 'timeout', 3],
  ])('%s', async (_name, step, reason, requests) => {
    const { server, name } = await serve((request, response, seen) =>
      request.url === '/v2/' ? healthy(request, response, seen) : step(request, response, seen),
    );
    await expect(use().get(name, '1.0')).rejects.toMatchObject({ reason });
    expect(server.count('/manifests/')).toBe(requests);
  });

  it.each([
    [405, 'UNSUPPORTED', 'read-only', 'unsupported'],
    [403, 'DENIED', 'tag is immutable', 'immutable'],
    [403, 'DENIED', 'quota exceeded', 'quota'],
    [507, 'UNKNOWN', 'no space left on device', 'quota'],
    [404, 'NAME_UNKNOWN', '', 'not-found'],
    [400, 'MANIFEST_BLOB_UNKNOWN', '', 'not-found'],
  ])('PUT %i %s %s is %s, at once', async (code, word, message, reason) => {
    const body = JSON.stringify({ errors: [{ code: word, message }] });
    const { server, name } = await serve(flaky(status(code, {}, body)));
    await expect(use().put(name, '1.0', BODY)).rejects.toMatchObject({ reason });
    expect(server.count('PUT')).toBe(1);
  });

  it('a digest whose content is something else', async () => {
    const { server, name } = await serve(healthy);
    const other = digestOf(Buffer.from('other'));
    await expect(use().get(name, other)).rejects.toMatchObject({ reason: 'corrupt' });
    await expect(use().getBlob(name, other, 1_000)).rejects.toMatchObject({ reason: 'corrupt' });
    expect(server.count('GET /v2/team')).toBe(10);
  });

  it('an answer longer than a manifest may be', async () => {
    const { name } = await serve(healthy);
    await expect(use({ manifestBytes: 20 }).get(name, '1.0')).rejects.toMatchObject({
      reason: 'unsupported',
    });
  });

  it('nobody listening, or no such host', async () => {
    const gone = { registry: '127.0.0.1:1', repository: 'a' };
    const refused = use().head(gone, '1');
    await expect(refused).rejects.toMatchObject({
      reason: 'network',
      message: 'upstream 127.0.0.1:1 cannot be reached: nothing listens at 127.0.0.1:1',
      detail: expect.stringContaining('5 attempts'),
    });
    await expect(use().head({ registry: 'no.invalid', repository: 'a' }, '1')).rejects.toMatchObject({
      reason: 'network',
    });
  });

  it('HEAD has no words: what GET is refused with is told, and asked for once a repository', async () => {
    const body = JSON.stringify({
      errors: [{ code: 'DENIED', message: "client with IP '203.0.113.7' is not allowed access." }],
    });
    const { server, name } = await serve((request, response, seen) =>
      request.url === '/v2/'
        ? healthy(request, response, seen)
        : status(403, {}, body)(request, response, seen),
    );
    const registry = use();
    for (const tag of ['1.0', '2.0', '3.0']) {
      await expect(registry.head(name, tag)).rejects.toMatchObject({
        message: expect.stringContaining("this runner's address: its firewall is on"),
      });
    }
    expect([server.count('HEAD'), server.count('GET /v2/team')]).toEqual([3, 1]);
  });

  it('a sentence of the table, and as detail method, reference, status and the words of the registry', async () => {
    const { server, name } = await serve(
      flaky(status(403, {}, '{"errors":[{"code":"DENIED","message":"no\\n::x"}]}')),
    );
    await expect(use().get(name, '1.0')).rejects.toMatchObject({
      message: `upstream's repository ${server.host}/team/app does not exist, or is not shown without a login`,
      detail: `GET ${server.host}/team/app:1.0: 403 Forbidden: DENIED: no ::x`,
    });
  });
});

it('one 429 holds the whole host', async () => {
  const { name } = await serve(flaky(status(429, { 'retry-after': '7' })));
  const registry = use({ concurrency: 1 });
  await Promise.all([registry.head(name, 'a'), registry.head(name, 'b'), registry.head(name, 'c')]);
  expect(registry.slept.filter((time) => time > 6_000)).toHaveLength(1);
});

it('ends at once when the run is cancelled', async () => {
  const controller = new AbortController();
  const { name } = await serve((...all) => {
    hang(...all);
    controller.abort();
  });
  const registry = use({}, { signal: controller.signal });
  await expect(registry.head(name, '1.0')).rejects.toMatchObject({ reason: 'cancelled' });
  await expect(registry.head(name, '1.0')).rejects.toMatchObject({ reason: 'cancelled' });
});

describe('redirects', () => {
  const to =
    (url: () => string): Handler =>
    (request, response, seen) =>
      request.url === '/v2/'
        ? healthy(request, response, seen)
        : status(307, { location: url() })(request, response, seen);

  it('are followed without credentials at another origin, five times at most', async () => {
    const store = await serve(healthy);
    const { server, name } = await serve(to(() => `${store.server.origin}/v2/x/manifests/y`));
    const registry = use({}, { credentials: async () => ({ username: 'u', secret: 'p' }) });
    expect(await registry.get(name, '1.0')).toEqual(BODY);
    expect(store.server.seen[0]?.authorization).toBe('');
    const loop = await serve(
      (_request, response) => void response.writeHead(302, { location: '/again' }).end(),
    );
    await expect(registry.get(loop.name, '1.0')).rejects.toMatchObject({ reason: 'network' });
    expect(loop.server.count('GET')).toBe(6);
    expect(server.count('/manifests/')).toBe(1);
  });

  it('lead nowhere that `hosts` does not name, but for layers', async () => {
    const store = await serve(healthy);
    const { server, name } = await serve(to(() => `${store.server.origin}/v2/x/manifests/y`));
    const registry = use({ hosts: [server.host] });
    await expect(registry.get(name, '1.0')).rejects.toMatchObject({ reason: 'denied' });
    expect(store.server.seen).toHaveLength(0);
    expect(await registry.getBlob(name, DIGEST, 1_000)).toEqual(BYTES);
  });

  it('of a PUT are not followed to another host', async () => {
    const { name } = await serve(to(() => 'http://localhost:9/elsewhere'));
    await expect(use().put(name, '1.0', BODY)).rejects.toMatchObject({ reason: 'unsupported' });
  });
});

describe('removing a tag', () => {
  it.each([
    [202, '', 'done'],
    [404, 'MANIFEST_UNKNOWN', 'absent'],
    [405, 'UNSUPPORTED', 'not-granted'],
    [400, 'DIGEST_INVALID', 'not-granted'],
    [403, 'DENIED', 'not-granted'],
  ])('an answer %i %s: %s, asked once and by tag', async (code, word, removed) => {
    const { server, name } = await serve(status(code, {}, word));
    expect(await use().removeTag(name, 'v1')).toBe(removed);
    const asked = server.seen.filter(({ method }) => method === 'DELETE');
    expect(asked.map(({ path }) => path)).toEqual(['/v2/team/app/manifests/v1']);
  });

  it('is never done by digest, which would take every tag of the manifest', async () => {
    const { server, name } = await serve(status(202));
    await expect(use().removeTag(name, DIGEST)).rejects.toThrow('never by a digest');
    expect(server.count('DELETE')).toBe(0);
  });
});
