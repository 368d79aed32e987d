// The job summary of a matrix: a row for each job of the matrix.

import { codeSpan, plainMarkdown } from '../../base/text/sanitize.ts';
import { markdownTable } from '../../base/text/table.ts';
import { amount, count, duration } from '../../base/text/words.ts';
import type { MatrixRow } from '../../plan/shards/matrix.ts';
import type { Report } from '../rows/report.ts';

/** The report of a matrix as Markdown for `GITHUB_STEP_SUMMARY`; 256 rows are far below its limit. */
export function renderMatrixSummary(report: Report, rows: readonly MatrixRow[]): string {
  const { config, notices, milliseconds } = report;
  const cells = rows.map((row) => [codeSpan(row.name), codeSpan(lookedAfter(row)), amount(row.tags)]);
  const table = markdownTable(['job', 'looks after', 'tags, roughly'], cells, 256);
  const lines = notices.map(({ message }) => `- ${plainMarkdown(message)}\n`);
  return [
    `## 🟢 ${count(rows.length, 'job')} for ${codeSpan(config)}\n`,
    rows.length === 0 ? '' : table,
    lines.join(''),
    `<sub>${duration(milliseconds)}</sub>\n`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** The last line of the log: `matrix: 8 jobs, about 10,000 tags`. */
export function matrixLine(rows: readonly MatrixRow[]): string {
  const tags = rows.reduce((sum, row) => sum + row.tags, 0);
  return `matrix: ${count(rows.length, 'job')}, about ${count(tags, 'tag')}`;
}

/** `shard-1-of-8 1/8, about 120 tags`: one row in a log. */
export function matrixRowLine(row: MatrixRow): string {
  return `${row.name}: ${lookedAfter(row)}, about ${count(row.tags, 'tag')}`;
}

/** What a row passes on, without the weights, which nobody reads. */
function lookedAfter(row: MatrixRow): string {
  return row['only-registries'] ?? `shard ${row.shard?.replace(/:.*/, '') ?? ''}`;
}
