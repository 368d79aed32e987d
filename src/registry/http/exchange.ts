// The face of this room: requests over the traffic of a run, tried until their answer is final, paced, counted, and with
// no secret in what comes back to be shown. Which failures may pass is decided in answer.ts.

import { Failure } from '../../base/errors/failure.ts';
import { backoffOf, type RetrySettings, waitAfter } from '../../base/flow/backoff.ts';
import { type Breaker, createBreaker } from '../../base/flow/breaker.ts';
import { nap, type PaceClock } from '../../base/flow/clock.ts';
import type { Deadlines } from '../../base/flow/watch.ts';
import { createLimits, type Limits } from '../limits/limits.ts';
import { limitReason, ownerOf } from '../limits/pull-limit.ts';
import { createWaits, retryWords, type Waits } from '../limits/waits.ts';
import {
  type Answer,
  errorText,
  failureOf,
  failureOfError,
  isGarbled,
  isRateLimit,
  isTemporary,
  retryAfter,
  TransportError,
} from './answer.ts';
import { type ConnectionSettings, type Connections, createConnections } from './connections.ts';
import type { EndpointSettings } from './endpoint.ts';
import type { Ask } from './line.ts';
import { createMeter, type Kind, type Meter } from './meter.ts';
import { createPace, type Pace, type PaceSettings } from './pace.ts';
import { createTransport, type Streamed, serviceOf } from './transport.ts';

/** What everything that contacts registries in one run shares. */
export type Traffic = {
  readonly connections: Connections;
  readonly pace: Pace;
  readonly meter: Meter;
  readonly breaker: Breaker;
  readonly limits: Limits;
  readonly waits: Waits;
};

/** What the traffic of a run is bound by. */
export type TrafficSettings = Omit<ConnectionSettings, 'connect'> &
  PaceSettings & {
    readonly deadlines: Deadlines;
    /** Milliseconds until no more work is begun; left out where there is no time budget. */
    readonly timeLeft?: () => number;
  };

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

/** What is tried: `what` is method and reference, for messages; `host` is paused, or given up for this kind of request. */
type Attempts<A extends Omit<Answer, 'body'> = Answer> = {
  readonly what: string;
  readonly host: string;
  readonly kind: Kind;
  once(attempt: number): Promise<A>;
};

/** The ways to send a request. */
type Exchange = {
  /** The final answer to one request, retried, whatever its status. `what` names it in messages. @throws Failure */
  send(what: string, ask: Ask): Promise<Answer>;
  /** The same for work that takes several requests a time, each made with `attempt` or `stream`. @throws Failure */
  persist<A extends Answer | Streamed>(attempts: Attempts<A>): Promise<A>;
  /** One attempt at one request; an urgent one (a retry) goes first. @throws TransportError, Failure */
  attempt(ask: Ask, urgent: boolean): Promise<Answer>;
  /** The same, with the body of a 200 as a stream. */
  stream(ask: Ask): Promise<Answer | Streamed>;
};

/** The traffic of a run; `signal` ends its waits with the Failure `cancelled`. Its connections must be closed. */
export function createTraffic(
  settings: TrafficSettings,
  clock: PaceClock,
  log: { warning(line: string): void; tell(line: string): void },
  signal?: AbortSignal,
): Traffic {
  return {
    connections: createConnections({ ...settings, connect: settings.deadlines.connect }),
    pace: createPace(settings, clock, signal),
    meter: createMeter(),
    breaker: createBreaker({ clock, tell: log.warning, signal }),
    limits: createLimits({ timeLeft: settings.timeLeft ?? (() => Number.POSITIVE_INFINITY), tell: log.tell }),
    waits: createWaits(clock, log.tell),
  };
}

/** Requests over `traffic`. */
export function createExchange(settings: ExchangeSettings, deps: ExchangeDeps): Exchange {
  const { traffic, redact, signal } = deps;
  const transport = createTransport(settings, { ...traffic, signal });
  const named = (ask: Ask): Ask => ({
    ...ask,
    headers: { ...ask.headers, 'user-agent': settings.userAgent },
  });
  const attempt = async (ask: Ask, urgent: boolean): Promise<Answer> =>
    withoutSecrets(await transport.attempt(named(ask), urgent), redact);
  const retry = { ...deps, retry: settings.retry };
  return {
    attempt,
    persist: (attempts) => persist(attempts, retry),
    send: (what, ask) =>
      persist({ what, host: ask.url.host, kind: ask.kind, once: (tried) => attempt(ask, tried > 1) }, retry),
    async stream(ask) {
      const answer = await transport.stream(named(ask));
      return 'stream' in answer ? answer : withoutSecrets(answer, redact);
    },
  };
}

function withoutSecrets(answer: Answer, redact: (text: string) => string): Answer {
  if (answer.status < 300) return answer;
  const body = Buffer.from(redact(answer.body.toString('utf8')));
  return { ...answer, body, phrase: redact(answer.phrase) };
}

type RetryDeps = ExchangeDeps & { readonly retry: RetrySettings };

