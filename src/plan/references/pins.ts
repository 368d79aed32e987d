// Which digest each tag is pinned to: where two places disagree, and what an unpinned reference may be pinned to.

import type { Place } from '../../base/errors/diagnostic.ts';
import type { Entry } from '../../config/images/config.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatTag, tagOrLatest } from '../../image/names/reference.ts';
import type { ReadReference, SeenReference } from './reading.ts';

/** A reference with tag and digest. */
type Pin = { readonly seen: SeenReference; readonly digest: Digest };

/** The pins of the files, and those of the images config, each by its canonical name and tag. */
export type Pins = {
  readonly written: ReadonlyMap<string, readonly Pin[]>;
  readonly configured: ReadonlyMap<string, { readonly digest: Digest; readonly place: Place }>;
};

/** Gathers what is pinned. */
export function gatherPins(reads: readonly ReadReference[], entries: readonly Entry[]): Pins {
  const pins = reads.flatMap((read): (Pin & { key: string })[] => {
    if (read.kind !== 'seen' || read.reference.tag === null) return [];
    const { digest } = read.reference;
    return digest === null ? [] : [{ seen: read, digest, key: pinKey(read) }];
  });
  const configured = entries.flatMap(({ source, selectors }) =>
    selectors.flatMap((selector) =>
      selector.kind === 'pinned' ? [[formatTag(source, selector.tag), selector] as const] : [],
    ),
  );
  return { written: Map.groupBy(pins, ({ key }) => key), configured: new Map(configured) };
}

/** The canonical name and tag of a reference, by which pins are compared. */
export function pinKey({ reference, origin }: SeenReference): string {
  return formatTag(origin.upstream, tagOrLatest(reference));
}

/** The one digest that everybody pins this tag to; null where nobody does or two disagree. */
export function agreedDigest(key: string, { written, configured }: Pins): Digest | null {
  const digests = new Set((written.get(key) ?? []).map(({ digest }) => digest));
  const own = configured.get(key);
  if (own !== undefined) digests.add(own.digest);
  const [digest, other] = digests;
  return digest !== undefined && other === undefined ? digest : null;
}

/**
 * The pins of one tag that disagree with most of them, each with one pin that it disagrees with; of as many on both
 * sides the first in the files decides.
 */
export function disagreeing(pins: readonly Pin[]): { readonly pin: Pin; readonly other: Pin }[] {
  const groups = [...Map.groupBy(pins, ({ digest }) => digest).values()];
  const [most, ...others] = groups.toSorted((a, b) => b.length - a.length);
  const first = most?.[0];
  return first === undefined ? [] : others.flat().map((pin) => ({ pin, other: first }));
}
