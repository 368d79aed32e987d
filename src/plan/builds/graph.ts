// Builds that are based on other builds: which on which, in what order they are built, and circles.

import type { BaseUse, Build, Made } from '../../config/builds/build.ts';
import { formatName, tagOrLatest } from '../../image/names/reference.ts';

/** Builds by their place in the list: `on` holds for each the builds that it is based on. */
export type BuildGraph = { readonly on: readonly (readonly number[])[] };

/** A build under a name that others are based on. */
type Maker = { readonly build: number; readonly made: Made };

/** Which builds make a base. */
export type Makers = (use: BaseUse, build: number) => readonly Maker[];

/** Finds who makes a base: the same name and tag. Where no tag is known any will do, but then no build is based on itself. */
export function findMakers(builds: readonly Build[]): Makers {
  const all = builds.flatMap(({ makes }, build) => makes.map((made) => ({ build, made })));
  const byName = Map.groupBy(all, ({ made }) => formatName(made.name));
  return ({ base }, build) => {
    if (base === null || base.digest !== null) return [];
    return (byName.get(formatName(base.name)) ?? []).filter(({ made, build: maker }) =>
      made.tag === null ? maker !== build : made.tag === tagOrLatest(base),
    );
  };
}

/** The graph of these builds. A base that is pinned by digest does not change with what is built here. */
export function graphOf(builds: readonly Build[], makers: Makers): BuildGraph {
  const on = builds.map(({ uses }, at) => [
    ...new Set(uses.flatMap((use) => makers(use, at).map(({ build }) => build))),
  ]);
  return { on };
}

/** Every build after all that it is based on; those in circles, and what is based on them, are left out. */
export function buildOrder({ on }: BuildGraph): number[] {
  const waits = on.map(({ length }) => length);
  const above = on.map((): number[] => []);
  for (const [at, bases] of on.entries()) for (const base of bases) above[base]?.push(at);
  const order = [...waits.keys()].filter((at) => waits[at] === 0);
  for (const done of order) {
    for (const at of above[done] ?? []) {
      const open = (waits[at] ?? 0) - 1;
      waits[at] = open;
      if (open === 0) order.push(at);
    }
  }
  return order;
}

/** One circle, each build followed by one that it is based on, the first again at the end; null where there is none. */
export function findCircle(graph: BuildGraph): readonly number[] | null {
  const ordered = new Set(buildOrder(graph));
  const inCircle = (at: number): boolean => !ordered.has(at);
  const first = [...graph.on.keys()].find(inCircle);
  if (first === undefined) return null;
  const path: number[] = [];
  for (let at: number | undefined = first; at !== undefined; at = graph.on[at]?.find(inCircle)) {
    const begun = path.indexOf(at);
    if (begun >= 0) return [...path.slice(begun), at];
    path.push(at);
  }
  return null;
}
