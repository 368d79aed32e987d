// The modes sync and check: config, crane, observe, plan, apply, new tags, report. `check` is the same run without apply.

import { unlessStopped } from '../../base/flow/stop.ts';
import { count } from '../../base/text/words.ts';
import { formatMirror } from '../../image/names/mirror-name.ts';
import { makePlan } from '../../plan/steps/plan.ts';
import { applyRules, deepMirrors } from '../../plan/steps/rules.ts';
import type { Outcome } from '../../plan/steps/step.ts';
import { configAnnotations } from '../../report/render/annotations.ts';
import { makeReport, type Report } from '../../report/rows/report.ts';
import { apply } from '../apply/apply.ts';
import { observe } from '../observe/observe.ts';
import { verifyDeep } from '../observe/verify.ts';
import type { RunConfig, RunDoors } from './doors.ts';
import { tellNews } from './news.ts';
import type { Settings } from './settings.ts';

/** Does the work and gives back the report. @throws UserError where a run cannot start */
export async function syncMirror(settings: Settings, doors: RunDoors): Promise<Report> {
  const started = doors.now();
  const { runner } = doors;
  const read = await runner.group('Images config', () => readConfig(settings, doors));
  const { config } = read;
  const opening = () => unlessStopped(() => doors.open(settings, config), doors.cancelled);
  const opened = await runner.group('Crane', opening);
  try {
    const seen = await runner.group('Observe', () => observe(config, opened.doors, settings.runNumber));
    const made = makePlan(seen.selection, seen.observation);
    const plan = await verifyDeep(made, deepMirrors(config.entries), opened.doors);
    const rules = applyRules(config.entries, settings.timeBudget === null ? null : settings.runNumber);
    const outcomes = await applyPlan(settings, doors, () => apply(plan, opened.doors, rules));
    const { text } = read;
    const found = { ...seen, config, text, doors: opened.doors, plan, outcomes };
    const told = await tellNews(settings, doors, found);
    const run = {
      mode: settings.mode,
      config: config.file,
      mirror: formatMirror(config.mirror),
      usage: opened.usage(),
      craneVersion: opened.craneVersion,
      milliseconds: doors.now() - started,
      ...told,
      cancelled: doors.cancelled.aborted,
    };
    return makeReport(run, plan, outcomes);
  } finally {
    await opened.close();
  }
}

async function readConfig(settings: Settings, doors: RunDoors): Promise<RunConfig> {
  const read = await doors.readConfig(settings);
  const { config, warnings } = read;
  doors.runner.annotate(configAnnotations(warnings));
  doors.runner.info(
    `${config.file}: ${count(config.entries.length, 'source')} for ${formatMirror(config.mirror)}`,
  );
  return read;
}

/** `check` is the same run without this. */
async function applyPlan(
  settings: Settings,
  { runner }: RunDoors,
  work: () => Promise<Outcome[]>,
): Promise<Outcome[]> {
  return settings.mode === 'sync' ? runner.group('Copy', work) : [];
}
