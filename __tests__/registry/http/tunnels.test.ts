// What connections do for a request before it is sent: the check of a looked-up address, and the way through a proxy.

import { request } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type ConnectionSettings,
  type Connections,
  createConnections,
} from '../../../src/registry/http/connections.ts';
import type { Endpoint } from '../../../src/registry/http/endpoint.ts';

const SETTINGS: ConnectionSettings = {
  registries: {},
  hosts: null,
  proxy: { https: '', http: '', no: '' },
  ca: [],
  concurrency: 4,
  connect: 300,
};
const endpoint = (origin: string): Endpoint => {
  const { host } = new URL(origin);
  return { registry: host, origin, host };
};
const PUBLIC = endpoint('https://registry.example');

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function serve(talk: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

function connections(settings: Partial<ConnectionSettings> = {}): Connections {
  const made = createConnections({ ...SETTINGS, ...settings });
  open.push(made.close);
  return made;
}

/** The status of an answer, or the error in its place. */
function get(made: Connections, url: URL, from: Endpoint): Promise<unknown> {
  const { agent, path, headers } = made.route(url, from);
  const options = { agent, path, headers, protocol: url.protocol, host: url.hostname, port: url.port };
  return new Promise((resolve) => {
    request(options, (response) => resolve(response.resume().statusCode))
      .on('error', resolve)
      .end();
  });
}

describe('a name that leads to this machine', () => {
  const answer = (socket: Socket): void =>
    void socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
  const denied = expect.objectContaining({
    reason: 'denied',
    message: expect.stringContaining('localhost leads to'),
  });

  it('is not connected to on the word of a registry elsewhere', async () => {
    let connected = 0;
    const port = await serve(() => {
      connected += 1;
    });
    expect(await get(connections(), new URL(`http://localhost:${port}/`), PUBLIC)).toEqual(denied);
    expect(connected).toBe(0);
  });

  it('is connected to where the config or `hosts` names it, or for a neighbour', async () => {
    const port = await serve(answer);
    const url = new URL(`http://localhost:${port}/`);
    expect(await get(connections({ registries: { [url.host]: {} } }), url, PUBLIC)).toBe(200);
    expect(await get(connections({ hosts: ['localhost'] }), url, PUBLIC)).toBe(200);
    expect(await get(connections(), url, endpoint(`http://127.0.0.1:${port}`))).toBe(200);
    expect(await get(connections(), url, endpoint(url.origin))).toBe(200);
  });

  it('makes whoever has that name a neighbour, and nobody else', async () => {
    const port = await serve(answer);
    const made = connections({ registries: { 'localhost:1': {} } });
    const url = new URL(`http://localhost:${port}/`);
    expect(await get(made, url, PUBLIC)).toEqual(denied);
    expect(await get(made, url, endpoint(`http://localhost:${port}`))).toBe(200);
    expect(await get(made, url, PUBLIC)).toEqual(denied);
  });
});

describe('CONNECT', () => {
  const through = (port: number, scheme = 'http'): Promise<unknown> => {
    const proxy = { https: `${scheme}://me:secret@127.0.0.1:${port}`, http: '', no: '' };
    return get(connections({ proxy }), new URL('https://registry.example/'), PUBLIC);
  };

  it('has one deadline, however steadily its answer drips', async () => {
    const port = await serve((socket) => {
      const timer = setInterval(() => socket.write('x'), 50);
      socket.on('close', () => clearInterval(timer));
      socket.write('HTTP/1.1 200 OK\r\nx: ');
    });
    expect(await through(port)).toMatchObject({
      reason: 'timeout',
      message: `no answer of the proxy 127.0.0.1:${port} within 0.3 s`,
    });
  });

  it.each([
    ['403 Forbidden', 'ask whoever runs the proxy to let this host through, or add it to NO_PROXY'],
    [
      '407 Proxy Authentication Required',
      'write the login for the proxy into its variable: http://user:password@host:port',
    ],
    ['502 Bad Gateway', ''],
  ])('that is answered %s is told in words', async (words, hint) => {
    const port = await serve((socket) => void socket.end(`HTTP/1.1 ${words}\r\ncontent-length: 0\r\n\r\n`));
    expect(await through(port)).toMatchObject({
      reason: 'network',
      message: `the proxy 127.0.0.1:${port} answered ${words} to CONNECT`,
      cause: { hint },
    });
  });

  it.each([
    ['429 Too Many Requests', true],
    ['503 Busy', true],
    ['407 Proxy Authentication Required', false],
  ])('that is answered %s is sent again: %s', async (words, again) => {
    const port = await serve((socket) => void socket.end(`HTTP/1.1 ${words}\r\ncontent-length: 0\r\n\r\n`));
    expect(await through(port)).toMatchObject({ mayRetry: again });
  });

  it('is not sent in clear to a proxy that is to speak TLS', async () => {
    const heard: Buffer[] = [];
    const port = await serve(
      (socket) => void socket.once('data', (bytes) => heard.push(bytes) && socket.destroy()),
    );
    expect(await through(port, 'https')).toMatchObject({
      message: expect.stringMatching(/^the proxy 127\.0\.0\.1:/),
    });
    // A TLS handshake begins with 22.
    expect(heard.map((bytes) => bytes[0])).toEqual([22]);
  });

  it('ends with the run', async () => {
    const made = createConnections({
      ...SETTINGS,
      connect: 60_000,
      proxy: { https: `http://127.0.0.1:${await serve(() => undefined)}`, http: '', no: '' },
    });
    const answer = get(made, new URL('https://registry.example/'), PUBLIC);
    setTimeout(made.close, 100);
    expect(await answer).toMatchObject({ message: expect.stringContaining('the proxy') });
  });
});
