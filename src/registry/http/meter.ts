// Counts what a run costs the registries, for the summary: nothing here decides anything.

import type { IncomingHttpHeaders } from 'node:http';

/** What a request is for. */
const KINDS = [
  'manifest-head',
  'manifest-get',
  'manifest-put',
  'blob-get',
  'token',
  'ping',
  'list',
  'upload',
  'other',
] as const;
/** One of `KINDS`. */
export type Kind = (typeof KINDS)[number];

/** Docker Hub's pull limit as its last answer had it: `remaining` of `limit` pulls per `window` seconds. */
type PullLimit = { readonly limit: number; readonly remaining: number; readonly window: number };

/** All counts by contacted host (host[:port]); bytes are those of bodies. */
type MeterSnapshot = {
  readonly requests: Readonly<Record<string, Readonly<Partial<Record<Kind, number>>>>>;
  readonly connections: Readonly<Record<string, number>>;
  readonly pullLimits: Readonly<Record<string, PullLimit>>;
  readonly bytesIn: number;
  readonly bytesOut: number;
};

/** Counts each request, new connection and answer; `snapshot` is what was counted up to now. */
export type Meter = {
  request(host: string, kind: Kind, bytesOut: number): void;
  connection(host: string): void;
  answer(host: string, headers: IncomingHttpHeaders, bytesIn: number): void;
  snapshot(): MeterSnapshot;
};

/** A meter at zero. */
export function createMeter(): Meter {
  const requests = new Map<string, Map<Kind, number>>();
  const connections = new Map<string, number>();
  const pullLimits = new Map<string, PullLimit>();
  const bytes = { in: 0, out: 0 };
  return {
    request(host, kind, bytesOut) {
      const kinds = requests.get(host) ?? new Map<Kind, number>();
      requests.set(host, kinds.set(kind, (kinds.get(kind) ?? 0) + 1));
      bytes.out += bytesOut;
    },
    connection(host) {
      connections.set(host, (connections.get(host) ?? 0) + 1);
    },
    answer(host, headers, bytesIn) {
      bytes.in += bytesIn;
      const limit = parsePullLimit(headers);
      if (limit !== null) pullLimits.set(host, limit);
    },
    snapshot: () => ({
      requests: Object.fromEntries([...requests].map(([host, kinds]) => [host, Object.fromEntries(kinds)])),
      connections: Object.fromEntries(connections),
      pullLimits: Object.fromEntries(pullLimits),
      bytesIn: bytes.in,
      bytesOut: bytes.out,
    }),
  };
}

/** Reads `ratelimit-limit: 100;w=21600` and `ratelimit-remaining` (docs.docker.com, "Pull usage and limits"). */
function parsePullLimit(headers: IncomingHttpHeaders): PullLimit | null {
  const limit = /^(\d{1,9})(?:;w=(\d{1,9}))?$/.exec(String(headers['ratelimit-limit'] ?? ''));
  const remaining = /^(\d{1,9})/.exec(String(headers['ratelimit-remaining'] ?? ''));
  if (limit === null || remaining === null) return null;
  return { limit: Number(limit[1]), remaining: Number(remaining[1]), window: Number(limit[2] ?? 0) };
}
