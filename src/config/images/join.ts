// Entries of one upstream become one list, and lists that would fight over a tag or a repository of the mirror are
// found here, before anything is contacted.

import { type Diagnostic, formatPlace, type Place } from '../../base/errors/diagnostic.ts';
import { isMistake } from '../../base/errors/mistake.ts';
import { isUnder, type Mirror, mirrorName } from '../../image/names/mirror-name.ts';
import { pullName, type ReadFromRule } from '../../image/names/pull-name.ts';
import { familiarName, formatName, type Name } from '../../image/names/reference.ts';
import { needsStart } from '../../image/tags/form.ts';
import { checkPlatforms, platformsText } from './agree.ts';
import type { Entry, PlacedFollow, Selector, Wish } from './config.ts';
import { joinPolicies, type Policies } from './policy.ts';

/** One item of `images` as it is written; `source` is canonical, `place` where the name stands. */
export type Item = {
  readonly source: Name;
  readonly selectors: readonly Selector[];
  readonly exclude: readonly string[];
  readonly follow: readonly PlacedFollow[];
  readonly ignore: readonly string[];
  readonly policies: Policies;
  readonly place: Place;
};

/** Joins items into entries, in the order in which their sources come first; every mistake goes to `diagnostics`. */
export function joinItems(
  items: readonly Item[],
  mirror: Mirror,
  readFrom: readonly ReadFromRule[],
  diagnostics: Diagnostic[],
): Entry[] {
  const groups = Map.groupBy(items, (item) => formatName(item.source));
  const entries = [...groups.values()].flatMap((group) => joinGroup(group, mirror, readFrom, diagnostics));
  checkMirrorRepositories(entries, mirror, diagnostics);
  return entries;
}

function joinGroup(
  group: readonly Item[],
  mirror: Mirror,
  readFrom: readonly ReadFromRule[],
  diagnostics: Diagnostic[],
): Entry[] {
  const first = group[0];
  if (first === undefined) return [];
  const { source, place } = first;
  const name = mirrorName(source, mirror);
  if (isMistake(name)) {
    diagnostics.push(error(place, name.mistake, name.hint));
    return [];
  }
  const subset = group.find((item) => item.policies.platforms.length > 0);
  for (const other of group.slice(1)) checkAgreement(first, other, diagnostics);
  for (const item of group) diagnostics.push(...checkPlatforms(item, subset?.place ?? null));
  const exclude = [...new Set(group.flatMap((item) => item.exclude))];
  const selectors = joinSelectors(
    group.flatMap((item) => item.selectors.map((one) => ({ ...one, policies: item.policies }))),
    diagnostics,
  );
  const follow = group.flatMap((item) => item.follow);
  const literals = selectors.flatMap((one) => (one.kind === 'literal' ? [one.tag] : []));
  for (const rule of follow.filter((one) => needsStart(one, literals))) {
    const message = `follow ${rule.tags} has no start: no listed tag has this form`;
    diagnostics.push(
      error(rule.place, message, 'write from: with the oldest version, or max: with a number'),
    );
  }
  const ignore = [...new Set(group.flatMap((item) => item.ignore))];
  const [policies, ...others] = group.map((item) => item.policies);
  if (policies === undefined) return [];
  const joined = joinPolicies(policies, others);
  const pull = pullName(source, readFrom);
  return [{ source, pull, mirror: name, selectors, exclude, follow, ignore, policies: joined, place }];
}

/** What the policies of one mirror repository must say alike, in the words of the config. */
const AGREED: Readonly<Record<string, (policies: Policies) => string>> = {
  'on-failure': ({ onFailure }) => onFailure,
  verify: ({ verify }) => verify,
  platforms: ({ platforms }) => platformsText(platforms) || 'not set',
  'platform-tags': ({ platformTags }) => platformTags || 'not set',
};

