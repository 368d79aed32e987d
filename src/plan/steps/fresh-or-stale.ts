// What becomes of one tag under its policies: it is fresh, it is published as upstream has it or as an index made
// here, or it is refused. Asks for no more than this takes.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import type { Digest } from '../../image/names/digest.ts';
import { type Compared, gone, vanished } from '../observation/compare.ts';
import { type Opening, openManifest, openWithChildren } from '../observation/open-manifest.ts';
import { mirrorOf, type ObservationReader, upstreamOf, type Where } from '../observation/reads.ts';
import {
  adviceWords,
  brokenContent,
  guardPlatforms,
  isFreshlyMade,
  type Kept,
  keptImages,
  type Leaf,
  madeFromUpstream,
  makesIndexes,
  type OpenManifest,
  type PlatformPolicy,
  type PlatformRefusal,
  type Publication,
  wantedImages,
} from '../platforms/guard.ts';
import { builtOn } from '../platforms/served.ts';
import type { Wanted } from '../select/select.ts';
import { daysBetween } from './ages.ts';
import { keepMoves, type PlanContext } from './keep-moves.ts';
import type { Move, PlannedTag, PlatformNotes, WorkReason } from './step.ts';

/**
 * The images that platform tags are made from: those of the candidate, and of the mirror for platforms that upstream
 * lost. `bring` is what the tag's own step copies; null where the tag stays as it is.
 */
export type Images = {
  readonly candidate: readonly Leaf[];
  readonly before: readonly Leaf[];
  readonly from: 'upstream' | 'mirror';
  readonly bring: readonly Digest[] | null;
};

/** `waiting`: something has to be read first. `images` is null where platform tags can be made from none. */
type Judgement =
  | { readonly kind: 'judged'; readonly tag: PlannedTag; readonly images: Images | null }
  | { readonly kind: 'waiting' };

/** A tag both sides of which could be compared. */
type Comparable = Exclude<Compared, { kind: 'failed' }>;

type Case = {
  readonly wanted: Wanted;
  readonly compared: Comparable;
  readonly policy: PlatformPolicy;
  readonly today: string;
} & PlanContext;

/** Judges one tag whose digests were compared; `today` is `2026-09-01`. */
export function judge(wanted: Wanted, compared: Comparable, context: PlanContext, today: string): Judgement {
  const subject: Case = { wanted, compared, policy: policyOf(wanted), today, ...context };
  try {
    return compared.kind === 'equal' ? judgeEqual(subject) : judgeDiffering(subject);
  } catch (thrown) {
    return failed(wanted, asFailure(thrown));
  }
}

/** A pinned tag has the written digest or none: an index that is made here has another. */
function policyOf({ policies, pinned }: Wanted): PlatformPolicy {
  const { lostPlatforms, expectedPlatforms, platforms } = policies;
  const lost = pinned !== null && lostPlatforms === 'hybrid' ? 'refuse' : lostPlatforms;
  return { lost, expected: expectedPlatforms, platforms };
}

/** True where the platforms of a tag matter although nothing would be lost: then its manifest is read. */
function asksForPlatforms({ policy, wanted }: Case): boolean {
  const { platformTags } = wanted.policies;
  return policy.expected.length > 0 || policy.platforms.length > 0 || platformTags !== '';
}

type Opened = Exclude<Opening, { kind: 'absent' }>;
type Open = (where: Where, digest: Digest, reader: ObservationReader) => Opening;

/** Opens a manifest that a tag of this side led to, so that one which is not there has vanished. */
function openOf({ wanted, reader }: Case, side: Where['side'], digest: Digest, open: Open): Opened {
  const where = side === 'mirror' ? mirrorOf(wanted) : upstreamOf(wanted);
  const opening = open(where, digest, reader);
  if (opening.kind !== 'absent') return opening;
  return { kind: 'failed', failure: vanished(wanted, side, digest) };
}