/** The first final answer that `once` gives. @throws Failure with the reason of the last attempt, or `cancelled` */
async function persist<A extends Answer | Streamed>(attempts: Attempts<A>, deps: RetryDeps): Promise<A> {
  const { what, once } = attempts;
  const request = deps.traffic.breaker.begin(serviceOf(attempts.host, attempts.kind));
  try {
    for (let attempt = 1; ; attempt += 1) {
      const result = await once(attempt).catch(asResult);
      const isEarly = attempt < deps.retry.silentAttempts;
      if (!(result instanceof TransportError) && !isPassing(result, attempts.kind, isEarly)) {
        request.answered();
        return result;
      }
      const far = limitFailure(attempts, result, deps);
      if (far !== null) {
        request.answered();
        throw far;
      }
      const failure = failureFor(what, result, attempt);
      await request.stumbled();
      if (isLast(result, attempt, deps.retry) || !(await waitBefore(attempts, result, attempt, deps))) {
        request.failed(failure);
        throw failure;
      }
      if (deps.signal?.aborted) throw new Failure('cancelled', `${what}: the run was cancelled`);
      deps.log.debug(`${failure.message}; trying again`);
    }
  } finally {
    request.end();
  }
}

/** A limit that lasts longer than anybody waits; null for everything else. */
function limitFailure(
  { host, kind }: Pick<Attempts, 'host' | 'kind'>,
  result: Answer | TransportError,
  { traffic }: RetryDeps,
): Failure | null {
  if (result instanceof TransportError || !isRateLimit(result)) return null;
  return traffic.limits.refused({ host, kind }, refusalOf(result));
}

// The time of day is only for a date that comes without the server's own: `clock` counts from anywhere.
function refusalOf(answer: Answer) {
  return { headers: answer.headers, asked: retryAfter(answer, Date.now()), sentence: errorText(answer) };
}

type Result = Answer | Streamed | TransportError;

function asResult(thrown: unknown): TransportError {
  if (thrown instanceof TransportError) return thrown;
  throw thrown;
}

/** A stream that has begun is an answer; what becomes of it the stream itself shows. So is what stays garbled: whoever asked knows what it should have been. */
function isPassing(answer: Answer | Streamed, kind: Kind, isEarly: boolean): answer is Answer {
  return 'body' in answer && (isTemporary(answer) || (isEarly && isGarbled(answer, kind)));
}

function failureFor(what: string, result: Answer | TransportError, attempt: number): Failure {
  return result instanceof TransportError
    ? failureOfError(what, result, attempt)
    : failureOf(what, result, attempt);
}

/** More attempts would be minutes of silence, or hardly go better. */
const SOON_TOLD: readonly string[] = ['timeout', 'tls'];

function isLast(result: Result, attempt: number, settings: RetrySettings): boolean {
  if (result instanceof TransportError) {
    const most = SOON_TOLD.includes(result.reason) ? settings.silentAttempts : settings.attempts;
    return !result.mayRetry || attempt >= most;
  }
  return attempt >= ('body' in result && isRateLimit(result) ? settings.rateAttempts : settings.attempts);
}

/** Waits before the next attempt, and says so. False when that would take more than the run allows. */
async function waitBefore(
  { host, kind }: Pick<Attempts, 'host' | 'kind'>,
  result: Answer | TransportError,
  attempt: number,
  deps: RetryDeps,
): Promise<boolean> {
  const { clock, traffic, signal } = deps;
  const { pace, breaker, waits } = traffic;
  const { wait, whose } = plannedWait(result, attempt, deps);
  if (whose !== 'own' && !pace.pause(host, wait, whose)) return false;
  waits.begin({ host, milliseconds: wait, ...causeOf(host, result) });
  if (whose !== 'own') return true;
  const own = breaker.signal(serviceOf(host, kind));
  const stop = signal === undefined ? own : AbortSignal.any([own, signal]);
  await nap(clock, wait, stop);
  return true;
}

type PlannedWait = { readonly wait: number; readonly whose: 'own' | 'rate-limited' | 'busy' };

function plannedWait(
  result: Answer | TransportError,
  attempt: number,
  { retry, traffic, random = Math.random }: RetryDeps,
): PlannedWait {
  if (result instanceof TransportError) return { wait: backoffOf(attempt, retry, random), whose: 'own' };
  if (isRateLimit(result)) {
    const asked = traffic.limits.waitOf(refusalOf(result));
    const settings = { ...retry, waitCap: Number.POSITIVE_INFINITY };
    return { wait: waitAfter(attempt, asked, settings, random), whose: 'rate-limited' };
  }
  const asked = retryAfter(result, Date.now());
  // A server that names a time means everybody who asks it, not this one request.
  return { wait: waitAfter(attempt, asked, retry, random), whose: asked === null ? 'own' : 'busy' };
}

/** Why somebody waits: one cause for all that wait for the same, and a sentence. */
function causeOf(host: string, result: Answer | TransportError) {
  if (result instanceof TransportError) {
    return { cause: result.reason, words: retryWords(`${ownerOf(host)}:`, result.message) };
  }
  const { status, headers } = result;
  const did = status === 200 ? 'sent what cannot be read' : `answered ${status}`;
  if (!isRateLimit(result)) return { cause: `${status}`, words: retryWords(host, did) };
  return { cause: 'rate', words: (long: string) => `waiting ${long}: ${limitReason(host, status, headers)}` };
}
