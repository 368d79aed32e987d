// What one run offers against what pull requests and issues remember: which tags are proposed now, and which were
// declined. The rules of "a closed pull request is a no" and "an incomplete run removes nothing" stand here.

import { keyOf, type Marker, type ProposedTag, parseMarker } from './marker.ts';
import { fitting, type ProposalText } from './words.ts';

/** A pull request or issue with a marker. `declined` is true when a person closed it without taking it. */
type Remembered = { readonly declined: boolean; readonly marker: Marker };

/** The tags of which the newest of these (the first) that names them was declined. */
export function declinedIn(newestFirst: readonly Remembered[]): ProposedTag[] {
  const answers = new Map<string, ProposedTag | null>();
  for (const { declined, marker } of newestFirst) {
    for (const tag of marker.tags) {
      if (!answers.has(keyOf(tag))) answers.set(keyOf(tag), declined ? tag : null);
    }
  }
  return [...answers.values()].filter((tag) => tag !== null);
}

/** What is open on GitHub proposes `tags`, and `declined` were said no to. */
export type KnownTags<T extends ProposedTag> = {
  readonly tags: readonly T[];
  readonly declined: readonly ProposedTag[];
};

/** The tags to propose now, those of the offer that were declined, and how many do not fit any more (`waiting`). */
export type Decision<T extends ProposedTag> = {
  readonly tags: readonly T[];
  readonly declined: readonly T[];
  readonly waiting: number;
};

/**
 * Takes the declined tags from what a run offers, and adds what is remembered and may not be removed because the run
 * is not complete. A tag keeps the cost that it was first measured with.
 */
export function decide<T extends ProposedTag>(
  offered: readonly T[],
  known: KnownTags<T>,
  run: { readonly config: string; readonly complete: boolean },
): Decision<T> {
  const declined = new Set(known.declined.map(keyOf));
  const before = new Map(known.tags.map((tag) => [keyOf(tag), tag]));
  const now = new Map(
    offered.map((tag) => [keyOf(tag), { ...tag, cost: before.get(keyOf(tag))?.cost ?? tag.cost }]),
  );
  const notRemoved = run.complete ? [] : known.tags.filter((tag) => !now.has(keyOf(tag)));
  const all = [...now.values(), ...notRemoved].filter((tag) => !declined.has(keyOf(tag)));
  const oldFirst = [
    ...all.filter((tag) => before.has(keyOf(tag))),
    ...all.filter((tag) => !before.has(keyOf(tag))),
  ];
  const fit = new Set(fitting(run.config, oldFirst));
  return {
    tags: all.filter((tag) => fit.has(tag)),
    declined: offered.filter((tag) => declined.has(keyOf(tag))),
    waiting: all.length - fit.size,
  };
}

/** True when a body says this already. A run that did not see everything has news only when the tags are others. */
export function isUpToDate(before: Marker, words: ProposalText, complete: boolean): boolean {
  const now = parseMarker(words.body);
  if (now === null || now.text === before.text) return true;
  const sets = [before, now].map(({ tags }) => tags.map(keyOf).sort().join('\n'));
  return !complete && sets[0] === sets[1];
}
