// Entries of one upstream become one list, and lists that would fight over a tag or a repository of the mirror are
// found here, before anything is contacted.

import { formatPlace, type Place, type Words } from '../../base/errors/diagnostic.ts';
import { isMistake } from '../../base/errors/mistake.ts';
import { isDockerHub, isTooDeepForHub, sameHost } from '../../image/names/hub.ts';
import { isUnder, type Mirror, mirrorName } from '../../image/names/mirror-name.ts';
import { contacted, pullName, type ReadFromRule, ruleFor } from '../../image/names/pull-name.ts';
import { familiarName, formatName, type Name } from '../../image/names/reference.ts';
import { needsStart } from '../../image/tags/form.ts';
import { everyAction } from '../policies/new-tags.ts';
import type { Reading } from '../yaml/reading.ts';
import { checkPolicies, differenceOf } from './agree.ts';
import type { Entry, PlacedFollow, Selector, SourcePolicies, Terms, Wish } from './config.ts';

/** One item of `images` as it is written; `source` is canonical, `place` where the name is written. */
export type Item = {
  readonly source: Name;
  readonly selectors: readonly Selector[];
  readonly follow: readonly PlacedFollow[];
  readonly terms: Terms;
  /** True for an item that is one reference, which has no room for policies. */
  readonly isShorthand: boolean;
  /** Its repository below the mirror's prefix; null where mirror-path decides. */
  readonly to: { readonly repository: string; readonly place: Place } | null;
  readonly place: Place;
};

/** Where copies go and where upstreams are read: with these a canonical name has a place on both sides. */
type NameRules = {
  readonly mirror: Mirror;
  readonly readFrom: readonly ReadFromRule[];
  readonly writes: boolean;
};

/** Where mistakes are noted. */
type MistakeNotes = Pick<Reading, 'errorAt'>;

/** Entries to compare, and those that would be compared with themselves. */
type Joined = { readonly entries: readonly Entry[]; readonly ownMirrors: readonly Entry[] };

/** Joins items into entries, in the order in which their sources come first; notes every mistake in `reading`. */
export function joinItems(items: readonly Item[], rules: NameRules, reading: Reading): Joined {
  const groups = Map.groupBy(items, (item) => formatName(item.source));
  const entries = [...groups.values()].map((group) => joinGroup(group, rules, reading));
  const placed = entries.filter((entry) => entry !== null);
  const ownMirrors = checkMirrorRepositories(placed, rules, reading);
  return { entries: placed.filter((entry) => !ownMirrors.includes(entry)), ownMirrors };
}

/** One entry out of the items of one source; null where its name has no place on the mirror. */
function joinGroup(group: readonly Item[], rules: NameRules, reading: Reading): Entry | null {
  const [first] = group;
  if (first === undefined) return null;
  const { source, place } = first;
  const mirror = placeOnMirror(source, group, rules.mirror, reading);
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
    policies: joinedPolicies(first, group),
    place,
  };
}

/** Where copies go: to the repository that an item of this source names with `to`, else where mirror-path leads. */
function placeOnMirror(source: Name, group: readonly Item[], mirror: Mirror, reading: Reading) {
  const [first, ...others] = group.map(({ to }) => to).filter((to) => to !== null);
  const other = others.find(({ repository }) => repository !== first?.repository);
  if (first !== undefined && other !== undefined) {
    const message = `to is ${other.repository} here but ${first.repository} at ${formatPlace(first.place)}, for the same source`;
    const hint = 'all tags of one source go to one repository: write the same in both';
    reading.errorAt(other.place, { rule: 'conflicting-policy', message, hint });
  }
  const [host] = first?.repository.split('/') ?? [];
  if (first !== undefined && host === mirror.registry) {
    const message = `to begins with the registry of the mirror, ${host}`;
    const hint = 'write only the repository below the prefix of mirror, as in base/ruby';
    reading.errorAt(first.place, { rule: 'invalid-to', message, hint });
  }
  return mirrorName(source, mirror, first?.repository);
}

