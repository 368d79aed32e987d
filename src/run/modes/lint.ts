// The mode lint: reads the references of files and says what is wrong with them. Without `lint-online` nothing leaves this
// machine: no registry is opened, no crane installed, no token used.

import { unlessStopped } from '../../base/flow/stop.ts';
import { count } from '../../base/text/words.ts';
import { levelsFor } from '../../config/references/lint-rules.ts';
import { formatMirror } from '../../image/names/mirror-name.ts';
import { formatName } from '../../image/names/reference.ts';
import { type Answers, type Linted, lint, readForLint } from '../../plan/lint/lint.ts';
import { judgeAnswers, type PinAnswers } from '../../plan/lint/online.ts';
import { makeLintReport } from '../../report/lint/lint-report.ts';
import { findingLine } from '../../report/lint/lint-summary.ts';
import { configAnnotations } from '../../report/render/annotations.ts';
import type { Report, Usage } from '../../report/rows/report.ts';
import type { TroubleRow } from '../../report/rows/tag-rows.ts';
import type { RunDoors } from '../doors/doors.ts';
import type { Mode, RunSettings } from '../doors/settings.ts';
import { askPins } from '../references/ask-pins.ts';
import { writeSarif } from '../wide/sarif.ts';

/** `lint`: reads files and reports. */
export const LINT: Mode = {
  about:
    'reads the files under `references` and says which images are not pinned, or are not from an approved registry',
  values: {
    name: 'lint',
    writes: false,
    work: 'stale',
    title: 'Findings',
    word: 'found',
    note: '',
    rest: 'not clean',
  },
  work: lintReferences,
};

/** More are in the report; a log that nobody can scroll through is of no use. */
const MOST_LINES = 1_000;

async function lintReferences(settings: RunSettings, doors: RunDoors): Promise<Report> {
  const started = doors.now();
  const { runner } = doors;
  const { config, sha256, warnings } = await doors.readConfig();
  runner.annotate(configAnnotations(warnings));
  const linted = await runner.group('References', async () => {
    const read = readForLint(await doors.readReferences(config), config);
    runner.info(`${count(read.reads.length, 'reference')} in ${count(read.files.length, 'file')}`);
    return read;
  });
  const asked = settings.lintOnline ? await askOnline(linted, config, doors) : NOBODY;
  const levels = levelsFor(config.lintLevels, PULL_REQUESTS.includes(settings.event.name));
  const result = lint(linted, levels, asked.answers);
  await runner.group('Findings', async () => {
    for (const finding of result.findings.slice(0, MOST_LINES)) runner.info(findingLine(finding));
  });
  const run = {
    mode: LINT.values,
    config: config.file,
    configSha256: sha256,
    run: { id: settings.run.id, attempt: settings.run.attempt },
    mirror: formatMirror(config.mirror),
    notices: [],
    usage: asked.usage,
    craneVersion: asked.craneVersion,
    milliseconds: doors.now() - started,
    failed: asked.failed,
    cancelled: doors.cancelled.aborted,
  };
  const report = makeLintReport(run, result);
  await writeSarif(settings.sarifPath, report, doors);
  return report;
}

const PULL_REQUESTS = ['pull_request', 'pull_request_target'];

/** What came of asking; `answers` is null where nobody was asked. */
type Asked = {
  readonly answers: Answers | null;
  readonly failed: readonly TroubleRow[];
  readonly usage: Usage;
  readonly craneVersion: string;
};

const NOBODY: Asked = { answers: null, failed: [], usage: { requests: {}, copies: 0 }, craneVersion: '' };

async function askOnline(
  linted: Linted,
  config: Parameters<RunDoors['open']>[0],
  doors: RunDoors,
): Promise<Asked> {
  const opened = await doors.runner.group('Crane', () =>
    unlessStopped(() => doors.open(config), doors.cancelled),
  );
  try {
    const answers = await doors.runner.group('Observe', () =>
      askPins(linted.reads, config.readFrom, opened.doors),
    );
    const judged = answers.map((answer) => ({ answer, ...judgeAnswers(answer) }));
    const digests = new Map(judged.flatMap(({ digest }) => (digest === null ? [] : [digest])));
    const drafts = judged.flatMap((found) => found.drafts);
    const failed = judged.flatMap(({ answer, failures }) => failedRow(answer, failures));
    const { craneVersion } = opened;
    return { answers: { drafts, digests }, failed, usage: opened.usage(), craneVersion };
  } finally {
    await opened.close();
  }
}

/** One row for a reference, however many of its look-ups failed. */
function failedRow(
  { seen }: PinAnswers,
  [failure]: ReturnType<typeof judgeAnswers>['failures'],
): TroubleRow[] {
  if (failure === undefined) return [];
  const { site, reference, origin } = seen;
  const { reason, message, hint, detail } = failure;
  const { file, line, column } = site;
  return [
    {
      source: formatName(origin.upstream),
      tag: reference.tag ?? reference.digest ?? '',
      mirror: null,
      reason,
      message,
      hint,
      detail,
      place: { file, line, column },
    },
  ];
}
