// Everything a run found and did, as one value. The summary, the outputs and the report file are made from it.

import type { Place } from '../../base/errors/diagnostic.ts';
import type { Failure, Reason } from '../../base/errors/failure.ts';
import type { Notice } from '../../base/errors/notice.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatName, formatTag, type Name } from '../../image/names/reference.ts';
import type {
  FailedPattern,
  Outcome,
  Plan,
  PlannedTag,
  PlatformNotes,
  Step,
  WorkReason,
} from '../../plan/steps/step.ts';
import { MODE_VALUES, type Mode } from './modes.ts';
import type { NewTagRow } from './news.ts';
import { type KeptRow, keptRows, lossNotices, type PlatformFields, platformFields } from './platform-rows.ts';
import { decideStatus, type Status } from './status.ts';

/** A tag with work to do, or with work done: `from` is the digest that the mirror had (null: none). */
export type WorkRow = PlatformFields & {
  readonly source: string;
  readonly tag: string;
  readonly mirror: string;
  readonly from: Digest | null;
  readonly to: Digest;
  readonly reason: WorkReason;
};

/**
 * A tag that is not as it should be, why, and what to do about it. A pattern that gave no tag is a row too: it stands
 * in `tag`, and `mirror` is null.
 */
export type TroubleRow = PlatformFields & {
  readonly source: string;
  readonly tag: string;
  readonly mirror: string | null;
  readonly reason: Reason;
  readonly message: string;
  readonly hint: string;
  readonly place: Place;
};

/** How the selected tags of one source fared; what is neither fresh nor copied stands in a list of its own. */
export type SourceRow = {
  readonly source: string;
  readonly selected: number;
  readonly fresh: number;
  readonly copied: number;
};

/** What a run cost: requests by kind and host, as the transport counted them. Copies of layers are crane's own. */
export type Usage = {
  readonly requests: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly copies: number;
};

/** The report file. Its shape is published in schema/report.schema.json; `version` changes when a field does. */
export type Report = {
  readonly version: 2;
  readonly mode: Mode;
  readonly status: Status;
  readonly config: string;
  readonly mirror: string;
  readonly selected: number;
  readonly fresh: number;
  readonly sources: readonly SourceRow[];
  readonly stale: readonly WorkRow[];
  readonly copied: readonly WorkRow[];
  readonly failed: readonly TroubleRow[];
  readonly refused: readonly TroubleRow[];
  readonly deferred: readonly TroubleRow[];
  readonly newTags: readonly NewTagRow[];
  readonly pullRequest: Proposed | null;
  readonly issue: Proposed | null;
  readonly kept: readonly KeptRow[];
  readonly notices: readonly Notice[];
  readonly usage: Usage;
  readonly craneVersion: string;
  readonly milliseconds: number;
};

/** A pull request or issue as this run left it; `number` is null and `url` empty where there is none. */
export type Proposed = { readonly kind: string; readonly number: number | null; readonly url: string };

/** What the report needs to know of the run besides plan and outcomes; `notices` are those of new tags. */
export type Run = Pick<
  Report,
  | 'mode'
  | 'config'
  | 'mirror'
  | 'newTags'
  | 'pullRequest'
  | 'issue'
  | 'notices'
  | 'usage'
  | 'craneVersion'
  | 'milliseconds'
> & {
  /** Whether the job was cancelled before the run had ended by itself. */
  readonly cancelled?: boolean;
};

/** The report of a run. `check` has no outcomes: what is stale stays stale. */
export function makeReport(
  { cancelled = false, ...run }: Run,
  plan: Plan,
  outcomes: readonly Outcome[],
): Report {
  const { writes } = MODE_VALUES[run.mode];
  const stale = plan.tags.flatMap((tag) =>
    tag.kind === 'stale' ? tag.step.moves.map((move) => workRow(tag.step, move, tag.notes)) : [],
  );
  const notesOf = new Map(plan.tags.flatMap((tag) => (tag.kind === 'stale' ? [[tag.step, tag.notes]] : [])));
  const failed = [...troubles(plan, 'failed'), ...plan.patterns.map(patternRow)];
  const rows = {
    stale,
    copied: outcomes.flatMap((one) =>
      one.kind === 'copied' ? [workRow(one.step, one.move, notesOf.get(one.step))] : [],
    ),
    failed: [
      ...failed.filter(({ reason }) => !wasLeft(reason)),
      ...troublesOfOutcomes(plan, outcomes, 'failed'),
    ],
    refused: troubles(plan, 'refused'),
    deferred: [
      ...troubles(plan, 'deferred'),
      ...failed.filter(({ reason }) => wasLeft(reason)),
      ...troublesOfOutcomes(plan, outcomes, 'held'),
    ],
  };
  const sources = countBySource(plan, outcomes);
  const fresh = sources.reduce((sum, one) => sum + one.fresh, 0);
  const told = [...rows.failed, ...rows.deferred].map(({ reason }) => reason);
  const rolledBack = told.filter((reason) => ROLLED_BACK.includes(reason)).length;
  const postponed = rows.deferred.filter(({ reason }) => POSTPONED.includes(reason)).length;
  const tally = { writes, fresh, ...mapLengths(rows), rolledBack, postponed, cancelled };
  const status = decideStatus(tally);
  const isDone = doneBy(writes, outcomes);
  const notices = [
    ...(rolledBack > 0 ? [UNTAGGED] : []),
    ...run.notices,
    ...lossNotices(plan, isDone),
    ...plan.tags.flatMap(doubtOf),
  ];
  const kept = keptRows(plan, isDone);
  return {
    version: 2,
    ...run,
    status,
    selected: plan.tags.length,
    fresh,
    sources,
    ...rows,
    kept,
    notices,
  };
}

