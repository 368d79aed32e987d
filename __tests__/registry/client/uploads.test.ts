import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/image/names/digest.ts';
import {
  client,
  type Handler,
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

const BYTES = Buffer.from('a small blob');
const DIGEST = digestOf(BYTES);
const BASIC = `Basic ${btoa('u:p')}`;
const credentials = async () => ({ username: 'u', secret: 'p' });

async function serve(handler: Handler): Promise<TestServer> {
  const server = await startServer(handler);
  open.push(server);
  return server;
}

function use(...parameters: Parameters<typeof client>): TestClient {
  const made = client(...parameters);
  open.push(made);
  return made;
}

const named = (server: TestServer) => ({ registry: server.host, repository: 'team/app' });

/** A registry that asks for a login; `put` answers what follows the POST, whose location is `at`. */
function uploads(
  put: Handler,
  at: (upload: number) => string = (upload) => `/upload/${upload}?state=s`,
): Handler {
  let upload = 0;
  return (request, response, seen) => {
    if (seen.path === '/v2/' && seen.authorization !== BASIC)
      return status(401, { 'www-authenticate': 'Basic realm="r"' })(request, response, seen);
    if (seen.path === '/v2/') return status(200)(request, response, seen);
    if (request.method !== 'POST') return put(request, response, seen);
    upload += 1;
    status(202, { location: at(upload) })(request, response, seen);
  };
}

const steps = (...handlers: Handler[]): Handler => {
  const left = [...handlers];
  return (request, response, seen) => {
    const step = seen.path.startsWith('/v2/') ? undefined : left.shift();
    (step ?? status(201))(request, response, seen);
  };
};

describe('putBlob', () => {
  it('begins an upload, and puts the bytes with their digest where that leads', async () => {
    const server = await serve(uploads(status(201)));
    await use({}, { credentials }).putBlob(named(server), DIGEST, BYTES);
    const sent = server.seen.filter(({ path }) => path !== '/v2/');
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v2/team/app/blobs/uploads/',
      `PUT /upload/1?state=s&digest=${encodeURIComponent(DIGEST)}`,
    ]);
    expect(sent.map(({ body, authorization }) => [body, authorization])).toEqual([
      ['', BASIC],
      ['a small blob', BASIC],
    ]);
  });

  it.each<[string, ...Handler[]]>([
    ['503', status(503)],
    ['404: the upload got lost', status(404, {}, '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}')],
    ['416', status(416)],
    ['DIGEST_INVALID: its bytes got lost', status(400, {}, '{"errors":[{"code":"DIGEST_INVALID"}]}')],
    // The first one may say no more than that the connection was an old one.
    ['two resets', reset, reset],
  ])('begins again with a new upload after %s', async (_name, ...all) => {
    const server = await serve(uploads(steps(...all)));
    await use({}, { credentials }).putBlob(named(server), DIGEST, BYTES);
    const puts = server.seen.filter(({ method }) => method === 'PUT').map(({ path }) => path.split('?')[0]);
    expect(puts[0]).toBe('/upload/1');
    expect(puts.at(-1)).toBe('/upload/2');
    expect(server.count('POST')).toBe(2);
  });

  /** What the registry has; a PUT is answered by `put`, and kept from the `kept`th on. */
  const stored = (
    put: Handler,
    kept: number,
    post: Handler = status(202, { location: '/upload/1' }),
  ): Handler => {
    let puts = 0;
    return (request, response, seen) => {
      if (request.method === 'PUT') puts += 1;
      if (request.method === 'PUT') return put(request, response, seen);
      if (request.method === 'POST') return post(request, response, seen);
      return status(request.method === 'HEAD' && puts < kept ? 404 : 200)(request, response, seen);
    };
  };
  const other = `sha256:${'0'.repeat(64)}`;

  it.each<[string, Handler]>([
    ['202', status(202)],
    ['204', status(204)],
    ['201 and another digest', status(201, { 'docker-content-digest': other })],
  ])('looks for the blob after %s: what is there was stored', async (_name, put) => {
    const server = await serve(stored(put, 1));
    await use().putBlob(named(server), DIGEST, BYTES);
    expect([server.count('PUT'), server.count('HEAD')]).toEqual([1, 1]);
  });

  it('begins again where a registry accepted a blob and did not store it', async () => {
    const server = await serve(stored(status(202), 2));
    await use().putBlob(named(server), DIGEST, BYTES);
    expect([server.count('PUT'), server.count('HEAD')]).toEqual([2, 2]);
  });

  it.each<[string, Handler, Handler]>([
    ['accepts each blob', status(202), status(202, { location: '/upload/1' })],
    ['says at the beginning that it has it', status(500), status(201)],
  ])('says so where a registry %s and stores none', async (_name, put, post) => {
    const server = await serve(stored(put, 99, post));
    await expect(use().putBlob(named(server), DIGEST, BYTES)).rejects.toMatchObject({
      reason: 'corrupt',
      message: expect.stringContaining('said that it had taken a layer, and does not have it'),
    });
  });

  it('goes where a redirect of the registry itself leads, and nowhere else', async () => {
    const moved: Handler = (request, response, seen) => {
      const at = seen.path.startsWith('/v2/team/app/') ? `/new${seen.path}` : null;
      if (at !== null) return status(308, { location: at })(request, response, seen);
      return uploads(status(201))(request, response, { ...seen, authorization: BASIC });
    };
    const server = await serve(moved);
    await use().putBlob(named(server), DIGEST, BYTES);
    expect(server.seen.map(({ method, path }) => `${method} ${path.split('?')[0]}`)).toEqual([
      'GET /v2/',
      'POST /v2/team/app/blobs/uploads/',
      'POST /new/v2/team/app/blobs/uploads/',
      'PUT /upload/1',
    ]);
    const store = await serve(status(202, { location: '/x' }));
    const away = await serve((request, response, seen) =>
      status(request.method === 'POST' ? 308 : 200, { location: `${store.origin}/x` })(
        request,
        response,
        seen,
      ),
    );
    await expect(use().putBlob(named(away), DIGEST, BYTES)).rejects.toMatchObject({
      reason: 'unsupported',
      message: expect.stringContaining('sends uploads on to another address'),
    });
    expect(store.seen).toEqual([]);
  });

  it.each([
    [403, 'DENIED', 'denied', 1],
    [403, 'DENIED: quota exceeded', 'quota', 1],
    [404, 'BLOB_UPLOAD_UNKNOWN', 'not-found', 5],
    [500, 'UNKNOWN', 'server-error', 5],
  ])('says what %i %s means', async (code, word, reason, times) => {
    const refusal = status(code, {}, JSON.stringify({ errors: [{ code: word }] }));
    const server = await serve(uploads(refusal));
    await expect(use({}, { credentials }).putBlob(named(server), DIGEST, BYTES)).rejects.toMatchObject({
      reason,
    });
    expect([server.count('POST'), server.count('PUT')]).toEqual([times, times]);
  });

  it('takes no login to another origin that an upload leads to', async () => {
    const store = await serve(status(201));
    const server = await serve(uploads(status(500), () => `${store.origin}/bucket?signed=yes`));
    await use({}, { credentials }).putBlob(named(server), DIGEST, BYTES);
    expect(store.seen).toMatchObject([{ method: 'PUT', authorization: '', body: 'a small blob' }]);
  });

  it('fails where the registry names no place for the upload', async () => {
    const server = await serve((request, response, seen) =>
      status(request.method === 'POST' ? 202 : 200)(request, response, seen),
    );
    await expect(use().putBlob(named(server), DIGEST, BYTES)).rejects.toMatchObject({
      reason: 'unsupported',
    });
  });
});

