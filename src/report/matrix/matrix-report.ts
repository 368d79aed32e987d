// The report of a matrix: its rows, and how they were made.

import type { Notice } from '../../base/errors/notice.ts';
import type { Matrix } from '../../plan/shards/matrix.ts';
import { makeReport, type Report, type Run } from '../rows/report.ts';

/** What a report of a matrix needs to know besides its rows. */
type MatrixRun = Omit<Run, 'newTags' | 'pullRequest' | 'issue'>;

/** The report of a matrix: no tag is looked after, so every list of tags is empty. */
export function makeMatrixReport(run: MatrixRun, { include }: Matrix): Report {
  const nothing = { newTags: [], pullRequest: null, issue: null };
  const report = makeReport({ ...run, ...nothing }, { tags: [], patterns: [] }, []);
  const notices = [...run.notices, ...emptyNotice(include.length, run.config)];
  return { ...report, status: run.cancelled === true ? 'cancelled' : 'fresh', matrix: { include }, notices };
}

function emptyNotice(rows: number, config: string): Notice[] {
  if (rows > 0) return [];
  const message = `${config} has nothing to look after, so the matrix is empty: give the next job an if: on the output matrix-count, because GitHub does not accept an empty matrix`;
  return [{ kind: 'matrix', source: '', message }];
}
