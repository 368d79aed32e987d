// Keeps the tracking issue on GitHub up to date where the policy `alert` asks for it; the report then says since when tags
// are in trouble.

import { withHint } from '../../base/errors/hints.ts';
import type { Config } from '../../config/images/config.ts';
import { formatMirror } from '../../image/names/mirror-name.ts';
import { formatName } from '../../image/names/reference.ts';
import { hasArrived, type Outcome, type Plan } from '../../plan/steps/step.ts';
import { type AlertRun, alertKey } from '../../report/offers/alert.ts';
import type { Report } from '../../report/rows/report.ts';
import type { TroubleRow } from '../../report/rows/tag-rows.ts';
import type { NewsDoors } from './offers.ts';

/** What a run knows besides its report; `isWhole` is false where a part of it has no report, so that nothing is closed. */
type Seen = {
  readonly config: Config;
  readonly well: readonly WellTag[];
  readonly isWhole: boolean;
  readonly today: string;
};

type WellTag = { readonly source: string; readonly tag: string };

/** This run on GitHub, as the settings of a run have it. */
type AlertSettings = { readonly run: { readonly id: string; readonly pages: string; readonly job: string } };

/** The report with its alert, after the issue was opened, updated or closed. Never throws: the mirroring is done. */
export async function raiseAlert(
  report: Report,
  { run }: AlertSettings,
  doors: NewsDoors,
  seen: Seen,
): Promise<Report> {
  const asking = seen.config.entries.filter(({ policies }) => policies.alert === 'issue');
  // A cancelled job has seconds left, and what it saw is not all.
  if (asking.length === 0 || doors.cancelled.aborted) return report;
  const sources = new Set(asking.map(({ source }) => formatName(source)));
  const found = alertRun(report, sources, seen);
  const ended = await doors.runner.group('Alert', () =>
    doors.openGitHub().settleAlert({ ...found, run: run.id, runs: run.pages, by: run.job }),
  );
  if (ended.kind === 'problem') {
    const message = withHint(ended);
    doors.runner.annotate([{ severity: 'warning', title: 'Alert', message, place: null }]);
    return { ...report, notices: [...report.notices, { kind: 'github', source: '', message }] };
  }
  const since = new Map(ended.rows.map((row) => [alertKey(row), row.since]));
  const dated = (row: TroubleRow): TroubleRow => {
    const day = since.get(alertKey({ ...row, mirror: report.mirror }));
    return day === undefined ? row : { ...row, since: day };
  };
  const { number, url, since: oldest } = ended;
  const alert = number === null || oldest === null ? null : { number, url, since: oldest };
  return { ...report, alert, failed: report.failed.map(dated), refused: report.refused.map(dated) };
}

/** The report of a narrowed run, with what another one needs to update the tracking issue for it. */
export function withWell(report: Report, { entries }: Config, tags: readonly WellTag[]): Report {
  if (entries.every(({ policies }) => policies.alert !== 'issue')) return report;
  const groups = Map.groupBy(tags, ({ source }) => source);
  const well = [...groups].map(([source, group]) => ({ source, tags: group.map(({ tag }) => tag) }));
  return { ...report, well };
}

function alertRun(
  { failed, refused, deferred, mirror, status }: Report,
  sources: ReadonlySet<string>,
  { config, well, isWhole, today }: Seen,
): Omit<AlertRun, 'run' | 'runs'> {
  const troubles = [...failed, ...refused].filter(({ source }) => sources.has(source));
  // A pattern whose list could not be read says nothing of its tags.
  const unread = failed.filter((row) => row.mirror === null && row.reason !== 'no-match');
  return {
    config: config.file,
    mirror: formatMirror(config.mirror),
    today,
    troubles: troubles.map(({ source, tag, reason, message, hint }) => {
      return { mirror, source, tag, reason, message, hint };
    }),
    well: new Set(well.map((tag) => alertKey({ ...tag, mirror }))),
    complete: isWhole && deferred.length === 0 && unread.length === 0 && status !== 'cancelled',
  };
}

/** The tags that are as they should be after the run. */
export function wellTags(plan: Plan, outcomes: readonly Outcome[]): WellTag[] {
  const fresh = plan.tags.filter(({ kind }) => kind === 'fresh').map(({ wanted }) => wanted);
  const written = outcomes.filter(hasArrived);
  const moved = written.map(({ step, move }) => ({ source: step.source, tag: move.tag }));
  return [...fresh, ...moved].map(({ source, tag }) => ({ source: formatName(source), tag }));
}
