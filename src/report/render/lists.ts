// The lists of a summary: what is new upstream is shown, what went well is folded away.

import { codeSpan, plainMarkdown } from '../../base/text/sanitize.ts';
import { markdownTable } from '../../base/text/table.ts';
import { amount, bytes, count } from '../../base/text/words.ts';
import { shortDigest } from '../../image/names/digest.ts';
import { familiarText } from '../../image/names/reference.ts';
import { type Costs, costWords, totalCostWords } from '../../plan/select/cost.ts';
import type { WorkReason } from '../../plan/steps/step.ts';
import type { ModeValues } from '../rows/mode-values.ts';
import type { Report } from '../rows/report.ts';
import type { WorkRow } from '../rows/tag-rows.ts';
import { cutList, folded, mirrorLink, shortName, tagLink, type View } from './links.ts';

/** Notices that ask for a decision, and so are not folded away. */
const OPEN_NOTICES = ['parts', 'github', 'series-ended', 'unread-list', 'unread-pin', 'unmoved-pin'];

/** A table with its first rows open, and the rest folded. */
function openTable(header: readonly string[], rows: readonly string[][], view: View): string {
  const open = markdownTable(header, rows.slice(0, view.open), view.open);
  const rest = rows.slice(view.open);
  if (rest.length === 0) return open;
  if (view.open === 0) return folded(count(rest.length, 'row'), cutTable(header, rest, view));
  return `${open}\n${folded(`${count(rest.length, 'more row')}`, cutTable(header, rest, view))}`;
}

function cutTable(header: readonly string[], rows: readonly string[][], { where, most }: View): string {
  const hidden = rows.length - most;
  if (hidden <= 0) return markdownTable(header, rows, rows.length);
  return `${markdownTable(header, rows.slice(0, most), most)}\n… and ${amount(hidden)} more: ${where}.\n`;
}

/** The tags that were written, folded; in a mode that writes nothing those with work to do, of which the first are shown. */
export function workSection(report: Report, { work, writes, title }: ModeValues, view: View): string {
  const rows = report[work];
  if (rows.length === 0) return '';
  const header = [
    'tag',
    ...(writes ? ['the mirror had', 'it now has'] : ['the mirror has', 'upstream has']),
    'why',
  ];
  const cells = rows.map((row) => [
    [tagLink(row), mirrorLink(row)].filter((part) => part !== '').join(' · '),
    row.from === null ? 'nothing' : `\`${shortDigest(row.from)}\``,
    `\`${shortDigest(row.to)}\``,
    [
      why(row, writes),
      ...platformWords(row),
      ...signedWords(row),
      ...attachedWords(row),
      ...movedWords(row),
    ].join(', '),
  ]);
  const heading = `${title} (${amount(rows.length)})`;
  if (!writes) return `### ${heading}\n\n${openTable(header, cells, view)}`;
  return folded(heading, cutTable(header, cells, view));
}

/** In the tense of the mode: what is stale is not mended yet. */
function why({ reason }: WorkRow, writes: boolean): string {
  const was = writes ? 'was' : 'is';
  const words: Partial<Record<WorkReason, string>> = {
    moved: 'upstream moved the tag',
    missing: `${was} not on the mirror`,
    pin: 'it is pinned to this digest',
    policy: 'a policy asks for it',
    repair: `a part of it ${was} missing`,
    referrer: `something attached to it ${was} missing`,
  };
  return words[reason] ?? reason;
}

/** Signatures, SBOMs and the like. */
function attachedWords({ attached = 0 }: WorkRow): string[] {
  return attached === 0 ? [] : [`${amount(attached)} attached`];
}

/** Of tags that share layers the first that brought them has the bytes. */
function movedWords({ bytes: moved = 0 }: WorkRow): string[] {
  return moved === 0 ? [] : [`${bytes(moved)} moved`];
}

/** The texts of certificates are a stranger's. */
function signedWords({ signedBy, signedAt }: WorkRow): string[] {
  if (signedBy === undefined) return [];
  const when = signedAt === undefined ? '' : ` on ${signedAt.slice(0, 10)}`;
  return [`signed by ${codeSpan(shortName(signedBy, 120))}${when}`];
}

function platformWords({ lost = [], kept = [] }: WorkRow): string[] {
  return [
    lost.length === 0 ? [] : [`loses ${lost.map((platform) => codeSpan(shortName(platform, 40))).join(' ')}`],
    kept.length === 0 ? [] : [`keeps ${kept.map((platform) => codeSpan(shortName(platform, 40))).join(' ')}`],
  ].flat();
}

/** Images that the mirror keeps for platforms that upstream let go, and for how long already. */
export function keptSection({ kept }: Report, view: View): string {
  if (kept.length === 0) return '';
  const cells = kept.map((row) => [
    tagLink(row),
    codeSpan(shortName(row.platform, 40)),
    `\`${shortDigest(row.digest)}\``,
    `${row.since}, ${count(row.days, 'day')} ago`,
  ]);
  const table = openTable(['tag', 'platform', 'image', 'upstream let it go'], cells, view);
  return `### Kept for platforms that upstream let go (${amount(kept.length)})\n\n${table}`;
}

