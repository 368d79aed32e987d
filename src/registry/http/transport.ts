// Requests and their answers, whole or as streams, redirects followed by hand.

import { PassThrough, Readable } from 'node:stream';
import type { Breaker, Service } from '../../base/flow/breaker.ts';
import type { Deadlines } from '../../base/flow/watch.ts';
import type { Limits } from '../limits/limits.ts';
import { type Answer, asTransportError, TransportError, unpacked } from './answer.ts';
import { checkAllowed, checkSentTo, type EndpointSettings } from './endpoint.ts';
import { type Ask, createLine, type LineDeps, type OpenedExchange, StaleConnection } from './line.ts';
import type { Kind, Meter } from './meter.ts';
import type { Pace } from './pace.ts';

/** An answer whose body is still to come; `stream` ends with a TransportError where it breaks, stalls or trickles. */
export type Streamed = Omit<Answer, 'body'> & { readonly stream: Readable };

type TransportDeps = LineDeps & {
  readonly pace: Pace;
  readonly breaker: Pick<Breaker, 'check' | 'clear' | 'isDoubtful'>;
  readonly limits: Pick<Limits, 'run'>;
};

type Transport = {
  /**
   * One attempt. Any status is an answer; redirects of GET and HEAD are followed, without credentials at another origin.
   *
   * @throws TransportError when no whole answer came; Failure when a redirect leads where none may go
   */
  attempt(ask: Ask, urgent: boolean): Promise<Answer>;
  /** The same, but the body of a 200 comes as a stream; the host's place is kept until it has ended. */
  stream(ask: Ask): Promise<Answer | Streamed>;
};

type Settings = EndpointSettings & { readonly deadlines: Deadlines };

const MAX_REDIRECTS = 5;
// A refusal may be longer than what was asked for; its words are wanted all the same.
const MAX_REFUSAL = 256 * 1024;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** A transport over shared traffic: it keeps pace and limits, follows redirects, asks nothing of a host that is given up. */
export function createTransport(settings: Settings, deps: TransportDeps): Transport {
  const { pace, meter, breaker, limits } = deps;
  const line = createLine(settings.deadlines, deps);
  const open = (ask: Ask): Promise<OpenedExchange> => {
    breaker.check(serviceOf(ask.url.host, ask.kind));
    return line.open(ask);
  };
  const asked = ({ url, kind }: Ask) => ({ host: url.host, kind });
  const whole = (ask: Ask): Promise<Answer> =>
    limits.run(asked(ask), async () => readWhole(await open(ask), ask, meter));
  const streamed = async (ask: Ask, release: () => void): Promise<Answer | Streamed> => {
    const { opened } = await limits.run(asked(ask), async () => {
      const begun = await resendIfStale(ask, open);
      return { opened: begun, headers: begun.response.headers };
    });
    if (opened.response.statusCode === 200) return toStream(opened, ask, meter, release);
    const answer = await readWhole(opened, ask, meter);
    release();
    return answer;
  };
  return {
    attempt: (ask, urgent) =>
      followed(ask, settings, (hop) => admitted(hop, urgent, deps, () => resendIfStale(hop, whole))),
    stream: (ask) =>
      followed(ask, settings, async (hop) => {
        const release = await pace.enter(hop.url.host);
        return streamed(hop, release).catch((thrown: unknown) => {
          release();
          throw thrown;
        });
      }),
  };
}

/**
 * Runs `work` in a place of the host. A first attempt goes back to the end of the line while the host only fails:
 * otherwise each of hundreds would try it once before anybody knew.
 */
async function admitted<T>(
  { url, kind }: Ask,
  urgent: boolean,
  { pace, breaker }: Pick<TransportDeps, 'pace' | 'breaker'>,
  work: () => Promise<T>,
): Promise<T> {
  const service = serviceOf(url.host, kind);
  for (;;) {
    if (!urgent && breaker.isDoubtful(service)) await breaker.clear(service);
    const done = await pace.run(
      url.host,
      async () => (!urgent && breaker.isDoubtful(service) ? null : { value: await work() }),
      urgent,
    );
    if (done !== null) return done.value;
  }
}

const SERVICES: Readonly<Record<Kind, string>> = {
  'manifest-head': 'manifests',
  'manifest-get': 'manifests',
  'manifest-put': 'manifests',
  'blob-get': 'blobs',
  upload: 'uploads',
  list: 'tag lists',
  referrers: 'lists of referrers',
  token: 'tokens',
  ping: 'tokens',
  file: 'files',
  other: 'blobs',
};

/** What of a host a request asks for, as far as one part of it may be down alone. */
export function serviceOf(host: string, kind: Kind): Service {
  return { host, kind: SERVICES[kind] };
}

async function followed<A extends Omit<Answer, 'body'>>(
  ask: Ask,
  settings: Settings,
  send: (hop: Ask) => Promise<A>,
): Promise<A> {
  let hop = ask;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await send(hop);
    const next = redirectOf(hop, answer);
    if (next === null) return answer;
    if (redirects === MAX_REDIRECTS) throw new TransportError('network', 'too many redirects', false);
    hop = follow(hop, next, settings);
  }
}

