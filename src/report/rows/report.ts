// Everything a run found and did, as one value. The summary, the outputs and the report file are made from it.

import type { Notice } from '../../base/errors/notice.ts';
import { VERSION } from '../../base/text/version.ts';
import type { BuildWave, StaleBuildRow } from '../../plan/builds/rows.ts';
import type { StalePinRow } from '../../plan/bumps/row.ts';
import type { Finding } from '../../plan/lint/finding.ts';
import type { LintCounts } from '../../plan/lint/lint.ts';
import type { Cost, CostBlob, Costs } from '../../plan/select/cost.ts';
import type { MatrixRow } from '../../plan/shards/matrix.ts';
import type { RunPart } from '../../plan/shards/part.ts';
import { hasArrived, type Outcome, type Plan, type PlannedTag } from '../../plan/steps/step.ts';
import type { ModeValues } from './mode-values.ts';
import type { NewTagRow } from './news.ts';
import { brokenNotices, type KeptRow, keptRows, lossNotices } from './platform-rows.ts';
import { rolledBackIn, type Status, statusOf } from './status.ts';
import {
  countFresh,
  endsBy,
  isSelected,
  type KeepTagRow,
  type ListedNames,
  NOT_LISTED,
  type SourceRow,
  sourceRows,
  type TagRows,
  type TroubleRow,
  tagRows,
} from './tag-rows.ts';

/**
 * What a run cost: requests by kind and host, as the transport counted them, the images that were copied, the bytes of
 * all answers, those of layers and configs that were moved, and the pulls that each host with a limit lets through after this run (`limit` null where it is not known).
 */
export type Usage = {
  readonly requests: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly copies: number;
  readonly bytesRead?: number;
  readonly bytesMoved?: number;
  readonly pulls?: readonly {
    readonly host: string;
    readonly limit: number | null;
    readonly remaining: number;
  }[];
};

/**
 * The report file, which other programs read: `version` changes when a field is removed or means something else.
 * schema/report.schema.json describes it.
 */
export type Report = TagRows & {
  readonly version: 3;
  /** The name of the mode. */
  readonly mode: string;
  readonly status: Status;
  readonly config: string;
  /** Of the bytes of the config with LF at the ends of its lines, in hex; empty where it could not be read. */
  readonly configSha256: string;
  /** The version of the action. */
  readonly action: string;
  /** What this run looked after while others looked after the rest; null where it looked after everything. */
  readonly part: RunPart | null;
  /** The workflow run and its attempt; `id` is empty and `attempt` 0 where nobody knows. */
  readonly run: { readonly id: string; readonly attempt: number };
  /** Of a merged report, the parts that it is made of, or should be. */
  readonly parts?: readonly PartRow[];
  readonly mirror: string;
  readonly selected: number;
  /** Tags of single platforms that are made beside the selected ones. */
  readonly platformTags: number;
  readonly fresh: number;
  readonly sources: readonly SourceRow[];
  readonly newTags: readonly NewTagRow[];
  /** Sources of which nobody knows whether there are new tags. */
  readonly newTagsUnknown: number;
  /** What a check measured; null where nothing is measured. */
  readonly costs: Costs | null;
  /** Of a narrowed run, the blobs in those costs, for `merge`. */
  readonly costBlobs?: readonly CostBlob[];
  readonly pullRequest: Proposed | null;
  readonly issue: Proposed | null;
  /** Pins that are not what their tags are upstream, a place each; and the pull requests that were left for them. */
  readonly stalePins?: readonly StalePinRow[];
  readonly pinPullRequests?: readonly Proposed[];
  /** The issue about failed and refused tags; `since` is the first day of the oldest. Null where there is none. */
  readonly alert: { readonly number: number; readonly url: string; readonly since: string } | null;
  /** Tags that are as they should be, by their sources: of a narrowed run whose config asks for an alert, for `merge`. */
  readonly well?: readonly { readonly source: string; readonly tags: readonly string[] }[];
  readonly kept: readonly KeptRow[];
  /** How many builds were judged, and how; these three are there where a config has builds. */
  readonly builds?: BuildCounts;
  readonly staleBuilds?: readonly StaleBuildRow[];
  readonly buildWaves?: readonly BuildWave[];
  /** Tags that were set, or would be, so that what is or was pinned stays reachable. */
  readonly keepTags?: readonly KeepTagRow[];
  /** Of a matrix alone: a row for each job. */
  readonly matrix?: { readonly include: readonly MatrixRow[] };
  /** Both of a lint alone. */
  readonly findings?: readonly Finding[];
  readonly lint?: LintCounts;
  readonly notices: readonly Notice[];
  readonly usage: Usage;
  readonly craneVersion: string;
  readonly milliseconds: number;
};

