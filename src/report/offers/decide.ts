// What one run offers against what pull requests and issues remember: which tags are proposed now, and which were
// declined. Pure: the rules of "a closed pull request is a no" and "an incomplete run removes nothing" stand here.

import { type Marker, type ProposedTag, parseMarker } from './marker.ts';
import { fitting, type ProposalText } from './words.ts';

/** A pull request or issue with a marker. `refused` is true when a person closed it without taking it. */
export type Remembered = { readonly refused: boolean; readonly marker: Marker };

export function keyOf({ source, tag }: Pick<ProposedTag, 'source' | 'tag'>): string {
  return `${source}:${tag}`;
}

/** The tags of which the newest of these (the first) that names them was refused. */
export function declinedIn(newestFirst: readonly Remembered[]): ProposedTag[] {
  const verdicts = new Map<string, ProposedTag | null>();
  for (const { refused, marker } of newestFirst) {
    for (const tag of marker.tags) {
      if (!verdicts.has(keyOf(tag))) verdicts.set(keyOf(tag), refused ? tag : null);
    }
  }
  return [...verdicts.values()].filter((tag) => tag !== null);
}

export type Wanted = {
  readonly tags: readonly ProposedTag[];
  readonly declined: readonly ProposedTag[];
  /** Tags that do not fit any more. */
  readonly waiting: number;
};

/**
 * Takes the declined ones from what a run offers, and adds what is remembered and may not be removed because the run
 * is not complete. A tag keeps the cost that it was first measured with.
 */
export function decide(
  offered: readonly ProposedTag[],
  remembered: readonly ProposedTag[],
  declined: readonly ProposedTag[],
  run: { readonly config: string; readonly complete: boolean },
): Wanted {
  const no = new Set(declined.map(keyOf));
  const before = new Map(remembered.map((tag) => [keyOf(tag), tag]));
  const now = new Map(
    offered.map((tag) => [keyOf(tag), { ...tag, cost: before.get(keyOf(tag))?.cost ?? tag.cost }]),
  );
  const kept = run.complete ? [] : remembered.filter((tag) => !now.has(keyOf(tag)));
  const all = [...now.values(), ...kept].filter((tag) => !no.has(keyOf(tag)));
  const oldFirst = [
    ...all.filter((tag) => before.has(keyOf(tag))),
    ...all.filter((tag) => !before.has(keyOf(tag))),
  ];
  const fit = new Set(fitting(run.config, oldFirst));
  return {
    tags: all.filter((tag) => fit.has(tag)),
    declined: offered.filter((tag) => no.has(keyOf(tag))),
    waiting: all.length - fit.size,
  };
}

/** True when a body says this already. A run that did not see everything has news only when the tags are others. */
export function isSaid(before: Marker, words: ProposalText, complete: boolean): boolean {
  const now = parseMarker(words.body);
  if (now === null || now.text === before.text) return true;
  const sets = [before, now].map(({ tags }) => tags.map(keyOf).sort().join('\n'));
  return !complete && sets[0] === sets[1];
}
