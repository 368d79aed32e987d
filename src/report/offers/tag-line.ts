// A tag in the body of a pull request or issue: a box to untick, its name with a link to where upstream shows
// it, and what it costs. The boxes are read back, so that a person can say no to one tag, and yes again.

import { isMistake } from '../../base/errors/mistake.ts';
import { codeSpan } from '../../base/text/sanitize.ts';
import { count } from '../../base/text/words.ts';
import { isDigest, shortDigest } from '../../image/names/digest.ts';
import { pageOf } from '../../image/names/pages.ts';
import { familiarRow, parseName } from '../../image/names/reference.ts';
import { costWords } from '../../plan/select/cost.ts';
import { keyOf, type Marker, type ProposedTag } from './marker.ts';

type TagRow = Pick<ProposedTag, 'source' | 'tag'>;

/** `ruby:3.5` as code, with a link where its registry has a page for it; of a digest after the tag only the first digits. */
export function tagLink(row: TagRow): string {
  const name = parseName(row.source);
  const [tag = '', digest = ''] = row.tag.split('@', 2);
  const page = isMistake(name) ? null : pageOf(name, tag);
  const short = isDigest(digest) ? `${tag}@${shortDigest(digest)}` : row.tag;
  const label = codeSpan(familiarRow({ ...row, tag: short }));
  return page === null ? label : `[${label}](${page})`;
}

/** The line of a tag that is proposed, ticked. */
export function proposedLine(tag: ProposedTag): string {
  const place = `next to ${codeSpan(tag.beside)} (${codeSpan(tag.series)})`;
  return [`[x] ${tagLink(tag)} ${place}`, costWords(tag.cost)].filter((part) => part !== '').join(', ');
}

/** The line of a tag that was declined, not ticked. */
export function declinedLine(tag: TagRow): string {
  return `[ ] ${tagLink(tag)}`;
}

/** The tags of a marker as the boxes of its body say now: ticked or not. A tag without a box is as the marker says. */
export function readTicks(body: string, marker: Marker): Pick<Marker, 'tags' | 'declined'> {
  const boxes = new Map<string, boolean>();
  for (const [, box, rest = ''] of body.matchAll(/^[ \t]*[-*+] \[([ xX])\] (.*)$/gm)) {
    boxes.set(rest, box !== ' ');
  }
  const lines = [...boxes];
  const boxOf = (tag: ProposedTag): boolean | undefined => {
    const link = tagLink(tag);
    return lines.find(
      ([rest]) => rest === link || rest.trimEnd() === link || rest.startsWith(`${link} `),
    )?.[1];
  };
  const tags = marker.tags.filter((tag) => boxOf(tag) !== false);
  const back = marker.declined.filter((tag) => boxOf(tag) === true);
  const declined = [...marker.tags, ...marker.declined].filter(
    (tag) => !tags.includes(tag) && !back.includes(tag),
  );
  return { tags: [...tags, ...back], declined };
}

/** The lines of a config under which declined tags are never asked for again, a source each: `ruby: ignore: ["3.1"]`. */
export function ignoreLines(declined: readonly TagRow[]): readonly string[] {
  const bySource = Map.groupBy(
    new Map(declined.map((tag) => [keyOf(tag), tag])).values(),
    ({ source }) => source,
  );
  return [...bySource.values()].map(
    (tags) => `ignore: [${tags.map(({ tag }) => JSON.stringify(tag)).join(', ')}]`,
  );
}

/** A list of lines, cut where there are more. */
export function listed(lines: readonly string[], most: number): string {
  const shown = lines.slice(0, most).map((line) => `- ${line}`);
  if (lines.length > most) shown.push(`- … and ${lines.length - most} more`);
  return shown.join('\n');
}

/** The same, folded under a line that opens it, as `3 notices`; empty without lines. */
export function folded(noun: string, lines: readonly string[], most: number): string {
  if (lines.length === 0) return '';
  return `<details><summary>${count(lines.length, noun)}</summary>\n\n${listed(lines, most)}\n\n</details>`;
}
