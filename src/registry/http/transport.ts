// One request and its answer: deadlines for every phase, a cap on the body, redirects followed by hand.

import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { type Answer, asTransportError, TransportError } from './answer.ts';
import { addressOf, type Connections } from './connections.ts';
import { checkAllowed, checkSentTo, type Endpoint, type EndpointSettings } from './endpoint.ts';
import type { Kind, Meter } from './meter.ts';
import type { Pace } from './pace.ts';

/** Milliseconds: until the connection stands, until the first byte, between two bytes, for all of it. */
export type Deadlines = {
  readonly connect: number;
  readonly firstByte: number;
  readonly stall: number;
  readonly exchange: number;
};

/** A request to be sent for `endpoint`, at its origin or where the registry sends to. */
export type Ask = {
  readonly endpoint: Endpoint;
  readonly method: 'HEAD' | 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly kind: Kind;
  /** The longest body that is read. */
  readonly maxBytes: number;
};

type TransportDeps = {
  readonly connections: Connections;
  readonly pace: Pace;
  readonly meter: Meter;
  readonly signal?: AbortSignal;
};

type Transport = {
  /**
   * One attempt. Any status is an answer; redirects of GET and HEAD are followed, without credentials at another origin.
   *
   * @throws TransportError when no whole answer came; Failure when a redirect leads where none may go
   */
  attempt(ask: Ask, urgent: boolean): Promise<Answer>;
};

const MAX_REDIRECTS = 5;
// A refusal may be longer than what was asked for; its words are wanted all the same.
const MAX_REFUSAL = 256 * 1024;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Requests over `deps.connections`, each in its turn by the pace and counted by the meter. */
export function createTransport(
  settings: EndpointSettings & { readonly deadlines: Deadlines },
  deps: TransportDeps,
): Transport {
  const once = (ask: Ask, urgent: boolean): Promise<Answer> =>
    deps.pace.run(ask.url.host, () => exchangeTwice(ask, settings.deadlines, deps), urgent);
  return {
    async attempt(ask, urgent) {
      let hop = ask;
      for (let redirects = 0; ; redirects += 1) {
        const answer = await once(hop, urgent);
        const next = redirectOf(hop, answer);
        if (next === null) return answer;
        if (redirects === MAX_REDIRECTS) throw new TransportError('network', 'too many redirects', false);
        hop = follow(hop, next, settings);
      }
    },
  };
}

function redirectOf(ask: Ask, answer: Answer): URL | null {
  const { location } = answer.headers;
  // A PUT or POST carries a manifest or a secret: neither goes where nobody asked to send it.
  const follows = ask.method === 'GET' || ask.method === 'HEAD';
  if (!follows || !REDIRECTS.has(answer.status) || location === undefined) return null;
  if (!URL.canParse(location, ask.url.href))
    throw new TransportError('network', 'unreadable redirect', false);
  return new URL(location, ask.url.href);
}

function follow(ask: Ask, url: URL, settings: EndpointSettings): Ask {
  checkSentTo(url, ask.endpoint, settings);
  // Layers lie in object stores whose names nobody can list; they are fetched without credentials.
  if (ask.kind !== 'blob-get' && ask.kind !== 'other') checkAllowed(url, settings);
  if (url.origin === ask.url.origin) return { ...ask, url };
  const { authorization: _dropped, ...headers } = ask.headers;
  return { ...ask, url, headers };
}

// A kept-alive connection may be closed by the server just as it is used again. That says nothing about the request.
async function exchangeTwice(ask: Ask, deadlines: Deadlines, deps: TransportDeps): Promise<Answer> {
  const first = await exchange(ask, deadlines, deps).catch(asStale);
  return first ?? (await exchange(ask, deadlines, deps));
}

function asStale(error: unknown): null {
  if (error instanceof StaleConnection) return null;
  throw error;
}

class StaleConnection extends TransportError {}

