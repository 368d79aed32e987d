// The job summary of a lint: one table for each rule, its findings grouped by file, with the text to write instead.

import { formatPlace } from '../../base/errors/diagnostic.ts';
import { codeSpan, plainMarkdown } from '../../base/text/sanitize.ts';
import { markdownTable } from '../../base/text/table.ts';
import { amount, count, duration } from '../../base/text/words.ts';
import { LINT_LEVELS, RULE_ROWS } from '../../config/references/lint-rules.ts';
import { familiarRow } from '../../image/names/reference.ts';
import type { Finding } from '../../plan/lint/finding.ts';
import type { LintCounts } from '../../plan/lint/lint.ts';
import type { Report } from '../rows/report.ts';

/** GitHub drops a step summary over 1 MiB whole, so ours ends well before. */
const MOST_BYTES = 900_000;
/** A digest is read by machines; a reference with one is longer than other names. */
const LONGEST_REFERENCE = 500;

type Rule = (typeof RULE_ROWS)[number];

/** The counts of a report that is about a lint only; null for any other, also where a lint was merged into it. */
export function lintAlone({ lint, sources }: Report): LintCounts | null {
  return sources.length === 0 ? (lint ?? null) : null;
}

/** The report of a lint as Markdown for `GITHUB_STEP_SUMMARY`, at most 900,000 bytes. */
export function renderLintSummary(report: Report, lint: LintCounts): string {
  for (const most of [200, 50, 10, 0]) {
    const text = renderWith(report, lint, most);
    if (Buffer.byteLength(text) <= MOST_BYTES) return text;
  }
  return heading(report, lint);
}

/** The last line of the log: `lint failed: 2 errors, 1 note in 40 references of 3 files, 1 ignored`. */
export function lintLine(report: Report, lint: LintCounts): string {
  const { failed, status } = report;
  const rest = [
    failed.length === 0 ? '' : `, ${count(failed.length, 'look-up')} failed`,
    lint.ignored.length === 0 ? '' : `, ${lint.ignored.length} ignored`,
    lint.unreadable === 0 ? '' : `, ${lint.unreadable} not readable here`,
  ];
  return `lint ${status === 'fresh' ? 'passed' : status}: ${foundWords(report)} in ${whereWords(lint)}${rest.join('')}`;
}

/** `vars.yml:6:10 error not-pinned the reference has no digest …`: one finding in a log or on a terminal. */
export function findingLine({ level, rule, message, ...place }: Finding): string {
  return `${formatPlace(place)} ${level} ${rule} ${message}`;
}

function foundWords({ findings = [] }: Report): string {
  const words = LINT_LEVELS.map((level) => {
    const number = findings.filter((finding) => finding.level === level).length;
    return number === 0 ? '' : count(number, level);
  });
  return words.filter((word) => word !== '').join(', ') || 'nothing found';
}

function whereWords({ references, files }: LintCounts): string {
  return `${count(references, 'reference')} of ${count(files, 'file')}`;
}

function renderWith(report: Report, lint: LintCounts, most: number): string {
  const byRule = Map.groupBy(report.findings ?? [], ({ rule }) => rule);
  return [
    heading(report, lint),
    ...RULE_ROWS.map((rule) => ruleSection(rule, byRule.get(rule.id) ?? [], most)),
    failedSection(report, most),
    ignoredSection(lint, most),
    noticeSection(report, most),
    `<sub>${duration(report.milliseconds)}</sub>\n`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function heading(report: Report, { references, files, unreadable }: LintCounts): string {
  const sign = report.status === 'fresh' ? '🟢' : report.status === 'cancelled' ? '⚪' : '🔴';
  const word = report.status === 'fresh' ? 'passed' : report.status;
  const where = `${count(references, 'reference')} of ${count(files, 'file')}`;
  const rest = unreadable === 0 ? '' : ` ${count(unreadable, 'reference')} could not be read here.`;
  return `## ${sign} Lint ${word} · ${codeSpan(report.config)}\n\n**${foundWords(report)}** in ${where}.${rest}\n`;
}

function ruleSection(rule: Rule, findings: readonly Finding[], most: number): string {
  if (findings.length === 0) return '';
  const cells = [...Map.groupBy(findings, ({ file }) => file)].flatMap(([file, inside]) =>
    inside.map((finding, at) => [at === 0 ? codeSpan(file) : '', ...findingCells(finding)]),
  );
  const header = ['file', 'line', 'reference', 'what was found', 'write instead'];
  const number = amount(findings.length);
  const level = findings[0]?.level ?? rule.level;
  return `### \`${rule.id}\` (${number}, ${level})\n\n${rule.about}. ${rule.help}\n\n${markdownTable(header, cells, most)}`;
}

function findingCells({ line, column, reference, message, replacement }: Finding): string[] {
  return [
    `${line}:${column}`,
    codeSpan(shortReference(reference)),
    plainMarkdown(replacement === '' ? message : message.replace(/ - write \S+$/, ''), 400),
    codeSpan(replacement, LONGEST_REFERENCE),
  ];
}

/** What is in the file can be looked up there; what is to be written is shown in full. */
function shortReference(reference: string): string {
  return reference.replace(/(@sha(?:256|512):[0-9a-f]{12})[0-9a-f]{52,}$/, '$1…');
}

function failedSection({ failed }: Report, most: number): string {
  if (failed.length === 0) return '';
  const cells = failed.map((row) => [
    codeSpan(formatPlace(row.place)),
    codeSpan(shortReference(familiarRow(row))),
    row.reason,
    plainMarkdown(row.message),
    plainMarkdown(row.hint),
  ]);
  const header = ['place', 'reference', 'reason', 'what happened', 'what to do'];
  return `### Registries that did not answer (${failed.length})\n\n${markdownTable(header, cells, most)}`;
}

function ignoredSection({ ignored }: LintCounts, most: number): string {
  if (ignored.length === 0) return '';
  const cells = ignored.map(({ file, line, rule, reference, reason }) => [
    codeSpan(`${file}:${line}`),
    `\`${rule}\``,
    codeSpan(shortReference(reference)),
    plainMarkdown(reason),
  ]);
  const table = markdownTable(['place', 'rule', 'reference', 'reason'], cells, most);
  return `<details><summary>${count(ignored.length, 'finding')} ignored by a comment</summary>\n\n${table}\n</details>\n`;
}

function noticeSection({ notices }: Report, most: number): string {
  return notices
    .slice(0, most)
    .map(({ message }) => `- ${plainMarkdown(message)}\n`)
    .join('');
}
