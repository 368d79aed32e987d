// How fast a host is asked: requests in flight, requests per second, and the pause that follows a 429.

import { Failure } from '../../base/errors/failure.ts';
import { nap, type PaceClock } from '../../base/flow/clock.ts';
import { createLimit, type Limit } from '../../base/flow/limit.ts';
import { contactHost, isDockerHub } from '../../image/names/hub.ts';
import { type EndpointSettings, settingsOf } from './endpoint.ts';

/** Why a host asks to wait: a limit on requests, which is waited for, or a bad moment, which may be its last. */
type Pause = 'rate-limited' | 'busy';

/** How many requests and pauses each host gets. */
export type PaceSettings = EndpointSettings & {
  /** Requests in flight at one host, where its own settings do not say. */
  readonly concurrency: number;
  /** Milliseconds that all pauses of one host may add up to in a run, when it limits the rate or is just busy. */
  readonly pauseTotal: Readonly<Record<Pause, number>>;
};

/** Shared by everything that contacts registries; `host` is host[:port], any name of Docker Hub will do. */
export type Pace = {
  /** Runs `work` when the host has room. An urgent one (a retry) goes before those that have not been tried. */
  run<T>(host: string, work: () => Promise<T>, urgent?: boolean): Promise<T>;
  /** Nobody asks this host for so long. False, and no pause, when its pauses would add up to too much. */
  pause(host: string, milliseconds: number, why: Pause): boolean;
  /** Waits for a place, which is held until what it gives back is called; for work that outlives a single call. */
  enter(host: string): Promise<() => void>;
};

type HostPace = {
  readonly most: number;
  readonly interval: number;
  readonly slots: Limit;
  /** Requests in flight that the host takes now, `most` or fewer; `credit` counts good ones on the way back up. */
  limit: number;
  credit: number;
  nextStart: number;
  pausedUntil: number;
  pausedTotal: number;
};

/** Waits until the clock has reached what `until` says then: it may move while somebody waits. Null where it has. */
type Wait = (until: () => number) => Promise<void> | null;

// Docker Hub limits all requests of an address to some thousands a minute (docs.docker.com, "Abuse rate limit").
const HUB_PER_SECOND = 50;
const HUB_CONCURRENCY = 16;
/** However many share a host: one request in five seconds each, or a job would never end. */
const LEAST_PER_SECOND = 0.2;

/** One pace for the whole run. @throws Failure `cancelled` out of `run` and `enter` when `signal` fires */
export function createPace(settings: PaceSettings, clock: PaceClock, signal?: AbortSignal): Pace {
  const hosts = new Map<string, HostPace>();
  // By every name that a host goes by, so that a request need not find out which of them is the one.
  const hostOf = (name: string): HostPace => {
    const before = hosts.get(name);
    if (before !== undefined) return before;
    const host = contactHost(name);
    const known = hosts.get(host) ?? newHost(host, settings);
    hosts.set(host, known).set(name, known);
    return known;
  };
  const wait: Wait = (until) =>
    signal?.aborted !== true && until() <= clock.now() ? null : waitFor(until, clock, signal);
  return {
    run(name, work, urgent = false) {
      const host = hostOf(name);
      return host.slots.run(() => runPaced(host, work, wait, clock), urgent);
    },
    enter(name) {
      const host = hostOf(name);
      return new Promise((enter, refuse) => {
        const stay = (): Promise<void> => new Promise((leave) => enter(leave));
        host.slots.run(() => runPaced(host, stay, wait, clock)).catch(refuse);
      });
    },
    pause: (name, milliseconds, why) =>
      pauseHost(hostOf(name), { milliseconds, now: clock.now(), most: settings.pauseTotal[why] }),
  };
}

function newHost(host: string, settings: PaceSettings): HostPace {
  const own = settingsOf(host, settings);
  const builtIn = isDockerHub(host) ? Math.min(HUB_CONCURRENCY, settings.concurrency) : settings.concurrency;
  const { sharedBy = 1 } = own;
  const most = Math.max(1, Math.floor((own.concurrency ?? builtIn) / sharedBy));
  const together = own.requestsPerSecond ?? (isDockerHub(host) ? HUB_PER_SECOND : 0);
  const perSecond = Math.max(together / sharedBy, Math.min(together, LEAST_PER_SECOND));
  const interval = perSecond > 0 ? 1000 / perSecond : 0;
  const slots = createLimit(() => made.limit);
  const made = {
    most,
    interval,
    slots,
    limit: most,
    credit: 0,
    nextStart: 0,
    pausedUntil: 0,
    pausedTotal: 0,
  };
  return made;
}

async function runPaced<T>(host: HostPace, work: () => Promise<T>, wait: Wait, clock: PaceClock): Promise<T> {
  try {
    const start = Math.max(clock.now(), host.nextStart);
    if (host.interval > 0) host.nextStart = start + host.interval;
    const waiting = wait(() => Math.max(start, host.pausedUntil));
    if (waiting !== null) await waiting;
    return await work();
  } finally {
    growLimit(host);
  }
}

// Halved at a 429, one more after a round without: the rate finds the registry's limit instead of running into it.
function growLimit(host: HostPace): void {
  if (host.limit >= host.most) return;
  host.credit += 1;
  if (host.credit < host.limit * 4) return;
  host.credit = 0;
  host.limit += 1;
}

type NewPause = { readonly milliseconds: number; readonly now: number; readonly most: number };

function pauseHost(host: HostPace, { milliseconds, now, most }: NewPause): boolean {
  const until = now + milliseconds;
  const added = until - Math.max(now, host.pausedUntil);
  if (host.pausedTotal + added > most) return false;
  if (now >= host.pausedUntil) {
    host.limit = Math.max(1, Math.floor(host.limit / 2));
    host.credit = 0;
  }
  if (added <= 0) return true;
  host.pausedTotal += added;
  host.pausedUntil = until;
  return true;
}

async function waitFor(until: () => number, clock: PaceClock, signal?: AbortSignal): Promise<void> {
  for (;;) {
    if (signal?.aborted) throw new Failure('cancelled', 'the run was cancelled');
    const wait = until() - clock.now();
    if (wait <= 0) return;
    await nap(clock, wait, signal);
  }
}