function exchange(
  ask: Ask,
  deadlines: Deadlines,
  { connections, meter, signal }: TransportDeps,
): Promise<Answer> {
  const { host } = ask.url;
  meter.request(host, ask.kind, ask.body?.length ?? 0);
  return new Promise<Answer>((resolve, reject) => {
    const request = open(ask, connections);
    // Node reports a request that we destroyed as a reset; the reason that we had is what people need.
    let broken: TransportError | null = null;
    let answered = false;
    const abandon = (error: TransportError): void => {
      broken ??= error;
      request.destroy(error);
    };
    const cancel = (): void => abandon(new TransportError('cancelled', 'the run was cancelled', false));
    const watch = startWatch(deadlines, abandon);
    const finish = (): void => {
      watch.stop();
      signal?.removeEventListener('abort', cancel);
    };
    const fail = (thrown: unknown): void => {
      finish();
      const error = broken ?? asTransportError(thrown);
      reject(!answered && request.reusedSocket ? asStaleError(error) : error);
    };
    signal?.addEventListener('abort', cancel);
    request.on('error', fail);
    request.once('socket', (socket) => watchConnect(socket, request, watch, () => meter.connection(host)));
    request.once('response', (response) => {
      answered = true;
      readBody(response, ask, watch).then((body) => {
        finish();
        meter.answer(host, response.headers, body.length);
        resolve(toAnswer(response, body, ask.url));
      }, fail);
    });
    if (signal?.aborted === true) cancel();
    request.end(ask.body);
  });
}

function asStaleError(error: TransportError): TransportError {
  return error.reason === 'network' ? new StaleConnection('network', error.message, true, error) : error;
}

function open(ask: Ask, connections: Connections): ClientRequest {
  try {
    return openOrThrow(ask, connections);
  } catch (thrown) {
    // What Node refuses before it sends anything: certificates it cannot read, a header it does not take.
    const { reason, message } = asTransportError(thrown);
    throw new TransportError(reason, message, false, thrown);
  }
}

function openOrThrow(ask: Ask, connections: Connections): ClientRequest {
  const { agent, path, headers, via } = connections.route(ask.url);
  const length = ask.body === undefined ? {} : { 'content-length': String(ask.body.length) };
  const options = {
    ...addressOf(via ?? ask.url),
    agent,
    path,
    method: ask.method,
    headers: { ...ask.headers, ...length, ...headers, host: ask.url.host },
  };
  if (ask.url.protocol === 'http:') return httpRequest(options);
  const port = ask.url.port === '' ? 443 : Number(ask.url.port);
  return httpsRequest({ ...options, port });
}

type Watch = { enter(phase: string, milliseconds: number): void; deadlines: Deadlines; stop(): void };

function startWatch(deadlines: Deadlines, expire: (error: TransportError) => void): Watch {
  const fire = (phase: string, milliseconds: number): NodeJS.Timeout =>
    setTimeout(() => {
      expire(new TransportError('timeout', `${phase} within ${milliseconds / 1000} s`, true));
    }, milliseconds);
  const whole = fire('no end of the answer', deadlines.exchange);
  let phase = fire('no connection', deadlines.connect);
  return {
    deadlines,
    enter(name, milliseconds) {
      clearTimeout(phase);
      phase = fire(name, milliseconds);
    },
    stop() {
      clearTimeout(whole);
      clearTimeout(phase);
    },
  };
}

function watchConnect(socket: Socket, request: ClientRequest, watch: Watch, count: () => void): void {
  const ready = (): void => watch.enter('no answer', watch.deadlines.firstByte);
  if (request.reusedSocket) {
    ready();
    return;
  }
  count();
  if ('encrypted' in socket) socket.once('secureConnect', ready);
  else if (socket.connecting) socket.once('connect', ready);
  else ready();
}

async function readBody(response: IncomingMessage, ask: Ask, watch: Watch): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const most = response.statusCode === 200 ? ask.maxBytes : Math.max(ask.maxBytes, MAX_REFUSAL);
  watch.enter('the answer stalled: nothing more', watch.deadlines.stall);
  for await (const chunk of response as AsyncIterable<Buffer>) {
    watch.enter('the answer stalled: nothing more', watch.deadlines.stall);
    size += chunk.length;
    chunks.push(chunk);
    if (size <= most) continue;
    // Of a refusal the first words are enough.
    if (response.statusCode !== 200) return Buffer.concat(chunks).subarray(0, most);
    throw new TransportError('unsupported', `the answer is longer than ${most} bytes`, false);
  }
  if (!response.complete) throw new TransportError('network', 'the answer ended too early', true);
  return Buffer.concat(chunks);
}

function toAnswer(response: IncomingMessage, body: Buffer, url: URL): Answer {
  const { statusCode = 0, statusMessage = '', headers } = response;
  return { status: statusCode, phrase: statusMessage, headers, body, url };
}
