// Everything a run found and did, as one value. The summary, the outputs and the report file are made from it.

import type { Reason } from '../../base/errors/failure.ts';
import type { Notice } from '../../base/errors/notice.ts';
import { formatName, formatTag } from '../../image/names/reference.ts';
import type { Outcome, Plan, PlannedTag } from '../../plan/steps/step.ts';
import type { ModeValues } from './mode-values.ts';
import type { NewTagRow } from './news.ts';
import { brokenNotices, type KeptRow, keptRows, lossNotices } from './platform-rows.ts';
import { decideStatus, type Status } from './status.ts';
import { type TagRows, tagRows } from './tag-rows.ts';

/** How the selected tags of one source fared; what is neither fresh nor copied stands in a list of its own. */
type SourceRow = {
  readonly source: string;
  readonly selected: number;
  readonly fresh: number;
  readonly copied: number;
};

/** What a run cost: requests by kind and host, as the transport counted them, and the images that were copied. */
export type Usage = {
  readonly requests: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly copies: number;
};

/** The report file. Other programs read it: `version` changes when a field does. */
export type Report = TagRows & {
  readonly version: 2;
  /** The name of the mode. */
  readonly mode: string;
  readonly status: Status;
  readonly config: string;
  readonly mirror: string;
  readonly selected: number;
  readonly fresh: number;
  readonly sources: readonly SourceRow[];
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
> & {
  readonly mode: ModeValues;
  /** Whether the job was cancelled before the run had ended by itself. */
  readonly cancelled?: boolean;
};

/** The report of a run. `check` has no outcomes: what is stale stays stale. */
export function makeReport(
  { mode, cancelled = false, ...run }: Run,
  plan: Plan,
  outcomes: readonly Outcome[],
): Report {
  const { name, writes } = mode;
  const rows = tagRows(plan, outcomes);
  const sources = countBySource(plan, outcomes);
  const fresh = sources.reduce((sum, source) => sum + source.fresh, 0);
  const reasons = [...rows.failed, ...rows.deferred].map(({ reason }) => reason);
  const rolledBack = reasons.filter((reason) => ROLLED_BACK.includes(reason)).length;
  const postponed = rows.deferred.filter(({ reason }) => POSTPONED.includes(reason)).length;
  // A pattern that matches nothing is not a failed tag.
  const failed = rows.failed.filter(({ reason }) => reason !== 'no-match').length;
  const tally = { writes, fresh, ...mapLengths(rows), failed, rolledBack, postponed, cancelled };
  const status = decideStatus(tally);
  const isDone = doneBy(writes, outcomes);
  const notices = [
    ...(rolledBack > 0 ? [UNTAGGED] : []),
    ...run.notices,
    ...lossNotices(plan, isDone),
    ...brokenNotices(plan, isDone),
    ...plan.tags.map(doubtOf).filter((notice) => notice !== null),
  ];
  const kept = keptRows(plan, isDone);
  return {
    version: 2,
    mode: name,
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
    outcomes.filter(({ kind }) => kind === 'copied' || kind === 'already').map(({ step }) => step),
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

function mapLengths<K extends string>(rows: Record<K, readonly unknown[]>): Record<K, number> {
  return Object.fromEntries(
    Object.entries<readonly unknown[]>(rows).map(([key, list]) => [key, list.length]),
  ) as Record<K, number>;
}

function countBySource(plan: Plan, outcomes: readonly Outcome[]): SourceRow[] {
  const ended = new Map(outcomes.map(({ step, kind }) => [step, kind]));
  const endOf = (tag: PlannedTag): string =>
    tag.kind === 'stale' ? (ended.get(tag.step) ?? 'stale') : tag.kind;
  const groups = Map.groupBy(plan.tags, (tag) => formatName(tag.wanted.source));
  return [...groups].map(([source, tags]) => {
    const ends = tags.map(endOf);
    const fresh = ends.filter((end) => end === 'fresh' || end === 'already').length;
    return { source, selected: tags.length, fresh, copied: ends.filter((end) => end === 'copied').length };
  });
}

/** A mirror that would not show a repository: noted for each tag, because the copy may still be denied. */
function doubtOf(tag: PlannedTag): Notice | null {
  if (tag.kind !== 'stale' || tag.doubt === null) return null;
  const { source, mirror } = tag.step;
  const message = `${formatTag(mirror, tag.wanted.tag)}: not there yet, or no access (${tag.doubt.message})`;
  return { kind: 'no-access', source: formatName(source), message };
}