function checkAgreement(first: Item, other: Item, diagnostics: Diagnostic[]): void {
  const at = formatPlace(first.place);
  for (const [key, textOf] of Object.entries(AGREED)) {
    const [here, there] = [textOf(other.policies), textOf(first.policies)];
    // A pinned reference has no subset of its own to write: what is wrong with it is said by checkPlatforms.
    if (here === there || (key === 'platforms' && [first, other].some(isPinned))) continue;
    const message = `${key} is ${here} here and ${there} at ${at}, for one source`;
    const hint = 'entries of one source are one list: write the same in both';
    diagnostics.push(error(other.place, message, hint));
  }
}

function isPinned({ selectors }: Item): boolean {
  return selectors.some((one) => one.kind === 'pinned');
}

/** Takes out what is written twice, with a warning. A tag that is wanted in two ways is an error. */
function joinSelectors(selectors: readonly Wish[], diagnostics: Diagnostic[]): Wish[] {
  const seen = new Map<string, Wish>();
  for (const selector of selectors) {
    const key = selector.kind === 'glob' ? `glob ${selector.pattern}` : `tag ${selector.tag}`;
    const before = seen.get(key);
    if (before === undefined) seen.set(key, selector);
    else diagnostics.push(secondTime(before, selector));
  }
  return [...seen.values()];
}

function secondTime(before: Selector, selector: Selector): Diagnostic {
  const at = formatPlace(before.place);
  const { place } = selector;
  const what = selector.kind === 'glob' ? `the pattern ${selector.pattern}` : `the tag ${selector.tag}`;
  if (before.kind !== selector.kind) {
    return error(
      place,
      `${what} is pinned in one place and listed in another, ${at}`,
      'take one of the two out',
    );
  }
  if (before.kind === 'pinned' && selector.kind === 'pinned' && before.digest !== selector.digest) {
    return error(place, `${what} is pinned to another digest at ${at}`, 'keep one of the two digests');
  }
  const hint = 'once is enough';
  return { severity: 'warning', place, message: `${what} stands here a second time, after ${at}`, hint };
}

/** Two sources on one repository would overwrite each other; a mirror that is read as a source would feed itself. */
function checkMirrorRepositories(entries: readonly Entry[], mirror: Mirror, diagnostics: Diagnostic[]): void {
  const [inside, outside] = [entries.filter(isInItself), entries.filter((entry) => !isInItself(entry))];
  for (const entry of inside) diagnostics.push(inItself(entry));
  const owners = new Map<string, Entry>();
  const sources = new Map(outside.map((entry) => [formatName(entry.source), entry]));
  for (const entry of outside) {
    const repository = formatName(entry.mirror);
    const owner = owners.get(repository);
    if (owner !== undefined) diagnostics.push(shared(entry, owner));
    owners.set(repository, owner ?? entry);
    const fed = sources.get(repository);
    if (fed !== undefined) diagnostics.push(feeding(entry, fed));
  }

  // A mirror without a prefix is a whole registry: other repositories there may well be sources.
  function isInItself(entry: Entry): boolean {
    const { registry, repository } = entry.source;
    return (
      (mirror.prefix !== '' && isUnder(entry.source, mirror)) ||
      isUnder(entry.mirror, { registry, prefix: repository })
    );
  }
}

function feeding(entry: Entry, fed: Entry): Diagnostic {
  const [source, repository] = [familiarName(entry.source), formatName(entry.mirror)];
  const message = `copies of ${source} go to ${repository}, which is a source at ${formatPlace(fed.place)}`;
  return error(entry.place, message, 'choose another mirror or mirror-path');
}

function shared(entry: Entry, owner: Entry): Diagnostic {
  const [one, other] = [familiarName(entry.source), familiarName(owner.source)];
  const message = `${one} and ${other} (${formatPlace(owner.place)}) both go to ${formatName(entry.mirror)}`;
  return error(entry.place, message, 'write mirror-path: "{registry}/{repository}"');
}

function inItself(entry: Entry): Diagnostic {
  const message = `the source ${familiarName(entry.source)} and its copies in ${formatName(entry.mirror)} lie inside each other`;
  return error(entry.place, message, 'write the upstream as source, or choose another mirror');
}

function error(place: Place, message: string, hint: string): Diagnostic {
  return { severity: 'error', place, message, hint };
}
