// Requests for a registry with everything that belongs to them: who we are, how fast, how often, how long.

import type { RetrySettings } from '../../base/flow/backoff.ts';
import type { PaceClock } from '../../base/flow/clock.ts';
import type { Answer } from '../http/answer.ts';
import { type ConnectionSettings, createConnections } from '../http/connections.ts';
import type { Endpoint } from '../http/endpoint.ts';
import { createMeter, type Kind, type Meter } from '../http/meter.ts';
import { createPace, type Pace, type PaceSettings } from '../http/pace.ts';
import { persist, type RetryDeps } from '../http/retry.ts';
import { type Ask, createTransport, type Deadlines, type Transport } from '../http/transport.ts';
import { type Access, type Credentials, createAuth, type Need } from './auth.ts';

export type SessionSettings = Omit<ConnectionSettings, 'connect'> &
  PaceSettings & {
    readonly deadlines: Deadlines;
    readonly retry: RetrySettings;
    /** What registries see as User-Agent. */
    readonly userAgent: string;
  };

export type SessionDeps = {
  readonly clock: PaceClock;
  readonly log: { debug(line: string): void; warning(line: string): void };
  /** The login for a registry, asked once per registry; `null` is anonymous. */
  readonly credentials: (registry: string) => Promise<Credentials | null>;
  /** Hears every token before it is used. */
  readonly onSecret?: (secret: string) => void;
  /** Takes secrets out of what a registry says. */
  readonly redact?: (text: string) => string;
  /** Fires when the run is cancelled: nothing new is sent and what is under way ends. */
  readonly signal?: AbortSignal;
  readonly random?: () => number;
};

/** One request of a repository; `path` begins with `/v2/`. */
export type Call = {
  readonly endpoint: Endpoint;
  readonly repository: string;
  readonly access: Access;
  readonly method: Ask['method'];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly kind: Kind;
  readonly maxBytes: number;
};

export type Session = {
  /** The final answer to a call, whatever its status. @throws Failure */
  call(what: string, call: Call): Promise<Answer>;
  /** Greets a registry and gets a token: proves host, realm and login before other tools go there. @throws Failure */
  prove(endpoint: Endpoint, repository: string, access: Access): Promise<void>;
  readonly pace: Pace;
  readonly meter: Meter;
  /** Closes kept-alive connections. */
  close(): void;
};

// After a 401: first what another request may have fetched meanwhile, then a token of its own.
const RENEWALS = 2;

export function createSession(settings: SessionSettings, deps: SessionDeps): Session {
  const connections = createConnections({ ...settings, connect: settings.deadlines.connect });
  const { clock, log, signal, random = Math.random } = deps;
  const pace = createPace(settings, clock, signal);
  const meter = createMeter();
  const shared = { connections, pace, meter, ...(signal === undefined ? {} : { signal }) };
  const transport = withoutSecrets(createTransport(settings, shared), deps.redact ?? ((text) => text));
  const retryDeps: RetryDeps = { ...shared, clock, random, debug: (line) => log.debug(line) };
  const send = (ask: Ask, what: string): Promise<Answer> => {
    const named = { ...ask, headers: { ...ask.headers, 'user-agent': settings.userAgent } };
    const once = (attempt: number): Promise<Answer> => transport.attempt(named, attempt > 1);
    return persist(what, ask.url.host, once, settings.retry, retryDeps);
  };
  const { credentials, onSecret = () => undefined } = deps;
  const auth = createAuth(settings, { send, credentials, onSecret, now: () => clock.now() });
  const sendOnce = (call: Call, header: string | null, urgent: boolean): Promise<Answer> =>
    transport.attempt(toAsk(call, header, settings.userAgent), urgent);
  const attempt = async (call: Call, urgent: boolean): Promise<Answer> => {
    const need: Need = call;
    let header = await auth.authorize(need.endpoint, need.repository, need.access);
    let answer = await sendOnce(call, header, urgent);
    for (let round = 0; answer.status === 401 && round < RENEWALS; round += 1) {
      const next = await auth.renew(need, header, answer, round);
      if (next === null) return answer;
      header = next;
      answer = await sendOnce(call, header, true);
    }
    return answer;
  };
  return {
    call: (what, call) =>
      persist(what, call.endpoint.host, (tried) => attempt(call, tried > 1), settings.retry, retryDeps),
    async prove(endpoint, repository, access) {
      await auth.authorize(endpoint, repository, access);
    },
    pace,
    meter,
    close: () => connections.close(),
  };
}

/** A refusal is shown to people, and some registries put into it what they were sent. */
function withoutSecrets(transport: Transport, redact: (text: string) => string): Transport {
  return {
    async attempt(ask, urgent) {
      const answer = await transport.attempt(ask, urgent);
      if (answer.status < 300) return answer;
      const body = Buffer.from(redact(answer.body.toString('utf8')));
      return { ...answer, body, phrase: redact(answer.phrase) };
    },
  };
}

function toAsk(call: Call, authorization: string | null, userAgent: string): Ask {
  const { endpoint, method, headers, kind, maxBytes, body } = call;
  const all: Record<string, string> = { ...headers, 'user-agent': userAgent };
  if (authorization !== null) all.authorization = authorization;
  const url = new URL(call.path, endpoint.origin);
  return { endpoint, method, url, headers: all, kind, maxBytes, ...(body === undefined ? {} : { body }) };
}
