// Servers that say what no HTTP library would, and a transport with short deadlines before them.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { REGISTRY_DEFAULTS } from '../../../src/registry/client/settings.ts';
import { endpointOf } from '../../../src/registry/http/endpoint.ts';
import { createTraffic } from '../../../src/registry/http/exchange.ts';
import type { Ask } from '../../../src/registry/http/line.ts';
import { createTransport } from '../../../src/registry/http/transport.ts';
import { fastClock } from '../client/server.ts';

const closers: (() => Promise<void>)[] = [];

/** Closes every server and connection that the tests of a file opened. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0)) await close();
}

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Hears the first bytes of each connection. */
export function rawServer(answer: (socket: Socket) => void): Promise<string> {
  return listen(createTcpServer((socket) => socket.once('data', () => answer(socket))));
}

/** Answers requests, without reading what they carry. */
export function httpServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  return listen(createServer({ keepAliveTimeout: 60_000 }, answer));
}

export const DEADLINES = { connect: 400, firstByte: 300, commit: 600, stall: 100 };

/** A transport on a clock that does not wait; `ask` is a request for a blob, or what `more` says. */
export function transportFor(settings = {}, signal?: AbortSignal) {
  const all = { ...REGISTRY_DEFAULTS, deadlines: DEADLINES, ...settings };
  const traffic = createTraffic(
    all,
    fastClock(),
    { warning: () => undefined, tell: () => undefined },
    signal,
  );
  closers.push(async () => traffic.connections.close());
  const transport = createTransport(all, { ...traffic, signal });
  const ask = (host: string, more: Partial<Ask> = {}): Ask => {
    const endpoint = endpointOf(host, all);
    const base = { endpoint, method: 'GET', headers: {}, kind: 'blob-get', maxBytes: 1e6 } as const;
    return { ...base, url: new URL('/v2/a/blobs/b', endpoint.origin), ...more };
  };
  return { transport, traffic, ask };
}
