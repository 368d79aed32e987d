// From the images config and the tag lists to the tags that one run looks after. Pure.

import type { Config, Entry } from '../config/config.ts';
import type { Policies } from '../config/policy.ts';
import type { Place } from '../errors/diagnostic.ts';
import type { Digest } from '../image/digest.ts';
import { compileGlob } from '../image/glob.ts';
import type { Name } from '../image/reference.ts';

/** Where a selected tag comes from: written in the config, matched by a glob, or written with a digest. */
export type Origin = 'listed' | 'glob' | 'pinned';

/** One tag that the mirror should hold: what it is called upstream, where it is read, and where it goes. */
export type Wanted = {
  readonly source: Name;
  readonly pull: Name;
  readonly mirror: Name;
  readonly tag: string;
  readonly pinned: Digest | null;
  readonly origin: Origin;
  readonly policies: Policies;
  readonly place: Place;
};

/** A glob that selected nothing, or whose tag list could not be read: a row of its own, never silence. */
export type Unmatched = {
  readonly source: Name;
  readonly pull: Name;
  readonly pattern: string;
  readonly place: Place;
};

export type Selection = { readonly wanted: readonly Wanted[]; readonly unmatched: readonly Unmatched[] };

/** A tag list by pull name; null where it could not be read. */
export type ListOf = (pull: Name) => readonly string[] | null;

/** The repositories whose tag list a glob needs; literal and pinned tags are looked up without one. */
export function listsNeeded(config: Config): Name[] {
  return config.entries
    .filter((entry) => entry.selectors.some((one) => one.kind === 'glob'))
    .map((entry) => entry.pull);
}

/**
 * Every tag that the config selects, once each, in the order of the config. A tag that is listed and also matched by
 * a glob counts as listed; `exclude` takes away what globs match, never what is listed.
 */
export function selectTags(config: Config, listOf: ListOf): Selection {
  const parts = config.entries.map((entry) => selectOfEntry(entry, listOf));
  return { wanted: parts.flatMap((part) => part.wanted), unmatched: parts.flatMap((part) => part.unmatched) };
}

function selectOfEntry(entry: Entry, listOf: ListOf): Selection {
  const wanted = new Map<string, Wanted>();
  const unmatched: Unmatched[] = [];
  const { source, pull, mirror } = entry;
  for (const one of entry.selectors) {
    if (one.kind === 'glob') continue;
    const pinned = one.kind === 'pinned' ? one.digest : null;
    const origin = one.kind === 'pinned' ? 'pinned' : 'listed';
    const { tag, policies, place } = one;
    wanted.set(tag, { source, pull, mirror, tag, pinned, origin, policies, place });
  }
  for (const one of entry.selectors) {
    if (one.kind !== 'glob') continue;
    const tags = matching(entry, one.pattern, listOf(pull) ?? []);
    if (tags.length === 0) unmatched.push({ source, pull, pattern: one.pattern, place: one.place });
    for (const tag of tags) {
      if (wanted.has(tag)) continue;
      const { policies, place } = one;
      wanted.set(tag, { source, pull, mirror, tag, pinned: null, origin: 'glob', policies, place });
    }
  }
  return { wanted: [...wanted.values()], unmatched };
}

function matching(entry: Entry, pattern: string, tags: readonly string[]): string[] {
  const matches = compileGlob(pattern);
  const excluded = entry.exclude.map(compileGlob);
  return tags.filter((tag) => matches(tag) && !excluded.some((isExcluded) => isExcluded(tag)));
}
