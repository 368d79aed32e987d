// The words of a pull request or issue that proposes new tags: title, Markdown body, commit message. Names in it come
// from registries and configs, so each passes the sanitiser; what GitHub refuses for its length is never made.

import { createHash } from 'node:crypto';
import { codeSpan, oneLine, plainMarkdown } from '../../base/text/sanitize.ts';
import { markdownTable } from '../../base/text/table.ts';
import { bytes, count } from '../../base/text/words.ts';
import { familiarRow, familiarText } from '../../image/names/reference.ts';
import { formatMarker, keyOf, type Marker, type ProposedTag } from './marker.ts';
import { declinedLine, folded, ignoreLines, listed, proposedLine } from './tag-line.ts';

/** A tag that could not be put into the file, and why. */
export type ByHand = { readonly tag: ProposedTag; readonly reason: string };

/** What is proposed. `config` is the path of the file in its repository; everything else is as the run found it. */
export type Proposal = {
  readonly config: string;
  /** The tags that the pull request adds, or that the issue lists. */
  readonly added: readonly ProposedTag[];
  /** The tags for which the file could not be changed. */
  readonly byHand: readonly ByHand[];
  /** The tags that a person said no to, and that are still new upstream. */
  readonly declined: readonly ProposedTag[];
  /** All tags that a person said no to, as far as anybody knows. */
  readonly remembered: readonly ProposedTag[];
  /** Registry and prefix that copies go to. */
  readonly mirror: string;
  readonly titlePrefix: string;
  /** Who proposes it, as the marker remembers (writerOf). */
  readonly by?: string | undefined;
  /** Series not continued and other things a person should know, one sentence each. */
  readonly notices: readonly string[];
  /** How many tags wait because the pull request is full. */
  readonly waiting: number;
  /** False when a tag list could not be read, so that there may be more. */
  readonly complete: boolean;
};

/** `title` on one line, `body` in Markdown with the marker, at most 60,000 characters; `message` of the commit. */
export type ProposalText = { readonly title: string; readonly body: string; readonly message: string };

/** GitHub takes 65,536 characters. */
const MOST_CHARACTERS = 60_000;
const MOST_MARKER = 30_000;
const MOST_DECLINED = 8_000;
const MOST_TITLE = 120;

/** Where a person reads what this is about. */
const PAGE = 'https://github.com/fresh-mirror/fresh-mirror/blob/main/docs/new-tags.md';

/** As many tags, from the first, as the marker of one pull request or issue can remember. */
export function tagsThatFit<T extends ProposedTag>(config: string, tags: readonly T[]): T[] {
  return fittingInto(MOST_MARKER - markerOf(config, []).length, tags);
}

function fittingInto<T extends ProposedTag>(most: number, tags: readonly T[]): T[] {
  let room = most;
  const over = tags.findIndex((tag) => {
    room -= markerOf('', [tag]).length;
    return room < 0;
  });
  return over < 0 ? [...tags] : tags.slice(0, over);
}

function markerOf(config: string, tags: readonly ProposedTag[]): string {
  return formatMarker({ config, text: '', tags, declined: [] });
}

/** What differs between a pull request and an issue. */
type Frame = {
  readonly title: string;
  readonly thing: string;
  readonly intro: string;
  readonly ending: string;
};

/** The words of a pull request that adds tags to the config. */
export function renderPullRequest(proposal: Proposal): ProposalText {
  const title = `${oneLine(proposal.titlePrefix, 50)}${proposal.titlePrefix === '' ? '' : ' '}Mirror ${titleOf(proposal.added)}`;
  const { number, belong, them } = numberWords(proposal.added.length);
  const frame = {
    title,
    thing: 'pull request',
    intro: `Upstream has ${number} that ${belong} to the lists in ${codeSpan(proposal.config)}. Merging adds ${them}; the next run copies.`,
    ending: 'Closing this pull request without merging declines every tag in it, until it is reopened.',
  };
  return { title, body: bodyWithin(proposal, frame), message: commitMessage(title, proposal) };
}

