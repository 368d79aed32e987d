// A tiny registry for these tests: one function answers each request, and what came is written down.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { digestOf } from '../../../src/image/names/digest.ts';
import { createRegistry, type RegistryClient } from '../../../src/registry/client/client.ts';
import { type ClientSettings, REGISTRY_DEFAULTS } from '../../../src/registry/client/settings.ts';
import { createTraffic } from '../../../src/registry/http/exchange.ts';
import type { Meter } from '../../../src/registry/http/meter.ts';
import type { SessionDeps } from '../../../src/registry/session/session.ts';

export type Seen = {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly body: string;
};
export type Handler = (request: IncomingMessage, response: ServerResponse, seen: Seen) => void;
export type TestServer = {
  readonly host: string;
  readonly origin: string;
  readonly seen: Seen[];
  connections(): number;
  /** Requests whose method and path hold `text`. */
  count(text: string): number;
  stop(): Promise<void>;
};

export const BYTES = Buffer.from(
  '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
);
export const MEDIA_TYPE = 'application/vnd.oci.image.index.v1+json';
export const DIGEST = digestOf(BYTES);
export const BODY = { digest: DIGEST, mediaType: MEDIA_TYPE, bytes: BYTES };

export async function startServer(handler: Handler): Promise<TestServer> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const one = {
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization ?? '',
      body: Buffer.concat(chunks).toString(),
    };
    seen.push(one);
    handler(request, response, one);
  });
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    origin: `http://${host}`,
    seen,
    connections: () => connections,
    count: (text) => seen.filter(({ method, path }) => `${method} ${path}`.includes(text)).length,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Answers a manifest request as a healthy registry does, and the ping. */
export const healthy: Handler = (request, response) => {
  if (request.url === '/v2/') return void response.end('{}');
  const headers = { 'content-type': MEDIA_TYPE, 'docker-content-digest': DIGEST };
  if (request.method === 'PUT') return void response.writeHead(201, headers).end();
  const length = String(BYTES.length);
  response
    .writeHead(200, { ...headers, 'content-length': length })
    .end(request.method === 'HEAD' ? undefined : BYTES);
};

/** Answers the first requests for a manifest with `steps`, one after the other, then as a healthy registry. */
export function flaky(...steps: Handler[]): Handler {
  const left = [...steps];
  return (request, response, seen) => {
    const step = request.url?.includes('/manifests/') ? left.shift() : undefined;
    (step ?? healthy)(request, response, seen);
  };
}

export const status = (code: number, headers: Record<string, string> = {}, body = ''): Handler => {
  return (_request, response) => void response.writeHead(code, headers).end(body);
};
export const reset: Handler = (request) => void request.socket.destroy();
export const hang: Handler = () => undefined;

/** A clock on which sleeping takes no time; it tells how long everyone slept. */
export function fastClock(): {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  readonly slept: number[];
} {
  const slept: number[] = [];
  let time = 1_000;
  return {
    slept,
    now: () => time,
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
      const until = time + milliseconds;
      await new Promise((resolve) => setImmediate(resolve));
      time = Math.max(time, until);
    },
  };
}

export type TestClient = RegistryClient & {
  readonly meter: Meter;
  close(): void;
  readonly slept: readonly number[];
  readonly lines: readonly string[];
};

/** A client with short deadlines on a clock that does not wait. */
export function client(settings: Partial<ClientSettings> = {}, deps: Partial<SessionDeps> = {}): TestClient {
  const clock = fastClock();
  const lines: string[] = [];
  const log = {
    debug: (line: string) => void lines.push(line),
    warning: (line: string) => void lines.push(line),
    tell: (line: string) => void lines.push(line),
  };
  const deadlines = { connect: 400, firstByte: 200, commit: 400, stall: 200 };
  const all = { ...REGISTRY_DEFAULTS, deadlines, ...settings };
  const traffic = createTraffic(all, clock, log, deps.signal);
  const registry = createRegistry(all, {
    traffic,
    clock,
    log,
    credentials: async () => null,
    onSecret: () => undefined,
    redact: (text) => text,
    random: () => 0,
    ...deps,
  });
  const close = () => traffic.connections.close();
  return { ...registry, meter: traffic.meter, close, slept: clock.slept, lines };
}
