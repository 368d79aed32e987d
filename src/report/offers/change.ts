// From what a run offers to what the pull request or issue says: the new text of the config, the tags in it, and the
// words. Stops with an OfferProblem where the file on the base is not one that can be edited.

import { createHash } from 'node:crypto';
import { addNewTags } from '../../config/edit/tags.ts';
import type { Config, Entry, PullRequestSettings } from '../../config/images/config.ts';
import { formatMirror } from '../../image/names/mirror-name.ts';
import { formatName } from '../../image/names/reference.ts';
import type { NewTag } from '../../plan/select/new-tags.ts';
import { type Decision, decide, type KnownTags } from './decide.ts';
import { keyOf, type ProposedTag, proposedTag, unpricedAmong, writerOf } from './marker.ts';
import { OfferProblem } from './problem.ts';
import {
  type ByHand,
  type Proposal,
  type ProposalText,
  renderIssue,
  renderNothingLeft,
  renderPullRequest,
} from './words.ts';

/** What a run offers: the new tags of a config, which it read as `seen`. */
export type Offer = {
  readonly config: Config;
  readonly seen: string;
  readonly tags: readonly NewTag[];
  /** False when a tag list failed, was deferred or the job was cancelled: nothing is removed then. */
  readonly complete: boolean;
  readonly notices: readonly string[];
  /** The job that offers it, empty where it has no name. */
  readonly job?: string;
};

/** The change that is wanted on the base. `complete` is false when nothing may be removed or closed. */
export type Change = {
  /** The files that change, none of them twice. */
  readonly edits: readonly FileEdit[];
  readonly added: readonly ProposedTag[];
  /** What is left to a person, one sentence each. */
  readonly byHand: readonly string[];
  /** Of what the run offers, the tags that were said no to. */
  readonly declined: readonly ProposedTag[];
  readonly complete: boolean;
  /** Of what is added, the tags that no cost is known of. */
  readonly unpriced: readonly string[] | undefined;
  readonly words: ProposalText;
};

/** What the pull request remembers: `tags` of its marker, `number` null when none is open. */
export type Before = KnownTags<ProposedTag> & { readonly number: number | null };

/** What may become a pull request, whatever it is about. `settings` say how it looks on GitHub. */
export type Proposable = {
  readonly settings: PullRequestSettings;
  /** The paths of the files to read on the base, each once. */
  paths(before: Before): readonly string[];
  /** What is to change in them. @throws OfferProblem where nothing can be proposed */
  change(before: Before, found: readonly (BaseFile | AbsentFile)[]): Change;
  /** The body that says that nothing is left to propose. */
  nothingLeft(declined: readonly ProposedTag[]): string;
};

/** New tags as a pull request. */
export function tagsProposal(offer: Offer): Proposable {
  const { file, pullRequest } = offer.config;
  return {
    settings: pullRequest,
    paths: () => [file],
    change: (before, [found]) => {
      if (found === undefined || 'problem' in found) throw found?.problem;
      return makeChange(before, offer, found);
    },
    nothingLeft: (declined) => renderNothingLeft(file, 'pull request', declined),
  };
}

/** `entry` is null where only GitHub remembers the tag and the config no longer has its source. */
type Located = ProposedTag & { readonly entry: Entry | null };

/** Gives back the change that an offer makes to the file. @throws OfferProblem when a tag of before would get lost */
function makeChange(before: Before, offer: Offer, file: BaseFile): Change {
  // A run of another version of the config may well not know a tag that this one proposed.
  const complete = offer.complete && sameText(offer.seen, file.text);
  const known = { tags: before.tags.map(locate(offer.config)), declined: before.declined };
  const offered: readonly Located[] = offer.tags.map(proposedTag);
  const decision = decide(offered, known, { config: file.path, complete });
  const { text, added, byHand } = edit(offer, file, decision.tags);
  const lost = byHand.find(({ tag }) => before.tags.some((remembered) => keyOf(remembered) === keyOf(tag)));
  if (lost !== undefined || (added.length === 0 && byHand.length > 0)) {
    throw notEditable(file, before.number, lost ?? byHand[0]);
  }
  const words = renderPullRequest({
    ...proposalOf(offer, before, decision),
    config: file.path,
    added,
    byHand,
  });
  const { declined } = decision;
  const edits = [{ file, text }];
  const notes = byHand.map(byHandNote);
  return { edits, added, byHand: notes, declined, complete, unpriced: unpricedAmong(added), words };
}

