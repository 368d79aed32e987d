// What is to be done, and how it ended. A plan is a value: `check` shows it, `sync` applies it.

import type { Place } from '../../base/errors/diagnostic.ts';
import type { Failure } from '../../base/errors/failure.ts';
import type { ManifestBody } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';
import type { Signature } from '../../image/signatures/signatures.ts';
import type { Acceptance, Kept } from '../platforms/guard.ts';
import type { Wanted } from '../select/select.ts';

/** Why a tag needs work. */
export type WorkReason = 'moved' | 'missing' | 'pin' | 'policy' | 'repair' | 'referrer';

/**
 * One tag of the mirror to move: `expected` is the digest it is expected to have now (null: no such tag), `manifest`
 * the very bytes it shall have. Anything else found there is somebody else's change and is left alone.
 */
export type Move = {
  readonly tag: string;
  readonly expected: Digest | null;
  readonly manifest: ManifestBody;
  /** Of a keep-tag: the tag that moves on next. It is never moved again, put back or deleted. */
  readonly keeps?: string;
};

/**
 * What is attached to one digest, to be on the mirror before a tag moves to it: manifests that name it as their subject, and
 * tags of cosign's, which are never put back or deleted.
 */
export type Attaching = {
  readonly subject: Digest;
  readonly manifests: readonly ManifestBody[];
  readonly tags: readonly Move[];
};

/**
 * The work for one selected tag. `bring` are the digests to copy first, in order; a manifest that is made here, from
 * content the mirror has, brings none. `moves` are done in order: when one fails, those after it are held, so that
 * a tag which must be kept is set before the tag that lets go of it moves.
 */
export type Step = {
  readonly source: Name;
  readonly pull: Name;
  readonly mirror: Name;
  readonly bring: readonly Digest[];
  readonly moves: readonly Move[];
  readonly reason: WorkReason;
  /** In order: what is attached to an image comes before what is attached to that. */
  readonly attach?: readonly Attaching[];
};

/** Whether a step writes content alone, and leaves its tag as it is. */
export function leavesTag({ reason }: Pick<Step, 'reason'>): boolean {
  return reason === 'repair' || reason === 'referrer';
}

/**
 * What is known of the platforms of a tag: those that go or would go (`lost`), those that are asked for and nobody has
 * (`missing`), the images that the mirror keeps for its own, and how a refused loss can be accepted, null where no line does.
 * `broken` is what the mirror's own image lists and the mirror has lost.
 */
export type PlatformNotes = {
  readonly lost: readonly string[];
  readonly missing: readonly string[];
  readonly kept: readonly (Kept & { readonly days: number })[];
  readonly accept: Acceptance | null;
  readonly broken?: readonly Digest[];
  /** When the image was built that the mirror goes on serving, where that is known. */
  readonly served?: { readonly since: string; readonly days: number } | null;
};

/** A tag that is looked after, selected or made by platform-tags, and what is planned for it. */
export type PlannedTag = {
  readonly wanted: Wanted;
  readonly notes?: PlatformNotes;
  /** Who signed it, where somebody had to. */
  readonly signature?: Signature;
} & (
  | { readonly kind: 'fresh'; readonly digest: Digest }
  | { readonly kind: 'stale'; readonly step: Step; readonly doubt: Failure | null }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'deferred'; readonly failure: Failure }
);

/**
 * A glob, a `follow` or a template of platform-tags that gave no tag, and why. It has no name on the mirror, so nothing
 * there is ever looked at or moved for it.
 */
export type FailedPattern = {
  readonly source: Name;
  readonly pattern: string;
  readonly place: Place;
  readonly failure: Failure;
};

/** Every tag that is looked after, and the patterns that gave none. */
export type Plan = { readonly tags: readonly PlannedTag[]; readonly patterns: readonly FailedPattern[] };

/**
 * How one move of a step ended. `held`: not tried, because of the move or copy before it. `bytes` of layers and configs
 * were moved for it; those of a step belong to its last move, those of a digest to the first step that brings it.
 */
export type Outcome = { readonly step: Step; readonly move: Move; readonly bytes?: number } & (
  | { readonly kind: 'copied' }
  | { readonly kind: 'already' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'held'; readonly failure: Failure }
);

/** Whether the mirror has what was planned for a move, written now or there already. */
export function hasArrived({ kind }: Pick<Outcome, 'kind'>): boolean {
  return kind === 'copied' || kind === 'already';
}

/** The steps of a plan, in its order. */
export function stepsOf(plan: Plan): Step[] {
  return plan.tags.flatMap((tag) => (tag.kind === 'stale' ? [tag.step] : []));
}
