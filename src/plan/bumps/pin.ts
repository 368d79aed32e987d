// The pins that may move: references with a tag and a digest in files of the workspace, and pinned references of `images`.

import { isMistake } from '../../base/errors/mistake.ts';
import { type PinFile, sitesOf, type TagPin } from '../../config/edit/pins.ts';
import type { Config, Entry } from '../../config/images/config.ts';
import type { Policies } from '../../config/policies/policy.ts';
import type { ReferenceFile, ReferenceSite } from '../../config/references/reference-site.ts';
import type { BumpTags, Reader, ReferenceSource } from '../../config/references/sources.ts';
import { mirrorName, NO_MIRROR } from '../../image/names/mirror-name.ts';
import { pullName } from '../../image/names/pull-name.ts';
import { formatName, formatReference, type Name } from '../../image/names/reference.ts';
import type { Approvals, Names } from '../references/approval.ts';
import { type ReadReference, readSites, type SeenReference } from '../references/reading.ts';
import { signersFor } from '../references/signers.ts';

/** How the references of any text are read: with these a name leads to its upstream. */
export type ReferenceNames = { readonly names: Names; readonly approvals: Approvals };

/**
 * One image that is pinned, by tag and digest, at one place or more. `mirror` is where its copies go, null where it is
 * pulled from upstream itself.
 */
export type Pin = TagPin & {
  readonly source: Name;
  readonly pull: Name;
  readonly mirror: Name | null;
  readonly sites: readonly ReferenceSite[];
  readonly bumpTags: BumpTags;
  readonly policies: Policies;
};

/** The pins of a workspace, and the files that they are in. */
export type PinsRead = { readonly pins: readonly Pin[]; readonly files: readonly PinFile[] };

/** An item of `images` that is one reference is in a list like any other. */
const IMAGES: Reader = { kind: 'key', key: 'images', approvedKey: null };

/** True where a comment says to leave a pin where it is. */
export function isKept({ ignored }: Pick<ReferenceSite, 'ignored'>): boolean {
  return ignored.some(({ rule }) => rule === 'stale-pin');
}

/** False for what lint does not let stand in a file: such a reference is neither looked up nor moved. */
export function isOurs({ kind }: SeenReference['origin']): boolean {
  return kind === 'mirror' || kind === 'approved';
}

/**
 * Every pin that may move, an image once. References that nobody approved are not looked up, files that somebody else bumps
 * are left out, and so is what a comment says to leave.
 */
export function pinsOf(
  files: readonly ReferenceFile[],
  own: { readonly config: Config; readonly text: string },
  reading: ReferenceNames,
): PinsRead {
  const { config } = own;
  const theirs = files
    .filter(({ sources = [] }) => sources.every(({ bump }) => bump))
    .filter(({ file }) => file !== config.file);
  const listed = { file: config.file, text: own.text, readers: [IMAGES] };
  const pinned = pinnedItems(listed, reading);
  const terms = {
    config,
    entries: new Map(config.entries.map((entry) => [formatName(entry.source), entry])),
  };
  const found = [
    ...pinned.map((seen) => pinAt(seen, { ...terms, bumpTags: null, isItem: true })),
    ...theirs.flatMap(({ sites, sources = [] }) => {
      const bumpTags = sources.find((source) => source.bumpTags !== null)?.bumpTags ?? null;
      return seenIn(
        readSites([{ file: '', text: '', approved: [], sites }], reading.names, reading.approvals),
      ).map((seen) => pinAt(seen, { ...terms, bumpTags, isItem: false }));
    }),
  ].filter((pin) => pin !== null);
  const read = theirs.map(({ file, text, sources = [] }) => ({ file, text, readers: readersOf(sources) }));
  return { pins: joined(found), files: pinned.length === 0 ? read : [listed, ...read] };
}

function readersOf(sources: readonly ReferenceSource[]): Reader[] {
  return sources.map(({ reader }) => reader);
}

function seenIn(reads: readonly ReadReference[]): SeenReference[] {
  return reads.filter((read): read is SeenReference => read.kind === 'seen');
}

/** The pinned references of `images`: whatever the list holds beside them is read elsewhere. */
function pinnedItems(listed: PinFile, { names, approvals }: ReferenceNames): SeenReference[] {
  const sites = sitesOf(listed);
  const reads = readSites([{ ...listed, approved: [], sites }], names, approvals);
  return seenIn(reads).filter(({ reference }) => reference.digest !== null);
}

/** `entries` are those of the config, by their canonical names. */
type PinTerms = {
  readonly config: Config;
  readonly entries: ReadonlyMap<string, Entry>;
  readonly bumpTags: BumpTags | null;
  readonly isItem: boolean;
};

/** Null for what is no pin with a tag, or not to be moved. */
function pinAt({ reference, origin, site }: SeenReference, terms: PinTerms): Pin | null {
  const { config, entries, bumpTags, isItem } = terms;
  const { tag, digest, name } = reference;
  if (tag === null || digest === null || isKept(site)) return null;
  const mirror = isItem ? ownMirror(origin.upstream, terms) : origin.kind === 'mirror' ? name : null;
  if (!isItem && !isOurs(origin)) return null;
  const pull = pullName(origin.upstream, config.readFrom);
  const { defaults } = config;
  const policies = { ...defaults, ...signersFor(entries.get(formatName(origin.upstream)), defaults) };
  return {
    source: origin.upstream,
    pull,
    mirror,
    tag,
    digest,
    sites: [site],
    bumpTags: bumpTags ?? policies.bumpTags,
    policies,
  };
}

function ownMirror(source: Name, { config: { mirror }, entries }: PinTerms): Name | null {
  const entry = entries.get(formatName(source));
  if (entry !== undefined) return entry.mirror;
  const name = mirror === NO_MIRROR ? null : mirrorName(source, mirror);
  return name === null || isMistake(name) ? null : name;
}

/** The same image at several places is one pin; those that may move further apart are not. */
function joined(pins: readonly Pin[]): Pin[] {
  const groups = Map.groupBy(pins, ({ source, mirror, tag, digest, bumpTags }) =>
    JSON.stringify([formatReference({ name: source, tag, digest }), mirror, bumpTags]),
  );
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    return [{ ...first, sites: [first, ...others].flatMap(({ sites }) => sites) }];
  });
}

/** A pin that is not what its tag is upstream, and what it would be. */
export type StalePin = { readonly pin: Pin; readonly to: TagPin };