/** A part of a merged report. `name` is empty where it was about everything; `missing`: it has no report. */
type PartRow = {
  readonly name: string;
  readonly status: Status | 'missing';
  readonly milliseconds: number;
  readonly requests: number;
};

type BuildCounts = {
  readonly total: number;
  readonly fresh: number;
  readonly stale: number;
  readonly failed: number;
};

/** What became of builds: `failed` and `deferred` are bases and images of which nothing can be said. */
export type BuildsReport = Required<Pick<Report, 'staleBuilds' | 'buildWaves'>> & {
  readonly counts: BuildCounts;
  readonly failed: readonly TroubleRow[];
  readonly deferred: readonly TroubleRow[];
  readonly notices: readonly Notice[];
};

/** A pull request or issue as this run left it; `number` is null and `url` empty where there is none. */
type Proposed = { readonly kind: string; readonly number: number | null; readonly url: string };

/** What the report needs to know of the run besides plan and outcomes; `notices` are those of new tags. */
export type Run = Pick<
  Report,
  | 'config'
  | 'mirror'
  | 'newTags'
  | 'pullRequest'
  | 'issue'
  | 'notices'
  | 'usage'
  | 'craneVersion'
  | 'milliseconds'
> &
  Pick<Report, 'stalePins' | 'pinPullRequests'> &
  Partial<Pick<Report, 'configSha256' | 'costBlobs' | 'part' | 'run' | 'well'>> & {
    readonly mode: ModeValues;
    readonly keepTags?: readonly KeepTagRow[];
    readonly newTagsUnknown?: number;
    readonly listed?: ListedNames;
    readonly costs?: Costs | null;
    /** What tags cost, by their reference on the mirror. */
    readonly prices?: ReadonlyMap<string, Cost>;
    /** What became of builds; null where the config has none. */
    readonly builds?: BuildsReport | null;
    /** Whether the job was cancelled before the run had ended by itself. */
    readonly cancelled?: boolean;
  };

/** The report of a run. `check` has no outcomes: what is stale stays stale. */
export function makeReport(
  {
    mode,
    cancelled = false,
    newTagsUnknown = 0,
    listed = NOT_LISTED,
    costs = null,
    prices = new Map(),
    builds = null,
    ...run
  }: Run,
  plan: Plan,
  outcomes: readonly Outcome[],
): Report {
  const { name, writes } = mode;
  const rows = withBuilds(tagRows(plan, outcomes, prices), builds);
  const sources = sourceRows(plan, outcomes, listed);
  const fresh = countFresh(plan.tags, endsBy(outcomes));
  const found = plan.tags.length + rows.failed.length + rows.deferred.length + (run.stalePins?.length ?? 0);
  const isEmptyPart = run.part != null && found === 0 && builds === null;
  const ended = { ...rows, fresh, stalePins: run.stalePins ?? [], builds: builds?.counts };
  const status = statusOf(ended, { writes, cancelled, isEmptyPart });
  const isDone = doneBy(writes, outcomes);
  const notices = [
    ...(rolledBackIn(rows) > 0 ? [UNTAGGED] : []),
    ...run.notices,
    ...lossNotices(plan, isDone),
    ...brokenNotices(plan, isDone),
    ...(builds?.notices ?? []),
  ];
  const kept = keptRows(plan, isDone);
  return {
    version: 3,
    mode: name,
    action: VERSION,
    configSha256: '',
    part: null,
    run: { id: '', attempt: 0 },
    ...run,
    usage: writes ? { ...run.usage, bytesMoved: bytesOf(outcomes) } : run.usage,
    newTagsUnknown,
    costs,
    alert: null,
    status,
    selected: plan.tags.filter(isSelected).length,
    platformTags: plan.tags.filter((tag) => !isSelected(tag)).length,
    fresh,
    sources,
    ...rows,
    kept,
    notices,
    ...(builds === null
      ? {}
      : { builds: builds.counts, staleBuilds: builds.staleBuilds, buildWaves: builds.buildWaves }),
  };
}

function bytesOf(outcomes: readonly Outcome[]): number {
  return outcomes.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
}

function withBuilds(rows: TagRows, builds: BuildsReport | null): TagRows {
  if (builds === null) return rows;
  const { failed, deferred } = builds;
  return { ...rows, failed: [...rows.failed, ...failed], deferred: [...rows.deferred, ...deferred] };
}

/** Whether a tag is as planned: one that was to be written must have been, where the mode writes at all. */
function doneBy(writes: boolean, outcomes: readonly Outcome[]): (tag: PlannedTag) => boolean {
  const written = new Set(outcomes.filter(hasArrived).map(({ step }) => step));
  return (tag) => tag.kind !== 'stale' || !writes || written.has(tag.step);
}

const UNTAGGED: Notice = {
  kind: 'untagged',
  source: '',
  message:
    'content that was copied before the failure stays in the mirror without a tag; the garbage collection of the registry will remove it',
};
