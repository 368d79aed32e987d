// Where an image may come from: an approved registry or path, or the mirror, where its name leads back to an upstream.
// Parsed names are compared, host and port and whole parts of the path, never the beginning of a text.

import { isMistake, type Mistake } from '../../base/errors/mistake.ts';
import type { ApprovedSite } from '../../config/references/reference-site.ts';
import { parseApproved } from '../../config/references/sources.ts';
import {
  isUnder,
  type Mirror,
  type MirrorPrefix,
  mirrorName,
  NO_MIRROR,
  tracedName,
} from '../../image/names/mirror-name.ts';
import { canonicalName, type ReadFromRule } from '../../image/names/pull-name.ts';
import { formatName, type Name } from '../../image/names/reference.ts';

/** What the images config says of names; `mirrored` holds each upstream that it copies by its name on the mirror. */
export type Names = {
  readonly mirror: Mirror;
  readonly mirrored: ReadonlyMap<string, Name>;
  readonly readFrom: readonly ReadFromRule[];
};

type Approval = { readonly site: ApprovedSite; readonly prefix: MirrorPrefix };

/**
 * Where a name belongs. `upstream` is its canonical name; for one under the mirror prefix that of the upstream that it
 * stands for. `right` is the name to write: the very name where it may stay, null where only a person can know it.
 */
export type NameOrigin = {
  readonly kind: 'approved' | 'mirror' | 'foreign' | 'untraced';
  readonly upstream: Name;
  readonly right: Name | null;
};

/** Every approval, ready to be asked; it remembers which of them were of use. */
export class Approvals {
  readonly mistakes: readonly (Mistake & { readonly site: ApprovedSite })[];
  readonly #byRegistry: ReadonlyMap<string, readonly Approval[]>;
  readonly #used = new Set<Approval>();

  constructor(written: readonly ApprovedSite[]) {
    const read = written.map((site) => ({ site, prefix: parseApproved(site.written) }));
    this.mistakes = read.flatMap(({ site, prefix }) => (isMistake(prefix) ? [{ site, ...prefix }] : []));
    const good = read.flatMap(({ site, prefix }) => (isMistake(prefix) ? [] : [{ site, prefix }]));
    this.#byRegistry = Map.groupBy(good, ({ prefix }) => prefix.registry);
  }

  /** Whether an approval covers the name. */
  covers(name: Name): boolean {
    return this.#covering(name).length > 0;
  }

  /** Notes that a name was found, for `unused`. */
  use(name: Name): void {
    for (const approval of this.#covering(name)) this.#used.add(approval);
  }

  #covering(name: Name): readonly Approval[] {
    return (this.#byRegistry.get(name.registry) ?? []).filter(({ prefix }) => isUnder(name, prefix));
  }

  /** Those that covered no name so far, in the order in which they are written. */
  unused(): readonly Approval[] {
    return [...this.#byRegistry.values()].flat().filter((approval) => !this.#used.has(approval));
  }
}

/** Tells where a name belongs. The mirror goes first: an approved registry may be the one that holds the mirror. */
export function originOf(name: Name, names: Names, approvals: Pick<Approvals, 'covers'>): NameOrigin {
  if (names.mirror !== NO_MIRROR && isUnder(name, names.mirror)) return mirrorOrigin(name, names, approvals);
  const upstream = canonicalName(name, names.readFrom);
  if (approvals.covers(name)) return { kind: 'approved', upstream, right: name };
  return { kind: 'foreign', upstream, right: onMirror(upstream, names) };
}

/** The entries' own names on the mirror go first: they may stand for upstreams that the path alone does not show. */
function mirrorOrigin(name: Name, names: Names, approvals: Pick<Approvals, 'covers'>): NameOrigin {
  const traced = names.mirrored.get(formatName(name)) ?? tracedName(name, names.mirror);
  if (!isMistake(traced)) return { kind: 'mirror', upstream: traced, right: name };
  if (approvals.covers(name)) return { kind: 'approved', upstream: name, right: name };
  return { kind: 'untraced', upstream: name, right: traced.known };
}

/** The name of an upstream on the mirror, where that leads back to this very upstream. */
function onMirror(upstream: Name, { mirror, mirrored }: Names): Name | null {
  const name = mirrorName(upstream, mirror);
  if (isMistake(name) || mirror === NO_MIRROR) return null;
  const back = mirrored.get(formatName(name)) ?? tracedName(name, mirror);
  return !isMistake(back) && formatName(back) === formatName(upstream) ? name : null;
}
