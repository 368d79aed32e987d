// From the images config and the tag lists to the tags that one run looks after, and the new ones it tells of.

import type { Place } from '../../base/errors/diagnostic.ts';
import type { Config, Entry, Wish } from '../../config/images/config.ts';
import type { Policies } from '../../config/images/policy.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';
import { compileGlob } from '../../image/tags/glob.ts';
import { withoutDigestTags } from '../../image/tags/tag.ts';
import { selectFollowed } from './follow.ts';
import { findNewTags, type NewTag, type NewTags } from './new-tags.ts';
import { selectPatches } from './patches.ts';

/**
 * Where a selected tag comes from: written in the config, written with a digest, matched by a glob, chosen by
 * `follow`, a patch tag of a line, or new upstream and mirrored by policy.
 */
type Origin = 'listed' | 'pinned' | 'glob' | 'follow' | 'patch' | 'new';

/** One tag that the mirror should hold: what it is called upstream, where it is read, and where it goes. */
export type Wanted = {
  readonly source: Name;
  readonly pull: Name;
  readonly mirror: Name;
  readonly tag: string;
  readonly pinned: Digest | null;
  readonly origin: Origin;
  /** A superseded patch tag outside its turn: what the mirror has of it is believed without asking upstream. */
  readonly settled: boolean;
  readonly policies: Policies;
  readonly place: Place;
  /** Of a platform tag: the selected tag whose image of one platform it is. Upstream knows no such tag. */
  readonly madeOf?: string;
};

/**
 * A glob or `follow` that selected nothing, or whose tag list could not be read: told, never silence. `isBeside`: the
 * list was read and its entry selects other tags, so that the pattern may just be looking forward.
 */
export type Unmatched = {
  readonly isBeside?: boolean;
  readonly source: Name;
  readonly pull: Name;
  readonly pattern: string;
  readonly place: Place;
};

/** What upstream has beyond the list of one entry: new tags, and what is worth a sentence beside them. */
export type News = Pick<NewTags, 'gaps' | 'ended'> & {
  readonly entry: Entry;
  readonly newTags: readonly NewTag[];
};

/** What a config selects: the tags, the patterns that gave none, and the news of each entry. */
export type Selection = {
  readonly wanted: readonly Wanted[];
  readonly unmatched: readonly Unmatched[];
  readonly news: readonly News[];
};

/** A tag list by pull name; null where it could not be read. */
type ListOf = (pull: Name) => readonly string[] | null;

/** The entries whose upstream tag list is needed; a literal or pinned tag alone is looked up without one. */
export function listsNeeded(config: Config): Entry[] {
  return config.entries.filter((entry) => selectsByList(entry) || looksForNews(entry));
}

/** Those of them whose list decides which tags are selected; the others only tell what else there is. */
export function listsToSelect(config: Config): Entry[] {
  return listsNeeded(config).filter(
    (entry) => selectsByList(entry) || entry.policies.newTags.includes('mirror'),
  );
}

function selectsByList({ selectors, follow, policies }: Entry): boolean {
  const asksPatches = policies.granularity === 'patch' && selectors.some((wish) => wish.kind === 'literal');
  return asksPatches || follow.length > 0 || selectors.some((wish) => wish.kind === 'glob');
}

/** Only a listed tag tells what a new one would look like. */
function looksForNews({ selectors, policies }: Entry): boolean {
  return policies.newTags.length > 0 && selectors.some((wish) => wish.kind === 'literal');
}

/**
 * Every tag that the config selects, once each, in the order of the config: listed and pinned ones first, then globs,
 * `follow`, patch tags, and new tags where the policy mirrors them. `exclude` never takes away what is listed.
 * `runNumber` decides whose turn it is among the superseded patch tags.
 */
export function selectTags(config: Config, listOf: ListOf, runNumber = 0): Selection {
  const parts = config.entries.map((entry) => selectOfEntry(entry, listOf(entry.pull), runNumber));
  return {
    wanted: parts.flatMap((part) => part.wanted),
    unmatched: parts.flatMap((part) => part.unmatched),
    news: parts.flatMap((part) => part.news),
  };
}

type Choice = Pick<Wanted, 'tag' | 'pinned' | 'origin' | 'settled' | 'policies' | 'place'>;

/** The tags of one entry by name; the first that claims a tag owns it. */
type Chosen = Map<string, Choice>;

