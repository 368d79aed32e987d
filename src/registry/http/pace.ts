// How fast a host is asked: requests in flight, requests per second, and the pause that follows a 429.

import { Failure } from '../../base/errors/failure.ts';
import { nap, type PaceClock } from '../../base/flow/clock.ts';
import { createLimit, type Limit } from '../../base/flow/limit.ts';
import { contactHost, isDockerHub } from '../../image/names/hub.ts';
import { type EndpointSettings, settingsOf } from './endpoint.ts';

/** How many requests and pauses each host gets. */
export type PaceSettings = EndpointSettings & {
  /** Requests in flight at one host, where its own settings do not say. */
  readonly concurrency: number;
  /** Milliseconds that all pauses of one host may add up to in a run. */
  readonly pauseTotal: number;
};

/** Shared by everything that contacts registries; `host` is host[:port], any name of Docker Hub will do. */
export type Pace = {
  /** Runs `work` when the host has room. An urgent one (a retry) goes before those that have not been tried. */
  run<T>(host: string, work: () => Promise<T>, urgent?: boolean): Promise<T>;
  /** Nobody asks this host for so long. False, and no pause, when its pauses would add up to too much. */
  pause(host: string, milliseconds: number): boolean;
  /** Resolves when no pause holds the host; for work that is not made of single requests. */
  ready(host: string): Promise<void>;
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

/** Waits until the clock has reached what `until` says then: it may move while somebody waits. */
type Wait = (until: () => number) => Promise<void>;

// Docker Hub limits all requests of an address to some thousands a minute (docs.docker.com, "Abuse rate limit").
const HUB_PER_SECOND = 50;

/** One pace for the whole run. @throws Failure `cancelled` out of `run` and `ready` when `signal` fires */
export function createPace(settings: PaceSettings, clock: PaceClock, signal?: AbortSignal): Pace {
  const hosts = new Map<string, HostPace>();
  const hostOf = (name: string): HostPace => {
    const host = contactHost(name);
    const known = hosts.get(host) ?? newHost(host, settings);
    hosts.set(host, known);
    return known;
  };
  const wait: Wait = (until) => waitFor(until, clock, signal);
  return {
    run(name, work, urgent = false) {
      const host = hostOf(name);
      return host.slots.run(() => runPaced(host, work, wait, clock), urgent);
    },
    ready: (name) => wait(() => hostOf(name).pausedUntil),
    pause: (name, milliseconds) => pauseHost(hostOf(name), milliseconds, clock.now(), settings.pauseTotal),
  };
}

function newHost(host: string, settings: PaceSettings): HostPace {
  const own = settingsOf(host, settings);
  const most = Math.max(1, own.concurrency ?? settings.concurrency);
  const perSecond = own.requestsPerSecond ?? (isDockerHub(host) ? HUB_PER_SECOND : 0);
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
    await wait(() => Math.max(start, host.pausedUntil));
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

function pauseHost(host: HostPace, milliseconds: number, now: number, most: number): boolean {
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
    const left = until() - clock.now();
    if (left <= 0) return;
    await nap(clock, left, signal);
  }
}
