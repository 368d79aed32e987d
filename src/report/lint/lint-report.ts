// The report of a lint: findings, what was passed over, and the registries that did not answer.

import type { Notice } from '../../base/errors/notice.ts';
import { count } from '../../base/text/words.ts';
import type { LintResult } from '../../plan/lint/lint.ts';
import { makeReport, type Report, type Run } from '../rows/report.ts';
import type { Status } from '../rows/status.ts';
import type { TroubleRow } from '../rows/tag-rows.ts';

/** What a report of a lint needs to know besides its result; `failed` are the look-ups that no registry answered. */
type LintRun = Omit<Run, 'newTags' | 'pullRequest' | 'issue' | 'cancelled'> & {
  readonly cancelled: boolean;
  readonly failed: readonly TroubleRow[];
};

/** The report of a lint: no tag is looked after, so every list of tags but `failed` is empty. */
export function makeLintReport({ mode, cancelled, failed, ...run }: LintRun, result: LintResult): Report {
  const { findings, ignored, files, references, unreadable } = result;
  const nothing = { newTags: [], pullRequest: null, issue: null };
  const report = makeReport({ mode, ...run, ...nothing }, { tags: [], patterns: [] }, []);
  return {
    ...report,
    status: cancelled ? 'cancelled' : statusOf(result, failed),
    failed,
    findings,
    lint: { files, references, unreadable, ignored },
    notices: [...run.notices, ...emptyNotice(result)],
  };
}

/** Nothing is clean because nothing could be read, or because nobody could be asked. */
function statusOf({ findings, references }: LintResult, failed: readonly TroubleRow[]): Status {
  if (references === 0 || findings.some(({ level }) => level === 'error')) return 'failed';
  if (failed.length === 0) return 'fresh';
  return failed.length >= references ? 'failed' : 'partial';
}

function emptyNotice({ references, files }: LintResult): Notice[] {
  if (references > 0) return [];
  const message = `no reference was found in ${count(files, 'file')}: check the files and keys under references`;
  return [{ kind: 'no-references', source: '', message }];
}
