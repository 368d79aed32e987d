// One exchange on the wire: a request is sent, watched in every phase, and its answer opened.

import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pour } from '../../base/flow/pour.ts';
import { type Deadlines, startWatch, type Watch } from '../../base/flow/watch.ts';
import { asTransportError, TransportError } from './answer.ts';
import type { Connections } from './connections.ts';
import type { Endpoint } from './endpoint.ts';
import type { Kind, Meter } from './meter.ts';

/** A request to be sent for `endpoint`, at its origin or where the registry sends to. */
export type Ask = {
  readonly endpoint: Endpoint;
  readonly method: 'HEAD' | 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream can be sent once only; its `content-length` is in the headers. */
  readonly body?: Uint8Array | Readable;
  readonly kind: Kind;
  /** The longest body that is read whole. */
  readonly maxBytes: number;
};

/** An exchange whose headers have come; the body of `response` is still to be read, and `watch` to be stopped. */
export type OpenedExchange = {
  readonly response: IncomingMessage;
  readonly watch: Watch;
  /** Why the exchange was ended from here; null while nobody did. */
  broken(): TransportError | null;
  finish(): void;
};

/** Opens exchanges. @throws TransportError */
type Line = { open(ask: Ask): Promise<OpenedExchange> };

/** What a line needs from the outside. */
export type LineDeps = {
  readonly connections: Connections;
  readonly meter: Meter;
  /** Ends every exchange when it fires. */
  readonly signal?: AbortSignal;
};

/** A kept-alive connection may be closed by the server just as it is used again. That says nothing about the request. */
export class StaleConnection extends TransportError {}

/** A line. One listener on the signal stands for all exchanges: with one each, every next would walk over them all. */
export function createLine(deadlines: Deadlines, { connections, meter, signal }: LineDeps): Line {
  const under = new Set<Exchange>();
  signal?.addEventListener('abort', () => {
    for (const exchange of under) exchange.abandon(cancelled());
  });
  return {
    async open(ask) {
      if (signal?.aborted === true) throw cancelled();
      meter.request(ask.url.host, ask.kind, ask.body instanceof Uint8Array ? ask.body.length : 0);
      const exchange = new Exchange(ask, deadlines, startRequest(ask, connections));
      under.add(exchange);
      exchange.whenDone(() => under.delete(exchange));
      return exchange.begin(() => meter.connection(ask.url.host));
    },
  };
}

function cancelled(): TransportError {
  return new TransportError('cancelled', 'the run was cancelled', false);
}

/** One request from its first byte to the headers of its answer, and the watch over what follows. */
class Exchange {
  readonly #ask: Ask;
  readonly #deadlines: Deadlines;
  readonly #request: ClientRequest;
  readonly #watch: Watch;
  readonly #opened = Promise.withResolvers<OpenedExchange>();
  // Node reports a request that we destroyed as a reset; the reason we had is the one to report.
  #broken: TransportError | null = null;
  #answered = false;
  #done: () => void = () => undefined;

  constructor(ask: Ask, deadlines: Deadlines, request: ClientRequest) {
    this.#ask = ask;
    this.#deadlines = deadlines;
    this.#request = request;
    this.#watch = startWatch(deadlines, (why) => this.abandon(new TransportError('timeout', why, true)));
  }

  whenDone(done: () => void): void {
    this.#done = done;
  }

  /** Does not wait for Node to say that the request has ended: of some that are dead already it never does. */
  abandon(error: TransportError): void {
    this.#broken ??= error;
    this.#request.destroy(error);
    this.#fail(error);
  }

  begin(countConnection: () => void): Promise<OpenedExchange> {
    const request = this.#request;
    // Each of these comes once at most, and `once` costs two objects more.
    request.on('error', (error) => this.#fail(error));
    request.on('upgrade', (_response, socket) => {
      socket.destroy();
      this.abandon(new TransportError('unsupported', 'the server answered 101 and left HTTP', false));
    });
    request.on('close', () => {
      if (!this.#answered) this.#fail(new TransportError('network', 'closed without an answer', true));
    });
    request.on('socket', (socket) => this.#watchConnect(socket, countConnection));
    request.on('response', (response) => this.#answer(response));
    this.#send();
    return this.#opened.promise;
  }

  #answer(response: IncomingMessage): void {
    this.#answered = true;
    const finish = (): void => this.#finish();
    this.#opened.resolve({ response, watch: this.#watch, broken: () => this.#broken, finish });
  }

  #finish(): void {
    this.#watch.stop();
    this.#done();
  }

  #fail(thrown: unknown): void {
    this.#finish();
    const error = this.#broken ?? asTransportError(thrown);
    const stale = !this.#answered && this.#request.reusedSocket && error.reason === 'network';
    this.#opened.reject(stale ? new StaleConnection('network', error.message, true, error) : error);
  }

  #watchConnect(socket: Socket, countConnection: () => void): void {
    const { connect, firstByte } = this.#deadlines;
    const ready = (): void => {
      if (this.#ask.body === undefined || this.#request.writableFinished)
        this.#watch.enter('no answer', firstByte);
      else this.#followSending();
    };
    // The time for the first byte runs from the beginning; only a body that is still to be sent takes its own.
    if (this.#request.reusedSocket) {
      if (this.#ask.body instanceof Readable) this.#followSending();
      return;
    }
    countConnection();
    this.#watch.enter('no connection', connect);
    if ('encrypted' in socket) socket.once('secureConnect', ready);
    else if (socket.connecting) socket.once('connect', ready);
    else ready();
  }

  #send(): void {
    const request = this.#request;
    const { body } = this.#ask;
    const { firstByte, commit } = this.#deadlines;
    if (!(body instanceof Readable)) {
      if (body !== undefined) request.once('finish', () => this.#watch.enter('no answer', firstByte));
      request.end(body);
      return;
    }
    request.once('finish', () => this.#watch.enter('no answer to the upload', commit));
    pour(body, request, (error) => {
      if (error !== null) this.abandon(asTransportError(error));
    });
  }

  /** While a body is sent, its bytes are what counts; a source that gives none is watched by its own side. */
  #followSending(): void {
    const request = this.#request;
    this.#watch.follow(() => (request.writableNeedDrain ? (request.socket?.bytesWritten ?? 0) : null));
  }
}

function startRequest(ask: Ask, connections: Connections): ClientRequest {
  try {
    return startOrThrow(ask, connections);
  } catch (thrown) {
    // What Node refuses before it sends anything: certificates it cannot read, a header it does not take.
    const { reason, message } = asTransportError(thrown);
    throw new TransportError(reason, message, false, thrown);
  }
}

function startOrThrow(ask: Ask, connections: Connections): ClientRequest {
  const { url, method, body } = ask;
  const { agent, path, headers, host, port } = connections.route(url, ask.endpoint);
  const length = body instanceof Uint8Array ? { 'content-length': String(body.length) } : null;
  const all: Record<string, string> = { ...ask.headers, ...length, ...headers, host: url.host };
  // As a list: of an object Node makes a map first, and then the same list of that.
  const list: string[] = [];
  for (const name of Object.keys(all)) list.push(name, all[name] ?? '');
  const options = { host, port, agent, path, method, headers: list };
  return url.protocol === 'http:' ? httpRequest(options) : httpsRequest(options);
}