function selectOfEntry(entry: Entry, list: readonly string[] | null, runNumber: number): Selection {
  const { source, pull, mirror } = entry;
  const upstream = list ?? [];
  const chosen: Chosen = new Map(
    entry.selectors
      .map(choiceOf)
      .filter((choice) => choice !== null)
      .map((choice) => [choice.tag, choice]),
  );
  const listed = literalsOf(entry);
  const patterns = [
    ...chooseGlobs(entry, upstream, chosen),
    ...chooseFollowed(entry, upstream, listed, chosen),
  ];
  if (entry.policies.granularity === 'patch') {
    const patches = selectPatches(listed, entry.policies.patches, entry.exclude, upstream);
    choosePatches(entry, patches, runNumber, chosen);
  }
  const isBeside = list !== null && chosen.size > 0;
  const news = looksForNews(entry) && list !== null ? [findNews(entry, list, chosen)] : [];
  if (entry.policies.newTags.includes('mirror')) {
    const newTags = news.flatMap((ofEntry) => ofEntry.newTags);
    choose(
      chosen,
      newTags.map(({ tag }) => tag),
      { ...entry, origin: 'new' },
    );
  }
  return {
    wanted: [...chosen.values()].map((choice) => ({ source, pull, mirror, ...choice })),
    unmatched: patterns.map(({ pattern, place }) => ({ source, pull, pattern, place, isBeside })),
    news,
  };
}

/** What a listed or pinned tag selects: itself. Null for a glob, which needs the tag list. */
function choiceOf(wish: Wish): Choice | null {
  if (wish.kind === 'glob') return null;
  const { tag, policies, place } = wish;
  const pinned = wish.kind === 'pinned' ? wish.digest : null;
  return { tag, pinned, origin: pinned === null ? 'listed' : 'pinned', settled: false, policies, place };
}

function literalsOf(entry: Entry): string[] {
  return entry.selectors.flatMap((wish) => (wish.kind === 'literal' ? [wish.tag] : []));
}

/** Who asks for tags: its policies hold for them, and its place is named when something is wrong. */
type Asker = {
  readonly origin: Origin;
  readonly policies: Policies;
  readonly place: Place;
  readonly isSettled?: (tag: string) => boolean;
};

function choose(chosen: Chosen, tags: readonly string[], asker: Asker): void {
  const { origin, policies, place, isSettled = () => false } = asker;
  for (const tag of tags) {
    if (chosen.has(tag)) continue;
    chosen.set(tag, { tag, pinned: null, origin, settled: isSettled(tag), policies, place });
  }
}

type Empty = { readonly pattern: string; readonly place: Place };

/** Gives back the globs that matched nothing. */
function chooseGlobs(entry: Entry, upstream: readonly string[], chosen: Chosen): Empty[] {
  const excluded = entry.exclude.map(compileGlob);
  return entry.selectors.flatMap((wish) => {
    if (wish.kind !== 'glob') return [];
    const tags = withoutDigestTags(wish.pattern, upstream)
      .filter(compileGlob(wish.pattern))
      .filter((tag) => !excluded.some((isExcluded) => isExcluded(tag)));
    choose(chosen, tags, { ...wish, origin: 'glob' });
    return tags.length === 0 ? [wish] : [];
  });
}

/** Gives back the `follow` rules that selected nothing. */
function chooseFollowed(
  entry: Entry,
  upstream: readonly string[],
  listed: readonly string[],
  chosen: Chosen,
): Empty[] {
  return entry.follow.flatMap((rule) => {
    const { lines, patches } = selectFollowed(rule, { listed, exclude: entry.exclude, upstream });
    choose(chosen, lines, { ...rule, origin: 'follow' });
    choose(chosen, patches, { ...rule, origin: 'patch' });
    return lines.length === 0 ? [{ pattern: rule.tags, place: rule.place }] : [];
  });
}

/** Patch tags freeze when the next patch is out: all but the newest of a line are asked every so many runs. */
function choosePatches(entry: Entry, tags: readonly string[], runNumber: number, chosen: Chosen): void {
  const { policies, exclude } = entry;
  const newest = new Set(selectPatches(literalsOf(entry), { ...policies.patches, max: 1 }, exclude, tags));
  const isTurn = runNumber % policies.recheck === 0;
  choose(chosen, tags, { ...entry, origin: 'patch', isSettled: (tag) => !newest.has(tag) && !isTurn });
}

/** New tags beyond the list; what a glob, `follow` or patch policy brings in anyway is not news. */
function findNews(entry: Entry, upstream: readonly string[], chosen: Chosen): News {
  const { ignore, exclude, policies } = entry;
  const rules = { listed: literalsOf(entry), ignore, exclude, prereleases: policies.prereleases };
  const { found, gaps, ended } = findNewTags(rules, upstream);
  const unselected = found.filter(({ tag }) => !chosen.has(tag));
  return { entry, newTags: unselected.map((tag) => ({ entry, ...tag, cost: null })), gaps, ended };
}
