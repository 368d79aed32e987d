// What one run offers against what pull requests and issues remember: which tags are proposed now, and which were
// declined. The rules "a closed pull request is a no" and "an incomplete run removes nothing" are here.

import { keyOf, type Marker, type ProposedTag, parseMarker } from './marker.ts';
import { readTicks } from './tag-line.ts';
import { type ProposalText, tagsThatFit } from './words.ts';

/** A pull request or issue with a marker. `declined` is true when a person closed it without taking it. */
type Remembered = { readonly declined: boolean; readonly marker: Marker; readonly body: string };

/** The tags of which the newest of these (the first) that names them was declined: closed with it, or its box unticked. */
export function declinedIn(newestFirst: readonly Remembered[]): ProposedTag[] {
  const answers = new Map<string, ProposedTag | null>();
  const answer = (tag: ProposedTag, isNo: boolean): void => {
    if (!answers.has(keyOf(tag))) answers.set(keyOf(tag), isNo ? tag : null);
  };
  for (const { declined: isClosed, marker, body } of newestFirst) {
    const { tags, declined } = readTicks(body, marker);
    for (const tag of declined) answer(tag, true);
    // To tick a tag that was declined is a yes, also where the rest was closed.
    for (const tag of tags) answer(tag, isClosed && marker.tags.includes(tag));
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
  const fit = new Set(tagsThatFit(run.config, oldFirst));
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
  const [was, is] = [before, now].map(({ tags, declined }) => {
    return JSON.stringify([tags.map(keyOf).sort(), declined.map(keyOf).sort()]);
  });
  return !complete && was === is;
}
