// One row for each source, and one for each tag that needs work, was written, or is not as it should be.

import type { Place } from '../../base/errors/diagnostic.ts';
import type { Failure, Reason } from '../../base/errors/failure.ts';
import type { Notice } from '../../base/errors/notice.ts';
import { isUntried } from '../../base/flow/stop.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatName, formatTag } from '../../image/names/reference.ts';
import { type SignedFields, signedFields } from '../../image/signatures/signatures.ts';
import type { Cost } from '../../plan/select/cost.ts';
import type { Wanted } from '../../plan/select/select.ts';
import type {
  FailedPattern,
  Move,
  Outcome,
  Plan,
  PlannedTag,
  Step,
  WorkReason,
} from '../../plan/steps/step.ts';
import { type PlatformFields, platformFields } from './platform-rows.ts';

/** A tag with work to do, or with work done: `from` is the digest that the mirror had (null: none). */
export type WorkRow = PlatformFields & {
  readonly source: string;
  readonly tag: string;
  readonly mirror: string;
  readonly from: Digest | null;
  readonly to: Digest;
  readonly reason: WorkReason;
  /** What it would add to the mirror, where that was measured. */
  readonly cost?: Cost;
  /** Of layers and configs that were moved for it; what another tag brought before it counts there. */
  readonly bytes?: number;
  /** How many signatures, SBOMs and other attached manifests the mirror lacked for it. */
  readonly attached?: number;
} & Partial<PlatformTagField> &
  Partial<SignedFields>;

/** Of a platform tag: the selected tag `of` whose image of one platform it is. */
type PlatformTagField = { readonly of: string };

/**
 * A tag that is not as it should be, why, and what to do about it. A pattern that gave no tag is a row too: it is in
 * `tag`, and `mirror` is null.
 */
export type TroubleRow = PlatformFields & {
  readonly source: string;
  readonly tag: string;
  readonly mirror: string | null;
  readonly reason: Reason;
  readonly message: string;
  readonly hint: string;
  /** What exactly came back, in the words of the registry; empty where there is no more to say. */
  readonly detail: string;
  readonly place: Place;
  /** The day since when, as `2026-09-01`, where the policy `alert` remembers it. */
  readonly since?: string;
} & Partial<PlatformTagField>;

/**
 * The lists of a report. `stale` is the work found before the run; after it a tag is in at most one of the others:
 * `failed` was tried, `refused` was stopped by a guard, `deferred` was not tried.
 */
export type TagRows = {
  readonly stale: readonly WorkRow[];
  readonly copied: readonly WorkRow[];
  readonly failed: readonly TroubleRow[];
  readonly refused: readonly TroubleRow[];
  readonly deferred: readonly TroubleRow[];
};

/** The rows of a plan and of how its steps ended; `prices` by the references of tags on the mirror. */
export function tagRows(
  plan: Plan,
  outcomes: readonly Outcome[],
  prices: ReadonlyMap<string, Cost> = new Map(),
): TagRows {
  const withCost = (row: WorkRow): WorkRow => {
    const cost = prices.get(row.mirror);
    return cost === undefined ? row : { ...row, cost };
  };
  const tagOf = new Map(plan.tags.flatMap((tag) => (tag.kind === 'stale' ? [[tag.step, tag]] : [])));
  const planned = [...troubles(plan, 'failed'), ...plan.patterns.map(patternRow)];
  const copied = outcomes.filter(({ kind }) => kind === 'copied');
  return {
    stale: plan.tags.flatMap((tag) =>
      tag.kind === 'stale' ? ownMoves(tag.step).map((move) => withCost(workRow(tag.step, move, tag))) : [],
    ),
    copied: copied.map(({ step, move, bytes }) => {
      const row = workRow(step, move, tagOf.get(step));
      return bytes === undefined ? row : { ...row, bytes };
    }),
    failed: [...planned.filter((row) => !isUntried(row)), ...troublesOfOutcomes(plan, outcomes, 'failed')],
    refused: troubles(plan, 'refused'),
    deferred: [
      ...troubles(plan, 'deferred'),
      ...planned.filter(isUntried),
      ...troublesOfOutcomes(plan, outcomes, 'held'),
    ],
  };
}

/** Keep-tags have rows of their own. */
function ownMoves({ moves }: Step): Move[] {
  return moves.filter(({ keeps }) => keeps === undefined);
}

/** A digest that stays reachable on the mirror under a keep-tag, `tag`, while the tag `keeps` moves on. */
export type KeepTagRow = {
  readonly source: string;
  readonly tag: string;
  readonly mirror: string;
  readonly keeps: string;
  readonly digest: Digest;
};

