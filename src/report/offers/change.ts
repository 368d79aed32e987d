// From what a run offers to what the pull request says: the new text of the config, the tags in it, and the words.
// Pure; it stops with a Refusal where the file on the base is not one that can be edited.

import { decide, keyOf } from './decide.ts';
import type { ProposedTag } from './marker.ts';
import { Refusal } from './refusal.ts';
import { type ByHand, type ProposalText, renderPullRequest } from './words.ts';

/** What a run offers. `seen` is the text of the config it read; `edit` puts tags into any version of that text. */
export type Offer = {
  readonly tags: readonly ProposedTag[];
  readonly seen: string;
  /** False when a tag list failed, was deferred or the job was cancelled: nothing is removed then. */
  readonly complete: boolean;
  readonly notices: readonly string[];
  readonly labels: readonly string[];
  /** Names of people; `team/NAME` for a team. */
  readonly reviewers: readonly string[];
  edit(text: string, tags: readonly ProposedTag[]): Edited;
};

type Edited = {
  readonly text: string;
  readonly listed: readonly ProposedTag[];
  readonly untouched: readonly { readonly wanted: ProposedTag; readonly reason: string }[];
};

/** The change that is wanted on the base. `complete` is false when nothing may be removed or closed. */
export type Change = {
  readonly text: string;
  readonly added: readonly ProposedTag[];
  readonly byHand: readonly ByHand[];
  /** Of what the run offers, the tags that were said no to. */
  readonly declined: readonly ProposedTag[];
  readonly complete: boolean;
  readonly words: ProposalText;
};

/** What the pull request remembers: `tags` of its marker, `number` null when none is open. */
export type Before = {
  readonly number: number | null;
  readonly tags: readonly ProposedTag[];
  readonly declined: readonly ProposedTag[];
};

/** Gives back the change that an offer makes to the file. Throws a Refusal when a tag of before would get lost. */
export function makeChange(before: Before, offer: Offer, file: BaseFile): Change {
  // A run of another version of the config may well not know a tag that this one proposed.
  const complete = offer.complete && sameText(offer.seen, file.text);
  const wanted = decide(offer.tags, before.tags, before.declined, { config: file.path, complete });
  const edited = offer.edit(file.text, wanted.tags);
  const byHand = edited.untouched.map(({ wanted: tag, reason }) => ({ tag, reason }));
  const out = new Set([...edited.listed, ...byHand.map((one) => one.tag)].map(keyOf));
  const added = wanted.tags.filter((tag) => !out.has(keyOf(tag)));
  const lost = byHand.find(({ tag }) => before.tags.some((one) => keyOf(one) === keyOf(tag)));
  if (lost !== undefined || (added.length === 0 && byHand.length > 0))
    throw notEditable(file, before.number, lost ?? byHand[0]);
  const { waiting } = wanted;
  const { notices } = offer;
  const words = renderPullRequest({
    config: file.path,
    added,
    byHand,
    declined: wanted.declined,
    notices,
    waiting,
    complete: offer.complete,
  });
  return { text: edited.text, added, byHand, declined: wanted.declined, complete, words };
}

function sameText(one: string, other: string): boolean {
  const plain = (text: string) => text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  return plain(one) === plain(other);
}

function notEditable(file: BaseFile, number: number | null, example: ByHand | undefined): Refusal {
  const what = number === null ? 'nothing is proposed' : `pull request #${number} stays as it is`;
  const why = example === undefined ? '' : `: ${byHandNote(example)}`;
  return new Refusal(
    `${file.path} on the branch ${file.base} could not be edited, so ${what}${why}`,
    'add the tags by hand, or run on the head of that branch',
  );
}

/** Why a tag is left to a person, in one line. */
export function byHandNote({ tag, reason }: ByHand): string {
  return `${keyOf(tag)} next to ${tag.beside}: ${reason}`;
}

/** A text file at the head of the branch `base`, whose commit is `commit`. */
export type BaseFile = {
  readonly base: string;
  readonly commit: string;
  readonly tree: string;
  readonly path: string;
  readonly mode: '100644' | '100755';
  readonly text: string;
};