/** What an issue says: the decision about its tags, those of them that are new in it, and its words. */
export type IssueChange = Decision<ProposedTag> & {
  readonly gained: readonly ProposedTag[];
  readonly unpriced: readonly string[] | undefined;
  readonly words: ProposalText;
};

/** Gives back what the issue of a config is to say. */
export function makeIssueChange(before: KnownTags<ProposedTag>, offer: Offer): IssueChange {
  const config = offer.config.file;
  const offered: readonly ProposedTag[] = offer.tags.map(proposedTag);
  const decision = decide(offered, before, { config, complete: offer.complete });
  const { tags } = decision;
  const words = renderIssue({ ...proposalOf(offer, before, decision), config, added: tags, byHand: [] });
  const known = new Set(before.tags.map(keyOf));
  const gained = tags.filter((tag) => !known.has(keyOf(tag)));
  return { ...decision, gained, unpriced: unpricedAmong(tags), words };
}

/** What a body says besides the tags that it proposes. */
function proposalOf(
  { config, notices, complete, job = '' }: Offer,
  { declined: remembered }: KnownTags<ProposedTag>,
  { declined, waiting }: Decision<ProposedTag>,
): Omit<Proposal, 'config' | 'added' | 'byHand'> {
  const { titlePrefix } = config.pullRequest;
  return {
    declined,
    remembered,
    notices,
    waiting,
    complete,
    titlePrefix,
    mirror: formatMirror(config.mirror),
    by: writerOf(job, formatMirror(config.mirror)),
  };
}

/** A remembered tag with the entry of its source: a marker holds text alone. */
function locate({ entries }: Config): (tag: ProposedTag) => Located {
  const bySource = new Map(entries.map((entry) => [formatName(entry.source), entry]));
  return (tag) => ({ ...tag, entry: bySource.get(tag.source) ?? null });
}

function edit(
  { config, seen }: Offer,
  file: BaseFile,
  tags: readonly Located[],
): Pick<Change, 'added'> & { readonly text: string; readonly byHand: readonly ByHand[] } {
  const strangers = tags.filter(({ entry }) => entry === null);
  const located = tags.filter((tag): tag is Located & { entry: Entry } => tag.entry !== null);
  const edited = addNewTags(config, seen, file.text, located);
  const byHand = [
    ...strangers.map((tag) => ({ tag, reason: `${tag.beside} is not listed for this source` })),
    ...edited.untouched.map(({ wanted: tag, reason }) => ({ tag, reason })),
  ];
  const out = new Set([...edited.listed, ...byHand.map(({ tag }) => tag)].map(keyOf));
  return { text: edited.text, added: tags.filter((tag) => !out.has(keyOf(tag))), byHand };
}

/** Whether two texts differ in nothing but their line ends and a byte order mark. */
export function sameText(seen: string, found: string): boolean {
  const plain = (text: string) => text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  return plain(seen) === plain(found);
}

function notEditable(file: BaseFile, number: number | null, example: ByHand | undefined): OfferProblem {
  const what = number === null ? 'nothing is proposed' : `pull request #${number} stays as it is`;
  const why = example === undefined ? '' : `: ${byHandNote(example)}`;
  return new OfferProblem(
    `${file.path} on the branch ${file.base} could not be edited, so ${what}${why}`,
    'add the tags by hand, or run on the head of that branch',
  );
}

/** Why a tag is left to a person, in one line. */
function byHandNote({ tag, reason }: ByHand): string {
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

/** A path at which the base has no text file, and why. */
export type AbsentFile = { readonly path: string; readonly problem: OfferProblem };

/** One file of the base and its new text. */
export type FileEdit = { readonly file: BaseFile; readonly text: string };

/** Tells one proposed change of these files from every other. */
export function fingerprint(edits: readonly FileEdit[]): string {
  const all = edits.flatMap(({ file: { base, path, text }, text: changed }) => [base, path, text, changed]);
  return createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 16);
}