/** New tags with what each would cost, and where they were proposed. */
export function newsSection({ newTags, pullRequest, issue }: Report, view: View): string {
  if (newTags.length === 0) return '';
  const isPriced = newTags.some(({ cost }) => cost !== null);
  const cells = newTags.map((row) => [
    tagLink(row),
    codeSpan(shortName(row.beside === '' ? row.series : row.beside, 30)),
    row.mirrored ? 'yes' : 'no',
    ...(isPriced ? [costWords(row.cost)] : []),
  ]);
  const header = ['new tag', 'goes with', 'mirrored', ...(isPriced ? ['would add'] : [])];
  const links = [pullRequest, issue].flatMap((proposed) =>
    proposed === null || proposed.url === '' ? [] : [`[#${proposed.number}](${proposed.url})`],
  );
  const where = links.length === 0 ? '' : `Proposed in ${links.join(' and ')}.\n\n`;
  const title = `### New upstream tags (${amount(newTags.length)})`;
  return `${title}\n\n${where}${openTable(header, cells, view)}`;
}

/** What a check measured, for the person who decides: what is new, what a sync would copy, and listed tags beside patch tags. */
export function costSection({ costs }: Report): string {
  if (costs === null) return '';
  const { newTags, stale, listed, patch, pulls } = costs;
  const rows: readonly (readonly [string, Costs['listed']])[] = [
    ['the new upstream tags', newTags.tags === 0 ? null : newTags],
    ['a sync now', stale.tags === 0 ? null : stale],
    ['`granularity: listed`, the listed tags alone', listed],
    ['`granularity: patch`, the patch tags of their lines too', patch],
  ];
  const cells = rows.flatMap(([what, cost]) =>
    cost === null ? [] : [[what, amount(cost.tags), totalCostWords(cost)]],
  );
  if (cells.length === 0) return '';
  const spent = pulls === 0 ? '' : `\n${count(pulls, 'pull')} spent to measure it.\n`;
  const table = markdownTable(['what would be copied', 'tags', 'would add to the mirror'], cells);
  return `### What it would cost\n\n${table}${spent}`;
}

/** Pins that are not what their tags are upstream, where they are, and what became of them. */
export function pinsSection({ stalePins = [], pinPullRequests = [] }: Report, view: View): string {
  if (stalePins.length === 0) return '';
  const cells = stalePins.map(({ source, tag, toTag, from, to, file, line, state }) => [
    codeSpan(shortName(`${familiarText(source)}:${tag}`)),
    `\`${shortDigest(from)}\``,
    `${toTag === tag ? '' : `${codeSpan(shortName(toTag, 30))} `}\`${shortDigest(to)}\``,
    codeSpan(shortName(`${file}:${line}`)),
    state,
  ]);
  const links = pinPullRequests.flatMap(({ number, url }) => (url === '' ? [] : [`[#${number}](${url})`]));
  const where = links.length === 0 ? '' : `Proposed in ${links.join(' and ')}.\n\n`;
  const title = `### Stale pins (${amount(stalePins.length)})`;
  return `${title}\n\n${where}${openTable(['pin', 'has', 'upstream has', 'at', 'state'], cells, view)}`;
}

/** Tags by source, in numbers: a list of 600 unchanged names helps nobody. */
export function sourceSection({ sources }: Report, { writes, rest }: ModeValues, view: View): string {
  if (sources.length === 0) return '';
  const cells = sources.map(({ source, selected, fresh, copied }) => [
    codeSpan(shortName(familiarText(source))),
    ...[selected, fresh, ...(writes ? [copied] : []), selected - fresh - copied].map((number) =>
      amount(number),
    ),
  ]);
  const header = ['repository', 'tags', 'up to date before', ...(writes ? ['copied now'] : []), rest];
  return folded(count(sources.length, 'repository', 'repositories'), cutTable(header, cells, view));
}

/** What a person should know; what asks for a decision is not folded away. */
export function noticeSection({ notices }: Report, view: View): string {
  const [urgent = [], others = []] = [true, false].map((isUrgent) =>
    notices.filter(({ kind }) => OPEN_NOTICES.includes(kind) === isUrgent),
  );
  const open = urgent.slice(0, Math.ceil(view.open / 2));
  const rest = [...urgent.slice(open.length), ...others];
  const lines = cutList(
    rest.map(({ message }) => `- ${plainMarkdown(message)}\n`),
    view,
  );
  const parts = [
    open.length === 0
      ? ''
      : `### Worth knowing\n\n${open.map(({ message }) => `- ${plainMarkdown(message)}\n`).join('')}`,
    rest.length === 0 ? '' : folded(count(rest.length, open.length === 0 ? 'notice' : 'more notice'), lines),
  ];
  return parts.filter((part) => part !== '').join('\n');
}
