// Fetches one file over the same connections rules (proxies, trust, redirects), but says soon when nobody answers.

import { Failure } from '../../base/errors/failure.ts';
import type { PaceClock } from '../../base/flow/clock.ts';
import { failureOf } from './answer.ts';
import { type ConnectionSettings, createConnections } from './connections.ts';
import { createMeter } from './meter.ts';
import { createPace } from './pace.ts';
import { persist } from './retry.ts';
import { type Ask, createTransport } from './transport.ts';

export type DownloadSettings = Pick<ConnectionSettings, 'registries' | 'proxy' | 'ca'> & {
  readonly userAgent: string;
};

/** Milliseconds: two attempts that meet silence end within ten seconds, one that makes progress may take minutes. */
export const DOWNLOAD_TIMES = {
  connect: 4_000,
  firstByte: 4_000,
  stall: 30_000,
  exchange: 5 * 60_000,
  backoff: 500,
};

const MAX_BYTES = 128 * 1024 * 1024;

/**
 * The bytes at `address` (https, or http where the caller's word is enough). Two attempts; redirects are followed.
 *
 * @throws Failure with the reason of the last attempt
 */
export async function download(
  address: string,
  settings: DownloadSettings,
  deps: { readonly clock: PaceClock; readonly signal?: AbortSignal },
  times: typeof DOWNLOAD_TIMES = DOWNLOAD_TIMES,
): Promise<Uint8Array> {
  if (!URL.canParse(address) || !/^https?:/.test(address)) {
    throw new Failure('unsupported', `${address} is no address that can be fetched`);
  }
  const url = new URL(address);
  const all = {
    ...settings,
    hosts: null,
    concurrency: 1,
    pauseTotal: 0,
    connect: times.connect,
    deadlines: times,
  };
  const connections = createConnections(all);
  const pace = createPace(all, deps.clock, deps.signal);
  const transport = createTransport(all, { ...deps, connections, pace, meter: createMeter() });
  const endpoint = { registry: url.host, origin: url.origin, host: url.host };
  const headers = { 'user-agent': settings.userAgent };
  const ask: Ask = { endpoint, method: 'GET', url, headers, kind: 'other', maxBytes: MAX_BYTES };
  const retry = {
    attempts: 2,
    rateAttempts: 2,
    backoff: times.backoff,
    backoffCap: times.backoff,
    waitCap: 0,
  };
  const retryDeps = { ...deps, pace, random: () => 0, debug: () => undefined };
  try {
    const what = `GET ${url.host}${url.pathname}`;
    const answer = await persist(what, url.host, () => transport.attempt(ask, false), retry, retryDeps);
    if (answer.status !== 200) throw failureOf(what, answer);
    return answer.body;
  } finally {
    connections.close();
  }
}
