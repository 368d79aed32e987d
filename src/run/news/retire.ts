// Where a policy was switched off, its open pull request or issue is closed. Nothing but GitHub remembers that there is
// one, so every run looks for it with one request.

import type { Config } from '../../config/images/config.ts';
import type { GitHub, SwitchedOff } from '../../github/client.ts';
import { formatMirror } from '../../image/names/mirror-name.ts';
import type { Report } from '../../report/rows/report.ts';
import { asks, type NewsDoors } from './offers.ts';

type RetireSettings = {
  readonly branch: string;
  readonly run: { readonly pages: string; readonly job: string };
  /** The pull requests for pins that this run settled. */
  readonly pins: readonly string[];
};

/** What retiring needs from the outside. */
type RetireDoors = Pick<NewsDoors, 'cancelled'> & { openGitHub(): Pick<GitHub, 'closeSwitchedOff'> };

/** The report, which says what was closed because nobody asks for it any more. Never throws. */
export async function retire(
  report: Report,
  config: Config,
  { branch, run, pins }: RetireSettings,
  doors: RetireDoors,
): Promise<Report> {
  if (run.job === '' || doors.cancelled.aborted) return report;
  const off = {
    ...{ ways: waysOff(config), pins, job: run.job, runs: run.pages, mirror: formatMirror(config.mirror) },
    address: { config: config.file, base: config.pullRequest.base, branch },
  };
  const closed = await doors.openGitHub().closeSwitchedOff(off);
  const notices = closed.map((message) => ({ kind: 'github' as const, source: '', message }));
  return { ...report, notices: [...report.notices, ...notices] };
}

function waysOff(config: Config): SwitchedOff['ways'] {
  const isOff = {
    'pull-request': !asks(config, 'pull-request'),
    issue: !asks(config, 'issue'),
    alert: config.entries.every(({ policies }) => policies.alert !== 'issue'),
  };
  return (['pull-request', 'issue', 'alert'] as const).filter((way) => isOff[way]);
}
