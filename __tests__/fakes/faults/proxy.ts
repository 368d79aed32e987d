// A reverse proxy on loopback in front of a registry. It counts what passes, makes it slow, and makes it go wrong;
// the clients and the registry are real. Nothing else about a request changes on the way.

import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestUpstream,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bearer, makeBearer } from '../registries/bearer.ts';
import { freePort } from '../registries/registries.ts';
import { type BearerRule, type Fault, strikes, type Wanted } from './fault.ts';
import { answerAlone, answerSpoiled, readAll } from './inject.ts';
import { type Asked, type Counts, classify, counterOf, noCounts, writesIn } from './requests.ts';

export type ProxyOptions = {
  /** Milliseconds added to each request, and to the first request of each connection. */
  latency?: { request?: number; connection?: number };
  faults?: readonly Fault[];
  bearer?: BearerRule;
  /** The index that faults speak of (`claim-present`, `child-manifest`). */
  wanted?: Wanted;
};

/**
 * Everything that passed since the start or the last `reset`; bytes are those of bodies
 * that went to the registry and came from it.
 */
export type Traffic = {
  readonly counts: Counts;
  readonly methods: Readonly<Record<string, number>>;
  readonly requests: readonly (Asked & { readonly status: number })[];
  readonly connections: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly writes: number;
  /** Times that each fault struck, in the order they were given. */
  readonly struck: readonly number[];
};

export type RunningProxy = {
  /** `127.0.0.1:port`, to be written where the registry's own host would be. */
  readonly host: string;
  readonly url: string;
  traffic(): Traffic;
  reset(): void;
  /** Replaces the faults; their counters start again. */
  setFaults(faults: readonly Fault[]): void;
  stop(): Promise<void>;
};

type Meter = {
  counts: Counts;
  methods: Record<string, number>;
  requests: (Asked & { status: number })[];
  connections: number;
  bytesIn: number;
  bytesOut: number;
};
type Armed = { readonly fault: Fault; struck: number };
type Gate = {
  readonly target: string;
  readonly agent: Agent;
  readonly options: ProxyOptions;
  readonly bearer: Bearer | null;
  meter: Meter;
  armed: Armed[];
};

/** Starts a proxy in front of `target` (`host:port` of a registry that speaks plain HTTP). */
export async function startProxy(target: string, options: ProxyOptions = {}): Promise<RunningProxy> {
  const gate: Gate = {
    target,
    agent: new Agent({ keepAlive: true }),
    options,
    bearer: options.bearer === undefined ? null : makeBearer(options.bearer),
    meter: noTraffic(),
    armed: arm(options.faults ?? []),
  };
  const fresh = new WeakSet<Socket>();
  const server = createServer(async (request, response) => {
    const { connection = 0, request: each = 0 } = options.latency ?? {};
    const wait = each + (fresh.delete(request.socket) ? connection : 0);
    if (wait > 0) await sleep(wait);
    await serve(gate, request, response).catch((error: Error) => {
      if (response.headersSent) request.socket.destroy();
      else response.writeHead(502).end(`proxy: ${error.message}`);
    });
  });
  server.on('connection', (socket: Socket) => {
    gate.meter.connections++;
    fresh.add(socket);
  });
  // crane tries TLS first: an answer sends it on to http at once, a socket that just closes lets it wait and try again.
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  });
  server.keepAliveTimeout = 60_000;
  const port = await listen(server);
  const host = `127.0.0.1:${port}`;
  return {
    host,
    url: `http://${host}`,
    traffic: () => trafficOf(gate),
    reset: () => {
      gate.meter = noTraffic();
    },
    setFaults: (faults) => {
      gate.armed = arm(faults);
    },
    stop: () => {
      gate.agent.destroy();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  for (;;) {
    const port = await freePort();
    const bound = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (bound) return port;
  }
}

async function serve(gate: Gate, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const asked = classify(request.method ?? 'GET', request.url ?? '/');
  measure(gate.meter, asked, response);
  const armed = gate.armed.find((one) => one.struck < limitOf(one.fault) && matches(gate, one.fault, asked));
  if (armed !== undefined) {
    armed.struck++;
    const alone = await answerAlone(armed.fault.effect, request, response, gate.options.wanted ?? null);
    if (alone) return;
    // The registry hears of an upload and of no mount.
    if (armed.fault.effect.kind === 'refuse-mount') request.url = asked.path;
  }
  if (gate.bearer?.guard(asked, request, response)) return;
  const answer = await ask(gate, request);
  const headers = withLocation(answer.headers, gate.target, request.headers.host ?? '');
  const status = answer.statusCode ?? 502;
  if (armed !== undefined && armed.fault.effect.kind !== 'refuse-mount') {
    const body = await readAll(answer);
    gate.meter.bytesOut += body.length;
    return answerSpoiled(armed.fault.effect, { status, headers, body }, response);
  }
  response.writeHead(status, headers);
  answer.on('error', () => response.destroy());
  answer.on('data', (part: Buffer) => {
    gate.meter.bytesOut += part.length;
  });
  response.on('close', () => {
    if (!answer.complete) answer.destroy();
  });
  answer.pipe(response);
}

function matches(gate: Gate, fault: Fault, asked: Asked): boolean {
  return strikes(fault, asked, gate.options.wanted ?? null);
}

function limitOf({ times }: Fault): number {
  return times === 'always' ? Number.POSITIVE_INFINITY : times;
}

// The Host header stays the client's, so that the registry writes the proxy's name into what it sends back.
// node:http has joined repeated headers (Accept) with commas already.
function ask({ target, agent, meter }: Gate, request: IncomingMessage): Promise<IncomingMessage> {
  const [host = '', port = ''] = target.split(':');
  const { method, url: path, headers } = request;
  return new Promise((resolve, reject) => {
    const upstream = requestUpstream({ host, port, method, path, headers, agent }, resolve);
    upstream.on('error', reject);
    request.on('close', () => {
      if (!request.complete) upstream.destroy();
    });
    request.on('data', (part: Buffer) => {
      meter.bytesIn += part.length;
    });
    request.pipe(upstream);
  });
}

function withLocation(headers: IncomingHttpHeaders, target: string, host: string): IncomingHttpHeaders {
  const { location } = headers;
  const own = `http://${target}/`;
  if (!location?.startsWith(own)) return headers;
  return { ...headers, location: `http://${host}/${location.slice(own.length)}` };
}

function measure(meter: Meter, asked: Asked, response: ServerResponse): void {
  meter.counts[counterOf(asked)]++;
  meter.methods[asked.method] = (meter.methods[asked.method] ?? 0) + 1;
  const line = { ...asked, status: 0 };
  meter.requests.push(line);
  response.on('close', () => {
    // 0 stays where the client never got a status.
    if (response.headersSent) line.status = response.statusCode;
  });
}

function trafficOf({ meter, armed }: Gate): Traffic {
  const { counts, methods, requests } = meter;
  return {
    ...meter,
    counts: { ...counts },
    methods: { ...methods },
    requests: [...requests],
    writes: writesIn(counts),
    struck: armed.map((one) => one.struck),
  };
}

function arm(faults: readonly Fault[]): Armed[] {
  return faults.map((fault) => ({ fault, struck: 0 }));
}

function noTraffic(): Meter {
  return { counts: noCounts(), methods: {}, requests: [], connections: 0, bytesIn: 0, bytesOut: 0 };
}
