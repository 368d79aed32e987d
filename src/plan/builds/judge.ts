// What became of the bases of each build: compared by digests, and handed on from build to build.

import { Failure } from '../../base/errors/failure.ts';
import type { BaseUse, Build } from '../../config/builds/build.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatTag, type Reference } from '../../image/names/reference.ts';
import type { Seen } from '../observation/observation.ts';
import type { BaseAsk, BaseNames } from './base-names.ts';
import { type BuildGraph, buildOrder, findMakers, graphOf, type Makers } from './graph.ts';

/**
 * What a registry has under the tag of a base now. `entries` are those of its index, null where nobody has read it,
 * a Failure where it could not be read; `since` is when it was made, as the registry says, or null.
 */
export type BaseNow = {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly entries: readonly Digest[] | Failure | null;
  readonly since: string | null;
};

/** What was found of bases, by the keys of their questions. */
type BasesNow = ReadonlyMap<string, Seen<BaseNow>>;

/**
 * Why a build is stale: its base moved, nobody recorded which base it has, or its base is built again first. `current` is
 * null where nobody was asked.
 */
export type StaleBase = {
  readonly reason: 'moved' | 'no-record' | 'base-stale';
  readonly base: Reference | null;
  readonly recorded: Digest | null;
  readonly current: Digest | null;
  readonly since: string | null;
};

/** A base that nothing can be said of; `ask` is null where its name is not known. */
export type FailedBase = {
  readonly ask: BaseAsk | null;
  readonly base: Reference | null;
  readonly failure: Failure;
};

/** One build: what is stale of it, or what could not be found out; both empty where it is fresh. */
export type Judged = {
  readonly build: Build;
  readonly stale: readonly StaleBase[];
  readonly failed: readonly FailedBase[];
};

/** All that builds are judged by. */
export type Ground = {
  readonly builds: readonly Build[];
  readonly names: BaseNames;
  readonly makers: Makers;
  readonly graph: BuildGraph;
};

/** Builds, with which of them is based on which. */
export function groundOf(builds: readonly Build[], names: BaseNames): Ground {
  const makers = findMakers(builds);
  return { builds, names, makers, graph: graphOf(builds, makers) };
}

/** What must be asked, each question once. A base that is pinned is not asked for, nor one that is recorded already. */
export function baseAsks({ builds, names, makers }: Ground): BaseAsk[] {
  const asks = new Map<string, BaseAsk>();
  for (const [at, { uses }] of builds.entries()) {
    for (const use of uses) {
      const ask = askFor(use, at, { names, makers });
      if (ask !== null) asks.set(ask.key, ask);
    }
  }
  return [...asks.values()];
}

/** The question about a base; null where nobody has to be asked. */
function askFor(
  use: BaseUse,
  at: number,
  { names, makers }: Pick<Ground, 'names' | 'makers'>,
): BaseAsk | null {
  const { base } = use;
  if (base === null || base.digest !== null) return null;
  return knownDigests(use, at, makers) === null ? names.ask(base) : null;
}

/** What the record of the build that makes this base says of it; null where a registry has to be asked. */
function knownDigests(use: BaseUse, at: number, makers: Makers): readonly Digest[] | null {
  const made = makers(use, at).map(({ made: { digests } }) => digests);
  return made.length === 0 || made.includes(null) ? null : made.flatMap((digests) => digests ?? []);
}

/** Published images whose digest is an entry of an index: the indexes that must be read before they are judged. */
export function indexesNeeded({ builds, names, makers }: Ground, bases: BasesNow): string[] {
  const needed = builds.flatMap(({ kind, uses }, at) =>
    uses.flatMap((use) => {
      if (kind !== 'image' || use.recorded === null) return [];
      const ask = askFor(use, at, { names, makers });
      const seen = ask === null ? undefined : bases.get(ask.key);
      if (ask === null || seen?.kind !== 'seen' || seen.value.entries !== null) return [];
      return seen.value.digest === use.recorded ? [] : [ask.key];
    }),
  );
  return [...new Set(needed)];
}

