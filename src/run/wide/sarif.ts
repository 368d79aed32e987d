// The SARIF file of a run that has findings.

import { UserError } from '../../base/errors/user-error.ts';
import { renderSarif } from '../../report/lint/sarif.ts';
import type { Report } from '../../report/rows/report.ts';
import type { RunDoors } from '../doors/doors.ts';

/** Writes the findings of a report where `path` says; nothing where it is empty. @throws UserError where it cannot be written */
export async function writeSarif(
  path: string,
  report: Report,
  doors: Pick<RunDoors, 'writeReport'>,
): Promise<void> {
  if (path === '') return;
  try {
    await doors.writeReport(path, renderSarif(report));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError('input', `the SARIF file could not be written to ${path}: ${why}`, {
      hint: 'give the input `sarif` a path that can be written',
      cause,
    });
  }
}
