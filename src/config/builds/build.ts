// What was built, as far as a config, its files and registries say: each build with its bases, and what was recorded
// of them when it was built.

import type { Place } from '../../base/errors/diagnostic.ts';
import { isMistake } from '../../base/errors/mistake.ts';
import type { Digest } from '../../image/names/digest.ts';
import { type Name, parseReference, type Reference } from '../../image/names/reference.ts';

/**
 * One base, by its canonical name; null where nobody wrote down which one it is. `recorded` is null where nobody wrote
 * down which digest was used.
 */
export type BaseUse = { readonly base: Reference | null; readonly recorded: Digest | null };

/**
 * A name under which a build is a base of others: any tag where `tag` is null. `digests` are those that a record of the
 * build itself names, so that no registry has to be asked; null where a registry is asked like for any other base.
 */
export type Made = {
  readonly name: Name;
  readonly tag: string | null;
  readonly digests: readonly Digest[] | null;
};

/** How builds are called in outputs: by their Dockerfile, the reference of their image, or a name. */
export type BuildKind = 'dockerfile' | 'image' | 'name';

/** One build. `unreadable` are bases whose names nobody can know from the file; `unrecorded` counts those it copies from. */
export type Build = {
  readonly kind: BuildKind;
  readonly id: string;
  readonly uses: readonly BaseUse[];
  readonly makes: readonly Made[];
  readonly unreadable: readonly string[];
  readonly unrecorded: number;
  readonly place: Place;
};

/** Which name a written one stands for upstream. */
export type Canonical = (name: Name) => Name;

/** A build of the config's own list; its name may be that of the image it makes. */
export function listedBuild(
  written: { readonly name: string; readonly base: Reference; readonly digest: Digest | null },
  place: Place,
  canonical: Canonical,
): Build {
  const { name: id, base, digest } = written;
  const made = parseReference(id);
  const makes = isMistake(made) ? [] : [{ name: canonical(made.name), tag: made.tag, digests: null }];
  const use = { base: { ...base, name: canonical(base.name) }, recorded: digest };
  return { kind: 'name', id, uses: [use], makes, unreadable: [], unrecorded: 0, place };
}