/** What could not be read of a build itself. */
type Unread = ReadonlyMap<Build, readonly FailedBase[]>;

/** What each build is, in the order of the builds. */
export function judge(ground: Ground, bases: BasesNow, unread: Unread = new Map()): Judged[] {
  const { builds, graph } = ground;
  const judged = builds.map((build, at): Judged => {
    const failed = unread.get(build);
    return failed === undefined ? judgeAlone(build, at, ground, bases) : { build, stale: [], failed };
  });
  for (const at of buildOrder(graph)) {
    const own = judged[at];
    if (own === undefined || own.stale.length > 0) continue;
    const below = (graph.on[at] ?? []).flatMap((base) => judged[base] ?? []);
    const stale = own.build.uses.filter((use) =>
      ground.makers(use, at).some(({ build }) => (judged[build]?.stale.length ?? 0) > 0),
    );
    judged[at] = {
      ...own,
      stale: stale.map(({ base, recorded }) => ({
        reason: 'base-stale',
        base,
        recorded,
        current: null,
        since: null,
      })),
      // Nobody knows whether it is fresh while nobody knows whether its base is.
      failed: own.failed.length > 0 ? own.failed : below.flatMap(({ failed }) => failed),
    };
  }
  return judged;
}

function judgeAlone(build: Build, at: number, ground: Ground, bases: BasesNow): Judged {
  const stale: StaleBase[] = [];
  const failed: FailedBase[] = build.unreadable.map((written) => ({
    ask: null,
    base: null,
    failure: unreadable(build, written),
  }));
  for (const use of build.uses) {
    const found = judgeUse(use, { kind: build.kind, at }, ground, bases);
    if (found === null) continue;
    if ('failure' in found) failed.push(found);
    else stale.push(found);
  }
  return { build, stale, failed };
}

/** Null for a base that is as recorded, and for one that is pinned: nothing but a change of its file moves it. */
function judgeUse(
  use: BaseUse,
  { kind, at }: Pick<Build, 'kind'> & { readonly at: number },
  { names, makers }: Ground,
  bases: BasesNow,
): StaleBase | FailedBase | null {
  const { base, recorded } = use;
  if (base === null) return { reason: 'no-record', base, recorded, current: null, since: null };
  if (base.digest !== null) return null;
  const known = knownDigests(use, at, makers);
  if (known !== null) {
    const [current = null] = known;
    if (recorded === null) return { reason: 'no-record', base, recorded, current, since: null };
    if (known.length === 0 || known.includes(recorded)) return null;
    return { reason: 'moved', base, recorded, current, since: null };
  }
  const ask = names.ask(base);
  const seen = bases.get(ask.key);
  if (seen === undefined) throw new Error(`nobody asked for ${ask.key}`);
  if (seen.kind === 'unknown') return { ask, base, failure: seen.because };
  if (seen.kind === 'absent') return { ask, base, failure: seen.doubt ?? notThere(ask) };
  const { digest: current, entries, since } = seen.value;
  if (recorded === null) return { reason: 'no-record', base, recorded, current, since };
  if (recorded === current) return null;
  if (kind === 'image' && entries instanceof Failure) return { ask, base, failure: entries };
  if (kind === 'image' && Array.isArray(entries) && entries.includes(recorded)) return null;
  return { reason: 'moved', base, recorded, current, since };
}

function notThere({ side, name, tag }: BaseAsk): Failure {
  const hint =
    side === 'mirror'
      ? 'list its tag in images and run mode sync, which copies it there'
      : 'add it to images so that it is mirrored, or point read-from at a registry that has it';
  return new Failure('not-in-mirror', `${formatTag(name, tag)} is not there, and builds are based on it`, {
    hint,
  });
}

function unreadable({ id }: Build, written: string): Failure {
  const message = `the base of ${id} is ${written === '' ? 'missing' : written}, which its file does not say in full`;
  const hint = 'give the variable a default with ARG before the first FROM';
  return new Failure('unsupported', message, { hint, detail: written });
}
