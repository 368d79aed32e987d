// TLS and proxies, with a certificate made for the moment (registry.example, localhost, 127.0.0.1).

import { createServer as createHttp, type Server } from 'node:http';
import { createServer as createTls } from 'node:https';
import { type AddressInfo, connect, createServer as createTcp, type Socket } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { makeAuthority } from '../../fakes/network/certificates.ts';
import { client, DIGEST, healthy, type TestClient } from '../client/server.ts';

const AUTHORITY = makeAuthority('Test');
const SERVER = AUTHORITY.issue('registry.example', 'localhost', '127.0.0.1');

const open: (() => unknown)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function use(...args: Parameters<typeof client>): TestClient {
  const made = client(...args);
  open.push(() => made.close());
  return made;
}

const tlsRegistry = () =>
  listen(
    createTls(SERVER, (request, response) =>
      healthy(request, response, { method: '', path: '', authorization: '', body: '' }),
    ),
  );

/** A proxy that leads everything to one port, and writes down what it was asked for. */
async function proxy(target: number) {
  const asked: string[] = [];
  const server = createHttp((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
    healthy(
      { ...request, url: new URL(request.url ?? '').pathname, method: request.method } as typeof request,
      response,
      {
        method: '',
        path: '',
        authorization: '',
        body: '',
      },
    );
  });
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    if (target === 0) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const upstream = connect(target, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [socket, upstream]) end.on('error', () => undefined);
    open.push(() => upstream.destroy());
  });
  return { port: await listen(server), asked };
}

it('trusts a certificate authority set for the host, or for all', async () => {
  const host = `127.0.0.1:${await tlsRegistry()}`;
  const name = { registry: host, repository: 'a' };
  const own = use({ registries: { [host]: { ca: AUTHORITY.ca } } });
  expect((await own.head(name, '1'))?.digest).toBe(DIGEST);
});

it('an upload that leads to plain http at the name of its registry goes on in https', async () => {
  const seen: string[] = [];
  const port = await listen(
    createTls(SERVER, (request, response) => {
      seen.push(`${request.method} ${request.url}`);
      request.resume();
      const posts = request.method === 'POST';
      const headers = posts ? { location: `http://${request.headers.host}/upload?state=s` } : {};
      response.writeHead(posts ? 202 : request.method === 'PUT' ? 201 : 200, headers).end();
    }),
  );
  const registry = use({ registries: { [`127.0.0.1:${port}`]: { ca: AUTHORITY.ca } } });
  await registry.putBlob({ registry: `127.0.0.1:${port}`, repository: 'a' }, DIGEST, Buffer.from('x'));
  expect(seen.at(-1)).toBe(`PUT /upload?state=s&digest=${encodeURIComponent(DIGEST)}`);
});

it('a handshake that breaks off once is made again', async () => {
  const port = await tlsRegistry();
  let connections = 0;
  const between = createTcp((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    // The alert "internal error".
    if (connections === 1)
      return void socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 80])));
    const onward = connect(port, '127.0.0.1');
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  open.push(() => between.close());
  const host = `127.0.0.1:${(between.address() as AddressInfo).port}`;
  const registry = use({ registries: { [host]: { ca: AUTHORITY.ca } } });
  expect((await registry.head({ registry: host, repository: 'a' }, '1'))?.digest).toBe(DIGEST);
});

it('does not trust others, and says so at once', async () => {
  const port = await tlsRegistry();
  const { port: through, asked } = await proxy(port);
  const settings = { proxy: { https: `http://127.0.0.1:${through}`, http: '', no: '' } };
  const registry = use(settings);
  await expect(registry.head({ registry: 'registry.example', repository: 'a' }, '1')).rejects.toMatchObject({
    reason: 'tls',
  });
  expect(asked).toEqual(['CONNECT registry.example:443']);
});

it('reaches https through a proxy, on a kept-alive tunnel', async () => {
  const port = await tlsRegistry();
  const { port: through, asked } = await proxy(port);
  const registry = use({ proxy: { https: `127.0.0.1:${through}`, http: '', no: '' }, ca: [AUTHORITY.ca] });
  const name = { registry: 'registry.example', repository: 'a' };
  for (const tag of ['1', '2', '3']) expect((await registry.head(name, tag))?.digest).toBe(DIGEST);
  expect(asked).toEqual(['CONNECT registry.example:443']);
});

it('tells what a proxy answers', async () => {
  const { port } = await proxy(0);
  const registry = use({ proxy: { https: `http://127.0.0.1:${port}`, http: '', no: '' } });
  await expect(registry.head({ registry: 'registry.example', repository: 'a' }, '1')).rejects.toMatchObject({
    reason: 'network',
    message: expect.stringContaining('through the proxy'),
    detail: expect.stringContaining('403'),
  });
});

it('asks a proxy for plain http with the whole address', async () => {
  const { port, asked } = await proxy(0);
  const registries = { 'registry.example': { http: true } };
  const registry = use({ registries, proxy: { https: '', http: `http://u:p%40@127.0.0.1:${port}`, no: '' } });
  expect((await registry.head({ registry: 'registry.example', repository: 'a' }, '1'))?.digest).toBe(DIGEST);
  expect(asked[1]).toBe(`HEAD http://registry.example/v2/a/manifests/1 Basic ${btoa('u:p@')}`);
});
