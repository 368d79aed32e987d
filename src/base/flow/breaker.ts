// When to give a host up. Each request has its own retries, but a host that is down fails each of them in turn, and
// six hundred tags that all wait for it need hours to find out what five of them knew after a minute.

import { Failure, type Reason } from '../errors/failure.ts';

/** Failures of one reason in a row, each after its own retries, that end what waits for the same. */
const MOST_FAILURES = 5;
/** Attempts in a row that went wrong before all but a few wait for what becomes of those. */
const DOUBTFUL = 4;
/** Milliseconds after which one request may try again what was given up. */
const PAUSE = 30_000;

/** What says that a host is not well. Everything else is an answer of a host that is. */
const SIGNS: readonly Reason[] = ['network', 'timeout', 'tls', 'server-error', 'rate-limited'];

/** What is asked of a host. Blobs may come from a store that is down while manifests are answered. */
export type Service = { readonly host: string; readonly kind: string };

/** The Failure of all that was not tried any more. */
export class GivenUp extends Failure {}

/** Knows what is given up. Every service is well until it fails. */
export type Breaker = {
  /** Throws the GivenUp of a service. After a pause one caller is let through, as a probe. */
  check(service: Service): void;
  /** Resolves when a first attempt makes sense: not while all attempts fail, and others find out about it. */
  clear(service: Service): Promise<void>;
  /** True while `clear` would wait. */
  isDoubtful(service: Service): boolean;
  /** Follows one request with all its attempts. */
  begin(service: Service): Trial;
  /** Fires when the service is given up. */
  signal(service: Service): AbortSignal;
};

/** One request as the breaker sees it: attempts stumble, and in the end it is answered or has failed. */
type Trial = {
  /** The service answered: what was counted against it is forgotten. */
  answered(): void;
  /** An attempt went wrong. Resolves when it is this one's turn to try again: few do while all fail. */
  stumbled(): Promise<void>;
  /** The request failed for good. */
  failed(failure: Failure): void;
  /** Whatever became of it, it is not under way any more. */
  end(): void;
};

/** What a breaker needs from the outside; `tell` is called once, with the reason why a service is given up. */
type BreakerDeps = {
  readonly clock: { now(): number };
  readonly tell: (line: string) => void;
  readonly signal?: AbortSignal;
};

type State = {
  /** Failures in a row, of `reason`; attempts in a row that went wrong. */
  failures: number;
  reason: Reason | null;
  stumbles: number;
  /** Requests that stumbled and try again; those that wait for a turn to; and those that have not begun. */
  retrying: number;
  readonly parked: (() => void)[];
  readonly waiting: (() => void)[];
  givenUp: GivenUp | null;
  since: number;
  isProbed: boolean;
  ended: AbortController;
};

/** A breaker; its pauses go by `clock`. */
export function createBreaker({ clock, tell, signal }: BreakerDeps): Breaker {
  const hosts = new Map<string, Map<string, State>>();
  // Every request asks several times: nothing is made for what is known.
  const of = ({ host, kind }: Service): State => {
    const known = hosts.get(host)?.get(kind);
    if (known !== undefined) return known;
    const state = newState();
    hosts.set(host, (hosts.get(host) ?? new Map<string, State>()).set(kind, state));
    return state;
  };
  // Whoever waits finds out by itself that the run is over.
  signal?.addEventListener('abort', () => {
    for (const states of hosts.values()) for (const state of states.values()) releaseAll(state);
  });
  const isDoubtful = (state: State): boolean =>
    isFailing(state) && state.retrying > 0 && signal?.aborted !== true;
  return {
    signal: (service) => of(service).ended.signal,
    isDoubtful: (service) => isDoubtful(of(service)),
    async clear(service) {
      const state = of(service);
      if (isDoubtful(state)) await waitIn(state.waiting);
    },
    check: (service) => check(of(service), clock.now()),
    begin: (service) =>
      follow(of(service), (state, failure) => {
        if (!count(state, failure, clock.now())) return;
        const words = `${wordsOf(service)}, the last of them: ${failure.message}`;
        state.givenUp = givenUp(service, failure);
        tell(words);
        state.ended.abort(state.givenUp);
        releaseAll(state);
      }),
  };
}

function newState(): State {
  const fresh = { failures: 0, reason: null, stumbles: 0, retrying: 0, parked: [], waiting: [] };
  return { ...fresh, givenUp: null, since: 0, isProbed: false, ended: new AbortController() };
}

function isFailing({ givenUp, stumbles }: State): boolean {
  return givenUp === null && stumbles >= DOUBTFUL;
}

function waitIn(line: (() => void)[]): Promise<void> {
  return new Promise((resume) => line.push(resume));
}

function releaseAll({ parked, waiting }: State): void {
  for (const resume of [...parked.splice(0), ...waiting.splice(0)]) resume();
}

function check(state: State, now: number): void {
  if (state.givenUp === null) return;
  if (state.isProbed || now - state.since < PAUSE) throw state.givenUp;
  state.isProbed = true;
}

function follow(state: State, judge: (state: State, failure: Failure) => void): Trial {
  let isRetrying = false;
  return {
    answered() {
      if (state.givenUp !== null) state.ended = new AbortController();
      Object.assign(state, { failures: 0, reason: null, stumbles: 0, givenUp: null, isProbed: false });
      releaseAll(state);
    },
    async stumbled() {
      state.stumbles += 1;
      if (isRetrying) return;
      if (isFailing(state) && state.retrying >= MOST_FAILURES) await waitIn(state.parked);
      isRetrying = true;
      state.retrying += 1;
    },
    failed: (failure) => judge(state, failure),
    end() {
      if (!isRetrying) return;
      state.retrying -= 1;
      // Somebody has to find out how it is now.
      (state.parked.shift() ?? state.waiting.shift())?.();
    },
  };
}

/** True when this failure is the one with which the service is given up. */
function count(state: State, { reason }: Failure, now: number): boolean {
  if (!SIGNS.includes(reason)) return false;
  state.failures = state.reason === reason ? state.failures + 1 : 1;
  state.reason = reason;
  state.isProbed = false;
  state.since = now;
  return state.failures >= MOST_FAILURES && state.givenUp === null;
}

/** It has the words of the last failure, so that whatever was not tried is reported with the same cause. */
function givenUp(service: Service, last: Failure): GivenUp {
  const { reason, message, hint, detail } = last;
  return new GivenUp(reason, message, {
    hint: hint === '' ? `check what ${service.host} answers; the next run asks it again` : hint,
    detail: `not tried: ${wordsOf(service)}, the last of them: ${detail === '' ? message : detail}`,
    cause: last,
  });
}

function wordsOf({ host, kind }: Service): string {
  return `${host} was given up for ${kind} after ${MOST_FAILURES} failures in a row`;
}
