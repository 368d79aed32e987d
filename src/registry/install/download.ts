// Fetches one file by the same rules for proxies, trust and redirects, but gives up early where nobody answers.

import { Failure } from '../../base/errors/failure.ts';
import type { RetrySettings } from '../../base/flow/backoff.ts';
import type { PaceClock } from '../../base/flow/clock.ts';
import { failureOf } from '../http/answer.ts';
import { createExchange, createTraffic, type TrafficSettings } from '../http/exchange.ts';
import type { Ask } from '../http/line.ts';
import { loginIn, withoutLogin } from '../network/proxies.ts';

type DownloadSettings = Pick<TrafficSettings, 'registries' | 'proxy' | 'ca'> & {
  readonly userAgent: string;
};

type DownloadDeps = {
  readonly clock: PaceClock;
  /** Takes secrets out of what a server says when it refuses. */
  readonly redact: (text: string) => string;
  readonly signal?: AbortSignal;
};

/** Milliseconds: two attempts that meet silence end within ten seconds, one that makes progress may take minutes. */
export const DOWNLOAD_TIMES = {
  connect: 4_000,
  firstByte: 4_000,
  stall: 30_000,
  commit: 30_000,
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
  deps: DownloadDeps,
  times: typeof DOWNLOAD_TIMES = DOWNLOAD_TIMES,
): Promise<Uint8Array> {
  if (!URL.canParse(address) || !/^https?:/.test(address)) {
    throw new Failure('unsupported', `${withoutLogin(address)} is not an address that can be fetched`);
  }
  const url = new URL(address);
  const all = { ...settings, ...ONE_REQUEST, deadlines: times, retry: retriesOf(times.backoff) };
  const traffic = createTraffic(all, deps.clock, SILENT, deps.signal);
  const exchange = createExchange(all, { ...deps, traffic, random: () => 0, log: SILENT });
  try {
    const what = `GET ${url.host}${url.pathname}`;
    const answer = await exchange.send(what, askFor(url));
    if (answer.status !== 200) throw failureOf(what, answer);
    return answer.body;
  } finally {
    traffic.connections.close();
  }
}

// Whoever names an address by an input may name any host; a server that limits the rate is not waited for.
const ONE_REQUEST = { hosts: null, concurrency: 1, pauseTotal: { 'rate-limited': 0, busy: 0 } };
const SILENT = { debug: () => undefined, warning: () => undefined, tell: () => undefined };

function retriesOf(backoff: number): RetrySettings {
  return { attempts: 2, rateAttempts: 2, silentAttempts: 2, backoff, backoffCap: backoff, waitCap: 0 };
}

function askFor(url: URL): Ask {
  const endpoint = { registry: url.host, origin: url.origin, host: url.host };
  const authorization = loginIn(url);
  const headers: Record<string, string> = authorization === null ? {} : { authorization };
  return { endpoint, method: 'GET', url, headers, kind: 'other', maxBytes: MAX_BYTES };
}
