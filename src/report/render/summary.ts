// The job summary: what a person reads first. Failures stand before successes, and each says what to do.

import { formatPlace } from '../../base/errors/diagnostic.ts';
import { codeSpan, plainMarkdown } from '../../base/text/sanitize.ts';
import { markdownTable } from '../../base/text/table.ts';
import { count, duration } from '../../base/text/words.ts';
import { shortDigest } from '../../image/names/digest.ts';
import { familiarRow, familiarText } from '../../image/names/reference.ts';
import { acceptWords } from '../../plan/platforms/guard.ts';
import { costWords } from '../../plan/select/cost.ts';
import type { ModeValues } from '../rows/mode-values.ts';
import type { KeptRow } from '../rows/platform-rows.ts';
import type { Report } from '../rows/report.ts';
import type { Status } from '../rows/status.ts';
import type { TroubleRow, WorkRow } from '../rows/tag-rows.ts';
import type { Problem } from './annotations.ts';

/** GitHub drops a step summary over 1 MiB whole, so ours ends well before. */
const MOST_BYTES = 900_000;

const SIGN: Record<Status, string> = {
  cancelled: '⚪',
  failed: '🔴',
  partial: '🟠',
  stale: '🟡',
  deferred: '🟡',
  synced: '🟢',
  fresh: '🟢',
};

/** The report as Markdown for `GITHUB_STEP_SUMMARY`, at most 900,000 bytes. */
export function renderSummary(report: Report, mode: ModeValues): string {
  for (const most of [200, 50, 10, 0]) {
    const text = renderWith(report, mode, most);
    if (Buffer.byteLength(text) <= MOST_BYTES) return text;
  }
  return heading(report, mode);
}

/** The summary of a run that could not be made: the mistake, its place, its repair. */
export function renderProblem(problem: Problem, status: 'failed' | 'cancelled' = 'failed'): string {
  const next = problem.hint === '' ? '' : `\n${plainMarkdown(problem.hint)}\n`;
  const title = `## ${SIGN[status]} Mirror ${status}\n\n${plainMarkdown(problem.message, 2000)}\n${next}`;
  if (problem.diagnostics.length === 0) return title;
  const cells = problem.diagnostics.map(({ place, message, hint }) => [
    codeSpan(formatPlace(place)),
    plainMarkdown(message),
    plainMarkdown(hint),
  ]);
  return `${title}\n${markdownTable(['place', 'what was found', 'what to write'], cells)}`;
}

