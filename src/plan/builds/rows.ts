// Stale builds as outputs and reports have them: a row for each build, and the waves in which they are built again.

import type { Build, BuildKind } from '../../config/builds/build.ts';
import { formatTag, tagOrLatest } from '../../image/names/reference.ts';
import type { Ground, Judged, StaleBase } from './judge.ts';
import { depthsOf, wavesOf } from './waves.ts';

/** The build itself, under the key of its kind. */
type BuildName = { readonly [Kind in BuildKind]?: string };

/** One base of a stale build; `base` is its canonical name with the tag (empty where it is not known), digests are bare. */
type BaseRow = {
  readonly base: string;
  readonly recorded: string | null;
  readonly current: string | null;
  /** When the base was made, as its registry says. */
  readonly since: string | null;
  readonly reason: StaleBase['reason'];
};

/** A stale build with the first of its stale bases; `bases` has all. `depth` is 1 where it is based on no other stale build. */
export type StaleBuildRow = BuildName &
  BaseRow & { readonly depth: number; readonly bases: readonly BaseRow[] };

/** One wave as a matrix of GitHub. */
export type BuildWave = { readonly include: readonly (BuildName & { readonly base: string })[] };

/** The rows of all stale builds, those that others wait for first, and their waves. */
export function staleRows(
  { builds, graph }: Ground,
  judged: readonly Judged[],
): { readonly rows: readonly StaleBuildRow[]; readonly waves: readonly BuildWave[] } {
  const isStale = (at: number): boolean => (judged[at]?.stale.length ?? 0) > 0;
  const depths = depthsOf(graph, isStale);
  const row = (at: number): StaleBuildRow[] => {
    const build = builds[at];
    const bases = (judged[at]?.stale ?? []).map(baseRow);
    const [first] = bases;
    if (build === undefined || first === undefined) return [];
    return [{ ...nameOf(build), ...first, depth: depths.get(at) ?? 1, bases }];
  };
  const waves = wavesOf(graph, isStale);
  const rows = waves.flat().flatMap(row);
  const include = (at: number) => row(at).map(({ base }) => ({ ...nameOf(builds[at]), base }));
  return { rows, waves: waves.map((wave) => ({ include: wave.flatMap(include) })) };
}

function nameOf(build: Pick<Build, 'kind' | 'id'> | undefined): BuildName {
  return build === undefined ? {} : { [build.kind]: build.id };
}

function baseRow({ base, recorded, current, since, reason }: StaleBase): BaseRow {
  return {
    base: base === null ? '' : formatTag(base.name, tagOrLatest(base)),
    recorded,
    current,
    since,
    reason,
  };
}
