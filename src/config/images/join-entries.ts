// Entries of one upstream become one list, and lists that would fight over a tag or a repository of the mirror are
// found here, before anything is contacted.

import { formatPlace, type Place, type Words } from '../../base/errors/diagnostic.ts';
import { isMistake } from '../../base/errors/mistake.ts';
import { isUnder, type Mirror, mirrorName } from '../../image/names/mirror-name.ts';
import { pullName, type ReadFromRule } from '../../image/names/pull-name.ts';
import { familiarName, formatName, type Name } from '../../image/names/reference.ts';
import { needsStart } from '../../image/tags/form.ts';
import type { Reading } from '../yaml/reading.ts';
import { checkPolicies, differenceOf } from './agree.ts';
import type { Entry, PlacedFollow, Selector, SourcePolicies, Terms, Wish } from './config.ts';
import { everyAction } from './policy.ts';

/** One item of `images` as it is written; `source` is canonical, `place` where the name is written. */
export type Item = {
  readonly source: Name;
  readonly selectors: readonly Selector[];
  readonly follow: readonly PlacedFollow[];
  readonly terms: Terms;
  /** True for an item that is one reference, which has no room for policies. */
  readonly isShorthand: boolean;
  readonly place: Place;
};

/** Where copies go and where upstreams are read: with these a canonical name has a place on both sides. */
type NameRules = { readonly mirror: Mirror; readonly readFrom: readonly ReadFromRule[] };

/** Joins items into entries, in the order in which their sources come first; notes every mistake in `reading`. */
export function joinItems(items: readonly Item[], rules: NameRules, reading: Reading): Entry[] {
  const groups = Map.groupBy(items, (item) => formatName(item.source));
  const entries = [...groups.values()].map((group) => joinGroup(group, rules, reading));
  const placed = entries.filter((entry) => entry !== null);
  checkMirrorRepositories(placed, rules.mirror, reading);
  return placed;
}

/** One entry out of the items of one source; null where its name has no place on the mirror. */
function joinGroup(group: readonly Item[], rules: NameRules, reading: Reading): Entry | null {
  const [first] = group;
  if (first === undefined) return null;
  const { source, place } = first;
  const mirror = mirrorName(source, rules.mirror);
  if (isMistake(mirror)) {
    reading.errorAt(place, { rule: 'no-mirror-name', message: mirror.mistake, hint: mirror.hint });
    return null;
  }
  checkPolicies(group, reading);
  const wishes = group.flatMap((item) => {
    return item.selectors.map((selector) => ({ ...selector, terms: item.terms }));
  });
  const selectors = withoutRepeats(wishes, reading);
  const follow = group.flatMap((item) => item.follow);
  checkStarts(follow, selectors, reading);
  return {
    source,
    pull: pullName(source, rules.readFrom),
    mirror,
    selectors,
    follow,
    policies: sourcePolicies(first, group),
    place,
  };
}

function sourcePolicies({ terms }: Item, group: readonly Item[]): SourcePolicies {
  const { onFailure, platforms, platformTags } = terms.policies;
  const newTags = everyAction(group.map((item) => item.terms.policies.newTags));
  return { newTags, onFailure, platforms, platformTags };
}

function checkStarts(
  follow: readonly PlacedFollow[],
  selectors: readonly Selector[],
  reading: Reading,
): void {
  const literals = selectors.filter((selector) => selector.kind === 'literal').map(({ tag }) => tag);
  for (const { tags, place } of follow.filter((rule) => needsStart(rule, literals))) {
    const message = `follow ${tags} does not say where to start: no listed tag has this form`;
    const hint = 'write from: with the oldest version, or max: with a number';
    reading.errorAt(place, { rule: 'follow-without-start', message, hint });
  }
}