describe('parts of an upload', () => {
  const part = (method: 'PATCH' | 'PUT', url: URL) => {
    const headers = { 'content-type': 'a/b', 'content-length': '3', cookie: 'x', authorization: 'crane' };
    return { method, url, headers, body: Readable.from([Buffer.from('abc')]) };
  };

  it('go where each answer leads, with the login of this program and none of the headers of crane', async () => {
    let state = 0;
    const next: Handler = (request, response, seen) => {
      state += 1;
      status(202, { location: `/upload/1?state=${state}` })(request, response, seen);
    };
    const server = await serve(uploads(next));
    const registry = use({}, { credentials });
    const first = await registry.startUpload(named(server));
    expect(first.href).toBe(`${server.origin}/upload/1?state=s`);
    const second = await registry.sendUpload(named(server), part('PATCH', first));
    expect(second?.href).toBe(`${server.origin}/upload/1?state=1`);
    await registry.sendUpload(named(server), part('PUT', second ?? first));
    const sent = server.seen.filter(({ path }) => path.startsWith('/upload'));
    expect(sent).toMatchObject([
      { method: 'PATCH', path: '/upload/1?state=s', authorization: BASIC, body: 'abc' },
      { method: 'PUT', path: '/upload/1?state=1', authorization: BASIC, body: 'abc' },
    ]);
  });

  it('go to another origin without a login', async () => {
    const store = await serve(status(202));
    const server = await serve(uploads(status(500), () => `${store.origin}/bucket`));
    const registry = use({}, { credentials });
    const url = await registry.startUpload(named(server));
    expect(await registry.sendUpload(named(server), part('PATCH', url))).toBeNull();
    expect(store.seen).toMatchObject([{ method: 'PATCH', authorization: '', body: 'abc' }]);
  });

  it.each([
    ['503', status(503), 'server-error'],
    ['a reset', reset, 'network'],
  ])('are sent once, also where %s is the answer', async (_name, answer, reason) => {
    const server = await serve(uploads(answer));
    const registry = use({}, { credentials });
    const url = await registry.startUpload(named(server));
    await expect(registry.sendUpload(named(server), part('PATCH', url))).rejects.toMatchObject({ reason });
    expect(server.count('PATCH')).toBeLessThanOrEqual(1);
    expect(server.count('POST')).toBe(1);
  });
});

