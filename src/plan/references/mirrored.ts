// What the files under `references` ask of the mirror, laid over the images config: pinned digests, and tags to keep fresh.

import { byPlace, type Diagnostic, type Place } from '../../base/errors/diagnostic.ts';
import { Failure } from '../../base/errors/failure.ts';
import { isMistake } from '../../base/errors/mistake.ts';
import { UserError } from '../../base/errors/user-error.ts';
import type { Config, Entry, PinnedReference, Wish } from '../../config/images/config.ts';
import { checkMirrorRepositories } from '../../config/images/join-entries.ts';
import type { Policies } from '../../config/policies/policy.ts';
import { mirrorName } from '../../image/names/mirror-name.ts';
import { pullName } from '../../image/names/pull-name.ts';
import { formatName, type Name, tagOrLatest } from '../../image/names/reference.ts';
import type { ReadReference, SeenReference } from './reading.ts';
import { signersFor } from './signers.ts';

/** A name under the mirror prefix of which nobody knows what to copy there. */
type Stray = {
  readonly source: Name;
  readonly pattern: string;
  readonly place: Place;
  readonly failure: Failure;
};

/** `config` with all that the files ask for. */
type WithReferences = { readonly config: Config; readonly strays: readonly Stray[] };

/**
 * Adds to a config what the references of other files ask of its mirror: each name under its prefix, and each base of a
 * Dockerfile that no approved registry has. Digests are pinned, tags without one are kept fresh. Throws
 * UserError('config') where a base has no place on the mirror, or one that is another source's.
 */
export function withReferences(
  config: Config,
  reads: readonly ReadReference[],
  writes: boolean,
): WithReferences {
  const mistakes: Diagnostic[] = [];
  const errorAt: MistakeNotes['errorAt'] = (place, words) => {
    mistakes.push({ severity: 'error', place, ...words });
  };
  const seen = reads.filter((read) => read.kind === 'seen');
  const placed = seen.filter(isMirrored).flatMap((read): Placed[] => {
    const on =
      read.origin.kind === 'mirror' ? read.reference.name : mirrorName(read.origin.upstream, config.mirror);
    if (!isMistake(on)) return [{ read, on }];
    errorAt(placeOf(read), { rule: 'no-mirror-name', message: on.mistake, hint: on.hint });
    return [];
  });
  const entries = addedTo(config, placed);
  const own = checkMirrorRepositories(entries, { ...config, writes }, { errorAt });
  if (mistakes.length > 0) {
    const message = 'references of other files have no place on the mirror';
    throw new UserError('config', message, { diagnostics: mistakes.toSorted(byPlace) });
  }
  const passed = new Set(config.ownMirrors.map(({ mirror }) => formatName(mirror)));
  return {
    config: {
      ...config,
      entries: entries.filter((entry) => !own.includes(entry)),
      ownMirrors: [...config.ownMirrors, ...own],
    },
    strays: seen
      .filter((read) => read.origin.kind === 'untraced' && !passed.has(formatName(read.reference.name)))
      .map(strayOf),
  };
}

type MistakeNotes = Parameters<typeof checkMirrorRepositories>[2];

/** A reference and the repository of the mirror that is to have it. */
type Placed = { readonly read: SeenReference; readonly on: Name };

function isMirrored({ origin, site }: SeenReference): boolean {
  return origin.kind === 'mirror' || (origin.kind === 'foreign' && site.isBase === true);
}

function placeOf({ site: { file, line, column } }: SeenReference): Place {
  return { file, line, column };
}

/** The entries of the config, and one for each source that only the files name; what is passed over stays passed over. */
function addedTo(config: Config, placed: readonly Placed[]): Entry[] {
  const own = new Set(config.ownMirrors.map(({ mirror }) => formatName(mirror)));
  const looked = placed.filter(({ on }) => !own.has(formatName(on)));
  const groups = Map.groupBy(looked, ({ read, on }) => entryKey(read.origin.upstream, on));
  const known = config.entries.map((entry) => {
    return asking(entry, groups.get(entryKey(entry.source, entry.mirror)) ?? [], config.defaults);
  });
  const named = new Set(known.map(({ source, mirror }) => entryKey(source, mirror)));
  const others = [...groups].filter(([key]) => !named.has(key));
  return [...known, ...others.flatMap(([, group]) => newEntry(group, config))];
}

/** Two sources on one repository are two entries, so that this is found. */
function entryKey(source: Name, mirror: Name): string {
  return `${formatName(source)} ${formatName(mirror)}`;
}

function newEntry(group: readonly Placed[], config: Config): Entry[] {
  const [first] = group;
  if (first === undefined) return [];
  const { alert, onFailure, platforms, platformTags } = config.defaults;
  const source = first.read.origin.upstream;
  const entry: Entry = {
    source,
    pull: pullName(source, config.readFrom),
    mirror: first.on,
    selectors: [],
    follow: [],
    policies: { alert, newTags: [], onFailure, platforms, platformTags },
    place: placeOf(first.read),
  };
  return [asking(entry, group, config.defaults)];
}

/** The entry with what these references ask for: their tags, unless they are listed already, and their digests. */
function asking(entry: Entry, group: readonly Placed[], defaults: Policies): Entry {
  const listed = new Set(entry.selectors.flatMap((wish) => (wish.kind === 'glob' ? [] : [wish.tag])));
  const own = { ...entry.policies, ...signersFor(entry, defaults), newTags: [] };
  const terms = { policies: { ...defaults, ...own }, exclude: [], ignore: [] };
  const floating = group.filter(({ read }) => read.reference.digest === null);
  const wishes = new Map(
    floating.map(({ read }): [string, Wish] => {
      const tag = tagOrLatest(read.reference);
      return [tag, { kind: 'literal', tag, place: placeOf(read), terms }];
    }),
  );
  const policies = exactly(terms.policies);
  const pins = group.flatMap(({ read }): PinnedReference[] => {
    const { tag, digest } = read.reference;
    return digest === null ? [] : [{ tag, digest, policies, place: placeOf(read) }];
  });
  return {
    ...entry,
    selectors: [
      ...entry.selectors,
      ...[...wishes.values()].filter((wish) => !('tag' in wish && listed.has(wish.tag))),
    ],
    pins,
  };
}

/** A person chose this digest: it is brought whole and as it is, and nothing is made of it. */
function exactly(policies: Policies): Policies {
  return { ...policies, lostPlatforms: 'accept', expectedPlatforms: [], platforms: [], platformTags: '' };
}

function strayOf(read: SeenReference): Stray {
  const { reference, origin } = read;
  const name = formatName(reference.name);
  const hint =
    origin.right === null
      ? 'add the upstream to images, or use a mirror-path that begins with {registry}'
      : `write ${formatName(origin.right)}`;
  const message = `${name} lies under the mirror prefix and cannot be traced back to an upstream`;
  const pattern = reference.tag ?? reference.digest ?? tagOrLatest(reference);
  return {
    source: reference.name,
    pattern,
    place: placeOf(read),
    failure: new Failure('unsupported', message, { hint }),
  };
}
