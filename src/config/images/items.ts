// The items of `images`: from what is written to what is wanted, each with its place.

import type { Place } from '../../base/errors/diagnostic.ts';
import { isMistake } from '../../base/errors/mistake.ts';
import { canonicalName, type ReadFromRule } from '../../image/names/pull-name.ts';
import { parseReference, type Reference } from '../../image/names/reference.ts';
import { isGlob } from '../../image/tags/glob.ts';
import { splitList } from '../policies/fields.ts';
import { type Policies, policiesIn } from '../policies/policy.ts';
import type { Reading } from '../yaml/reading.ts';
import type { Path } from '../yaml/tree.ts';
import { noteIdle } from './agree.ts';
import type { Selector } from './config.ts';
import type { Item } from './join-entries.ts';
import { type EntryText, followOf } from './schema.ts';

/** What reading one entry needs of everything around it. */
export type ItemContext = {
  readonly reading: Reading;
  readonly readFrom: readonly ReadFromRule[];
  policiesFor(own: Partial<Policies>): Policies;
};

/** One item of `images` with everything in it in full; null where its reference has a mistake, which is noted already. */
export function readItem(entry: string | EntryText, path: Path, context: ItemContext): Item | null {
  const { reading, readFrom, policiesFor } = context;
  const isShorthand = typeof entry === 'string';
  const place = reading.placeOf(isShorthand ? path : [...path, 'source']);
  const reference = parseReference(isShorthand ? entry : entry.source);
  if (isMistake(reference)) return null;
  const source = canonicalName(reference.name, readFrom);
  if (isShorthand) {
    const terms = { policies: policiesFor({}), exclude: [], ignore: [] };
    return {
      source,
      selectors: selectorOf(reference, place),
      follow: [],
      terms,
      isShorthand,
      to: null,
      place,
    };
  }
  const listed = (key: 'tags' | 'exclude' | 'ignore') => spread(entry[key] ?? [], [...path, key], reading);
  const textsIn = (key: 'exclude' | 'ignore') => listed(key).map(({ text }) => text);
  const policies = policiesFor(policiesIn(entry));
  const terms = { policies, exclude: textsIn('exclude'), ignore: textsIn('ignore') };
  noteIdle(entry, terms, path, reading);
  const follow = (entry.follow ?? []).map((rule, at) => ({
    ...followOf(rule, policies.prereleases),
    terms,
    place: reading.placeOf([...path, 'follow', at, 'tags']),
  }));
  return {
    source,
    selectors: listed('tags').map(selectorFor),
    follow,
    terms,
    isShorthand,
    to: entry.to === undefined ? null : { repository: entry.to, place: reading.placeOf([...path, 'to']) },
    place,
  };
}

function selectorOf({ tag, digest }: Reference, place: Place): Selector[] {
  if (tag === null) return [];
  return [digest === null ? { kind: 'literal', tag, place } : { kind: 'pinned', tag, digest, place }];
}

type Listed = { readonly text: string; readonly place: Place };

function selectorFor({ text, place }: Listed): Selector {
  return isGlob(text) ? { kind: 'glob', pattern: text, place } : { kind: 'literal', tag: text, place };
}

/** The tags and patterns of a list or of a comma list. */
function spread(list: string | readonly string[], path: Path, reading: Reading): Listed[] {
  if (typeof list === 'string') {
    return splitList(list).map((text) => ({ text, place: reading.placeOf(path) }));
  }
  return list.flatMap((text, at) => spread(text, [...path, at], reading));
}
