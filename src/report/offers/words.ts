// The words of a pull request or issue that proposes new tags: title, Markdown body, commit message. Names in it come
// from registries and configs, so each passes the sanitiser; what GitHub refuses for its length is never made.

import { createHash } from 'node:crypto';
import { codeSpan, oneLine, plainMarkdown } from '../../base/text/sanitize.ts';
import { markdownTable } from '../../base/text/table.ts';
import { bytes, count } from '../../base/text/words.ts';
import { familiarRow, familiarText } from '../../image/names/reference.ts';
import { costWords } from '../../plan/select/cost.ts';
import { formatMarker, type ProposedTag } from './marker.ts';

/** A tag that could not be put into the file, and why. */
export type ByHand = { readonly tag: ProposedTag; readonly reason: string };

/** What is proposed. `config` is the path of the file in its repository; everything else is as the run found it. */
export type Proposal = {
  readonly config: string;
  /** The tags that the pull request adds, or that the issue tells of. */
  readonly added: readonly ProposedTag[];
  /** The tags for which the file could not be changed. */
  readonly byHand: readonly ByHand[];
  /** The tags that a closed pull request said no to, and that are still new upstream. */
  readonly declined: readonly Pick<ProposedTag, 'source' | 'tag'>[];
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
const MOST_TITLE = 120;

/** As many tags, from the first, as the marker of one pull request can remember. */
export function fitting<T extends ProposedTag>(config: string, tags: readonly T[]): T[] {
  let room = MOST_MARKER - formatMarker({ config, text: '', tags: [] }).length;
  const over = tags.findIndex((tag) => {
    room -= formatMarker({ config: '', text: '', tags: [tag] }).length;
    return room < 0;
  });
  return over < 0 ? [...tags] : tags.slice(0, over);
}

/** The words of a pull request that adds tags to the config. */
export function renderPullRequest(proposal: Proposal): ProposalText {
  const title = `Mirror ${titleOf(proposal.added)}`;
  const file = codeSpan(proposal.config);
  const number = count(proposal.added.length, 'tag');
  const intro = `Upstream has ${number} that belong${proposal.added.length === 1 ? 's' : ''} to the lists in ${file}. Merging adds ${proposal.added.length === 1 ? 'it' : 'them'}; the next run copies.`;
  const outro =
    'Closing this pull request without merging declines each tag in it: none is proposed again until this pull request is reopened.';
  return { title, body: bodyWithin(proposal, title, intro, outro), message: commitMessage(title, proposal) };
}

/** The words of an issue that tells of new tags. */
export function renderIssue(proposal: Proposal): ProposalText {
  const title = `New upstream tags for ${inert(proposal.config)}`;
  const number = count(proposal.added.length, 'tag');
  const intro = `Upstream has ${number} that belong${proposal.added.length === 1 ? 's' : ''} to the lists in ${codeSpan(proposal.config)} and ${proposal.added.length === 1 ? 'is' : 'are'} not listed there. Add what you want, and put the rest under \`ignore\`; this issue is then closed.`;
  const outro = 'Closing this issue declines each tag in it, until it is reopened.';
  return { title, body: bodyWithin(proposal, title, intro, outro), message: '' };
}

/** The comment that tells those who follow an issue of tags that came to it. */
export function renderGained(tags: readonly ProposedTag[]): string {
  const names = tags.slice(0, 50).map((tag) => codeSpan(familiarRow(tag)));
  const rest = tags.length > 50 ? ` and ${tags.length - 50} more` : '';
  return `New since the last time: ${names.join(', ')}${rest}.`;
}

function bodyWithin(proposal: Proposal, title: string, intro: string, outro: string): string {
  for (const most of [400, 100, 30, 10]) {
    const visible = bodyWith(proposal, intro, outro, most);
    const tags = JSON.stringify(proposal.added.map(({ source, tag }) => [source, tag]));
    const text = createHash('sha256').update(`${title}\n${visible}\n${tags}`).digest('hex').slice(0, 12);
    const marker = formatMarker({ config: proposal.config, text, tags: proposal.added });
    const body = `${visible}\n${marker}\n`;
    if (body.length <= MOST_CHARACTERS || most === 10) return body;
  }
  return '';
}

function bodyWith(proposal: Proposal, intro: string, outro: string, most: number): string {
  const { added, byHand, declined, notices, waiting, complete } = proposal;
  return [
    intro,
    addedTable(added, most),
    waiting === 0 ? '' : `${count(waiting, 'more tag')} will follow: they do not fit into one pull request.`,
    complete ? '' : 'A tag list could not be read this time, so there may be more.',
    byHand.length === 0 ? '' : `**To add by hand**\n\n${byHandTable(byHand, most)}`,
    folded(
      'notice',
      notices.map((notice) => plainMarkdown(notice)),
      most,
    ),
    folded(
      'declined tag',
      declined.map((tag) => codeSpan(familiarRow(tag))),
      most,
    ),
    `<sub>${outro}</sub>`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function addedTable(added: readonly ProposedTag[], most: number): string {
  const cells = added.map(({ source, tag, series, beside, cost }) => [
    codeSpan(familiarText(source)),
    codeSpan(tag),
    codeSpan(series),
    codeSpan(beside),
    costWords(cost),
  ]);
  const table = markdownTable(['source', 'new tag', 'series', 'next to', 'to copy'], cells, most);
  return `${table}\n${totalWords(added)}`.trim();
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

function folded(noun: string, lines: readonly string[], most: number): string {
  if (lines.length === 0) return '';
  const shown = lines.slice(0, most).map((line) => `- ${line}`);
  if (lines.length > most) shown.push(`- … and ${lines.length - most} more`);
  return `<details><summary>${count(lines.length, noun)}</summary>\n\n${shown.join('\n')}\n\n</details>`;
}

function titleOf(added: readonly ProposedTag[]): string {
  const names = added.map(({ source, tag }) => inert(`${familiarText(source)} ${tag}`));
  const [first = 'new tags', second, ...rest] = names;
  const title =
    rest.length > 0 ? `${first}, ${second} and ${rest.length} more` : names.join(' and ') || first;
  return title.length <= MOST_TITLE ? title : count(added.length, 'new tag');
}

/** Titles and commit messages are not Markdown: only characters of names stay, and nothing that GitHub links. */
function inert(text: string): string {
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