function joinedPolicies({ terms }: Item, group: readonly Item[]): SourcePolicies {
  const { onFailure, platforms, platformTags } = terms.policies;
  const newTags = everyAction(group.map((item) => item.terms.policies.newTags));
  const alert = group.some((item) => item.terms.policies.alert === 'issue') ? 'issue' : 'none';
  return { alert, newTags, onFailure, platforms, platformTags };
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

/**
 * Notes where entries that were placed on the mirror fight over it. Gives back those that are read where their own copies
 * go: a mistake where something is written.
 */
export function checkMirrorRepositories(
  entries: readonly Entry[],
  rules: NameRules,
  reading: MistakeNotes,
): Entry[] {
  const { mirror } = rules;
  const [inside, outside] = splitBy(entries, (entry) => isInItself(entry, mirror));
  for (const entry of inside) reading.errorAt(entry.place, nested(entry));
  const [own, others] = splitBy(outside, readsItself);
  if (rules.writes) noteOwnMirrors(own, rules.readFrom, reading);
  checkOwners(outside, reading);
  const sources = new Map(others.map((entry) => [contactKey(entry.pull), entry]));
  for (const entry of outside) {
    const source = sources.get(contactKey(entry.mirror));
    if (source !== undefined) reading.errorAt(entry.place, copiedOntoSource(entry, source));
  }
  const below = others.filter(({ mirror, pull }) => isBelow(contacted(mirror), contacted(pull)));
  for (const entry of below) reading.errorAt(entry.place, nested(entry));
  noteDeepNames(entries, reading);
  return own;
}

function splitBy<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

/** One mistake for all names that Docker Hub would deny, whoever logs in. */
function noteDeepNames(entries: readonly Entry[], reading: MistakeNotes): void {
  const [first, ...others] = entries.filter(({ mirror }) =>
    isTooDeepForHub(mirror.registry, mirror.repository),
  );
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` (and ${others.length} more like this)`;
  const message = `copies of ${familiarName(first.source)} would go to ${formatName(first.mirror)}${more}, but a name at Docker Hub has two parts`;
  const hint = `write mirror: docker.io/${first.mirror.repository.split('/')[0]} and mirror-path: "{name}"; to: gives an entry another name`;
  reading.errorAt(first.place, { rule: 'no-mirror-name', message, hint });
}

/** Two sources on one repository would overwrite each other. */
function checkOwners(entries: readonly Entry[], reading: MistakeNotes): void {
  const owners = new Map<string, Entry>();
  for (const entry of entries) {
    const owner = owners.get(contactKey(entry.mirror));
    if (owner !== undefined) reading.errorAt(entry.place, sharedRepository(entry, owner));
    owners.set(contactKey(entry.mirror), owner ?? entry);
  }
}

function contactKey(name: Name): string {
  return formatName(contacted(name));
}

/** True where a mirror is read as its own upstream: it would be fresh for ever. */
function readsItself({ pull, mirror }: Entry): boolean {
  return contactKey(pull) === contactKey(mirror);
}

// A mirror without a prefix is a whole registry: other repositories there may well be sources.
function isInItself(entry: Entry, { registry, prefix }: Mirror): boolean {
  const [source, copies] = [contacted(entry.source), contacted(entry.mirror)];
  const place = { registry: sameHost(registry), prefix };
  return (prefix !== '' && isUnder(source, place)) || isBelow(copies, source);
}

function isBelow(name: Name, { registry, repository }: Name): boolean {
  return isUnder(name, { registry, prefix: repository });
}

/** One mistake for each rule of `read-from` that leads there, however many sources it is for. */
function noteOwnMirrors(
  own: readonly Entry[],
  readFrom: readonly ReadFromRule[],
  reading: MistakeNotes,
): void {
  const groups = Map.groupBy(own, ({ source }) => ruleFor(source, readFrom)?.registry ?? source.registry);
  for (const [rule, [first, ...others]] of groups) {
    if (first === undefined) continue;
    const more = others.length === 0 ? '' : ` (and ${others.length} more like this)`;
    const message = `${familiarName(first.source)} is read from ${formatName(first.pull)}, where its own copies go${more}: there is nothing to copy`;
    const hint = `remove the read-from for ${rule} where mode is sync, or choose another mirror`;
    reading.errorAt(first.place, { rule: 'mirror-as-source', message, hint });
  }
}

function copiedOntoSource(entry: Entry, source: Entry): Words {
  const [from, to] = [familiarName(entry.source), formatName(entry.mirror)];
  const isReadAsNamed = formatName(source.source) === formatName(source.pull);
  const role = isReadAsNamed ? 'a source' : `where ${familiarName(source.source)} is read from,`;
  const message = `copies of ${from} go to ${to}, which is ${role} at ${formatPlace(source.place)}`;
  return { rule: 'mirror-as-source', message, hint: 'choose another mirror, mirror-path or to' };
}

function sharedRepository(entry: Entry, owner: Entry): Words {
  const [later, earlier] = [familiarName(entry.source), familiarName(owner.source)];
  const message = `${later} and ${earlier} (${formatPlace(owner.place)}) both go to ${formatName(entry.mirror)}`;
  const path = isDockerHub(entry.mirror.registry) ? '' : 'mirror-path: "{registry}/{repository}", or ';
  const hint = `write ${path}to: with another repository in one of the two`;
  return { rule: 'shared-repository', message, hint };
}

function nested(entry: Entry): Words {
  const [source, copies] = [formatName(entry.pull), formatName(entry.mirror)];
  const message = `the source ${source} and its copies in ${copies} overlap`;
  const hint = 'write the upstream as source, or choose another mirror';
  return { rule: 'mirror-as-source', message, hint };
}
