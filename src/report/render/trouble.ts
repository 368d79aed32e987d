// What needs a person, and what waits: one item for each cause, however many tags it concerns. Lists and no tables: a long
// name or advice is broken into lines there, and never makes the page wider.

import type { Reason } from '../../base/errors/failure.ts';
import { codeSpan, plainMarkdown } from '../../base/text/sanitize.ts';
import { amount, count } from '../../base/text/words.ts';
import { familiarText } from '../../image/names/reference.ts';
import { acceptWords } from '../../plan/platforms/guard.ts';
import { type Cause, causesOf } from '../rows/causes.ts';
import type { Report } from '../rows/report.ts';
import type { TroubleRow } from '../rows/tag-rows.ts';
import { cutList, folded, nameLink, nameSpan, shortName, tagSpan, type View } from './links.ts';

/** Tags that are named for a cause. */
const OPEN_TAGS = 4;
/** Characters that are shown; what is longer is folded away in full. */
const MOST_OPEN = 400;

/** Everything that failed or was refused, by cause. */
export function troubleSection({ failed, refused, alert }: Report, view: View): string {
  const causes = [...causesOf(failed), ...causesOf(refused)];
  if (causes.length === 0) return '';
  const number = Math.ceil(view.open / 2);
  const open = causes
    .slice(0, number)
    .map((cause) => `${causeItem(cause, alert, OPEN_TAGS, view)}${detailOf(cause, view)}\n`);
  const more = causes.slice(number);
  const shown = more.slice(0, view.most).map((cause) => causeItem(cause, alert, 1, view));
  const hidden = more.slice(view.most);
  const rest = hidden.length === 0 ? '' : `\n… and ${causesOfTags(hidden, 'with')}: ${view.where}.\n`;
  const tail = more.length === 0 ? '' : folded(causesOfTags(more, 'of'), `${shown.join('')}${rest}`);
  return `### What needs you\n\n${open.join('')}${tail}`;
}

/** `295 more causes of 301 tags`. */
function causesOfTags(causes: readonly Cause[], of: string): string {
  const tags = causes.reduce((sum, cause) => sum + cause.tags.length, 0);
  return `${count(causes.length, 'more cause')} ${of} ${count(tags, 'tag')}`;
}

/** An item of a list. */
function causeItem(cause: Cause, alert: Report['alert'], names: number, view: View): string {
  const lines = [
    `**${whose(cause)}** · ${reasonLink(cause.reason, view)}`,
    plainMarkdown(withShortDigests(cause.happened), MOST_OPEN),
    ...sinceLines(cause, alert),
    ...servedLines(cause),
    ...adviceLines(cause, MOST_OPEN),
    tagNames(cause.tags, names),
  ];
  return `- ${lines.join('<br>\n  ')}\n`;
}

/** `12 tags of ruby`, `40 tags of 40 repositories`. A pattern is not a tag. */
function whose({ reason, tags, repositories }: Cause): string {
  const [only = ''] = repositories;
  const of =
    repositories.length === 1
      ? plainMarkdown(shortName(familiarText(only)))
      : count(repositories.length, 'repository', 'repositories');
  return `${count(tags.length, reason === 'no-match' ? 'pattern' : 'tag')} of ${of}`;
}

function reasonLink(reason: Reason, { docs }: View): string {
  return docs === null ? `\`${reason}\`` : `[\`${reason}\`](${docs}#${reason})`;
}

function tagNames(tags: readonly string[], most: number): string {
  const names = tags.slice(0, most).map(nameLink).join(', ');
  return tags.length <= most ? names : `${names} and ${amount(tags.length - most)} more`;
}

/** Since when, where the alert remembers it, with its issue. */
function sinceLines({ since }: Cause, alert: Report['alert']): string[] {
  const [first, ...later] = since;
  const last = later.at(-1);
  if (first === undefined) return [];
  const days = last === undefined ? `Since ${first}` : `The first since ${first}, the last since ${last}`;
  return [alert === null || alert.url === '' ? `${days}.` : `${days}: [#${alert.number}](${alert.url}).`];
}

/** How old the image is that a refused tag still has. */
function servedLines({ tags, row: { servedSince, servedDays } }: Cause): string[] {
  if (servedSince === undefined || servedDays === undefined) return [];
  const what = tags.length === 1 ? 'The mirror serves' : `For ${codeSpan(tags[0] ?? '')} the mirror serves`;
  return [`${what} an image from ${plainMarkdown(servedSince)}, ${count(servedDays, 'day')} old.`];
}