/** The words of an issue about new tags. */
export function renderIssue(proposal: Proposal): ProposalText {
  const title = `New upstream tags for ${inert(proposal.config)}`;
  const { number, belong, are } = numberWords(proposal.added.length);
  const frame = {
    title,
    thing: 'issue',
    intro: `Upstream has ${number} that ${belong} to the lists in ${codeSpan(proposal.config)} and ${are} not listed there. Add what you want; this issue is closed when nothing is left.`,
    ending: 'Closing this issue declines every tag in it, until it is reopened.',
  };
  return { title, body: bodyWithin(proposal, frame), message: '' };
}

function numberWords(tags: number) {
  const number = count(tags, 'tag');
  if (tags === 1) return { number, belong: 'belongs', them: 'it', are: 'is' };
  return { number, belong: 'belong', them: 'them', are: 'are' };
}

/** A policy that no longer asks for offers, and the file that it is in. */
export type OffPolicy = { readonly file: string; readonly policy: 'new-tags' | 'pins' };

/** What a body says when there is nothing left to propose. */
export function renderNothingLeft(
  config: string,
  thing: string,
  declined: readonly ProposedTag[],
  why = `every tag of this ${thing} is listed, declined, ignored or gone upstream`,
): string {
  return renderEnd(config, `Nothing is left to propose: ${why}.`, declined);
}

/** What a body says when a policy of the file asks for no such thing any more; `config` is the name in the marker. */
export function renderSwitchedOff(
  { config, file, policy }: { readonly config: string } & OffPolicy,
  thing: string,
  declined: readonly ProposedTag[],
): string {
  const why = `Closed, because the policy \`${policy}\` of ${codeSpan(file)} does not ask for ${thing} any more.`;
  return renderEnd(config, why, declined);
}

/** A body that proposes nothing keeps what was declined, so that nobody is asked again. */
function renderEnd(config: string, why: string, declined: readonly ProposedTag[]): string {
  const remembered = fittingInto(MOST_DECLINED, declined);
  const boxes = listed(remembered.map(declinedLine), 50);
  const back = boxes === '' ? '' : `\n\nTick what is to be proposed again:\n\n${boxes}`;
  return `${why}${back}\n\n${formatMarker({ config, text: '', tags: [], declined: remembered })}\n`;
}

/** The comment that lets those who follow an issue know which tags were added to it. */
export function renderGained(tags: readonly ProposedTag[]): string {
  const names = tags.slice(0, 50).map((tag) => codeSpan(familiarRow(tag)));
  const rest = tags.length > 50 ? ` and ${tags.length - 50} more` : '';
  return `New since the last time: ${names.join(', ')}${rest}.`;
}

function bodyWithin(proposal: Proposal, frame: Frame): string {
  const { config, added: tags } = proposal;
  const declined = [...proposal.declined, ...proposal.remembered];
  return bodyWithMarker({ config, tags, declined, by: proposal.by ?? '' }, frame.title, (most, isStable) =>
    // Jobs for two mirrors may share one config: what differs between them does not count as a change.
    bodyWith(isStable ? { ...proposal, mirror: '' } : proposal, frame, most),
  );
}

/**
 * A body with its marker, at most 60,000 characters: `write` gets the number of rows that a list may have, and whether
 * its result is only compared with an earlier body: then it leaves out what does not count as a change.
 */
export function bodyWithMarker(
  { config, tags, declined: asked, by = '' }: Omit<Marker, 'text'>,
  title: string,
  write: (most: number, isStable: boolean) => string,
): string {
  const declined = fittingInto(MOST_DECLINED, distinct(asked));
  for (const most of [400, 100, 30, 10]) {
    const names = JSON.stringify(tags.map(({ source, tag }) => [source, tag]));
    const text = createHash('sha256')
      .update(`${title}\n${write(most, true)}\n${names}`)
      .digest('hex')
      .slice(0, 12);
    const marker = formatMarker({ config, text, tags, declined, by });
    const body = `${write(most, false)}\n${marker}\n`;
    if (body.length <= MOST_CHARACTERS || most === 10) return body;
  }
  return '';
}

