// The work of the mode merge: reports of parts become what one run would have said, and what those runs may not write to
// GitHub is written here. What is written there is what the config asks for, never what a report says of policies.

import type { Notice } from '../../base/errors/notice.ts';
import { UserError } from '../../base/errors/user-error.ts';
import { count } from '../../base/text/words.ts';
import type { Config } from '../../config/images/config.ts';
import { formatMirror } from '../../image/names/mirror-name.ts';
import { familiarText, formatName } from '../../image/names/reference.ts';
import { type Linted, readForLint } from '../../plan/lint/lint.ts';
import { withReferences } from '../../plan/references/mirrored.ts';
import { registriesOf, unitsOf } from '../../plan/shards/cut.ts';
import { checkNews } from '../../report/merge/checked.ts';
import { type Collected, collectParts, type Expected, type ReportFile } from '../../report/merge/collect.ts';
import { decodeReport } from '../../report/merge/decode.ts';
import { inSeveralReports, mergeReports, uncovered, type Whole } from '../../report/merge/merge.ts';
import { inOrder, sourcesOf } from '../../report/merge/order.ts';
import { configAnnotations } from '../../report/render/annotations.ts';
import type { ModeValues } from '../../report/rows/mode-values.ts';
import type { Report } from '../../report/rows/report.ts';
import type { RunDoors } from '../doors/doors.ts';
import type { RunSettings } from '../doors/settings.ts';
import { raiseAlert } from '../news/alert.ts';
import { asks, offerNews } from '../news/offers.ts';
import { retire } from '../news/retire.ts';
import { mergePins, readPins } from './pins.ts';
import { writeSarif } from './sarif.ts';

/** Merges the reports that the input names; `modes` are those whose reports can be merged. @throws UserError */
export async function mergeRuns(
  modes: readonly ModeValues[],
  settings: RunSettings,
  doors: RunDoors,
): Promise<Report> {
  const files = await doors.runner.group('Reports', () => readReports(settings, doors));
  const basis = await readBasis(doors);
  const collected = collectParts(files, expectedOf(modes, settings, basis));
  const mode = modes.find(({ name }) => name === (collected.counted[0] ?? collected.lint)?.report.mode);
  if (mode === undefined) throw nothingCounts(files, collected);
  const checked = checkRows(collected, basis);
  const all = {
    ...collected,
    troubles: [...collected.troubles, ...checked.troubles],
    remarks: [...collected.remarks, ...buildRemarks(collected, mode)],
  };
  const report = mergeReports(all, wholeOf(mode, settings, { ...basis, ...checked }));
  tellParts(all, doors);
  const isWhole = all.troubles.length === 0;
  const written =
    mode.writes && !doors.cancelled.aborted
      ? await writeToGitHub(report, { ...basis, ...checked, collected, isWhole, settings }, doors)
      : report;
  const whole = inOrder(written, sourcesOf(basis.config));
  await writeSarif(settings.sarifPath, whole, doors);
  return whole;
}

async function readReports({ mergeReports: patterns }: RunSettings, doors: RunDoors): Promise<ReportFile[]> {
  const found = await doors.readReports(patterns);
  doors.runner.info(`${count(found.length, 'file')} for ${patterns.join(', ')}`);
  return found.map((file) => {
    const read = 'text' in file ? decodeReport(file.text) : { unread: file.unread };
    doors.runner.info(
      `${file.file}: ${'unread' in read ? read.unread : `${partName(read)}, ${read.status}`}`,
    );
    return { file: file.file, read };
  });
}

function partName({ part }: Pick<Report, 'part'>): string {
  return part === null ? 'everything' : part.name;
}

/** What is checked out: the config with all that its files ask for. */
type Basis = {
  readonly config: Config;
  readonly text: string;
  readonly sha256: string;
  readonly linted: Linted | null;
};

async function readBasis(doors: RunDoors): Promise<Basis> {
  const { config, text, sha256, warnings } = await doors.runner.group('Images config', () =>
    doors.readConfig(),
  );
  doors.runner.annotate(configAnnotations(warnings));
  if (config.references.length === 0) return { config, text, sha256, linted: null };
  const linted = readForLint(await doors.readReferences(config), config);
  // What cannot be read stopped the runs of the parts, too, and their reports say so.
  return { config: withReferences(config, linted.reads, false).config, text, sha256, linted };
}

function expectedOf(
  modes: readonly ModeValues[],
  { run, event }: RunSettings,
  { config, sha256 }: Basis,
): Expected {
  return {
    config: config.file,
    configSha256: sha256,
    mirror: formatMirror(config.mirror),
    registries: registriesOf(unitsOf(config)),
    // A workflow that runs after another one has a number of its own.
    run: event.name === 'workflow_run' ? '' : run.id,
    modes: modes.map(({ name }) => name),
  };
}

type Checked = {
  readonly news: ReturnType<typeof checkNews>;
  readonly pins: ReturnType<typeof readPins>;
  /** Sentences about what the reports say and cannot know, or leave out. */
  readonly troubles: readonly string[];
};

