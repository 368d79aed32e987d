// What is shown beside the code and above the jobs: one annotation for each mistake or failed tag.

import type { Diagnostic, Place, Severity } from '../../base/errors/diagnostic.ts';
import type { Reason } from '../../base/errors/failure.ts';
import { withHint } from '../../base/errors/hints.ts';
import { count } from '../../base/text/words.ts';
import { mostSevereFirst } from '../../plan/lint/finding.ts';
import { buildWarning } from '../builds/build-summary.ts';
import { lintAlone, lintLine } from '../lint/lint-summary.ts';
import { matrixLine } from '../matrix/matrix-summary.ts';
import { type Cause, causesOf } from '../rows/causes.ts';
import type { ModeValues } from '../rows/mode-values.ts';
import type { Report } from '../rows/report.ts';

/** One annotation; `place` is null where it belongs to no file. */
export type Annotation = {
  readonly severity: Severity;
  readonly title: string;
  readonly message: string;
  readonly place: Place | null;
};

/** A run that could not be made: a UserError, or an internal error in its shape. */
export type Problem = {
  readonly message: string;
  readonly hint: string;
  readonly diagnostics: readonly Diagnostic[];
};

/**
 * One annotation for each cause, the one that concerns most tags first: errors where the step fails for them, else
 * warnings. Tags that failed for the same cause share one.
 */
export function reportAnnotations(report: Report, fails: boolean): Annotation[] {
  const severity = fails ? 'error' : 'warning';
  // What a limit left to the next run fails nothing, but somebody may have to log in.
  const limited = report.deferred.filter(({ reason }) => reason === 'rate-limited');
  const causes = causesOf([...report.failed, ...report.refused, ...limited]);
  const rows = [
    ...lintAnnotations(report),
    ...causes.map((cause) => causeAnnotation(cause, severity)),
    ...buildAnnotations(report),
  ];
  if (report.status !== 'stale' || fails || report.stale.length === 0) return rows;
  const message = `${count(report.stale.length, 'tag')} of the mirror would be written by mode sync`;
  return [...rows, { severity: 'warning', title: 'The mirror is stale', message, place: null }];
}

/** One annotation for each finding at its place, the gravest first: GitHub keeps but a few. */
function lintAnnotations({ findings = [], lint }: Report): Annotation[] {
  const found = mostSevereFirst(findings).map(({ level, rule, message, file, line, column }): Annotation => {
    return { severity: level, title: rule, message, place: { file, line, column } };
  });
  if (lint?.references !== 0) return found;
  const message = 'no reference was found: check the files and keys under references';
  return [...found, { severity: 'error', title: 'Lint', message, place: null }];
}

/** One for all builds: each of them is in an output that a workflow hands on. */
function buildAnnotations(report: Report): Annotation[] {
  const message = buildWarning(report);
  return message === null ? [] : [{ severity: 'warning', title: 'Builds are stale', message, place: null }];
}

function causeAnnotation(cause: Cause, severity: Severity): Annotation {
  const { reason, happened, advice, tags, row } = cause;
  const [tag = ''] = tags;
  const title = `${tags.length === 1 ? tag : `${tag} and ${count(tags.length - 1, 'more tag')}`}: ${reason}`;
  return {
    severity: reason === 'no-match' || reason === 'rate-limited' ? 'warning' : severity,
    title,
    message: advice === '' ? happened : `${happened} - ${advice}${words(cause)}`,
    place: row.place,
  };
}

/** Where the sentence does not say it all, what exactly came back. */
function words({ reason, details: [detail = ''] }: Cause): string {
  const isClear = !UNCLEAR.includes(reason) && !detail.startsWith('not tried: ');
  return detail === '' || isClear ? '' : ` (${detail})`;
}

const UNCLEAR: readonly Reason[] = ['unsupported', 'server-error', 'corrupt', 'internal'];

/** One annotation for each mistake in the config, at its place. */
export function configAnnotations(diagnostics: readonly Diagnostic[]): Annotation[] {
  return diagnostics.map(({ severity, place, ...words }) => ({
    severity,
    title: 'Images config',
    message: withHint(words),
    place,
  }));
}

/** The last line of the log. */
export function closingLine(report: Report, { work, word }: ModeValues): string {
  const lint = lintAlone(report);
  if (lint !== null) return lintLine(report, lint);
  if (report.matrix !== undefined) return matrixLine(report.matrix.include);
  const { status, failed, refused, deferred, fresh, newTags, newTagsUnknown, builds, part } = report;
  const rest = [
    `${failed.length} failed`,
    `${refused.length} refused`,
    `${deferred.length} deferred`,
    `${builds?.stale ?? 0} stale ${builds?.stale === 1 ? 'build' : 'builds'}`,
    `${newTags.length} new`,
    `${count(newTagsUnknown, 'tag list')} unread`,
    count(report.stalePins?.length ?? 0, 'stale pin'),
  ].filter((part) => !part.startsWith('0 '));
  const of = part === null ? '' : ` (${part.name})`;
  const numbers = [`${report[work].length} ${word}`, ...rest, `${fresh} fresh`].join(', ');
  return `mirror ${status}${of}: ${numbers}${listedWords(report)}`;
}

/** How many sources were read from lists of digests; empty where each tag was asked for. */
function listedWords({ sources }: Report): string {
  const sizes = (['upstream', 'mirror'] as const).map((place) => ({
    place: place === 'mirror' ? 'on the mirror' : place,
    size: sources.filter(({ read }) => read?.[place] === 'listing').length,
  }));
  const listed = sizes.filter(({ size }) => size > 0);
  if (listed.length === 0) return '';
  const where = listed.map(({ size, place }) => `${count(size, 'source')} ${place}`);
  return ` (digests read from lists for ${where.join(' and ')})`;
}
