// What stands beside the code and at the head of the job: one annotation for each mistake or failed tag.

import type { Diagnostic, Place, Severity } from '../../base/errors/diagnostic.ts';
import { count } from '../../base/text/words.ts';
import { familiarRow } from '../../image/names/reference.ts';
import type { ModeValues } from '../rows/mode-values.ts';
import type { Report } from '../rows/report.ts';
import type { TroubleRow } from '../rows/tag-rows.ts';

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
 * warnings. Tags that failed with the very same words share one.
 */
export function reportAnnotations(report: Report, fails: boolean): Annotation[] {
  const severity = fails ? 'error' : 'warning';
  // What a limit left to the next run fails nothing, but somebody may have to log in.
  const limited = report.deferred.filter(({ reason }) => reason === 'rate-limited');
  const causes = [...Map.groupBy([...report.failed, ...report.refused, ...limited], causeOf).values()];
  const rows = causes
    .toSorted((a, b) => b.length - a.length)
    .flatMap((tags) => tags.slice(0, 1).map((row) => troubleAnnotation(row, tags.length, severity)));
  if (report.status !== 'stale' || fails) return rows;
  const message = `${count(report.stale.length, 'tag')} of the mirror would be written by mode sync`;
  return [...rows, { severity: 'warning', title: 'The mirror is stale', message, place: null }];
}

function causeOf({ reason, message }: TroubleRow): string {
  return `${reason} ${message}`;
}

function troubleAnnotation(row: TroubleRow, tags: number, severity: Severity): Annotation {
  const tail = row.hint === '' ? '' : ` - ${row.hint}`;
  const tag = familiarRow(row);
  const title = `${tags === 1 ? tag : `${tag} and ${count(tags - 1, 'more tag')}`}: ${row.reason}`;
  return {
    severity: row.reason === 'no-match' || row.reason === 'rate-limited' ? 'warning' : severity,
    title,
    message: `${row.message}${tail}`,
    place: row.place,
  };
}

/** One annotation for each mistake in the config, at its place. */
export function configAnnotations(diagnostics: readonly Diagnostic[]): Annotation[] {
  return diagnostics.map(({ severity, place, message, hint }) => ({
    severity,
    title: 'Images config',
    message: hint === '' ? message : `${message} - ${hint}`,
    place,
  }));
}

/** The last line of the log. */
export function closingLine(report: Report, { work, word }: ModeValues): string {
  const { status, failed, refused, deferred, fresh, newTags, newTagsUnknown } = report;
  const rest = [
    `${failed.length} failed`,
    `${refused.length} refused`,
    `${deferred.length} deferred`,
    `${newTags.length} new`,
    `${count(newTagsUnknown, 'tag list')} unread`,
  ].filter((part) => !part.startsWith('0 '));
  return `mirror ${status}: ${[`${report[work].length} ${word}`, ...rest, `${fresh} fresh`].join(', ')}`;
}
