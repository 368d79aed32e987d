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
  const lines = [header, header.map(() => '---'), ...shown].map((cells) => `| ${cells.join(' | ')} |`);
  const more = rows.length - shown.length;
  if (more > 0)
    lines.push(`| … and ${more.toLocaleString('en-US')} more in the report ${'| '.repeat(header.length)}`);
  return `${lines.join('\n')}\n`;
}