function redirectOf(ask: Ask, answer: Omit<Answer, 'body'>): URL | null {
  const { location } = answer.headers;
  const reads = ask.method === 'GET' || ask.method === 'HEAD';
  if (!REDIRECTS.has(answer.status) || location === undefined) return null;
  const url = URL.parse(location, ask.url.href);
  // A PUT or POST carries content or a secret: neither goes where nobody asked to send it, nor a stream twice.
  if (!reads && (url?.origin !== ask.url.origin || !isSame(answer) || ask.body instanceof Readable))
    return null;
  if (url === null) throw new TransportError('network', 'unreadable redirect', false);
  // ghcr.io has no referrers API and sends whoever asks for it to pages for people, which limit and block them.
  return ask.kind === 'referrers' && url.origin !== ask.url.origin ? null : url;
}

/** The same request once more at another place; after the older statuses many send a GET. RFC 9110, section 15.4.8. */
function isSame({ status }: Omit<Answer, 'body'>): boolean {
  return status === 307 || status === 308;
}

function follow(ask: Ask, url: URL, settings: EndpointSettings): Ask {
  checkSentTo(url, ask.endpoint, settings);
  // Layers lie in object stores whose names nobody can list; they are fetched without credentials.
  if (ask.kind !== 'blob-get' && ask.kind !== 'other') checkAllowed(url, settings);
  if (url.origin === ask.url.origin) return { ...ask, url };
  const { authorization: _dropped, ...headers } = ask.headers;
  return { ...ask, url, headers };
}

/** A kept-alive connection that was closed meanwhile took nothing, so the request is sent once more (RFC 9112, 9.3.1). */
async function resendIfStale<T>(ask: Ask, send: (ask: Ask) => Promise<T>): Promise<T> {
  try {
    return await send(ask);
  } catch (thrown) {
    if (!(thrown instanceof StaleConnection) || ask.body instanceof Readable) throw thrown;
    return send(ask);
  }
}

/** Reads a body to its end. Not by `for await`: most bodies are empty, and that costs a dozen objects each. */
function readWhole(opened: OpenedExchange, ask: Ask, meter: Meter): Promise<Answer> {
  const { response } = opened;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const chunks: Buffer[] = [];
  let size = 0;
  let isOver = false;
  const most = response.statusCode === 200 ? ask.maxBytes : Math.max(ask.maxBytes, MAX_REFUSAL);
  const done = (): void => {
    isOver = true;
    opened.finish();
    meter.answer(size);
    const body = chunks.length === 0 ? EMPTY : Buffer.concat(chunks).subarray(0, most);
    const answer = { ...headOf(opened, ask), body };
    resolve(TEXTS.includes(ask.kind) || answer.status >= 400 ? unpacked(answer, most) : answer);
  };
  const fail = (thrown: unknown): void => {
    isOver = true;
    opened.finish();
    reject(opened.broken() ?? asTransportError(thrown));
  };
  // An answer to HEAD ends with its headers.
  if (ask.method !== 'HEAD') opened.watch.follow(() => size);
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    chunks.push(chunk);
    if (size <= most) return;
    // Of a refusal the first words are enough.
    if (response.statusCode !== 200) done();
    // Of a layer it is known how long it is: what is longer was spoiled on its way.
    else
      fail(
        new TransportError('unsupported', `the answer is longer than ${most} bytes`, ask.kind === 'blob-get'),
      );
    response.destroy();
  });
  response.on('end', () => (response.complete ? done() : fail(cutOff())));
  response.on('error', fail);
  // Each answer closes, and an error that nobody needs costs as much as the rest of the answer.
  response.on('close', () => isOver || fail(cutOff()));
  return promise;
}

const EMPTY = Buffer.alloc(0);

/** What is text. A layer may be packed by itself: only its digest tells what it should be. */
const TEXTS: readonly Kind[] = ['manifest-get', 'token', 'ping', 'list', 'referrers'];

function cutOff(): TransportError {
  return new TransportError('network', 'the answer ended too early', true);
}

function toStream(opened: OpenedExchange, ask: Ask, meter: Meter, release: () => void): Streamed {
  const { response } = opened;
  const stream = new PassThrough();
  let size = 0;
  // While whoever reads is slower than the server, the server cannot be blamed for silence.
  opened.watch.follow(() => (stream.writableNeedDrain ? null : size));
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
  });
  response.on('error', () => undefined);
  response.once('close', () => {
    opened.finish();
    meter.answer(size);
    release();
    if (!response.complete) stream.destroy(opened.broken() ?? cutOff());
  });
  // Whoever stops reading ends the exchange: its connection cannot be used again before its end.
  stream.once('close', () => void (response.complete || response.destroy()));
  response.pipe(stream);
  return { ...headOf(opened, ask), stream };
}

function headOf({ response }: OpenedExchange, { url }: Ask): Omit<Answer, 'body'> {
  const { statusCode = 0, statusMessage = '', headers } = response;
  return { status: statusCode, phrase: statusMessage, headers, url };
}
