// What becomes of one tag under its policies: it is fresh, it is published as upstream has it or as an index made
// here, or it is refused. Asks for no more than this takes.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Compared } from '../observation/compare.ts';
import { openSide } from '../observation/open-manifest.ts';
import type { Ask } from '../observation/reads.ts';
import { guardPlatforms, isFreshlyMade, type Refusal } from '../platforms/guard.ts';
import type { Publication } from '../platforms/hybrid.ts';
import { type Kept, keptIn, madeFrom } from '../platforms/index-build.ts';
import { type PlatformPolicy, policyText, wantedLeaves } from '../platforms/loss.ts';
import { type Leaf, type Side, serves } from '../platforms/served.ts';
import type { Wanted } from '../select/select.ts';
import type { PlannedTag, PlatformNotes, WorkReason } from './step.ts';

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

export type Judgement = { readonly tag: PlannedTag; readonly images: Images | null };

type Case = {
  readonly wanted: Wanted;
  readonly compared: Compared;
  readonly policy: PlatformPolicy;
  readonly ask: Ask;
  readonly today: string;
};

/** Judges one tag whose digests were compared; null where something has to be read first. */
export function judge(wanted: Wanted, compared: Compared, ask: Ask, today: string): Judgement | null {
  const about: Case = { wanted, compared, policy: policyOf(wanted), ask, today };
  try {
    return compared.kind === 'equal' ? judgeEqual(about) : judgeDiffering(about);
  } catch (thrown) {
    return failed(wanted, asFailure(thrown));
  }
}

/** A pinned tag has the digest that is written or none: no index that is made here can be it. */
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

/** The mirror has upstream's very manifest, so the mirror alone is asked whether that is what the policies want. */
function judgeEqual(about: Case): Judgement | null {
  const { wanted, compared } = about;
  if (!asksForPlatforms(about)) {
    return { tag: { wanted, kind: 'fresh', digest: compared.digest }, images: null };
  }
  return judgeHeld(about, compared.digest);
}

/** Judges what the mirror has by itself: nothing is lost, but something that is asked for may not be there. */
function judgeHeld(about: Case, digest: Digest): Judgement | null {
  const held = openSide(about.wanted, 'mirror', digest, about.ask, true);
  if (held === 'waiting') return null;
  if (held instanceof Failure) return failed(about.wanted, held);
  return conclude(about, held, held, 'mirror');
}

function judgeDiffering(about: Case): Judgement | null {
  const { wanted, compared, policy, ask } = about;
  const { current, digest } = compared;
  if (current === null) return judgeCandidate(about, null);
  if (policyText(policy) !== '') {
    // It may have been made here for this very upstream: then nothing more is asked of upstream.
    const made = openSide(wanted, 'mirror', current, ask, false);
    if (made === 'waiting') return null;
    if (made instanceof Failure) return failed(wanted, made);
    if (isFreshlyMade(made.manifest, wanted.source, digest, policy)) return judgeMade(about, made);
  }
  const held = openSide(wanted, 'mirror', current, ask, true);
  if (held instanceof Failure) return failed(wanted, held);
  return judgeCandidate(about, held);
}

function judgeMade(about: Case, made: Side): Judgement | null {
  const { wanted, policy } = about;
  const { digest } = made.body;
  if (policy.expected.length > 0 || wanted.policies.platformTags !== '') return judgeHeld(about, digest);
  const kept = keptOf(about, made);
  return { tag: { wanted, kind: 'fresh', digest, notes: notes({ kept }) }, images: null };
}

/** Asks for upstream's manifest in the round in which the mirror's is asked for. */
function judgeCandidate(about: Case, held: Side | 'waiting' | null): Judgement | null {
  const { wanted, compared, ask } = about;
  const deep = held !== null || asksForPlatforms(about);
  const candidate = openSide(wanted, 'upstream', compared.digest, ask, deep);
  if (candidate instanceof Failure) return failed(wanted, candidate);
  if (candidate === 'waiting' || held === 'waiting') return null;
  return conclude(about, held, candidate, 'upstream');
}

function conclude(about: Case, current: Side | null, candidate: Side, from: Images['from']): Judgement {
  const { wanted, compared, policy, today } = about;
  const { source, tag } = wanted;
  const verdict = guardPlatforms({ source, tag, current, candidate, policy, today });
  const leaves = (side: Side) => wantedLeaves(serves(side).leaves, policy.platforms);
  const before = current === null ? [] : leaves(current);
  const images = { candidate: leaves(candidate), before, from, bring: null };
  if (verdict.kind === 'refused') return { tag: refused(about, verdict, current), images };
  const { digest } = verdict.manifest;
  if (digest === compared.current || digest === current?.body.digest) {
    const kept = current === null ? [] : keptOf(about, current);
    return { tag: { wanted, kind: 'fresh', digest, notes: notes({ kept }) }, images };
  }
  const lost = verdict.kind === 'ok' ? [] : verdict.lost;
  const kept = verdict.kind === 'hybrid' ? aged(about, verdict.kept) : [];
  const planned = publish(about, verdict, reasonFor(about, current));
  return { tag: { ...planned, notes: notes({ lost, kept }) }, images: { ...images, bring: verdict.bring } };
}

function publish(
  { wanted, compared }: Case,
  { manifest, bring }: Publication,
  reason: WorkReason,
): PlannedTag {
  const { source, pull, mirror, tag } = wanted;
  const moves = [{ tag, expected: compared.current, manifest }];
  const step = { source, pull, mirror, bring, moves, reason };
  return { wanted, kind: 'stale', step, doubt: compared.doubt };
}

function reasonFor({ wanted, compared }: Case, current: Side | null): WorkReason {
  if (current === null) return 'missing';
  if (compared.kind === 'equal' || madeFor(wanted, current) === compared.digest) return 'policy';
  return wanted.pinned === null ? 'moved' : 'pin';
}

function madeFor({ source }: Wanted, { manifest }: Side): Digest | null {
  return manifest.kind === 'index' ? madeFrom(manifest.annotations, source) : null;
}

function refused(about: Case, refusal: Refusal, current: Side | null): PlannedTag {
  const { wanted } = about;
  const { reason, message, lost, missing, line } = refusal;
  // A pinned reference is one line of text and has no room for a policy.
  const hint =
    wanted.pinned === null
      ? refusal.hint
      : refusal.hint.replace('with this line', 'with this line under defaults');
  const kept = current === null ? [] : keptOf(about, current);
  const failure = new Failure(reason, message, { hint });
  return { wanted, kind: 'refused', failure, notes: notes({ lost, missing, kept, line }) };
}

function failed(wanted: Wanted, failure: Failure): Judgement {
  return { tag: { wanted, kind: 'failed', failure }, images: null };
}

function notes(some: Partial<PlatformNotes>): PlatformNotes {
  return { lost: [], missing: [], kept: [], line: null, ...some };
}

function keptOf(about: Case, { manifest }: Side): PlatformNotes['kept'] {
  return manifest.kind === 'index' ? aged(about, keptIn(manifest.annotations, about.wanted.source)) : [];
}

const DAY = 86_400_000;

function aged({ today }: Case, kept: readonly Kept[]): PlatformNotes['kept'] {
  return kept.map((one) => {
    const days = Math.round((Date.parse(today) - Date.parse(one.since)) / DAY);
    return { ...one, days: Math.max(0, days || 0) };
  });
}
