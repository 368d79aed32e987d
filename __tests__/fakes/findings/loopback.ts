// Servers on loopback that say whatever a test wants and write down everybody who came.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request. `at` is in milliseconds of `performance.now()`. */
export type Seen = {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | null;
  readonly at: number;
};

export type Loopback = {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly url: string;
  readonly seen: readonly Seen[];
  /** How many requests had this method and a url like this. */
  count(method: string, url: RegExp): number;
  /** Connections accepted so far, with or without a request. */
  connections(): number;
  stop(): Promise<void>;
};

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Listens on a port of its own. What a request carries is read and thrown away unless the handler reads it. */
export async function listen(handler: Handler): Promise<Loopback> {
  const seen: Seen[] = [];
  const state = { connections: 0 };
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, authorization: headers.authorization ?? null, at: performance.now() });
    handler(request, response);
    if (request.listenerCount('data') === 0) request.resume();
  });
  server.on('connection', (socket) => {
    state.connections += 1;
    socket.on('error', () => undefined);
  });
  // crane tries TLS first; an answer sends it on to http at once.
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    seen,
    count: (method, url) => seen.filter((one) => one.method === method && url.test(one.url)).length,
    connections: () => state.connections,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A structured error as registries send it. */
export function refuse(response: ServerResponse, status: number, error: Refusal, headers = {}): void {
  const body = JSON.stringify({ errors: [error] });
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body);
}

export type Refusal = { readonly code: string; readonly message: string; readonly detail?: unknown };
