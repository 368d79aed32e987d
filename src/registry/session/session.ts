// Requests for a registry with everything that belongs to them: who we are, how fast, how often, how long.

import type { Readable } from 'node:stream';
import { asFailure, Failure } from '../../base/errors/failure.ts';
import { type Answer, asTransportError, failureOf, failureOfError } from '../http/answer.ts';
import { checkAllowed, checkSentTo, type Endpoint } from '../http/endpoint.ts';
import { createExchange, type ExchangeDeps, type ExchangeSettings } from '../http/exchange.ts';
import type { Ask } from '../http/line.ts';
import type { Kind } from '../http/meter.ts';
import type { Streamed } from '../http/transport.ts';
import type { Inquiry, Sides } from '../refusals/refusal.ts';
import { createAuth } from './auth.ts';
import { explainFor } from './explain.ts';
import type { Access, Credentials, Need } from './tokens.ts';

/** What a session needs beside its settings; whatever hides a secret cannot be left out. */
export type SessionDeps = Omit<ExchangeDeps, 'log'> & {
  readonly log: { debug(line: string): void; warning(line: string): void };
  /** The login for a registry, `null` for none; `anew` asks once more, since some live for an hour alone. */
  readonly credentials: (registry: string, anew?: boolean) => Promise<Credentials | null>;
  /** Hears every token before it is used. */
  readonly onSecret: (secret: string) => void;
};

/** One request of a repository; `path` begins with `/v2/`, `url` takes its place where the registry named one. */
export type Call = {
  readonly endpoint: Endpoint;
  readonly repository: string;
  readonly access: Access;
  readonly method: Ask['method'];
  readonly path: string;
  readonly url?: URL;
  /** Another repository that is read by this request. */
  readonly mounts?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What takes the place of the session's own Authorization header, null for none: it is never renewed. */
  readonly authorization?: string | null;
  readonly body?: Uint8Array | Readable;
  readonly kind: Kind;
  readonly maxBytes: number;
};

/** How a session asks, and for whom: failures say whether it was the mirror or an upstream. */
export type SessionSettings = ExchangeSettings & { readonly sides: Sides };

/** Calls to registries with whatever login they want. */
export type Session = {
  /** The final answer to a call, whatever its status. @throws Failure */
  call(what: string, call: Call): Promise<Answer>;
  /** The same, with the body of a 200 as a stream. */
  stream(what: string, call: Call): Promise<Answer | Streamed>;
  /** A call that cannot be made twice. @throws Failure */
  once(what: string, call: Call): Promise<Answer>;
  /** The final answer of work that takes several calls a time, each made with `attempt`. @throws Failure */
  persist(what: string, call: Call, work: (tried: number) => Promise<Answer>): Promise<Answer>;
  /** One attempt at a call. @throws TransportError, Failure */
  attempt(call: Call, urgent: boolean): Promise<Answer>;
  /** What a registry said of itself when it was greeted, in its headers; null where nothing was asked of it yet. */
  introduction(endpoint: Endpoint): string | null;
  /** What was thrown because of a call, in words for people: which side, what happened, what to do. */
  explain(call: Call, thrown: unknown): Failure;
  /** The Failure for an answer to a call that is not the wanted one. */
  refusal(what: string, call: Call, answer: Answer): Failure;
};

// After a 401: first what another request may have fetched meanwhile, then a token of its own.
const RENEWALS = 2;