function distinct(tags: readonly ProposedTag[]): ProposedTag[] {
  return [...new Map(tags.map((tag) => [keyOf(tag), tag])).values()];
}

function bodyWith(proposal: Proposal, { thing, intro, ending }: Frame, most: number): string {
  const { added, byHand, declined, notices, waiting, complete, mirror } = proposal;
  return [
    intro,
    `${listed(added.map(proposedLine), most)}\n\n${totalWords(added)}`.trim(),
    waiting === 0 ? '' : `${count(waiting, 'more tag')} will follow: they do not fit into one ${thing}.`,
    complete ? '' : 'A tag list could not be read this time, so there may be more.',
    byHand.length === 0 ? '' : `**To add by hand**\n\n${byHandTable(byHand, most)}`,
    folded(
      'notice',
      notices.map((notice) => plainMarkdown(notice)),
      most,
    ),
    declinedSection(declined, most),
    mirror === '' ? '' : `Copies go to ${codeSpan(mirror)}.`,
    `<sub>Untick a tag to decline it: the next run takes it out. ${ending} [How new tags are found](${PAGE})</sub>`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** A declined tag keeps its box, so that it can be ticked again; `ignore` is the way to hear no more of it. */
function declinedSection(declined: readonly ProposedTag[], most: number): string {
  if (declined.length === 0) return '';
  const lines = ignoreLines(declined)
    .slice(0, 10)
    .map((line) => codeSpan(line));
  const forGood = `Tick a tag to have it proposed again. To hear no more of them, add to their entries: ${lines.join(', ')}`;
  return folded('declined tag', declined.map(declinedLine), most).replace(
    '</summary>\n',
    `</summary>\n\n${forGood}\n`,
  );
}

function totalWords(added: readonly ProposedTag[]): string {
  const costs = added.map((tag) => tag.cost).filter((cost) => cost !== null);
  if (costs.length < 2) return '';
  const sum = costs.reduce((total, cost) => total + cost.bytes, 0);
  const exact = costs.length === added.length && costs.every((cost) => cost.exact);
  return `Together ${exact ? '' : '≈ '}${bytes(sum)} more in the mirror.`;
}

function byHandTable(rows: readonly ByHand[], most: number): string {
  const cells = rows.map(({ tag: { source, tag, beside }, reason }) => [
    codeSpan(familiarText(source)),
    codeSpan(tag),
    codeSpan(beside),
    plainMarkdown(reason),
  ]);
  return markdownTable(['source', 'tag', 'next to', 'why not here'], cells, most).trim();
}

function titleOf(added: readonly ProposedTag[]): string {
  const names = added.map(({ source, tag }) => inert(`${familiarText(source)} ${tag}`));
  const [first = 'new tags', second, ...rest] = names;
  const title =
    rest.length > 0 ? `${first}, ${second} and ${rest.length} more` : names.join(' and ') || first;
  return title.length <= MOST_TITLE ? title : count(added.length, 'new tag');
}

/** For titles and commit messages, which are not Markdown: only characters of names stay, and nothing that GitHub links. */
export function inert(text: string): string {
  return oneLine(text, 200)
    .replace(/[^\w .:/-]/g, '_')
    .replace(/:\/\//g, ':_/')
    .replace(/\bGH-(?=\d)/gi, 'GH_');
}

const MOST_LINES = 100;

function commitMessage(title: string, { added, config }: Proposal): string {
  const lines = added
    .slice(0, MOST_LINES)
    .map(({ source, tag }) => `- ${inert(`${familiarText(source)} ${tag}`)}`);
  if (added.length > MOST_LINES) lines.push(`- and ${added.length - MOST_LINES} more`);
  return `${title}\n\nNew upstream tags for ${inert(config)}:\n${lines.join('\n')}\n`;
}
