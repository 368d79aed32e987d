// An HTTP proxy on loopback that stands for the rest of the network: it knows some host names, leads each of them to a
// host of the tests, and answers 502 for all others. Nothing leaves this machine, and whoever was called is remembered.

import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Identity } from './certificates.ts';

/** `host:port` as it is called, and where it leads; a function decides by the request. */
export type Names = Readonly<Record<string, string | ((request: IncomingMessage) => string)>>;

export type NameProxy = {
  readonly url: string;
  /** HTTP_PROXY and HTTPS_PROXY, to be added to the environment of the action. */
  readonly env: Readonly<Record<string, string>>;
  /** `host:port` of every request and every tunnel. */
  readonly called: readonly string[];
  stop(): Promise<void>;
};

/** Starts the proxy; with `tls` it is one that is spoken to over TLS. */
export async function startNameProxy(names: Names, tls?: Identity): Promise<NameProxy> {
  const called: string[] = [];
  const sockets = new Set<Duplex>();
  const targetOf = (host: string, request: IncomingMessage): string | null => {
    called.push(host);
    const target = names[host];
    return typeof target === 'function' ? target(request) : (target ?? null);
  };
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '/', 'http://unknown');
    const target = targetOf(`${url.hostname}:${url.port || 80}`, request);
    if (target === null) response.writeHead(502).end();
    else pass(target, `${url.pathname}${url.search}`, request, response);
  };
  const server = tls === undefined ? createServer(serve) : createSecureServer(tls, serve);
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const target = targetOf(request.url ?? '', request);
    if (target === null) socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    else tunnel(target, socket, head, sockets);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    env: { HTTP_PROXY: url, HTTPS_PROXY: url },
    called,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function pass(target: string, path: string, request: IncomingMessage, response: ServerResponse): void {
  const [host = '', port = ''] = target.split(':');
  const { method, headers } = request;
  const onward = ask({ host, port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}

function tunnel(target: string, socket: Duplex, head: Buffer, sockets: Set<Duplex>): void {
  const [host = '', port = ''] = target.split(':');
  const onward = connect({ host, port: Number(port) }, () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    onward.write(head);
    socket.pipe(onward).pipe(socket);
  });
  sockets.add(onward);
  onward.on('error', () => socket.destroy());
  socket.on('error', () => onward.destroy());
  socket.on('close', () => onward.destroy());
}
