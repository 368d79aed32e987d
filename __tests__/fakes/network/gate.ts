// A host on loopback in front of a registry that is open: it remembers who asked for what, and a hook may answer in the
// registry's place. What passes goes on without its login, so the hook decides what a login is good for.

import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Asked, classify } from '../faults/requests.ts';
import type { Identity } from './certificates.ts';

/** One request; `at` in milliseconds. */
export type Heard = Asked & {
  readonly host: string;
  readonly authorization: string | null;
  /** True when the request says that crane, or another Go program, sent it. */
  readonly byCrane: boolean;
  /** What a token is asked for; empty for other requests. */
  readonly scope: string;
  readonly at: number;
};

/** Returns true when it has answered, or will. */
export type Hook = (heard: Heard, response: ServerResponse, request: IncomingMessage) => boolean;

export type GateOptions = {
  /** `host:port` of the registry behind; without one everything that the hook leaves is a 404. */
  target?: string;
  hook?: Hook;
  address?: string;
  tls?: Identity;
};

export type Gate = {
  /** `127.0.0.1:port`, or `[::1]:port`. */
  readonly host: string;
  readonly url: string;
  readonly port: number;
  readonly heard: readonly Heard[];
  connections(): number;
  stop(): Promise<void>;
};

/** Starts a gate on a port of its own. */
export async function startGate(options: GateOptions = {}): Promise<Gate> {
  const { address = '127.0.0.1', tls } = options;
  const heard: Heard[] = [];
  let connections = 0;
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const one = hear(request);
    heard.push(one);
    if (options.hook?.(one, response, request) !== true) forward(options, request, response);
  };
  const server = tls === undefined ? createServer(serve) : createSecureServer(tls, serve);
  server.on('connection', () => {
    connections += 1;
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  const host = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  return {
    host,
    url: `${tls === undefined ? 'http' : 'https'}://${host}`,
    port,
    heard,
    connections: () => connections,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers with JSON, and reads the rest of the request. */
export function reply(
  response: ServerResponse,
  status: number,
  body: object = {},
  headers: Readonly<Record<string, string>> = {},
): true {
  response.req.resume();
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
  return true;
}

/** Answers as a registry does that refuses: `code` is one of the distribution API. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): true {
  return reply(response, status, { errors: [{ code, message: code.toLowerCase() }] }, headers);
}

function hear(request: IncomingMessage): Heard {
  const { method = 'GET', url = '/', headers } = request;
  return {
    ...classify(method, url),
    host: headers.host ?? '',
    authorization: headers.authorization ?? null,
    byCrane: /crane|go-container|Go-http/i.test(headers['user-agent'] ?? ''),
    scope: new URL(url, 'http://x').searchParams.getAll('scope').join(' '),
    at: performance.now(),
  };
}

function forward({ target, tls }: GateOptions, request: IncomingMessage, response: ServerResponse): void {
  if (target === undefined) {
    refuse(response, 404, 'NOT_FOUND');
    return;
  }
  const { authorization: _dropped, ...kept } = request.headers;
  const headers = tls === undefined ? kept : { ...kept, 'x-forwarded-proto': 'https' };
  const [host = '', port = ''] = target.split(':');
  const { method, url: path } = request;
  const onward = ask({ host, port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
  onward.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  request.pipe(onward);
}