/** The line that accepts a loss is shown as code, so that it is pasted as it is meant. */
function adviceLines({ advice, row: { line, where } }: Cause, most: number): string[] {
  const words = line === undefined || where === undefined ? advice : `${acceptWords(where)} \`${line}\``;
  return words === '' ? [] : [`**What to do:** ${plainMarkdown(words, most)}`];
}

/** Digests cut to what a person compares. */
function withShortDigests(text: string): string {
  return text.replaceAll(/(sha(?:256|512):[0-9a-f]{12})[0-9a-f]{52,}/g, '$1…');
}

/** Inside the item of its cause: every tag, and in full what was cut. */
function detailOf(cause: Cause, view: View): string {
  const { tags, happened, details } = cause;
  const [open = '', whole = ''] = [MOST_OPEN, Infinity].map((most) => adviceLines(cause, most).join(''));
  const isWhole = withShortDigests(happened) === happened && happened.length <= MOST_OPEN;
  const words = [
    ...(isWhole ? [] : [plainMarkdown(happened, 2_000)]),
    ...details.map((detail) => plainMarkdown(detail, 2_000)),
    ...(open === whole ? [] : [whole]),
  ];
  const names = tags.length <= OPEN_TAGS ? [] : tags.map((tag) => `- ${nameSpan(tag)}\n`);
  if (words.length + names.length === 0) return '';
  const title = names.length === 0 ? 'In full' : `All ${count(names.length, 'tag')}`;
  const inside = [...words, cutList(names, view)].filter((part) => part !== '').join('\n\n');
  return `\n${folded(words.length === 0 || names.length === 0 ? title : `${title}, and the message in full`, inside).replaceAll(/^(?=.)/gm, '  ')}`;
}

/** What was left for another run, a sentence for each cause. */
export function waitingSection(report: Report, view: View): string {
  const { deferred } = report;
  const others = causesOf(deferred.filter(({ reason }) => reason !== 'rollback'));
  const number = Math.ceil(view.open / 2);
  const hidden = others.slice(number);
  const items = [
    rollbackItem(report),
    ...others.slice(0, number).map((cause) => waitingItem(cause, view)),
    hidden.length === 0 ? '' : `- … and ${causesOfTags(hidden, 'with')}: ${view.where}.\n`,
  ].filter((item) => item !== '');
  if (items.length === 0) return '';
  const names = cutList(
    deferred.map((row) => `- ${tagSpan(row)}\n`),
    view,
  );
  const list =
    deferred.length === 0
      ? ''
      : `\n${folded(`The ${deferred.length === 1 ? 'tag' : count(deferred.length, 'tag')}`, names)}`;
  return `### Left for the next run\n\n${items.join('')}${list}`;
}

/** A rollback is reported once, with what it left undone, and not once for each tag. */
function rollbackItem({ failed, refused, deferred }: Report): string {
  const rows = deferred.filter(({ reason }) => reason === 'rollback');
  const stuck = failed.filter(({ reason }) => reason === 'rollback-failed' || reason === 'kept-new');
  if (rows.length + stuck.length === 0) return '';
  const places = new Set([...rows, ...stuck].map(repositoryOf));
  const causes = [...failed, ...refused].filter(
    (row) => !stuck.includes(row) && places.has(repositoryOf(row)),
  );
  const wait = `${amount(rows.length)} ${rows.length === 1 ? 'tag waits' : 'tags wait'}`;
  const because = causes.length === 0 ? '' : ` for ${count(causes.length, 'failed one')}`;
  const rest = stuck.length === 0 ? '' : ` ${count(stuck.length, 'tag')} could not be put back.`;
  return `- All or nothing: ${wait}${because} (\`on-failure: rollback\`). None of them was moved, or it was put back.${rest} What was copied for them stays in the mirror without a tag.\n`;
}

/** The mirror repository of a row. */
function repositoryOf({ mirror, tag }: TroubleRow): string {
  return mirror?.slice(0, -tag.length - 1) ?? '';
}

function waitingItem(cause: Cause, view: View): string {
  const { reason, happened, tags } = cause;
  const hint = adviceLines(cause, MOST_OPEN)
    .map((line) => ` ${line}`)
    .join('');
  const words = plainMarkdown(withShortDigests(happened), MOST_OPEN);
  return `- **${count(tags.length, 'tag')}** · ${reasonLink(reason, view)}: ${words}.${hint}\n`;
}
