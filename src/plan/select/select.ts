// From the images config and the tag lists to the tags that one run looks after, and the new ones that it announces.

import type { Place } from '../../base/errors/diagnostic.ts';
import type { Config, Entry, Terms, Wish } from '../../config/images/config.ts';
import type { Policies } from '../../config/policies/policy.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';
import { compileGlob } from '../../image/tags/glob.ts';
import { withoutDigestTags } from '../../image/tags/tag.ts';
import { type Claim, type Origin, pinClaims, settleClaims } from './claims.ts';
import { selectFollowed } from './follow.ts';
import { findNewTags, type NewTag, type NewTags } from './new-tags.ts';
import { selectPatches } from './patches.ts';

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
 * A glob or `follow` that selected nothing, or whose tag list could not be read: reported, never silent. `isBeside`: the
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

/** Those of them whose list decides which tags are selected; the others only show what else there is. */
export function listsToSelect(config: Config): Entry[] {
  return listsNeeded(config).filter(
    (entry) => selectsByList(entry) || entry.policies.newTags.includes('mirror'),
  );
}

function selectsByList({ selectors, follow }: Entry): boolean {
  return follow.length > 0 || selectors.some((wish) => wish.kind === 'glob' || asksPatches(wish));
}

function asksPatches({ kind, terms }: Wish): boolean {
  return kind === 'literal' && terms.policies.granularity === 'patch';
}

/** Only a listed tag shows what a new one would look like. */
function looksForNews({ selectors }: Entry): boolean {
  return selectors.some(asksNews);
}