/** A session with registries, over the traffic in `deps`; each host is greeted once. */
export function createSession(settings: SessionSettings, deps: SessionDeps): Session {
  const exchange = createExchange(settings, deps);
  const { credentials, onSecret, clock } = deps;
  const auth = createAuth(settings, { send: exchange.send, credentials, onSecret, now: () => clock.now() });
  const authorized = async <A extends Answer | Streamed>(
    call: Call,
    send: (ask: Ask, isRetry: boolean) => Promise<A>,
  ): Promise<A> => {
    const ask = askFor(call, settings);
    // Where a registry sends on to another host, our login stays behind.
    if (ask.url.origin !== call.endpoint.origin) return send(ask, false);
    if (call.authorization !== undefined) return send(withLogin(ask, call.authorization), false);
    let header = await auth.authorize(needOf(call));
    let answer = await send(withLogin(ask, header), false);
    for (let round = 0; isRefused(answer) && round < RENEWALS; round += 1) {
      const foreign = await auth.admit(answer, call.endpoint);
      if (foreign !== null) {
        return checkUpgrade(call, await send({ ...withLogin(ask, foreign), url: answer.url }, true));
      }
      const next = await auth.renew(needOf(call), header, answer, round);
      if (next === null) return checkUpgrade(call, answer);
      header = next;
      answer = await send(withLogin(ask, header), true);
    }
    if (header !== null && answer.status < 300) auth.granted(call.endpoint, header);
    return answer;
  };
  const attempt = (call: Call, urgent: boolean): Promise<Answer> =>
    authorized(call, (ask, isRetry) => exchange.attempt(ask, urgent || isRetry));
  const explain: Session['explain'] = (call, thrown) =>
    explainFor(askedBy(call, settings.sides), auth.hasLogin(call.endpoint), asFailure(thrown));
  const explained = <T>(call: Call, work: Promise<T>): Promise<T> =>
    work.catch((thrown: unknown) => Promise.reject(explain(call, thrown)));
  const aim = (what: string, { endpoint, kind }: Call) => ({ what, kind, host: endpoint.host });
  const persist: Session['persist'] = (what, call, work) =>
    explained(call, exchange.persist({ ...aim(what, call), once: work }));
  return {
    attempt,
    persist,
    introduction: auth.introduction,
    explain,
    refusal: (what, call, answer) => explain(call, failureOf(what, answer)),
    call: (what, call) => persist(what, call, (tried) => attempt(call, tried > 1)),
    stream: (what, call) =>
      explained(
        call,
        exchange.persist({ ...aim(what, call), once: () => authorized(call, exchange.stream) }),
      ),
    once: (what, call) =>
      attempt(call, true).catch((thrown: unknown) =>
        Promise.reject(explain(call, asRawFailure(what, thrown))),
      ),
  };
}

/** Who asks for what by a call; whatever changes something is for the mirror. */
function askedBy({ endpoint, repository, access }: Call, sides: Sides): Inquiry {
  return { registry: endpoint.registry, repository, writes: access === 'push' || access === 'delete', sides };
}

function asRawFailure(what: string, thrown: unknown): Failure {
  return failureOfError(what, asTransportError(thrown), 1);
}

/** @throws Failure where a registry sends plain http on to https at its own name: the login stayed behind on the way */
function checkUpgrade<A extends Answer | Streamed>({ endpoint }: Call, answer: A): A {
  const { origin, registry } = endpoint;
  const from = new URL(origin);
  const moved = from.protocol === 'http:' && answer.url.protocol === 'https:';
  if (answer.status !== 401 || !moved || answer.url.hostname !== from.hostname) return answer;
  throw new Failure('denied', `${registry} redirects to ${answer.url.origin}, where no login is sent`, {
    hint: `leave out \`http: true\`, and name the registry as ${answer.url.host}`,
  });
}

function isRefused(answer: Answer | Streamed): answer is Answer {
  return answer.status === 401;
}

function needOf({ endpoint, repository, access, mounts }: Call): Need {
  return { endpoint, repository, access, mounts };
}

function askFor(call: Call, settings: ExchangeSettings): Ask {
  const { endpoint, method, path, headers, kind, maxBytes, body } = call;
  const url = call.url ?? new URL(path, endpoint.origin);
  if (url.origin !== endpoint.origin) {
    checkSentTo(url, endpoint, settings);
    checkAllowed(url, settings);
  }
  return { endpoint, method, url, headers, kind, maxBytes, body };
}

function withLogin(ask: Ask, authorization: string | null): Ask {
  return authorization === null ? ask : { ...ask, headers: { ...ask.headers, authorization } };
}
