// What needs a person, and what waits: one item for each cause, however many tags it concerns. Lists and no tables: a long
// name or advice is broken into lines there, and never makes the page wider.

import type { Reason } from '../../base/errors/failure.ts';
import { plainMarkdown } from '../../base/text/sanitize.ts';
import { count } from '../../base/text/words.ts';
import { familiarText } from '../../image/names/reference.ts';
import { type Cause, causesOf } from '../rows/causes.ts';
import type { Report } from '../rows/report.ts';
import type { TroubleRow } from '../rows/tag-rows.ts';
import { folded, type SummaryPage, tagLink, tagSpan } from './links.ts';

/** Causes that are shown open, and tags that are named for each: what fits on the first screens. */
const OPEN_CAUSES = 5;
const OPEN_TAGS = 4;

/** Everything that failed or was refused, by cause; at most `most` rows of each list, and the rest counted. */
export function troubleSection({ failed, refused }: Report, page: SummaryPage, most: number): string {
  const causes = [...causesOf(failed), ...causesOf(refused)];
  if (causes.length === 0) return '';
  const open = causes.slice(0, OPEN_CAUSES).map((cause) => causeItem(cause, page, most));
  const more = causes.slice(OPEN_CAUSES);
  const shown = more.slice(0, most).map((cause) => causeItem(cause, page, 0));
  const hidden = more.length - shown.length;
  const title = `${count(more.length, 'more cause')}, ${count(tagsOf(more), 'tag')}`;
  const rest =
    hidden === 0
      ? ''
      : `\n… and ${count(hidden, 'more cause')} with ${count(tagsOf(more.slice(most)), 'tag')}: ${page.where}.\n`;
  const tail = more.length === 0 ? '' : `\n${folded(title, `${shown.join('')}${rest}`)}`;
  return `### What needs you\n\n${open.join('')}${tail}`;
}

function tagsOf(causes: readonly Cause[]): number {
  return causes.reduce((sum, { tags }) => sum + tags.length, 0);
}

/** An item of a list; `most` tags in full, none for an item that is itself folded away. */
function causeItem(cause: Cause, page: SummaryPage, most: number): string {
  const lines = [
    `**${whose(cause)}** · ${reasonLink(cause.reason, page)}`,
    plainMarkdown(cause.happened, 400),
    ...(cause.advice === '' ? [] : [`**What to do:** ${plainMarkdown(cause.advice, 1_500)}`]),
    tagNames(cause.tags, most === 0 ? 1 : OPEN_TAGS),
  ];
  const first = `- ${lines.join('<br>\n  ')}\n`;
  const detail = most === 0 ? '' : detailOf(cause, page, most);
  return detail === '' ? `${first}\n` : `${first}\n${indented(detail)}\n`;
}

/** `12 tags of ruby`, `40 tags of 40 repositories`. A pattern is not a tag. */
function whose({ reason, tags, repositories }: Cause): string {
  const noun = reason === 'no-match' ? 'pattern' : 'tag';
  const [only = '', ...more] = repositories;
  const of =
    more.length === 0
      ? plainMarkdown(familiarText(only))
      : count(repositories.length, 'repository', 'repositories');
  return `${count(tags.length, noun)} of ${of}`;
}

function reasonLink(reason: Reason, { docs }: SummaryPage): string {
  return docs === null ? `\`${reason}\`` : `[\`${reason}\`](${docs}#${reason})`;
}

function tagNames(tags: readonly TroubleRow[], most: number): string {
  const names = tags.slice(0, most).map(tagLink).join(', ');
  return tags.length <= most ? names : `${names} and ${(tags.length - most).toLocaleString('en-US')} more`;
}

/** Every tag with its place, and all that is known of the cause. */
function detailOf({ tags, detail }: Cause, page: SummaryPage, most: number): string {
  const words = detail === '' ? '' : `${plainMarkdown(detail, 2_000)}\n\n`;
  if (tags.length <= OPEN_TAGS) return detail === '' ? '' : folded('What the registry said', words);
  const shown = tags.slice(0, most).map((row) => `- ${tagSpan(row)}\n`);
  const rest =
    tags.length > most ? `- … and ${(tags.length - most).toLocaleString('en-US')} more: ${page.where}\n` : '';
  return folded(
    `All ${count(tags.length, 'tag')}${detail === '' ? '' : ', and what the registry said'}`,
    `${words}${shown.join('')}${rest}`,
  );
}

/** Inside an item of a list. */
function indented(markdown: string): string {
  return markdown.replaceAll(/^(?=.)/gm, '  ');
}

/** What was left for another run, a sentence for each cause. */
export function waitingSection(
  { failed, refused, deferred }: Report,
  page: SummaryPage,
  most: number,
): string {
  const stuck = failed.filter(({ reason }) => reason === 'rollback-failed' || reason === 'kept-new').length;
  const rolledBack = deferred.filter(({ reason }) => reason === 'rollback');
  const others = causesOf(deferred.filter(({ reason }) => reason !== 'rollback'));
  const items = [
    rollbackItem(rolledBack, failed.length + refused.length - stuck, stuck),
    ...others.slice(0, OPEN_CAUSES).map((cause) => waitingItem(cause, page)),
  ].filter((item) => item !== '');
  if (items.length === 0) return '';
  const hidden = others.slice(OPEN_CAUSES);
  const rest =
    hidden.length === 0
      ? ''
      : `- ${count(tagsOf(hidden), 'more tag')} for ${count(hidden.length, 'other cause')}: ${page.where}\n`;
  const names = deferred.slice(0, most).map((row) => `- ${tagSpan(row)}\n`);
  const cut =
    deferred.length > most
      ? `- … and ${(deferred.length - most).toLocaleString('en-US')} more: ${page.where}\n`
      : '';
  const list = folded(
    `The ${deferred.length === 1 ? 'tag' : count(deferred.length, 'tag')}`,
    `${names.join('')}${cut}`,
  );
  return `### Left for the next run\n\n${items.join('')}${rest}\n${list}`;
}

/** All or nothing is told once, with what it leaves behind, and not once for each tag. */
function rollbackItem(rows: readonly TroubleRow[], causes: number, stuck: number): string {
  if (rows.length + stuck === 0) return '';
  const wait = rows.length === 1 ? '1 tag waits' : `${rows.length.toLocaleString('en-US')} tags wait`;
  const rest = stuck === 0 ? '' : ` ${count(stuck, 'tag')} could not be put back.`;
  return `- All or nothing: ${wait} for ${count(causes, 'failed one')} (\`on-failure: rollback\`). None of them was moved, or it was put back.${rest} What was copied for them stays in the mirror without a tag.\n`;
}

function waitingItem({ reason, happened, advice, tags }: Cause, page: SummaryPage): string {
  const hint = advice === '' ? '' : ` **What to do:** ${plainMarkdown(advice)}`;
  return `- **${count(tags.length, 'tag')}** · ${reasonLink(reason, page)}: ${plainMarkdown(happened, 400)}.${hint}\n`;
}