describe('mountBlob', () => {
  it('names the blob and its other repository', async () => {
    const server = await serve(status(201));
    expect(await use().mountBlob(named(server), DIGEST, 'other/app')).toBe(true);
    const query = new URLSearchParams({ mount: DIGEST, from: 'other/app' });
    expect(server.count(`POST /v2/team/app/blobs/uploads/?${query}`)).toBe(1);
  });

  it('drops the upload that a registry begins instead', async () => {
    const server = await serve((request, response, seen) =>
      (request.method === 'POST' ? status(202, { location: '/upload/1' }) : status(204))(
        request,
        response,
        seen,
      ),
    );
    expect(await use().mountBlob(named(server), DIGEST, 'other/app')).toBe(false);
    expect(server.count('DELETE /upload/1')).toBe(1);
  });

  it.each([400, 403, 404])('is not done where no token is given for two repositories: %i', async (code) => {
    const server: TestServer = await serve((request, response, seen) => {
      if (seen.path.startsWith('/token')) return status(code)(request, response, seen);
      const challenge = `Bearer realm="${server.origin}/token",service="s"`;
      return status(401, { 'www-authenticate': challenge })(request, response, seen);
    });
    expect(await use().mountBlob(named(server), DIGEST, 'other/app')).toBe(false);
  });

  it.each([403, 404, 405, 400])('is not done after %i, which is no failure', async (code) => {
    const server = await serve((request, response, seen) =>
      status(request.method === 'POST' ? code : 200)(request, response, seen),
    );
    expect(await use().mountBlob(named(server), DIGEST, 'other/app')).toBe(false);
  });
});