/** The mirror has upstream's very manifest, so the mirror alone is asked whether that is what the policies want. */
function judgeEqual(subject: Case): Judgement {
  const { wanted, compared } = subject;
  if (asksForPlatforms(subject)) return judgeMirrored(subject, compared.digest);
  return { kind: 'judged', tag: { wanted, kind: 'fresh', digest: compared.digest }, images: null };
}

/**
 * Judges what the mirror has by itself: nothing is lost, but something that is asked for may not be there. Where the
 * mirror lost what names its platforms, upstream's very same manifest names them.
 */
function judgeMirrored(subject: Case, digest: Digest): Judgement {
  const mirrored = openOf(subject, 'mirror', digest, openWithChildren);
  if (mirrored.kind === 'waiting') return mirrored;
  if (mirrored.kind === 'failed') return failed(subject.wanted, mirrored.failure);
  if (brokenContent(mirrored.opened).length > 0) return judgeCandidate(subject, mirrored);
  return conclude(subject, mirrored.opened, mirrored.opened, 'mirror');
}

function judgeDiffering(subject: Case): Judgement {
  const { wanted, compared, policy, reader } = subject;
  const { current, digest } = compared;
  if (current === null) return judgeCandidate(subject, null);
  const where = mirrorOf(wanted);
  if (makesIndexes(policy)) {
    // It may have been made here for this very upstream: then nothing more is asked of upstream.
    const made = openManifest(where, current, reader);
    if (made.kind === 'waiting') return made;
    if (made.kind === 'failed') return failed(wanted, made.failure);
    if (made.kind === 'open' && isFreshlyMade(made.opened.manifest, wanted.source, digest, policy)) {
      return judgeMade(subject, made.opened);
    }
  }
  const mirrored = openWithChildren(where, current, reader);
  // The mirror no longer has what its tag names: there is nothing that moving on could take away.
  return judgeCandidate(subject, mirrored.kind === 'absent' ? null : mirrored);
}

function judgeMade(subject: Case, made: OpenManifest): Judgement {
  const { wanted, policy } = subject;
  const { digest } = made.body;
  if (policy.expected.length > 0 || wanted.policies.platformTags !== '')
    return judgeMirrored(subject, digest);
  const kept = keptOf(subject, made);
  return {
    kind: 'judged',
    tag: { wanted, kind: 'fresh', digest, notes: notes({ kept }) },
    images: null,
  };
}

/** Asks for upstream's manifest in the round in which the mirror's is asked for; `mirrored` is null where there is none. */
function judgeCandidate(subject: Case, mirrored: Opened | null): Judgement {
  const { wanted } = subject;
  if (mirrored?.kind === 'failed') return failed(wanted, mirrored.failure);
  const open = mirrored !== null || asksForPlatforms(subject) ? openWithChildren : openManifest;
  const { candidate, from } = openCandidate(subject, open);
  if (candidate.kind === 'failed') return failed(wanted, candidate.failure);
  if (candidate.kind === 'waiting' || mirrored?.kind === 'waiting') return { kind: 'waiting' };
  return conclude(subject, mirrored?.opened ?? null, candidate.opened, from);
}

/** Upstream's manifest, or for a pin that upstream no longer has the mirror's own, which may be there under another tag. */
function openCandidate(
  subject: Case,
  open: Open,
): { readonly candidate: Opened; readonly from: Images['from'] } {
  const { wanted, compared, reader } = subject;
  const { digest } = compared;
  const isDropped = wanted.pinned !== null && open(upstreamOf(wanted), digest, reader).kind === 'absent';
  if (!isDropped) return { candidate: openOf(subject, 'upstream', digest, open), from: 'upstream' };
  const own = open(mirrorOf(wanted), digest, reader);
  const candidate: Opened = own.kind === 'absent' ? { kind: 'failed', failure: gone(wanted, digest) } : own;
  return { candidate, from: 'mirror' };
}