/** A row for each keep-tag. */
export function keepTagRows(kept: readonly Pick<Outcome, 'step' | 'move'>[]): KeepTagRow[] {
  return kept.map(({ step, move: { tag, keeps = '', manifest } }) => ({
    source: formatName(step.source),
    tag,
    mirror: formatTag(step.mirror, tag),
    keeps,
    digest: manifest.digest,
  }));
}

/** One sentence for each keep-tag; `isDone` where it has been set. */
export function keepTagNotices(rows: readonly KeepTagRow[], isDone: boolean): Notice[] {
  return rows.map(({ source, keeps, mirror }) => {
    const message = `${mirror} ${isDone ? 'keeps' : 'would keep'} the digest that ${keeps} had`;
    return { kind: 'keep-tags', source, message };
  });
}

function workRow(step: Step, move: Move, tag: PlannedTag | undefined): WorkRow {
  return {
    source: formatName(step.source),
    tag: move.tag,
    mirror: formatTag(step.mirror, move.tag),
    from: move.expected,
    to: move.manifest.digest,
    reason: step.reason,
    ...attachedField(step),
    ...madeOf(tag?.wanted),
    ...platformFields(tag?.notes),
    ...signedFields(tag?.signature),
  };
}

function attachedField({ attach = [] }: Step): Pick<WorkRow, 'attached'> {
  const attached = attach.flatMap(({ manifests, tags }) => [...manifests, ...tags]).length;
  return attached === 0 ? {} : { attached };
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
  const { reason, message, hint, detail } = failure;
  return { source: formatName(source), tag: pattern, mirror: null, reason, message, hint, detail, place };
}

function troubleRow(
  wanted: Pick<Wanted, 'source' | 'mirror' | 'place' | 'madeOf'>,
  tag: string,
  failure: Failure,
): TroubleRow {
  const { reason, message, hint, detail } = failure;
  const named = { source: formatName(wanted.source), tag, mirror: formatTag(wanted.mirror, tag) };
  return { ...named, reason, message, hint, detail, place: wanted.place, ...madeOf(wanted) };
}

function madeOf(wanted: Pick<Wanted, 'madeOf'> | undefined): Partial<PlatformTagField> {
  return wanted?.madeOf === undefined ? {} : { of: wanted.madeOf };
}

/** How the selected tags of one source fared; what is neither fresh nor copied is in a list of its own. */
export type SourceRow = {
  readonly source: string;
  readonly selected: number;
  readonly fresh: number;
  readonly copied: number;
  /** How the digests of its tags were read: each asked for, or from a list of the registry, of which a sample was asked for. */
  readonly read?: { readonly upstream: ReadHow; readonly mirror: ReadHow };
};

type ReadHow = 'heads' | 'listing';

/** The names of the repositories whose digests were read from lists. */
export type ListedNames = { readonly upstream: ReadonlySet<string>; readonly mirror: ReadonlySet<string> };

/** No list was read. */
export const NOT_LISTED: ListedNames = { upstream: new Set(), mirror: new Set() };

/** A row for each source, in the order of the plan. */
export function sourceRows(plan: Plan, outcomes: readonly Outcome[], listed: ListedNames): SourceRow[] {
  const groups = Map.groupBy(plan.tags.filter(isSelected), (tag) => formatName(tag.wanted.source));
  const ends = endsBy(outcomes);
  return [...groups].map(([source, tags]) => {
    const copied = tags.filter((tag) => endOf(tag, ends) === 'copied').length;
    return {
      source,
      selected: tags.length,
      fresh: countFresh(tags, ends),
      copied,
      read: readHow(tags, listed),
    };
  });
}

function readHow(tags: readonly PlannedTag[], { upstream, mirror }: ListedNames): SourceRow['read'] {
  const how = (isListed: boolean): ReadHow => (isListed ? 'listing' : 'heads');
  return {
    upstream: how(tags.some(({ wanted }) => upstream.has(formatName(wanted.pull)))),
    mirror: how(tags.some(({ wanted }) => mirror.has(formatName(wanted.mirror)))),
  };
}

/** Whether a tag was selected, and not made as one of a single platform. */
export function isSelected({ wanted }: PlannedTag): boolean {
  return wanted.madeOf === undefined;
}

/** How the last move of each step ended. */
export function endsBy(outcomes: readonly Outcome[]): ReadonlyMap<Step, Outcome['kind']> {
  return new Map(outcomes.map(({ step, kind }) => [step, kind]));
}

/** How many of the tags are as they should be without a write. */
export function countFresh(tags: readonly PlannedTag[], ends: ReturnType<typeof endsBy>): number {
  return tags.filter((tag) => ['fresh', 'already'].includes(endOf(tag, ends))).length;
}

function endOf(tag: PlannedTag, ends: ReturnType<typeof endsBy>): string {
  return tag.kind === 'stale' ? (ends.get(tag.step) ?? 'stale') : tag.kind;
}