/** Leaves out what is listed twice, with a warning. A tag that is wanted in two ways is an error. */
function withoutRepeats(wishes: readonly Wish[], reading: Reading): Wish[] {
  const wishByKey = new Map<string, Wish>();
  for (const wish of wishes) {
    const key = wish.kind === 'glob' ? `glob ${wish.pattern}` : `tag ${wish.tag}`;
    const earlier = wishByKey.get(key);
    if (earlier === undefined) wishByKey.set(key, wish);
    else noteRepeat(earlier, wish, reading);
  }
  return [...wishByKey.values()];
}

function noteRepeat(earlier: Wish, later: Wish, reading: Reading): void {
  const at = formatPlace(earlier.place);
  const what = later.kind === 'glob' ? `the pattern ${later.pattern}` : `the tag ${later.tag}`;
  if (earlier.kind !== later.kind) {
    const message = `${what} is pinned in one place and listed in another, ${at}`;
    reading.errorAt(later.place, { rule: 'conflicting-tag', message, hint: 'remove one of the two' });
  } else if (earlier.kind === 'pinned' && later.kind === 'pinned' && earlier.digest !== later.digest) {
    const message = `${what} is pinned to another digest at ${at}`;
    reading.errorAt(later.place, { rule: 'conflicting-tag', message, hint: 'keep one of the two digests' });
  } else {
    const difference = differenceOf(earlier.terms, later.terms);
    if (difference !== null) {
      const message = `${what} is listed twice with different policies: ${difference} at ${at}`;
      const hint = 'remove it from one of the two entries';
      reading.errorAt(later.place, { rule: 'conflicting-policy', message, hint });
      return;
    }
    const message = `${what} is listed twice, first at ${at}`;
    reading.warnAt(later.place, { rule: 'duplicate-tag', message, hint: 'once is enough' });
  }
}

/** Two sources on one repository would overwrite each other; a mirror that is read as a source would feed itself. */
function checkMirrorRepositories(entries: readonly Entry[], mirror: Mirror, reading: Reading): void {
  const outside = entries.filter((entry) => !isInItself(entry, mirror));
  const owners = new Map<string, Entry>();
  const sources = new Map(outside.map((entry) => [formatName(entry.source), entry]));
  for (const entry of entries) {
    if (isInItself(entry, mirror)) reading.errorAt(entry.place, nested(entry));
  }
  for (const entry of outside) {
    const repository = formatName(entry.mirror);
    const owner = owners.get(repository);
    if (owner !== undefined) reading.errorAt(entry.place, sharedRepository(entry, owner));
    owners.set(repository, owner ?? entry);
    const source = sources.get(repository);
    if (source !== undefined) reading.errorAt(entry.place, copiedOntoSource(entry, source));
  }
}

// A mirror without a prefix is a whole registry: other repositories there may well be sources.
function isInItself(entry: Entry, mirror: Mirror): boolean {
  const { registry, repository } = entry.source;
  return (
    (mirror.prefix !== '' && isUnder(entry.source, mirror)) ||
    isUnder(entry.mirror, { registry, prefix: repository })
  );
}

function copiedOntoSource(entry: Entry, source: Entry): Words {
  const [from, to] = [familiarName(entry.source), formatName(entry.mirror)];
  const message = `copies of ${from} go to ${to}, which is a source at ${formatPlace(source.place)}`;
  return { rule: 'mirror-as-source', message, hint: 'choose another mirror or mirror-path' };
}

function sharedRepository(entry: Entry, owner: Entry): Words {
  const [later, earlier] = [familiarName(entry.source), familiarName(owner.source)];
  const message = `${later} and ${earlier} (${formatPlace(owner.place)}) both go to ${formatName(entry.mirror)}`;
  return { rule: 'shared-repository', message, hint: 'write mirror-path: "{registry}/{repository}"' };
}

function nested(entry: Entry): Words {
  const [source, copies] = [familiarName(entry.source), formatName(entry.mirror)];
  const message = `the source ${source} and its copies in ${copies} overlap`;
  const hint = 'write the upstream as source, or choose another mirror';
  return { rule: 'mirror-as-source', message, hint };
}
