// What the project promises of its own speed, held against what was measured.

import type { Run } from './jobs.ts';
import type { JobName } from './peers.ts';

/** The runs of one job at one latency, by the name of the tool. */
export type Runs = ReadonlyMap<string, readonly Run[]>;
export type Bar = {
  readonly job: JobName;
  readonly what: string;
  readonly most: number;
  readonly found: number;
  /** Counts and bytes are exact; walls depend on what else the machine does. */
  readonly exact: boolean;
};

const CONCURRENCY = 16;
const OWN = 'Fresh Mirror';
const CRANE = 'crane cp -a -j 16';
const REGSYNC = 'regsync, entry per repository';

/** The bars of a job. One that needs a tool which did not run is left out. */
export function barsOf(job: JobName, runs: Runs): Bar[] {
  const own = runs.get(OWN) ?? [];
  if (own.length === 0) return [];
  return MAKERS[job](own, runs).map((bar) => ({ job, ...bar }));
}

type Made = Omit<Bar, 'job'>;
const MAKERS: Readonly<Record<JobName, (own: readonly Run[], runs: Runs) => Made[]>> = {
  A: (own, runs) => [
    exact('manifest requests per tag', 2, worst(own, manifestRequests)),
    exact(
      'upstream manifest GETs',
      0,
      worst(own, ({ upstream }) => upstream.counts.manifestGet),
    ),
    exact(
      'connections to upstream',
      2 * CONCURRENCY,
      worst(own, ({ upstream }) => upstream.connections),
    ),
    exact(
      'connections to the mirror',
      2 * CONCURRENCY,
      worst(own, ({ mirror }) => mirror.connections),
    ),
    ...ratio('wall, of regsync with an entry per repository', 1 / 6, own, runs.get(REGSYNC)),
    ...ratio('wall, of crane cp -a -j 16', 0.7, own, runs.get(CRANE)),
    noisy('CPU, seconds', 2, median(own.map(({ cpu }) => cpu))),
    noisy(
      'peak memory, MB',
      160,
      worst(own, ({ peak }) => peak),
    ),
  ],
  B: (own, runs) => [
    ...(runs.get(CRANE) ?? [])
      .slice(0, 1)
      .map((crane) => exact('bytes, of crane cp -a -j 16', 1.1, worst(own, bytesOf) / bytesOf(crane))),
  ],
  C: (own, runs) => [
    exact(
      'upstream manifest GETs (34 and one per changed index)',
      34 + 7,
      worst(own, ({ upstream }) => upstream.counts.manifestGet),
    ),
    exact('bytes, MB', 5.5, worst(own, bytesOf) / 1e6),
    ...ratio('wall, of crane cp -a -j 16', 0.8, own, runs.get(CRANE)),
  ],
  D: (own) => [
    exact('manifest requests per tag', 2, worst(own, manifestRequests)),
    exact(
      'upstream manifest GETs',
      0,
      worst(own, ({ upstream }) => upstream.counts.manifestGet),
    ),
  ],
};

function exact(what: string, most: number, found: number): Made {
  return { what, most, found, exact: true };
}

function noisy(what: string, most: number, found: number): Made {
  return { what, most, found, exact: false };
}

function ratio(what: string, most: number, own: readonly Run[], other: readonly Run[] = []): Made[] {
  if (other.length === 0) return [];
  const wall = (runs: readonly Run[]): number => median(runs.map(({ seconds }) => seconds));
  return [noisy(what, most, wall(own) / wall(other))];
}

function worst(runs: readonly Run[], of: (run: Run) => number): number {
  return Math.max(...runs.map(of));
}

/** Manifest HEADs and GETs on both sides, for each tag. */
export function manifestRequests({ tags, upstream, mirror }: Run): number {
  const reads = [upstream, mirror].map(({ counts }) => counts.manifestHead + counts.manifestGet);
  return reads.reduce((sum, one) => sum + one, 0) / tags;
}

/** What came from upstream, or what went to the mirror where that is more. */
function bytesOf({ upstream, mirror }: Run): number {
  return Math.max(upstream.bytesDown, mirror.bytesUp);
}

/** The middle one; of an even number the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
}
