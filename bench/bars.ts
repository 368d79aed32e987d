// What the project promises of its own speed, compared with what was measured.

import type { Need } from './data/needs.ts';
import type { SetName } from './data/sets.ts';
import type { Run, Series } from './jobs.ts';
import { CRANE, type JobName, OWN, REGSYNC } from './peers.ts';

/** The runs of one series, by the name of the tool. */
export type Runs = ReadonlyMap<string, readonly Run[]>;
/** A series with what it measured, and the least that its job can cost. */
export type Measured = Series & { readonly runs: Runs; readonly need: Need };
export type Bar = Series & {
  readonly what: string;
  /** Null where nothing is promised and the figure is only reported. */
  readonly most: number | null;
  readonly found: number;
  /** Counts and bytes are exact; walls, CPU and memory depend on what else the machine does. */
  readonly exact: boolean;
};

type Figure = {
  readonly what: string;
  readonly exact: boolean;
  /** Null when a tool that it needs did not run. */
  readonly of: (sides: Sides) => number | null;
};
type Sides = {
  readonly own: readonly Run[];
  readonly crane: readonly Run[];
  readonly regsync: readonly Run[];
  readonly need: Need;
};

const WALL: Figure = {
  what: 'wall, of crane cp -a -j 16',
  exact: false,
  of: ({ own, crane }) => ratioOfMedians(own, crane, ({ seconds }) => seconds),
};
const WALL_REGSYNC: Figure = {
  what: 'wall, of regsync with an entry per repository',
  exact: false,
  of: ({ own, regsync }) => ratioOfMedians(own, regsync, ({ seconds }) => seconds),
};
const CPU: Figure = {
  what: 'CPU, of crane cp -a -j 16',
  exact: false,
  of: ({ own, crane }) => ratioOfMedians(own, crane, ({ cpu }) => cpu),
};
const PEAK: Figure = {
  what: 'peak of the process tree, MB',
  exact: false,
  of: ({ own }) => worst(own, ({ peak }) => peak),
};
const REQUESTS: Figure = {
  what: 'manifest requests a tag',
  exact: true,
  of: ({ own }) => worst(own, manifestRequests),
};
const MIRROR_REQUESTS: Figure = {
  what: 'requests to the mirror a tag',
  exact: true,
  of: ({ own }) => worst(own, ({ mirror, tags }) => mirror.requests / tags),
};
const GETS: Figure = {
  what: 'upstream manifest GETs',
  exact: true,
  of: ({ own }) => worst(own, ({ upstream }) => upstream.counts.manifestGet),
};
const GETS_BEYOND: Figure = {
  what: 'upstream manifest GETs beyond the distinct manifests',
  exact: true,
  of: ({ own, need }) => worst(own, ({ upstream }) => upstream.counts.manifestGet) - need.manifests,
};
const BLOB_GETS: Figure = {
  what: 'blob GETs',
  exact: true,
  of: ({ own }) => worst(own, ({ upstream, mirror }) => upstream.counts.blobGet + mirror.counts.blobGet),
};
const BYTES: Figure = {
  what: 'bytes, of the unique bytes',
  exact: true,
  of: ({ own, need }) =>
    worst(own, ({ upstream, mirror }) => Math.max(upstream.bytesDown / need.down, mirror.bytesUp / need.up)),
};
const BYTES_CRANE: Figure = {
  what: 'bytes, of crane cp -a -j 16',
  exact: true,
  of: ({ own, crane }) => {
    if (crane.length === 0) return null;
    const down =
      worst(own, ({ upstream }) => upstream.bytesDown) / least(crane, ({ upstream }) => upstream.bytesDown);
    const up = worst(own, ({ mirror }) => mirror.bytesUp) / least(crane, ({ mirror }) => mirror.bytesUp);
    return Math.max(down, up);
  },
};
const CONNECTIONS: Figure = {
  what: 'connections to either side',
  exact: true,
  of: ({ own }) => worst(own, ({ upstream, mirror }) => Math.max(upstream.connections, mirror.connections)),
};
const WRONG: Figure = {
  what: 'tags that are not right',
  exact: true,
  of: ({ own }) => worst(own, ({ tags, equal }) => tags - equal),
};

