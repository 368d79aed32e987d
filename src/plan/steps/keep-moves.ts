// What must be tagged before a tag moves on: a digest that is or was pinned never loses its last name.

import { decodeManifest, type ManifestBody } from '../../image/manifest/manifest.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import { keepTag } from '../../image/tags/keep-tag.ts';
import { takenKeepTag } from '../observation/compare.ts';
import type { ObservationReader } from '../observation/reads.ts';
import type { Wanted } from '../select/select.ts';
import type { Move, Outcome, PlannedTag } from './step.ts';

/** Whether a digest of a mirror repository is named in the workspace. */
type IsPinned = (mirror: Name, digest: string) => boolean;

/** What every tag is planned with: what was observed, and what the workspace pins. */
export type PlanContext = { readonly reader: ObservationReader; readonly isPinned: IsPinned };

/** Every digest that the selected tags are pinned to, by the repository of the mirror. */
export function pinsOf(wanted: readonly Wanted[]): IsPinned {
  const pinned = wanted.flatMap((tag) =>
    tag.pinned === null ? [] : [`${formatName(tag.mirror)}@${tag.pinned}`],
  );
  const known = new Set(pinned);
  return (mirror, digest) => known.has(`${formatName(mirror)}@${digest}`);
}

/** Whether what a tag has now is to be kept before it moves: pinned here, in what it lists, or by this very tag. */
function mustKeep(wanted: Wanted, current: ManifestBody, isPinned: IsPinned): boolean {
  const { mirror, pinned, policies } = wanted;
  if (pinned !== null && policies.keepPins) return true;
  if (isPinned(mirror, current.digest)) return true;
  const manifest = decodeManifest(current.bytes, current.mediaType);
  return manifest.kind === 'index' && manifest.entries.some(({ digest }) => isPinned(mirror, digest));
}

/**
 * The moves that keep what a tag has now (null: nothing that could be kept) before it moves on: none where nobody pins it
 * or its keep-tag has it already; null while something has to be read. Throws a Failure where that cannot be read, or
 * where the keep-tag has another image, because it is never moved.
 */
export function keepMoves(
  wanted: Wanted,
  current: ManifestBody | null,
  { reader, isPinned }: PlanContext,
): readonly Move[] | null {
  if (current === null || !mustKeep(wanted, current, isPinned)) return [];
  const { mirror, tag } = wanted;
  const name = keepTag(tag, current.digest);
  const head = reader.head(mirror, name);
  if (head === null) return null;
  if (head.kind === 'unknown') throw head.because;
  if (head.kind === 'absent') return [{ tag: name, expected: null, manifest: current, keeps: tag }];
  if (head.value.digest === current.digest) return [];
  throw takenKeepTag(mirror, name, current.digest);
}

/** How moves ended: those of the tags themselves, and those of their keep-tags. */
type Settled = { readonly outcomes: readonly Outcome[]; readonly kept: readonly Outcome[] };

/** Tells keep-tags from what was asked for. A tag that did not move because its keep-tag failed has failed with it. */
export function settleKeeps(all: readonly Outcome[]): Settled {
  const kept = all.filter(({ move }) => move.keeps !== undefined);
  const failures = new Map(
    kept.flatMap((outcome) => (outcome.kind === 'failed' ? [[outcome.step, outcome.failure]] : [])),
  );
  const own = all.filter(({ move }) => move.keeps === undefined);
  const outcomes = own.map((outcome): Outcome => {
    const { step, move } = outcome;
    const failure = failures.get(step);
    return outcome.kind === 'held' && failure !== undefined
      ? { step, move, kind: 'failed', failure }
      : outcome;
  });
  return { outcomes, kept };
}

/** The keep-tags that a plan sets, each with the tag that it is set for. */
export function plannedKeeps(tags: readonly PlannedTag[]): Pick<Outcome, 'step' | 'move'>[] {
  return tags.flatMap((tag) => {
    if (tag.kind !== 'stale') return [];
    const { step } = tag;
    return step.moves.filter(({ keeps }) => keeps !== undefined).map((move) => ({ step, move }));
  });
}
