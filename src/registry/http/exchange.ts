// The face of this room: requests over the traffic of a run, retried, paced, counted, and with no secret in what
// comes back to be shown.

import type { RetrySettings } from '../../base/flow/backoff.ts';
import type { PaceClock } from '../../base/flow/clock.ts';
import type { Answer } from './answer.ts';
import { type ConnectionSettings, type Connections, createConnections } from './connections.ts';
import type { EndpointSettings } from './endpoint.ts';
import { createMeter, type Meter } from './meter.ts';
import { createPace, type Pace, type PaceSettings } from './pace.ts';
import { type Attempts, persist, type RetryDeps } from './retry.ts';
import { type Ask, createTransport, type Deadlines } from './transport.ts';

/** What everything that contacts registries in one run shares. */
export type Traffic = { readonly connections: Connections; readonly pace: Pace; readonly meter: Meter };

/** What the traffic of a run is bound by. */
export type TrafficSettings = Omit<ConnectionSettings, 'connect'> &
  PaceSettings & { readonly deadlines: Deadlines };

/** How requests are made and tried again. */
export type ExchangeSettings = EndpointSettings & {
  readonly deadlines: Deadlines;
  readonly retry: RetrySettings;
  /** What registries see as User-Agent. */
  readonly userAgent: string;
};

/** What requests need beside their settings. */
export type ExchangeDeps = {
  readonly traffic: Traffic;
  readonly clock: PaceClock;
  readonly log: { debug(line: string): void };
  /** Takes secrets out of what a server says: a refusal is shown to people, and some hold what the server was sent. */
  readonly redact: (text: string) => string;
  /** Fires when the run is cancelled: nothing new is sent and what is under way ends. */
  readonly signal?: AbortSignal;
  readonly random?: () => number;
};

/** The ways to send a request. */
export type Exchange = {
  /** The final answer to one request, retried, whatever its status. `what` names it in messages. @throws Failure */
  send(what: string, ask: Ask): Promise<Answer>;
  /** The same for work that takes several requests a time, each made with `attempt`. @throws Failure */
  persist(attempts: Attempts): Promise<Answer>;
  /** One attempt at one request; an urgent one (a retry) goes first. @throws TransportError, Failure */
  attempt(ask: Ask, urgent: boolean): Promise<Answer>;
};

/** The traffic of a run; `signal` ends its waits with the Failure `cancelled`. Its connections must be closed. */
export function createTraffic(settings: TrafficSettings, clock: PaceClock, signal?: AbortSignal): Traffic {
  return {
    connections: createConnections({ ...settings, connect: settings.deadlines.connect }),
    pace: createPace(settings, clock, signal),
    meter: createMeter(),
  };
}

/** Requests over `traffic`. */
export function createExchange(settings: ExchangeSettings, deps: ExchangeDeps): Exchange {
  const { traffic, clock, log, redact, signal, random = Math.random } = deps;
  const transport = createTransport(settings, { ...traffic, signal });
  const { retry, userAgent } = settings;
  const retryDeps: RetryDeps = {
    retry,
    clock,
    pace: traffic.pace,
    random,
    signal,
    debug: (line) => log.debug(line),
  };
  const attempt = async (ask: Ask, urgent: boolean): Promise<Answer> => {
    const headers = { ...ask.headers, 'user-agent': userAgent };
    return withoutSecrets(await transport.attempt({ ...ask, headers }, urgent), redact);
  };
  return {
    attempt,
    persist: (attempts) => persist(attempts, retryDeps),
    send: (what, ask) =>
      persist({ what, host: ask.url.host, once: (tried) => attempt(ask, tried > 1) }, retryDeps),
  };
}

function withoutSecrets(answer: Answer, redact: (text: string) => string): Answer {
  if (answer.status < 300) return answer;
  const body = Buffer.from(redact(answer.body.toString('utf8')));
  return { ...answer, body, phrase: redact(answer.phrase) };
}
