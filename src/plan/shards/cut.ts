// Cuts a config into parts: between repositories of the mirror, never inside one. The cut is a function of the config and
// of what the job is given, so that every job of a matrix sees the same, whatever the order of the entries.

import { compareTexts } from '../../base/text/words.ts';
import type { Config, Entry } from '../../config/images/config.ts';
import { formatName } from '../../image/names/reference.ts';
import { unpackWeights } from './weights.ts';

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
  return compareTexts(a.key, b.key) || compareTexts(formatName(a.entry.source), formatName(b.entry.source));
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

/**
 * The units of a config in `of` shards, each unit in one of them, in their order. `weights` says how much each repository
 * counts, in the order of their names, as a row of a matrix passes it on; where it is empty the config says. Throws
 * RangeError for weights of other repositories.
 */
export function cutShards(units: readonly MirrorUnit[], of: number, weights: string): MirrorUnit[][] {
  const numbers = weights === '' ? units.map(({ entry }) => tagsOf(entry)) : unpackWeights(weights);
  if (numbers.length !== units.length) throw new RangeError(`${weights.length} weights`);
  const weightOf = new Map(units.map((unit, at) => [unit, (numbers[at] ?? 0) + TAGS_OF_A_REPOSITORY]));
  return spread(units, of, (unit) => weightOf.get(unit) ?? 0);
}

/**
 * Spreads items over so many groups: the heaviest first, each to the group that has least. No group then has more than
 * another by more than the weight of its lightest item. Items of one weight keep their order.
 */
export function spread<T>(items: readonly T[], of: number, weightOf: (item: T) => number): T[][] {
  const groups = Array.from({ length: of }, () => ({ items: [] as T[], weight: 0 }));
  for (const item of items.toSorted((a, b) => weightOf(b) - weightOf(a))) {
    const lightest = groups.reduce((least, group) => (group.weight < least.weight ? group : least));
    lightest.items.push(item);
    lightest.weight += weightOf(item);
  }
  return groups.map(({ items: own }) => own);
}
