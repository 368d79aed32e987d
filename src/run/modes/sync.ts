// The mode sync, and the story that check shares with it: config, crane, observe, plan, apply, new tags, report.

import type { Notice } from '../../base/errors/notice.ts';
import { UserError } from '../../base/errors/user-error.ts';
import { unlessStopped } from '../../base/flow/stop.ts';
import type { Build } from '../../config/builds/build.ts';
import type { Config } from '../../config/images/config.ts';
import { formatMirror } from '../../image/names/mirror-name.ts';
import { baseNames } from '../../plan/builds/base-names.ts';
import { groundOf } from '../../plan/builds/judge.ts';
import { narrow } from '../../plan/shards/narrow.ts';
import { plannedKeeps, settleKeeps } from '../../plan/steps/keep-moves.ts';
import { applyRules } from '../../plan/steps/order.ts';
import { makePlan } from '../../plan/steps/plan.ts';
import { hasArrived, type Outcome, type Plan } from '../../plan/steps/step.ts';
import { reportBuilds } from '../../report/builds/build-report.ts';
import { inOrder, sourcesOf } from '../../report/merge/order.ts';
import type { ModeValues } from '../../report/rows/mode-values.ts';
import { ownMirrorNotices } from '../../report/rows/news.ts';
import { makeReport, type Report } from '../../report/rows/report.ts';
import { keepTagNotices, keepTagRows } from '../../report/rows/tag-rows.ts';
import { apply } from '../apply/apply.ts';
import { judgeBuilds, refuseCircle } from '../builds/builds.ts';
import { lookAfterPins, type PinsReport } from '../bumps/bumps.ts';
import type { Opened, RunDoors } from '../doors/doors.ts';
import type { Mode, RunSettings } from '../doors/settings.ts';
import { raiseAlert, wellTags, withWell } from '../news/alert.ts';
import { reportNews } from '../news/news.ts';
import { retire } from '../news/retire.ts';
import { forReading } from '../observe/ask.ts';
import { type Observed, observe } from '../observe/observe.ts';
import { verifyDeep } from '../observe/verify.ts';
import { waitForMirror } from '../references/wait.ts';
import { withReferrers } from '../referrers/look.ts';
import { readGround } from '../wide/ground.ts';

/** `sync`: looks, copies and reports. */
export const SYNC: Mode = {
  about: 'reads both sides and copies what is stale',
  narrows: true,
  values: {
    name: 'sync',
    writes: true,
    work: 'copied',
    title: 'Copied',
    word: 'copied',
    note: '',
    rest: 'not up to date',
  },
  work: (settings, doors) => mirrorTags(SYNC.values, settings, doors),
};

/** Looks after every selected tag of the mirror; copies where the mode `writes`. @throws UserError where a run cannot start */
export async function mirrorTags(mode: ModeValues, settings: RunSettings, doors: RunDoors): Promise<Report> {
  const started = doors.now();
  const ground = await readPart(mode, settings, doors);
  const opening = () => unlessStopped(() => doors.open(ground.whole), doors.cancelled);
  const opened = await doors.runner.group('Crane', opening);
  try {
    const run: Run = { mode, settings, doors, ground, opened };
    const looked = await look(run);
    const done = await carryOut(run, looked);
    const { report, units } = await tell(run, { ...looked, ...done }, started);
    if (!mode.writes) return report;
    const { config, part } = ground;
    const well = wellTags(looked.plan, done.outcomes);
    if (part !== null) return withWell(report, config, well);
    const today = opened.doors.clock.today();
    const alerted = await raiseAlert(report, settings, doors, { config, well, isWhole: true, today });
    return await retire(alerted, config, { ...settings, pins: units }, doors);
  } finally {
    await opened.close();
  }
}

/** A run that has begun: what it was asked for, what it read, and the ways to registries. */
type Run = {
  readonly mode: ModeValues;
  readonly settings: RunSettings;
  readonly doors: RunDoors;
  readonly ground: Awaited<ReturnType<typeof readPart>>;
  readonly opened: Opened;
};

type Looked = {
  readonly seen: Observed;
  readonly plan: Plan;
  readonly notices: readonly Notice[];
};

/** What both sides have, and the plan that follows from it. */
async function look({ mode, settings, doors, ground, opened }: Run): Promise<Looked> {
  const { runner } = doors;
  const { config, strays } = ground;
  const { wait, runNumber } = settings;
  const reading = mode.writes ? opened.doors : forReading(opened.doors);
  if (wait !== null) await runner.group('Wait', () => waitForMirror(config, reading, wait));
  const seen = await runner.group('Observe', () => observe(config, reading, runNumber));
  const planned = makePlan(seen.selection, seen.observation);
  const withStrays = { ...planned, patterns: [...planned.patterns, ...strays] };
  const verified = await verifyDeep(withStrays, opened.doors);
  return { seen, ...(await withReferrers(verified, opened.doors)) };
}

