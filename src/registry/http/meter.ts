// Counts what a run costs the registries, for the summary: nothing here decides anything.

/** What a request is for. */
const KINDS = [
  'manifest-head',
  'manifest-get',
  'manifest-put',
  'blob-get',
  'token',
  'ping',
  'list',
  'referrers',
  'upload',
  'file',
  'other',
] as const;
/** One of `KINDS`. */
export type Kind = (typeof KINDS)[number];

/** All counts by contacted host (host[:port]); bytes are those of bodies. */
type MeterSnapshot = {
  readonly requests: Readonly<Record<string, Readonly<Partial<Record<Kind, number>>>>>;
  readonly connections: Readonly<Record<string, number>>;
  readonly bytesIn: number;
  readonly bytesOut: number;
};

/** Counts each request, new connection and answer; `snapshot` is what was counted up to now. */
export type Meter = {
  request(host: string, kind: Kind, bytesOut: number): void;
  connection(host: string): void;
  answer(bytesIn: number): void;
  snapshot(): MeterSnapshot;
};

/** A meter at zero. */
export function createMeter(): Meter {
  const requests = new Map<string, Map<Kind, number>>();
  const connections = new Map<string, number>();
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
    answer(bytesIn) {
      bytes.in += bytesIn;
    },
    snapshot: () => ({
      requests: Object.fromEntries([...requests].map(([host, kinds]) => [host, Object.fromEntries(kinds)])),
      connections: Object.fromEntries(connections),
      bytesIn: bytes.in,
      bytesOut: bytes.out,
    }),
  };
}