/** Whether a tag is as planned: one that was to be written must have been, where the mode writes at all. */
function doneBy(writes: boolean, outcomes: readonly Outcome[]): (tag: PlannedTag) => boolean {
  const written = new Set(
    outcomes.filter(({ kind }) => kind === 'copied' || kind === 'already').map((one) => one.step),
  );
  return (tag) => tag.kind !== 'stale' || !writes || written.has(tag.step);
}

const ROLLED_BACK: readonly Reason[] = ['rollback', 'rollback-failed', 'kept-new'];
const POSTPONED: readonly Reason[] = ['budget', 'rate-limited'];
const UNTAGGED: Notice = {
  kind: 'untagged',
  source: '',
  message:
    'content that was copied before the failure stays in the mirror without a tag; the garbage collection of the registry removes it',
};

/** A run that was stopped while it read could not look at every tag: those were left, they did not fail. */
function wasLeft(reason: Reason): boolean {
  return reason === 'cancelled' || reason === 'budget';
}

function mapLengths<K extends string>(rows: Record<K, readonly unknown[]>): Record<K, number> {
  return Object.fromEntries(
    Object.entries<readonly unknown[]>(rows).map(([key, list]) => [key, list.length]),
  ) as Record<K, number>;
}

function workRow(step: Step, move: Step['moves'][number], notes: PlatformNotes | undefined): WorkRow {
  return {
    source: formatName(step.source),
    tag: move.tag,
    mirror: formatTag(step.mirror, move.tag),
    from: move.expected,
    to: move.manifest.digest,
    reason: step.reason,
    ...platformFields(notes),
  };
}

function troubles(plan: Plan, kind: 'failed' | 'refused' | 'deferred'): TroubleRow[] {
  return plan.tags.flatMap((tag) =>
    tag.kind === kind
      ? [{ ...troubleRow(tag.wanted, tag.wanted.tag, tag.failure), ...platformFields(tag.notes) }]
      : [],
  );
}

function troublesOfOutcomes(plan: Plan, outcomes: readonly Outcome[], kind: 'failed' | 'held'): TroubleRow[] {
  const wantedBy = new Map(
    plan.tags.flatMap((tag) => (tag.kind === 'stale' ? [[tag.step, tag.wanted]] : [])),
  );
  return outcomes.flatMap((outcome) => {
    const wanted = wantedBy.get(outcome.step);
    if (outcome.kind !== kind || wanted === undefined) return [];
    return [troubleRow(wanted, outcome.move.tag, outcome.failure)];
  });
}

function patternRow({ source, pattern, place, failure }: FailedPattern): TroubleRow {
  const { reason, message, hint } = failure;
  return { source: formatName(source), tag: pattern, mirror: null, reason, message, hint, place };
}

function troubleRow(
  wanted: { source: Name; mirror: Name; place: Place },
  tag: string,
  failure: Failure,
): TroubleRow {
  return {
    source: formatName(wanted.source),
    tag,
    mirror: formatTag(wanted.mirror, tag),
    reason: failure.reason,
    message: failure.message,
    hint: failure.hint,
    place: wanted.place,
  };
}

function countBySource(plan: Plan, outcomes: readonly Outcome[]): SourceRow[] {
  const ended = new Map(outcomes.map((one) => [one.step, one.kind]));
  const endOf = (tag: PlannedTag): string =>
    tag.kind === 'stale' ? (ended.get(tag.step) ?? 'stale') : tag.kind;
  const groups = Map.groupBy(plan.tags, (tag) => formatName(tag.wanted.source));
  return [...groups].map(([source, tags]) => {
    const ends = tags.map(endOf);
    const fresh = ends.filter((end) => end === 'fresh' || end === 'already').length;
    return { source, selected: tags.length, fresh, copied: ends.filter((end) => end === 'copied').length };
  });
}

/** A mirror that would not show a repository: said once for each, because the copy may still be refused. */
function doubtOf(tag: PlannedTag): Notice[] {
  if (tag.kind !== 'stale' || tag.doubt === null) return [];
  const { source, mirror } = tag.step;
  const message = `${formatTag(mirror, tag.wanted.tag)}: not there yet, or no access (${tag.doubt.message})`;
  return [{ kind: 'no-access', source: formatName(source), message }];
}