function asksNews({ kind, terms }: Wish): boolean {
  return kind === 'literal' && terms.policies.newTags.length > 0;
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

function selectOfEntry(entry: Entry, list: readonly string[] | null, runNumber: number): Selection {
  const { source, pull, mirror } = entry;
  const upstream = list ?? [];
  const patterns = [...globClaims(entry, upstream), ...followClaims(entry, upstream)];
  const claims = [
    ...entry.selectors.flatMap(ownClaim),
    ...patterns.flatMap(({ lines }) => lines),
    ...patterns.flatMap(({ patches }) => patches),
    ...patchClaims(entry, upstream, runNumber),
  ];
  const news = looksForNews(entry) && list !== null ? [findNews(entry, list, tagsOf(claims))] : [];
  const chosen = settleClaims([...claims, ...news.flatMap((found) => newClaims(entry, found))]);
  const pinned = pinClaims(entry.pins ?? [], chosen);
  const taken = tagsOf(pinned);
  const others = chosen.filter(({ tag }) => !taken.has(tag));
  const isBeside = list !== null && claims.length > 0;
  const empty = patterns.filter(({ lines }) => lines.length === 0);
  return {
    wanted: [...others, ...pinned].map(({ terms, tag, pinned, origin, settled, place }) => {
      return { source, pull, mirror, tag, pinned, origin, settled, policies: terms.policies, place };
    }),
    unmatched: empty.map(({ pattern, place }) => ({ source, pull, pattern, place, isBeside })),
    news,
  };
}

function tagsOf(claims: readonly Claim[]): ReadonlySet<string> {
  return new Set(claims.map(({ tag }) => tag));
}

/** What a listed or pinned tag selects: itself. Nothing for a glob, which needs the tag list. */
function ownClaim(wish: Wish): Claim[] {
  if (wish.kind === 'glob') return [];
  const { tag, terms, place } = wish;
  const pinned = wish.kind === 'pinned' ? wish.digest : null;
  const origin = pinned === null ? 'listed' : 'pinned';
  return [{ tag, pinned, origin, settled: false, terms, pattern: '', place }];
}

/** Who asks for tags: the terms of its item hold for them, and its place is named when something is wrong. */
type Asker = { readonly terms: Terms; readonly pattern: string; readonly place: Place };

function claimAll(tags: readonly string[], origin: Origin, { terms, pattern, place }: Asker): Claim[] {
  return tags.map((tag) => ({ tag, pinned: null, origin, settled: false, terms, pattern, place }));
}

/** A pattern and what it selects: `lines`, and the patch tags of those. */
type PatternClaims = Asker & { readonly lines: readonly Claim[]; readonly patches: readonly Claim[] };

function globClaims(entry: Entry, upstream: readonly string[]): PatternClaims[] {
  return entry.selectors.flatMap((wish) => {
    if (wish.kind !== 'glob') return [];
    const excluded = wish.terms.exclude.map(compileGlob);
    const tags = withoutDigestTags(wish.pattern, upstream)
      .filter(compileGlob(wish.pattern))
      .filter((tag) => !excluded.some((isExcluded) => isExcluded(tag)));
    return [{ ...wish, lines: claimAll(tags, 'glob', wish), patches: [] }];
  });
}

function followClaims(entry: Entry, upstream: readonly string[]): PatternClaims[] {
  const listed = literalsOf(entry).map(({ tag }) => tag);
  return entry.follow.map((rule) => {
    const { lines, patches } = selectFollowed(rule, { listed, exclude: rule.terms.exclude, upstream });
    const asker = { terms: rule.terms, pattern: rule.tags, place: rule.place };
    return {
      ...asker,
      lines: claimAll(lines, 'follow', asker),
      patches: claimAll(patches, 'patch', asker),
    };
  });
}

type Literal = Wish & { readonly kind: 'literal' };

function literalsOf({ selectors }: Entry): Literal[] {
  return selectors.filter((wish): wish is Literal => wish.kind === 'literal');
}

/** The patch tags of listed lines, item by item; items that say the same of all their lines are looked at together. */
function patchClaims(entry: Entry, upstream: readonly string[], runNumber: number): Claim[] {
  const keyOf = keysOfTerms();
  const lines = literalsOf(entry).filter(asksPatches);
  const groups = Map.groupBy(lines, ({ terms }) =>
    terms.policies.patches.lines === null ? keyOf(terms) : terms,
  );
  return [...groups.values()].flatMap((group) => patchesOfGroup(group, upstream, runNumber));
}

/** Patch tags freeze when the next patch is out: all but the newest of a line are asked every so many runs. */
function patchesOfGroup(group: readonly Literal[], upstream: readonly string[], runNumber: number): Claim[] {
  const [first] = group;
  if (first === undefined) return [];
  const { exclude, policies } = first.terms;
  const lines = group.map(({ tag }) => tag);
  const tags = selectPatches(lines, policies.patches, exclude, upstream);
  const newest = new Set(selectPatches(lines, { ...policies.patches, max: 1 }, exclude, tags));
  const isTurn = runNumber % policies.recheck === 0;
  const claims = claimAll(tags, 'patch', { ...first, pattern: '' });
  return claims.map((claim) => ({ ...claim, settled: !newest.has(claim.tag) && !isTurn }));
}

/** Makes equal terms have equal keys, each written once. */
function keysOfTerms(): (terms: Terms) => string {
  const keys = new Map<Terms, string>();
  return (terms) => {
    const key = keys.get(terms) ?? JSON.stringify(terms);
    keys.set(terms, key);
    return key;
  };
}

/**
 * New tags beyond the lists of a source; what is selected anyway is not news. All listed tags together decide what is new;
 * each new tag then belongs to the item that lists the tag beside it, and is under the terms of that item.
 */
function findNews(entry: Entry, upstream: readonly string[], selected: ReadonlySet<string>): News {
  const literals = literalsOf(entry);
  const owners = new Map(literals.map((wish) => [wish.tag, wish]));
  const listed = literals.map(({ tag }) => tag);
  const asking = Map.groupBy(literals.filter(asksNews), ({ terms: { ignore, exclude, policies } }) =>
    JSON.stringify([ignore, exclude, policies.prereleases]),
  );
  const parts = [...asking.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const { ignore, exclude, policies } = first.terms;
    const owned = new Set([first, ...others].map(({ tag }) => tag));
    return [findNewTags({ listed, owned, ignore, exclude, prereleases: policies.prereleases }, upstream)];
  });
  const found = parts.flatMap((part) => part.found).filter(({ tag }) => !selected.has(tag));
  return {
    entry,
    newTags: found.map((tag) => ({ entry: underTerms(entry, owners.get(tag.beside)), ...tag, cost: null })),
    gaps: parts.flatMap((part) => part.gaps),
    ended: parts.flatMap((part) => part.ended),
  };
}

/** Those of some upstream tags that are new beyond the list of an entry, whatever else it selects. */
export function newAmong(entry: Entry, upstream: readonly string[]): readonly NewTag[] {
  return findNews(entry, upstream, new Set()).newTags;
}

/** The entry as the item wants it that lists a tag: what it says of new tags holds for those beside it. */
function underTerms(entry: Entry, owner: Wish | undefined): Entry {
  const { newTags } = owner?.terms.policies ?? entry.policies;
  return { ...entry, policies: { ...entry.policies, newTags } };
}

function newClaims(entry: Entry, { newTags }: News): Claim[] {
  const owners = new Map(literalsOf(entry).map((wish) => [wish.tag, wish]));
  return newTags.flatMap(({ tag, beside }) => {
    const owner = owners.get(beside);
    if (owner === undefined || !owner.terms.policies.newTags.includes('mirror')) return [];
    return claimAll([tag], 'new', { terms: owner.terms, pattern: '', place: entry.place });
  });
}
