// The links in a summary, names cut to fit, and what is folded away.

import { isMistake } from '../../base/errors/mistake.ts';
import { codeSpan } from '../../base/text/sanitize.ts';
import { amount } from '../../base/text/words.ts';
import { pageOf } from '../../image/names/pages.ts';
import { familiarRow, formatName, parseName, parseReference } from '../../image/names/reference.ts';

/**
 * Addresses that only the caller knows: the page that explains each reason (`null`: none), and, in words, where the whole
 * lists are.
 */
export type SummaryPage = { readonly docs: string | null; readonly where: string };

/** What a section may show: `open` rows before the rest is folded away, and at most `most` of a list, the rest counted. */
export type View = SummaryPage & { readonly open: number; readonly most: number };

/** A page of which nothing is known. */
export const NOWHERE: SummaryPage = { docs: null, where: 'in the report' };

/** Longer names are cut in the middle: the host and path that they share come first, the tag by which they differ last. */
const MOST_OF_NAME = 72;

/** What a row says of a tag. A pattern that gave no tag has no page, nor a tag of the mirror. */
type TagName = {
  readonly source: string;
  readonly tag: string;
  readonly of?: string;
  readonly mirror?: string | null;
};

/** The familiar name and tag as code. */
export function tagSpan(row: TagName): string {
  return nameSpan(familiarRow(row));
}

/** The same for a familiar name and tag given as one text. */
export function nameSpan(text: string): string {
  return codeSpan(shortName(text));
}

/** `ruby:3.5` as code, with a link to upstream's page where one is known. */
export function nameLink(text: string): string {
  const reference = parseReference(text);
  if (isMistake(reference) || reference.tag === null) return nameSpan(text);
  return linked(nameSpan(text), formatName(reference.name), reference.tag);
}

/** The name cut to what a table has room for. */
export function shortName(name: string, most = MOST_OF_NAME): string {
  const end = Math.floor(most / 2);
  return name.length <= most ? name : `${name.slice(0, most - end - 1)}…${name.slice(-end)}`;
}

/** The tag of a row as code, with a link to upstream's page where one is known; upstream has no page of a platform tag. */
export function tagLink(row: TagName): string {
  return row.mirror === null || row.of !== undefined
    ? tagSpan(row)
    : linked(tagSpan(row), row.source, row.tag);
}

/** A word with a link to the page of the mirror's tag; empty where no page is known. `mirror` is name and tag. */
export function mirrorLink({ tag, mirror }: TagName): string {
  const link = linked('mirror', mirror?.slice(0, -tag.length - 1) ?? '', tag);
  return link === 'mirror' ? '' : link;
}

function linked(words: string, name: string, tag: string): string {
  const parsed = parseName(name);
  const address = isMistake(parsed) ? null : pageOf(parsed, tag);
  // Of names that passed the parser nothing else can come; a link that could end early is none.
  return address === null || !/^https:\/\/[\w.~/%?=&:-]+$/.test(address) ? words : `[${words}](${address})`;
}

/** Markdown folded under a line that opens it. `title` is in words of our own. */
export function folded(title: string, markdown: string): string {
  return `<details><summary>${title}</summary>\n\n${markdown.trimEnd()}\n\n</details>\n`;
}

/** The items of a list, at most `most` of them, and how many were left out. */
export function cutList(items: readonly string[], { most, where }: View): string {
  const hidden = items.length - most;
  const rest = hidden <= 0 ? '' : `- … and ${amount(hidden)} more: ${where}\n`;
  return `${items.slice(0, most).join('')}${rest}`;
}
