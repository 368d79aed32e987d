// The order in which stale builds are built again: waves that a workflow runs one after the other, each as one matrix.

import { type BuildGraph, buildOrder } from './graph.ts';

/** GitHub runs at most this many jobs of one matrix. https://docs.github.com/actions/reference/limits */
const MOST_PER_WAVE = 256;

/**
 * The waves of the stale builds: each is in the first wave after all stale builds that it is based on, or in the next
 * that has room. No wave is empty.
 */
export function wavesOf(
  graph: BuildGraph,
  isStale: (build: number) => boolean,
  most: number = MOST_PER_WAVE,
): number[][] {
  const waves: number[][] = [];
  const waveOf = new Map<number, number>();
  for (const build of byDepth(graph, isStale)) {
    const bases = (graph.on[build] ?? []).map((base) => waveOf.get(base) ?? -1);
    let at = bases.reduce((latest, wave) => Math.max(latest, wave), -1) + 1;
    while ((waves[at]?.length ?? 0) >= most) at += 1;
    waveOf.set(build, at);
    const wave = waves[at] ?? [];
    wave.push(build);
    waves[at] = wave;
  }
  return waves;
}

/** Those that are based on no other stale build first, so that what others wait for is not crowded out of the first waves. */
function byDepth(graph: BuildGraph, isStale: (build: number) => boolean): number[] {
  const depths = depthsOf(graph, isStale);
  return [...depths.keys()].toSorted((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0) || a - b);
}

/** How deep each stale build lies: 1 where it is based on no other stale build. */
export function depthsOf(graph: BuildGraph, isStale: (build: number) => boolean): Map<number, number> {
  const depths = new Map<number, number>();
  for (const build of buildOrder(graph).filter(isStale)) {
    const bases = (graph.on[build] ?? []).map((base) => depths.get(base) ?? 0);
    depths.set(build, bases.reduce((most, depth) => Math.max(most, depth), 0) + 1);
  }
  return depths;
}