type Done = { readonly outcomes: readonly Outcome[]; readonly keepTags: ReturnType<typeof keepTagRows> };

/** Applies the plan, in a mode that writes. */
async function carryOut({ mode, settings, doors, ground, opened }: Run, { plan }: Looked): Promise<Done> {
  if (!mode.writes) return { outcomes: [], keepTags: keepTagRows(plannedKeeps(plan.tags)) };
  const { entries } = ground.config;
  const rules = applyRules(entries, settings.timeBudget === null ? null : settings.runNumber);
  const copy = async (): Promise<Outcome[]> => {
    await opened.doors.journal.adopt(entries.map(({ mirror }) => mirror));
    return apply(plan, opened.doors, rules);
  };
  const { outcomes, kept } = settleKeeps(await doors.runner.group('Copy', copy));
  return { outcomes, keepTags: keepTagRows(kept.filter(hasArrived)) };
}

/** Tells of builds, new tags and pins, and makes the report; `units` are the pull requests for pins that were settled. */
async function tell(
  run: Run,
  { seen, plan, notices, outcomes, keepTags }: Looked & Done,
  started: number,
): Promise<{ readonly report: Report; readonly units: readonly string[] }> {
  const { mode, settings, doors, ground, opened } = run;
  const { config, whole, text, linted, part, owns, builds } = ground;
  const judging = () => judgeBuilds(whole, builds ?? [], forReading(opened.doors));
  const judged = builds === null ? null : await doors.runner.group('Builds', judging);
  const found = { ...(await seen.rest()), config, text, doors: opened.doors, plan, outcomes };
  const offers = mode.writes && part === null;
  const where = { writes: mode.writes, offers, branch: settings.branch, job: settings.run.job };
  const { costBlobs, ...news } = await reportNews(where, doors, found);
  const { brought, units, ...pins } = await lookAfterPins(where, doors, {
    ...found,
    ...{ config: whole, linted, owns },
  });
  const known = {
    mode,
    config: config.file,
    configSha256: ground.sha256,
    part,
    run: { id: settings.run.id, attempt: settings.run.attempt },
    mirror: formatMirror(config.mirror),
    usage: opened.usage(),
    craneVersion: opened.craneVersion,
    milliseconds: doors.now() - started,
    ...news,
    ...(part === null || costBlobs === undefined ? {} : { costBlobs }),
    listed: seen.read,
    ...(keepTags.length === 0 ? {} : { keepTags }),
    ...pins,
    notices: [
      ...ownMirrorNotices(config),
      ...news.notices,
      ...pins.notices,
      ...keepTagNotices(keepTags, mode.writes),
      ...notices,
    ],
    builds: judged === null ? null : reportBuilds(judged.ground, judged.judged),
    cancelled: doors.cancelled.aborted,
  };
  const report = makeReport(known, withBrought(plan, brought), [...outcomes, ...brought.outcomes]);
  return { report: inOrder(report, sourcesOf(whole)), units };
}

/** What this run begins with: the part of the config that it looks after. @throws UserError where there is nothing to do */
async function readPart({ writes }: ModeValues, { part }: RunSettings, doors: RunDoors) {
  const all = await readGround(writes, doors);
  refuseIdle(all, writes);
  const narrowed = narrow(all, part);
  return { ...narrowed, builds: await readBuilds(narrowed, doors) };
}

/** Null where the config has none. A circle is found before any registry is asked, as far as files show it. */
async function readBuilds(
  { config, whole }: { readonly config: Config; readonly whole: Config },
  doors: RunDoors,
): Promise<readonly Build[] | null> {
  if (config.builds.length === 0) return null;
  const builds = await doors.readBuilds(whole);
  refuseCircle(groundOf(builds, baseNames(whole)));
  return builds;
}

type Idle = { readonly config: Config; readonly strays: readonly unknown[] };

/** A config may be there for its references or builds alone; what there is must give this mode something to do. */
function refuseIdle({ config, strays }: Idle, writes: boolean): void {
  const tags = config.entries.length + config.ownMirrors.length + strays.length;
  if (tags > 0 || (!writes && config.builds.length > 0)) return;
  const elsewhere = config.references.length > 0 ? ', and no reference leads to the mirror' : '';
  throw new UserError('config', `${config.file} lists no images${elsewhere}`, {
    hint:
      config.builds.length > 0 && elsewhere === ''
        ? 'use mode: check for its builds, or add images: with what is to be mirrored'
        : 'write references under the mirror prefix, or add images: with what is to be mirrored',
  });
}

/** What was done for pins counts like any other work. */
function withBrought(plan: Plan, { plan: brought }: PinsReport['brought']): Plan {
  return { ...plan, tags: [...plan.tags, ...brought.tags] };
}