function checkRows(collected: Collected, basis: Basis): Checked {
  const reports = collected.counted.map(({ report }) => report);
  const news = checkNews(
    reports.flatMap(({ newTags }) => newTags),
    basis.config,
  );
  const pins = readPins(
    basis,
    reports.flatMap(({ stalePins = [] }) => stalePins),
  );
  // Where a part is missing, or ended early, it is clear already why no report has its repositories.
  const silent = collected.troubles.length > 0 ? [] : uncovered(collected, basis.config);
  const shared = inSeveralReports(collected);
  return {
    news,
    pins,
    troubles: [
      ...(silent.length === 0 ? [] : [`no report has ${named(silent)}`]),
      ...(shared.length === 0 ? [] : [`more than one report has ${named(shared)}`]),
      ...[news.strange, pins.strange].filter((words) => words !== null),
    ],
  };
}

function named(sources: readonly string[]): string {
  const names = sources.slice(0, 3).map(familiarText);
  const more =
    sources.length > 3 ? [`${count(sources.length - 3, 'more repository', 'more repositories')}`] : [];
  return [...names, ...more].join(', ');
}

function wholeOf(mode: ModeValues, { run: { id, attempt } }: RunSettings, found: Basis & Checked): Whole {
  const { config, sha256, news, pins } = found;
  return {
    mode,
    config: config.file,
    configSha256: sha256,
    mirror: formatMirror(config.mirror),
    run: { id, attempt },
    sources: sourcesOf(config),
    newTags: news.rows,
    stalePins: pins.rows,
  };
}

/** The first part judges all builds, and what the others copied meanwhile it may not have seen. */
function buildRemarks({ counted }: Collected, { writes }: ModeValues): string[] {
  const [judge] = counted.filter(({ report }) => report.builds !== undefined);
  const others = counted.filter((part) => part !== judge && part.report.copied.length > 0);
  if (!writes || judge === undefined || others.length === 0) return [];
  return [
    `builds were judged by ${partName(judge.report)} while other parts copied their bases; a check after this run sees them all`,
  ];
}

/** One annotation for each thing that is amiss: a merge that lacks a part must not look like one that has them all. */
function tellParts({ troubles }: Collected, { runner }: RunDoors): void {
  runner.annotate(troubles.map((message) => ({ severity: 'warning', title: 'Parts', message, place: null })));
}

function nothingCounts(files: readonly ReportFile[], { troubles }: Collected): UserError {
  const none =
    files.length === 1
      ? 'the only file that it matches is not'
      : `none of the ${count(files.length, 'file')} that it matches is`;
  const message = `input merge-reports: ${none} a report of this run: ${troubles.slice(0, 3).join('; ')}`;
  return new UserError('input', message, {
    hint: 'merge in the workflow run that made the reports, at its commit and with the same version of this action',
  });
}

type Writing = Basis &
  Checked & { readonly collected: Collected; readonly isWhole: boolean; readonly settings: RunSettings };

/** Pull requests and issues, as the policies of the config ask. Where a part is missing nothing is closed or taken back. */
async function writeToGitHub(report: Report, basis: Writing, doors: RunDoors): Promise<Report> {
  const { config, text, linted, pins, collected, isWhole, settings } = basis;
  const offered = await offerAll(report, basis, doors);
  const {
    branch,
    run: { job },
  } = settings;
  const about = { config, text, linted, branch, job, isWhole };
  const { report: moved, units } = await mergePins(offered, about, pins, doors);
  const well = collected.counted.flatMap(({ report: { well: groups = [] } }) =>
    groups.flatMap(({ source, tags }) => tags.map((tag) => ({ source, tag }))),
  );
  const alerted = await raiseAlert(moved, settings, doors, { config, well, isWhole, today: doors.today() });
  return isWhole ? retire(alerted, config, { ...settings, pins: units }, doors) : alerted;
}

async function offerAll(
  report: Report,
  { config, text, news, isWhole, settings: { branch, run } }: Writing,
  doors: RunDoors,
): Promise<Report> {
  if (!asks(config, 'pull-request') && !asks(config, 'issue')) return report;
  const offer = {
    config,
    seen: text,
    tags: news.newTags,
    complete: isWhole && report.newTagsUnknown === 0,
    notices: upstreamNotices(report, config),
    job: run.job,
  };
  return offerNews(report, offer, { branch, price: async (tags) => [...tags] }, doors);
}

const OF_UPSTREAM: readonly Notice['kind'][] = ['series-ended', 'gap', 'no-match', 'unread-list'];

/** Sentences about the entries of this config; those about the mirror's own lists stay out of proposals. */
function upstreamNotices({ notices }: Report, { entries }: Config): string[] {
  const mirrors = new Map(entries.map(({ source, mirror }) => [formatName(source), formatName(mirror)]));
  return notices.flatMap(({ kind, source, message }) => {
    const mirror = mirrors.get(source);
    const isAsked = OF_UPSTREAM.includes(kind) && mirror !== undefined && !message.startsWith(`${mirror}: `);
    return isAsked ? [message] : [];
  });
}
