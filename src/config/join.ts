// Entries of one upstream become one list, and lists that would fight over a tag or a repository of the mirror are
// found here, before anything is contacted.

import { type Diagnostic, formatPlace, type Place } from '../errors/diagnostic.ts';
import { isUnder, type Mirror, mirrorName } from '../image/mirror-name.ts';
import { pullName, type ReadFromRule } from '../image/pull-name.ts';
import { familiarName, formatName, isMistake, type Name } from '../image/reference.ts';
import type { Entry, Selector } from './config.ts';
import type { Policies } from './policy.ts';

/** One item of `images` as it is written; `source` is canonical, `place` where the name stands. */
export type Item = {
  readonly source: Name;
  readonly selectors: readonly Selector[];
  readonly exclude: readonly string[];
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
  const { source, place, policies } = first;
  const name = mirrorName(source, mirror);
  if (isMistake(name)) {
    diagnostics.push(error(place, name.mistake, name.hint));
    return [];
  }
  checkPolicies(first, group.slice(1), diagnostics);
  const exclude = [...new Set(group.flatMap((item) => item.exclude))];
  const selectors = joinSelectors(
    group.flatMap((item) => item.selectors),
    diagnostics,
  );
  return [{ source, pull: pullName(source, readFrom), mirror: name, selectors, exclude, policies, place }];
}

/** Policies that hold for a repository as a whole. */
const KEPT_ALIKE: readonly (readonly [string, (item: Item) => string])[] = [
  ['on-failure', (item) => item.policies.onFailure],
  ['verify', (item) => item.policies.verify],
];

function checkPolicies(first: Item, others: readonly Item[], diagnostics: Diagnostic[]): void {
  for (const other of others) {
    for (const [key, of] of KEPT_ALIKE) {
      if (of(other) === of(first)) continue;
      const message = `${key} is ${of(other)} here and ${of(first)} at ${formatPlace(first.place)}, for one source`;
      diagnostics.push(
        error(other.place, message, 'entries of one source are one list: write the same in both'),
      );
    }
  }
}

/** Takes out what is written twice, with a warning. A tag that is wanted in two ways is an error. */
function joinSelectors(selectors: readonly Selector[], diagnostics: Diagnostic[]): Selector[] {
  const seen = new Map<string, Selector>();
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
