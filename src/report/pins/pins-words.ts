// The words of a pull request that moves pins: title, Markdown body, commit message. Names in it come from registries and
// files, so each passes the sanitiser.

import { codeSpan, oneLine, plainMarkdown } from '../../base/text/sanitize.ts';
import { count } from '../../base/text/words.ts';
import type { ReferenceSite } from '../../config/references/reference-site.ts';
import { shortDigest } from '../../image/names/digest.ts';
import { familiarText } from '../../image/names/reference.ts';
import { keyOf, type ProposedTag } from '../offers/marker.ts';
import { declinedLine, folded, listed, tagLink } from '../offers/tag-line.ts';
import { bodyWithMarker, inert, type ProposalText } from '../offers/words.ts';
import type { PinByHand, PinsOffer, ProposedPin } from './bump.ts';

/** What a pull request says of pins; `moved` are the places by the keys of what is proposed. */
type PinsProposal = {
  readonly offer: PinsOffer;
  readonly added: readonly ProposedPin[];
  readonly byHand: readonly PinByHand[];
  readonly declined: readonly ProposedTag[];
  readonly remembered: readonly ProposedTag[];
  readonly waiting: number;
  readonly complete: boolean;
  readonly moved: ReadonlyMap<string, readonly ReferenceSite[]>;
};

/** Where a person reads what this is about. */
const PAGE = 'https://github.com/fresh-mirror/fresh-mirror/blob/main/docs/moving-pins.md';

const MOST_TITLE = 120;
const MOST_LINES = 100;
const MOST_PLACES = 5;

/** The words for pins that move. */
export function renderPins(proposal: PinsProposal): ProposalText {
  const { offer, added, declined, remembered } = proposal;
  const { titlePrefix } = offer.config.pullRequest;
  const title = `${oneLine(titlePrefix, 50)}${titlePrefix === '' ? '' : ' '}${titleOf(added)}`;
  const marker = { config: offer.unit, tags: added, declined: [...declined, ...remembered], by: offer.by };
  const body = bodyWithMarker(marker, title, (most) => bodyWith(proposal, most));
  return { title, body, message: commitMessage(title, proposal) };
}

function titleOf(added: readonly ProposedPin[]): string {
  const [first, second, ...rest] = added.map(({ source, tag }) =>
    inert(`${familiarText(source)} ${tag.split('@', 1)[0]}`),
  );
  const names =
    rest.length > 0
      ? `${first}, ${second} and ${rest.length} more`
      : [first, second].filter(Boolean).join(' and ');
  const title = `Move the ${added.length === 1 ? 'pin' : 'pins'} of ${names}`;
  return title.length <= MOST_TITLE ? title : `Move ${count(added.length, 'pin')}`;
}

function bodyWith(proposal: PinsProposal, most: number): string {
  const { offer, added, byHand, declined, waiting, complete, moved } = proposal;
  const places = [...moved.values()].flat();
  const files = new Set(places.map(({ file }) => file));
  return [
    `Upstream has moved on from ${count(added.length, 'pinned image')}, ${count(places.length, 'pin')} in ${count(files.size, 'file')}. What is pulled through the mirror is there already, so merging breaks nothing.`,
    listed(
      added.map((pin) => pinLine(pin, moved.get(keyOf(pin)) ?? [])),
      most,
    ),
    waiting === 0
      ? ''
      : `${count(waiting, 'more image')} will follow: they do not fit into one pull request.`,
    complete ? '' : 'This run did not see everything, so there may be more.',
    byHand.length === 0
      ? ''
      : `**To change by hand**\n\n${listed(
          byHand.map(({ note }) => plainMarkdown(note, 400)),
          most,
        )}`,
    folded(
      'notice',
      offer.notices.map((notice) => plainMarkdown(notice)),
      most,
    ),
    declinedSection(declined, most),
    `<sub>Untick an image to decline this digest of it: the next run takes it out. Closing this pull request without merging declines all of them, until it is reopened; a newer digest is proposed again. To leave a pin where it is, write \`# fresh-mirror-ignore: stale-pin — why\` above it. [How pins move](${PAGE})</sub>`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The line of an image, ticked: what it becomes, what it was, where, and what is known of it. */
function pinLine(pin: ProposedPin, places: readonly ReferenceSite[]): string {
  const { from, notes, tag } = pin;
  const toTag = tag.split('@', 1)[0];
  const before = new Set(
    from.map((each) => `${each.tag === toTag ? '' : `${each.tag}@`}${shortDigest(each.digest)}`),
  );
  const shown = places.slice(0, MOST_PLACES).map(({ file, line }) => codeSpan(`${file}:${line}`, 120));
  const more = places.length > MOST_PLACES ? ` and ${places.length - MOST_PLACES} more` : '';
  const platforms = (word: string, all: readonly string[]) =>
    all.length === 0 ? '' : `${word} ${all.map((each) => codeSpan(each)).join(', ')}`;
  return [
    `[x] ${tagLink(pin)} from ${[...before].map((each) => codeSpan(each)).join(', ')} in ${shown.join(', ')}${more}`,
    notes?.built ? `built on ${notes.built}` : '',
    platforms('gains', notes?.gained ?? []),
    platforms('**loses**', notes?.lost ?? []),
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** A declined image keeps its box, so that it can be ticked again. */
function declinedSection(declined: readonly ProposedTag[], most: number): string {
  return folded('declined image', declined.map(declinedLine), most).replace(
    '</summary>\n',
    '</summary>\n\nTick an image to have it proposed again.\n',
  );
}

function commitMessage(title: string, { added, offer }: PinsProposal): string {
  const lines = added.slice(0, MOST_LINES).map(({ source, tag, from }) => {
    const [toTag, digest = ''] = tag.split('@', 2);
    const old = from.map((each) => shortDigest(each.digest));
    return `- ${inert(`${familiarText(source)} ${toTag} ${[...new Set(old)].join(' ')} to ${digest.replace(/^.*:/, '').slice(0, 12)}`)}`;
  });
  if (added.length > MOST_LINES) lines.push(`- and ${added.length - MOST_LINES} more`);
  return `${title}\n\nPins of ${inert(offer.config.file)}:\n${lines.join('\n')}\n`;
}