/** A figure and the most it may be; with latencies or a data set, there alone. */
type Promised = readonly [
  figure: Figure,
  most: number | null,
  where?: { readonly latencies?: readonly number[]; readonly set?: SetName },
];

const PROMISES: Readonly<Record<JobName, readonly Promised[]>> = {
  A: [
    [WALL, 0.6],
    [WALL_REGSYNC, 1 / 6],
    [CPU, 1.8],
    [PEAK, 125],
    [REQUESTS, 2],
    [GETS, 0],
    [CONNECTIONS, 32],
    [WRONG, 0],
  ],
  B: [
    [WALL, 1, { latencies: [0] }],
    [WALL, 0.85, { latencies: [20, 80] }],
    [BYTES, 1.01],
    [BYTES_CRANE, null],
    [GETS_BEYOND, 0],
    [MIRROR_REQUESTS, 14.5, { set: 'plain' }],
    // 164 blobs more, and each takes two requests: 0.97 a tag.
    [MIRROR_REQUESTS, 15.5, { set: 'shared' }],
    [CPU, 1.4],
    [PEAK, 160],
    [WRONG, 0],
  ],
  C: [
    [WALL, 0.5],
    [GETS, 34],
    [BYTES, null],
    [BYTES_CRANE, 0.7],
    [PEAK, 130],
    [WRONG, 0],
  ],
  D: [
    [REQUESTS, 2],
    [GETS, 0],
    [WRONG, 0],
  ],
  L: [
    [WALL, 1.1],
    [BYTES, 1.005],
    [BYTES_CRANE, null],
    [GETS_BEYOND, null],
    [PEAK, 230],
    [WRONG, 0],
  ],
  'same-host': [
    [BLOB_GETS, 0],
    [WALL, null],
    [WRONG, 0],
  ],
};
/** All but job B promise something at this latency alone. */
const LATENCY = 20;

/** The bars of a series. One that needs a tool which did not run is left out. */
export function barsOf({ runs, need, ...series }: Measured): Bar[] {
  const { job, set, latency } = series;
  const named = (name: string): readonly Run[] => runs.get(name) ?? [];
  const sides = { own: named(OWN), crane: named(CRANE), regsync: named(REGSYNC), need };
  if (sides.own.length === 0 || (job !== 'B' && latency !== LATENCY)) return [];
  const promised = PROMISES[job].filter(
    ([, , where]) => (where?.latencies?.includes(latency) ?? true) && (where?.set ?? set) === set,
  );
  return promised.flatMap(([{ what, exact, of }, most]) => {
    const found = of(sides);
    return found === null ? [] : [{ job, set, latency, what, most, found, exact }];
  });
}

/** Whether a bar is met; one that promises nothing always is. */
export function isMet({ most, found }: Pick<Bar, 'most' | 'found'>): boolean {
  return most === null || found <= most;
}

function ratioOfMedians(own: readonly Run[], other: readonly Run[], of: (run: Run) => number): number | null {
  return other.length === 0 ? null : median(own.map(of)) / median(other.map(of));
}

function worst(runs: readonly Run[], of: (run: Run) => number): number {
  return Math.max(...runs.map(of));
}

function least(runs: readonly Run[], of: (run: Run) => number): number {
  return Math.min(...runs.map(of));
}

/** Manifest HEADs and GETs on both sides, for each tag. */
export function manifestRequests({ tags, upstream, mirror }: Run): number {
  const reads = [upstream, mirror].map(({ counts }) => counts.manifestHead + counts.manifestGet);
  return reads.reduce((sum, count) => sum + count, 0) / tags;
}

/** The middle one; of an even number the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((left, right) => left - right);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
}
