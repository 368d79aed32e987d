// The job summary: what a person reads first. What needs somebody stands before what is new, and what went well is folded.

import { formatPlace } from '../../base/errors/diagnostic.ts';
import { codeSpan, plainMarkdown } from '../../base/text/sanitize.ts';
import { markdownTable } from '../../base/text/table.ts';
import { bytes, count, duration } from '../../base/text/words.ts';
import type { ModeValues } from '../rows/mode-values.ts';
import type { Report, Usage } from '../rows/report.ts';
import type { Problem } from './annotations.ts';
import { headline, SIGN } from './headline.ts';
import { folded, NOWHERE, type SummaryPage, shortName } from './links.ts';
import { keptSection, newsSection, noticeSection, sourceSection, workSection } from './lists.ts';
import { troubleSection, waitingSection } from './trouble.ts';

/** GitHub drops a step summary over 1 MiB whole, so ours ends well before. */
const MOST_BYTES = 900_000;
const MOST_ROWS = [200, 50, 10, 0];

/** The report as Markdown for `GITHUB_STEP_SUMMARY`, at most 900,000 bytes. What is cut is counted, and where it is told. */
export function renderSummary(report: Report, mode: ModeValues, page: SummaryPage = NOWHERE): string {
  const whole = MOST_ROWS.map((most) => () => renderWith(report, mode, page, most));
  const bare = () =>
    `${headline(report, mode)}\nIts lists are too long for this page: ${page.where}.\n\n${footer(report, page)}`;
  return firstThatFits([...whole, bare]);
}

function firstThatFits(texts: readonly (() => string)[]): string {
  let text = '';
  for (const render of texts) {
    text = render();
    if (Buffer.byteLength(text) <= MOST_BYTES) break;
  }
  return text;
}

function renderWith(report: Report, mode: ModeValues, page: SummaryPage, most: number): string {
  return [
    headline(report, mode),
    troubleSection(report, page, most),
    waitingSection(report, page, most),
    newsSection(report, page, most),
    keptSection(report, page, most),
    noticeSection(report, page, most),
    workSection(report, mode, page, most),
    sourceSection(report, mode, page, most),
    footer(report, page),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** Mistakes that stand open before the rest is folded away. */
const OPEN_MISTAKES = 12;

/** The summary of a run that could not be made: the mistake, its place, its repair. At most 900,000 bytes. */
export function renderProblem(problem: Problem, status: 'failed' | 'cancelled' = 'failed'): string {
  return firstThatFits([1_000, 200, 20].map((most) => () => renderMistakes(problem, status, most)));
}

function renderMistakes(
  { message, hint, diagnostics }: Problem,
  status: 'failed' | 'cancelled',
  most: number,
): string {
  const next = hint === '' ? '' : `\n${plainMarkdown(hint)}\n`;
  const title = `## ${SIGN[status]} Mirror ${status}\n\n${plainMarkdown(message, 2_000)}\n${next}`;
  if (diagnostics.length === 0) return title;
  const header = ['place', 'what was found', 'what to write'];
  const cells = diagnostics.map(({ place, ...words }) => [
    codeSpan(shortName(formatPlace(place))),
    plainMarkdown(words.message),
    plainMarkdown(words.hint),
  ]);
  const open = markdownTable(header, cells.slice(0, OPEN_MISTAKES), OPEN_MISTAKES);
  const rest = cells.slice(OPEN_MISTAKES);
  if (rest.length === 0) return `${title}\n${open}`;
  const hidden = rest.length - most;
  const cut =
    hidden <= 0 ? '' : `\n… and ${count(hidden, 'more mistake')}: they show when these are mended.\n`;
  const more = `${markdownTable(header, rest.slice(0, most), most)}${cut}`;
  return `${title}\n${open}\n${folded(count(rest.length, 'more mistake'), more)}`;
}

/** What the run cost, and where all of it can be read. */
function footer({ usage, craneVersion, milliseconds }: Report, { where }: SummaryPage): string {
  const requests = Object.values(usage.requests).flatMap((kinds) => Object.values(kinds));
  const total = requests.reduce((sum, number) => sum + number, 0);
  const parts = [
    duration(milliseconds),
    count(total, 'request'),
    usage.copies === 0 ? '' : count(usage.copies, 'image copied', 'images copied'),
    usage.bytesRead === undefined ? '' : `${bytes(usage.bytesRead)} read`,
    ...pullWords(usage),
    craneVersion === '' ? '' : `crane ${craneVersion}`,
  ];
  const line = parts.filter((part) => part !== '').join(' · ');
  return `<sub>${line} · every row of every list is ${where}</sub>\n`;
}

/** What the run took of each pull limit that is known, and what remains. */
function pullWords({ pulls = [], requests }: Usage): string[] {
  return pulls.map(({ host, limit, remaining }) => {
    const spent = requests[host]?.['manifest-get'] ?? 0;
    const rest = limit === null ? amount(remaining) : `${amount(remaining)} of ${amount(limit)}`;
    return `${codeSpan(host)}: ${count(spent, 'pull')} spent, ${rest} left`;
  });
}

function amount(number: number): string {
  return number.toLocaleString('en-US');
}
