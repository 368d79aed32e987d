// Markdown tables.

import { amount } from './words.ts';

/**
 * A Markdown table. Cells must already be safe Markdown (`codeSpan`, `plainMarkdown` or words of our own). Of more
 * than `most` rows the rest is counted in a last row, so that a summary stays under GitHub's limit of 1 MiB.
 */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  most = 100,
): string {
  const shown = rows.slice(0, most);
  const lines = [header, header.map(() => '---'), ...shown.map((cells) => cells.map(inCell))].map(
    (cells) => `| ${cells.join(' | ')} |`,
  );
  const more = rows.length - shown.length;
  if (more > 0) lines.push(`| … and ${amount(more)} more in the report ${'| '.repeat(header.length)}`);
  return `${lines.join('\n')}\n`;
}

/**
 * The Markdown with its pipes as they are written inside a cell, where a backslash is needed in code too (GFM, 4.10). A
 * backslash in front of a pipe cannot be written there at all, so a space goes between.
 */
function inCell(markdown: string): string {
  return markdown.replaceAll(/(\\?)\|/g, (_pipe, backslash: string) =>
    backslash === '' ? '\\|' : `${backslash} \\|`,
  );
}
