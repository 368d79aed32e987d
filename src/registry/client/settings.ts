// How registries are reached: the built-in numbers, and what every part of the client works with.

import type { Failure } from '../../base/errors/failure.ts';
import type { TrafficSettings } from '../http/exchange.ts';
import type { Session, SessionDeps, SessionSettings } from '../session/session.ts';
import type { Memory } from './memory.ts';

/** What a client needs to know; it includes what the traffic of a run needs. */
export type ClientSettings = TrafficSettings &
  SessionSettings & {
    /** The longest manifest that is read, in bytes. */
    readonly manifestBytes: number;
    /** Milliseconds before a "not there" is asked about again, where the caller wants it confirmed. */
    readonly confirmWait: number;
  };

/** The built-in settings: distribution-spec asks registries to take manifests of 4 MiB. Durations in milliseconds. */
export const REGISTRY_DEFAULTS: ClientSettings = {
  registries: {},
  hosts: null,
  proxy: { https: '', http: '', no: '' },
  ca: [],
  concurrency: 32,
  pauseTotal: { 'rate-limited': 15 * 60_000, busy: 2 * 60_000 },
  deadlines: { connect: 10_000, firstByte: 30_000, commit: 5 * 60_000, stall: 30_000 },
  retry: {
    attempts: 5,
    rateAttempts: 8,
    silentAttempts: 3,
    backoff: 1_500,
    backoffCap: 8_000,
    waitCap: 120_000,
  },
  userAgent: 'fresh-mirror',
  manifestBytes: 4 * 1024 * 1024,
  confirmWait: 2_000,
  sides: { mirror: '', keyOf: () => 'source' },
};

/** What every request of a client works with. */
export type Client = {
  readonly settings: ClientSettings;
  readonly deps: SessionDeps;
  readonly session: Session;
  readonly memory: Memory;
  /** How often a host answered GET after it had failed HEAD. */
  readonly headless: Map<string, number>;
  /** What GET is refused with where HEAD was, by repository. */
  readonly refused: Map<string, Promise<Failure>>;
};