function conclude(
  subject: Case,
  current: OpenManifest | null,
  candidate: OpenManifest,
  from: Images['from'],
): Judgement {
  const { wanted, compared, policy, today } = subject;
  const { source, tag, pinned } = wanted;
  // A pinned reference is one line of text and has no room for a policy.
  const where = pinned === null ? 'entry' : 'defaults';
  const result = guardPlatforms({ source, tag, current, candidate, policy, where, today });
  const before = current === null ? [] : wantedImages(current, policy);
  const images: Images = { candidate: wantedImages(candidate, policy), before, from, bring: null };
  if (result.kind === 'refused') {
    return { kind: 'judged', tag: refused(subject, result, current), images };
  }
  const { digest } = result.manifest;
  if (digest === compared.current || digest === current?.body.digest) {
    const kept = current === null ? [] : keptOf(subject, current);
    return { kind: 'judged', tag: { wanted, kind: 'fresh', digest, notes: notes({ kept }) }, images };
  }
  const lost = result.kind === 'ok' ? [] : result.lost;
  const kept = result.kind === 'hybrid' ? aged(subject, result.kept) : [];
  // What is broken cannot be kept.
  const isWhole = current !== null && brokenContent(current).length === 0;
  const keeping = keepMoves(wanted, isWhole ? current.body : null, subject);
  if (keeping === null) return { kind: 'waiting' };
  const publication = from === 'mirror' && compared.kind === 'differs' ? { ...result, bring: [] } : result;
  const planned = publish(subject, publication, reasonFor(subject, current), keeping);
  const { bring } = result;
  const broken = brokenOnMirror(subject, current);
  return {
    kind: 'judged',
    tag: { ...planned, notes: notes({ lost, kept, broken }) },
    images: { ...images, bring },
  };
}

/** What the mirror lost of the image that its tag names: the image itself, or what is in it. */
function brokenOnMirror({ compared }: Case, current: OpenManifest | null): readonly Digest[] {
  if (current !== null) return brokenContent(current);
  return compared.current === null ? [] : [compared.current];
}

function publish(
  { wanted, compared }: Case,
  { manifest, bring }: Publication,
  reason: WorkReason,
  keeping: readonly Move[],
): PlannedTag {
  const { source, pull, mirror, tag } = wanted;
  const moves = [...keeping, { tag, expected: compared.current, manifest }];
  const step = { source, pull, mirror, bring, moves, reason };
  return { wanted, kind: 'stale', step, doubt: compared.doubt };
}

function reasonFor({ wanted, compared }: Case, current: OpenManifest | null): WorkReason {
  if (compared.current === null) return 'missing';
  const isMadeOfIt = current !== null && madeFromUpstream(current, wanted.source) === compared.digest;
  if (compared.kind === 'equal' || isMadeOfIt) return 'policy';
  return wanted.pinned === null ? 'moved' : 'pin';
}

function refused(subject: Case, refusal: PlatformRefusal, current: OpenManifest | null): PlannedTag {
  const { reason, message, lost, missing, advice } = refusal;
  const kept = current === null ? [] : keptOf(subject, current);
  const failure = new Failure(reason, message, { hint: adviceWords(advice) });
  const accept = advice.kind === 'accept' ? { line: advice.line, where: advice.where } : null;
  const served = servedSince(subject, current);
  const known = notes({ lost, missing, kept, accept, served });
  return { wanted: subject.wanted, kind: 'refused', failure, notes: known };
}

function failed(wanted: Wanted, failure: Failure): Judgement {
  return { kind: 'judged', tag: { wanted, kind: 'failed', failure }, images: null };
}

function notes(known: Partial<PlatformNotes>): PlatformNotes {
  return { lost: [], missing: [], kept: [], accept: null, broken: [], ...known };
}

function keptOf(subject: Case, opened: OpenManifest): PlatformNotes['kept'] {
  return aged(subject, keptImages(opened, subject.wanted.source));
}

function aged(subject: Case, kept: readonly Kept[]): PlatformNotes['kept'] {
  return kept.map((image) => ({ ...image, days: daysBetween(image.since, subject.today) }));
}

/** The age of what the mirror's tag goes on serving. */
function servedSince(subject: Case, current: OpenManifest | null): PlatformNotes['served'] {
  const since = current === null ? null : builtOn(current);
  return since === null ? null : { since, days: daysBetween(since, subject.today) };
}
