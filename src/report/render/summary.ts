// The job summary: what a person reads first. What needs attention comes before what is new, and what went well is folded.

import { formatPlace } from '../../base/errors/diagnostic.ts';
import { heightOf } from '../../base/text/height.ts';
import { codeSpan, plainMarkdown } from '../../base/text/sanitize.ts';
import { amount, bytes, count, duration } from '../../base/text/words.ts';
import { buildSection } from '../builds/build-summary.ts';
import { lintAlone, renderLintSummary } from '../lint/lint-summary.ts';
import { renderMatrixSummary } from '../matrix/matrix-summary.ts';
import { partSection } from '../merge/words.ts';
import type { ModeValues } from '../rows/mode-values.ts';
import type { Report, Usage } from '../rows/report.ts';
import type { Problem } from './annotations.ts';
import { headline, SIGN } from './headline.ts';
import { cutList, folded, NOWHERE, type SummaryPage, type View } from './links.ts';
import {
  costSection,
  keptSection,
  newsSection,
  noticeSection,
  pinsSection,
  sourceSection,
  workSection,
} from './lists.ts';
import { troubleSection, waitingSection } from './trouble.ts';

/** GitHub drops a step summary over 1 MiB whole, so ours ends well before. */
const MOST_BYTES = 900_000;
const MOST_ROWS = [200, 50, 10, 0];

/** Pixels that a summary should not be much taller than, and the rows that are not folded, from generous to none. */
const MOST_PIXELS = 2_300;
const OPEN_ROWS = [10, 6, 4, 2, 0];

/** The report as Markdown for `GITHUB_STEP_SUMMARY`, at most 900,000 bytes. It says how much was cut, and where the rest is. */
export function renderSummary(report: Report, mode: ModeValues, page: SummaryPage = NOWHERE): string {
  const lint = lintAlone(report);
  if (lint !== null) return renderLintSummary(report, lint);
  if (report.matrix !== undefined) return renderMatrixSummary(report, report.matrix.include);
  const whole = MOST_ROWS.map((most) => () => renderWith(report, mode, { ...page, most }));
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

type Section = (view: View) => string;

/** One section after the other; each opens as many rows as there is room for above the third screen. */
function renderWith(report: Report, mode: ModeValues, view: Omit<View, 'open'>): string {
  const sections: readonly Section[] = [
    (part) => troubleSection(report, part),
    (part) => waitingSection(report, part),
    () => (report.lint === undefined ? '' : renderLintSummary(report, report.lint)),
    (part) => buildSection(report, part),
    (part) => newsSection(report, part),
    () => costSection(report),
    (part) => pinsSection(report, part),
    (part) => keptSection(report, part),
    (part) => noticeSection(report, part),
    (part) => workSection(report, mode, part),
    (part) => sourceSection(report, mode, part),
  ];
  const head = [headline(report, mode), partSection(report)].filter((part) => part !== '').join('\n');
  const parts = sections.reduce(
    ({ texts, height }, section) => {
      const text = openIn(MOST_PIXELS - height, section, view);
      return { texts: [...texts, text], height: height + heightOf(text) };
    },
    { texts: [head], height: heightOf(head) },
  );
  return [...parts.texts, footer(report, view)].filter((part) => part !== '').join('\n');
}

function openIn(pixels: number, section: Section, view: Omit<View, 'open'>): string {
  let text = '';
  for (const open of OPEN_ROWS) {
    text = section({ ...view, open });
    if (heightOf(text) <= pixels) break;
  }
  return text;
}

/** The summary of a run that could not be made: each mistake, its place, its repair. At most 900,000 bytes. */
export function renderProblem(problem: Problem, status: 'failed' | 'cancelled' = 'failed'): string {
  const title = problemTitle(problem, status);
  const mistakes = problem.diagnostics.map(
    ({ place, message, hint }) =>
      `- ${codeSpan(formatPlace(place))} ${plainMarkdown(message)}${hint === '' ? '' : `<br>\n  **What to do:** ${plainMarkdown(hint)}`}\n`,
  );
  return firstThatFits([1_000, 200, 20].map((most) => () => `${title}${mistakeList(mistakes, title, most)}`));
}

function mistakeList(mistakes: readonly string[], title: string, most: number): string {
  if (mistakes.length === 0) return '';
  const pixels = MOST_PIXELS - heightOf(title);
  const open = [12, 6, 3].find((number) => heightOf(mistakes.slice(0, number).join('')) <= pixels) ?? 1;
  const rest = mistakes.slice(open);
  const where = 'they appear once these are fixed';
  const more =
    rest.length === 0
      ? ''
      : `\n${folded(count(rest.length, 'more mistake'), cutList(rest, { ...NOWHERE, where, open, most }))}`;
  return `\n${mistakes.slice(0, open).join('')}${more}`;
}

/** A short message is the heading itself; a long one goes under it. */
function problemTitle({ message, hint }: Problem, status: 'failed' | 'cancelled'): string {
  const next = hint === '' ? '' : `\n${plainMarkdown(hint)}\n`;
  if (message.length > MOST_OF_HEADING)
    return `## ${SIGN[status]} Mirror ${status}\n\n${plainMarkdown(message, 2_000)}\n${next}`;
  const words = plainMarkdown(message.replace(/^\p{Ll}(?=\p{L}* )/u, (first) => first.toUpperCase()));
  return `## ${SIGN[status]} ${words}\n\n**Mirror ${status}**\n${next}`;
}

const MOST_OF_HEADING = 100;

/** What the run cost, and where all of it can be read. */
function footer({ usage, craneVersion, milliseconds }: Report, { where }: SummaryPage): string {
  const requests = Object.values(usage.requests).flatMap((kinds) => Object.values(kinds));
  const total = requests.reduce((sum, number) => sum + number, 0);
  const parts = [
    duration(milliseconds),
    count(total, 'request'),
    // Digests that were to be brought, those that failed too.
    usage.copies === 0 ? '' : count(usage.copies, 'copy begun', 'copies begun'),
    usage.bytesMoved ? `${bytes(usage.bytesMoved)} moved` : '',
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
