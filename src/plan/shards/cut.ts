// Cuts a config into parts: between repositories of the mirror, never inside one. The cut is a function of the config and
// of what the job is given, so that every job of a matrix sees the same, whatever the order of the entries.

import type { Config, Entry } from '../../config/images/config.ts';
import { formatName } from '../../image/names/reference.ts';

/** One repository of the mirror with all that is copied there: what is never cut. */
export type MirrorUnit = {
  /** Its name on the mirror. */
  readonly key: string;
  readonly registry: string;
  readonly entry: Entry;
};

/** Every repository of the mirror that a config names, in the order of their names. */
export function unitsOf({ entries, ownMirrors }: Pick<Config, 'entries' | 'ownMirrors'>): MirrorUnit[] {
  const units = [...entries, ...ownMirrors].map((entry): MirrorUnit => {
    return { key: formatName(entry.mirror), registry: entry.source.registry, entry };
  });
  return units.sort(byKey);
}

function byKey(a: MirrorUnit, b: MirrorUnit): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  const [left, right] = [formatName(a.entry.source), formatName(b.entry.source)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The upstream registries of a config, in order. */
export function registriesOf(units: readonly MirrorUnit[]): string[] {
  return [...new Set(units.map(({ registry }) => registry))].sort();
}

// Nobody knows before the lists are read how many tags a pattern matches.
const TAGS_OF_A_PATTERN = 20;
const TAGS_OF_A_FOLLOW = 10;
/** A repository costs its lists and its login, however few tags it has. */
const TAGS_OF_A_REPOSITORY = 1;

/** How many tags an entry is likely to have. */
export function tagsOf({ selectors, follow, pins = [] }: Entry): number {
  const selected = selectors.map((wish) => {
    if (wish.kind === 'glob') return TAGS_OF_A_PATTERN;
    const { granularity, patches } = wish.terms.policies;
    return wish.kind === 'literal' && granularity === 'patch' ? 1 + patches.max : 1;
  });
  const followed = follow.map(({ max, patches }) => (max ?? TAGS_OF_A_FOLLOW) * (1 + (patches?.max ?? 0)));
  return [...selected, ...followed].reduce((sum, tags) => sum + tags, pins.length);
}

/** What a shard holds, and how much that is. */
type Shard = { readonly units: readonly MirrorUnit[]; readonly tags: number };

/**
 * So many shards, each unit in one of them: the heaviest first, each to the shard that has least. No shard then has more
 * than another by more than the weight of one unit that it holds. `tagsIn` gives the tags of a unit.
 */
export function cutShards(
  units: readonly MirrorUnit[],
  of: number,
  tagsIn: (unit: MirrorUnit) => number,
): Shard[] {
  const shards = Array.from({ length: of }, () => ({ units: [] as MirrorUnit[], tags: 0, weight: 0 }));
  const weighed = units.map((unit) => ({ unit, tags: tagsIn(unit) }));
  weighed.sort((a, b) => b.tags - a.tags || byKey(a.unit, b.unit));
  for (const { unit, tags } of weighed) {
    const lightest = shards.reduce((least, shard) => (shard.weight < least.weight ? shard : least));
    lightest.units.push(unit);
    lightest.tags += tags;
    lightest.weight += tags + TAGS_OF_A_REPOSITORY;
  }
  return shards;
}
