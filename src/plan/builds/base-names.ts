// What a base is called and where it is asked for. Names decide what is asked and how it is printed, never what a build is judged to be.

import type { Canonical } from '../../config/builds/build.ts';
import type { Config, Entry } from '../../config/images/config.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { canonicalName, contacted, pullName } from '../../image/names/pull-name.ts';
import { formatName, type Name, type Reference, tagOrLatest } from '../../image/names/reference.ts';

/** One question: the tag `tag` of `name`, as the mirror or another registry knows it. Equal keys are one look-up. */
export type BaseAsk = {
  readonly key: string;
  readonly side: 'upstream' | 'mirror';
  readonly name: Name;
  readonly tag: string;
};

type NamesOfConfig = Pick<Config, 'entries' | 'ownMirrors' | 'readFrom'>;

/** What a config says of the names of bases. */
export type BaseNames = {
  readonly canonical: Canonical;
  /** A base that this config mirrors is asked for on the mirror, any other where it is read from. */
  ask(base: Pick<Reference, 'name' | 'tag'>): BaseAsk;
};

/** A base may be written with its name upstream, with that of `read-from`, or with its name on the mirror. */
export function baseNames({ entries, ownMirrors, readFrom }: NamesOfConfig): BaseNames {
  const all = [...entries, ...ownMirrors];
  const bySource = new Map(all.map((entry) => [formatName(entry.source), entry]));
  const byMirror = new Map(all.map((entry) => [formatName(entry.mirror), entry]));
  return {
    canonical: (name) => byMirror.get(formatName(name))?.source ?? canonicalName(name, readFrom),
    ask({ name, tag }) {
      const entry: Entry | undefined = bySource.get(formatName(name));
      const asked = entry?.mirror ?? pullName(name, readFrom);
      const reference = tagOrLatest({ tag });
      const key = lookUp(contacted(asked), reference);
      return { key, side: entry === undefined ? 'upstream' : 'mirror', name: asked, tag: reference };
    },
  };
}