function renderWith(report: Report, mode: ModeValues, most: number): string {
  const { work, title, rest } = mode;
  return [
    heading(report, mode),
    troubleSection('Failed', report.failed, most),
    troubleSection('Refused', report.refused, most),
    workSection(title, report[work], most),
    keptSection(report.kept, most),
    troubleSection('Deferred', report.deferred, most),
    newsSection(report, most),
    sourceSection(report.sources, rest, most),
    noticeSection(report.notices, most),
    footer(report),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function heading(report: Report, mode: ModeValues): string {
  const target = report.mirror === '' ? '' : ` · ${codeSpan(report.mirror)}`;
  return `## ${SIGN[report.status]} Mirror ${report.status}${target}\n\n${sentence(report, mode)}\n`;
}

/** The line under the title: what happened to how many tags. */
function sentence(report: Report, { work, word, note }: ModeValues): string {
  const parts = [
    tags(report[work], word),
    tags(report.failed, 'failed'),
    tags(report.refused, 'refused'),
    tags(report.deferred, 'deferred'),
    report.newTags.length > 0 ? `${count(report.newTags.length, 'new upstream tag')}` : '',
    report.fresh > 0 ? `${report.fresh.toLocaleString('en-US')} fresh` : '',
  ].filter((part) => part !== '');
  const outcome = parts.length === 0 ? 'nothing selected' : parts.join(', ');
  const made = report.platformTags === 0 ? '' : ` and ${count(report.platformTags, 'platform tag')}`;
  return `**${outcome}** of ${count(report.selected, 'selected tag')}${made}.${note}${rollbackNote(report)}`;
}

/** All or nothing is explained where it is read first, with what it leaves behind. */
function rollbackNote({ failed, deferred }: Report): string {
  const back = deferred.filter(({ reason }) => reason === 'rollback').length;
  const stuck = failed.filter(({ reason }) => reason === 'rollback-failed' || reason === 'kept-new').length;
  if (back + stuck === 0) return '';
  const rest = stuck === 0 ? '' : ` ${count(stuck, 'tag')} could not be put back.`;
  return ` All or nothing: ${count(back, 'tag')} not moved, or put back.${rest} What was copied for them stays in the mirror without a tag.`;
}

function tags(rows: readonly unknown[], word: string): string {
  return rows.length === 0 ? '' : `${rows.length.toLocaleString('en-US')} ${word}`;
}

function troubleSection(title: string, rows: readonly TroubleRow[], most: number): string {
  if (rows.length === 0) return '';
  const cells = rows.map((row) => [
    codeSpan(familiarRow(row)),
    row.reason,
    plainMarkdown(row.message),
    whatToDo(row),
  ]);
  return section(
    title,
    rows.length,
    markdownTable(['tag', 'reason', 'what happened', 'what to do'], cells, most),
  );
}

/** The line that accepts a loss stands as code, so that it is pasted as it is meant. */
function whatToDo({ hint, line, where }: TroubleRow): string {
  if (line === undefined || where === undefined) return hint === '' ? '' : plainMarkdown(hint);
  return `${plainMarkdown(acceptWords(where))} ${codeSpan(line, 1_000)}`;
}

function keptSection(rows: readonly KeptRow[], most: number): string {
  if (rows.length === 0) return '';
  const cells = rows.map((row) => [
    codeSpan(familiarRow(row)),
    codeSpan(row.platform),
    `\`${shortDigest(row.digest)}\``,
    `${row.since}, ${count(row.days, 'day')} ago`,
  ]);
  const table = markdownTable(['tag', 'platform', 'image', 'upstream let it go'], cells, most);
  return section('Kept for platforms that upstream let go', rows.length, table);
}

function workSection(title: string, rows: readonly WorkRow[], most: number): string {
  if (rows.length === 0) return '';
  const cells = rows.map((row) => [
    codeSpan(familiarRow(row)),
    row.from === null ? '—' : `\`${shortDigest(row.from)}\``,
    `\`${shortDigest(row.to)}\``,
    [row.reason, ...platformWords(row)].join(', '),
  ]);
  return section(title, rows.length, markdownTable(['tag', 'from', 'to', 'why'], cells, most));
}

/** New tags with what each would cost, and where they were proposed. */
function newsSection({ newTags, pullRequest, issue }: Report, most: number): string {
  if (newTags.length === 0) return '';
  const priced = newTags.some((row) => row.cost !== null);
  const cells = newTags.map((row) => [
    codeSpan(familiarRow(row)),
    codeSpan(row.series),
    row.mirrored ? 'mirrored' : 'not mirrored',
    ...(priced ? [costWords(row.cost)] : []),
  ]);
  const header = ['tag', 'series', 'state', ...(priced ? ['would add'] : [])];
  const links = [pullRequest, issue].flatMap((proposed) =>
    proposed === null || proposed.url === '' ? [] : [`[#${proposed.number}](${proposed.url})`],
  );
  const where = links.length === 0 ? '' : `\nProposed in ${links.join(' and ')}.\n`;
  return section('New upstream tags', newTags.length, `${markdownTable(header, cells, most)}${where}`);
}

function platformWords({ lost = [], kept = [] }: WorkRow): string[] {
  return [
    lost.length === 0 ? [] : [`loses ${lost.map((platform) => codeSpan(platform)).join(' ')}`],
    kept.length === 0 ? [] : [`keeps ${kept.map((platform) => codeSpan(platform)).join(' ')}`],
  ].flat();
}

function section(title: string, number: number, body: string): string {
  return `### ${title} (${number.toLocaleString('en-US')})\n\n${body}`;
}

/** Fresh tags are folded into one count a source: a list of 600 unchanged names helps nobody. */
function sourceSection(sources: Report['sources'], rest: string, most: number): string {
  if (sources.length === 0) return '';
  const cells = sources.map(({ source, selected, fresh, copied }) => [
    codeSpan(familiarText(source)),
    ...[selected, fresh, copied, selected - fresh - copied].map((number) =>
      number === 0 ? '' : `${number}`,
    ),
  ]);
  const table = markdownTable(['source', 'selected', 'fresh', 'copied', rest], cells, most);
  return `<details><summary>${count(sources.length, 'source')}</summary>\n\n${table}\n</details>\n`;
}

function noticeSection(notices: Report['notices'], most: number): string {
  if (notices.length === 0) return '';
  const lines = notices.slice(0, most).map(({ message }) => `- ${plainMarkdown(message)}`);
  return `<details><summary>${count(notices.length, 'notice')}</summary>\n\n${lines.join('\n')}\n\n</details>\n`;
}

function footer({ usage, craneVersion, milliseconds }: Report): string {
  const requests = Object.values(usage.requests).flatMap((kinds) => Object.values(kinds));
  const total = requests.reduce((sum, number) => sum + number, 0);
  const parts = [
    duration(milliseconds),
    count(total, 'request'),
    usage.copies === 0 ? '' : count(usage.copies, 'image copied', 'images copied'),
    craneVersion === '' ? '' : `crane ${craneVersion}`,
  ];
  return `<sub>${parts.filter((part) => part !== '').join(' · ')}</sub>\n`;
}
