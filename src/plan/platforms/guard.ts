// The platform guard. A platform that people may be running is not taken from them because a build upstream failed:
// a person lets it go, or it is kept. What it refuses it explains, with the line that accepts the loss. Whoever plans
// steps asks this file alone about platforms, and tag-targets.ts about the tags of single ones.

import type { Reason } from '../../base/errors/failure.ts';
import { isMistake } from '../../base/errors/mistake.ts';
import type { Manifest } from '../../image/manifest/manifest.ts';
import { byPlatform, formatPlatform, type Platform, parsePlatform } from '../../image/manifest/platform.ts';
import type { Digest } from '../../image/names/digest.ts';
import { familiarTag, type Name } from '../../image/names/reference.ts';
import { filterIndex, makeHybrid, type Publication, publishWhole } from './hybrid.ts';
import { isMadeFor, type Kept, keptIn, madeFrom } from './index-build.ts';
import { findLoss, type Loss, type PlatformPolicy, policyText, wantedLeaves } from './loss.ts';
import { offerSet, offers } from './platform-set.ts';
import { type Leaf, type OpenManifest, platformsIn, type Served, serves } from './served.ts';

export type { Publication } from './hybrid.ts';
export type { Kept } from './index-build.ts';
export { gonePlatforms, type PlatformPolicy } from './loss.ts';
export type { Leaf, OpenManifest } from './served.ts';

/**
 * One tag to judge. `current` is what the mirror serves, null at the first publication; `where` is where a line
 * that accepts a loss can be written; `today` is `2026-09-01`.
 */
type GuardInput = {
  readonly source: Name;
  readonly tag: string;
  readonly current: OpenManifest | null;
  readonly candidate: OpenManifest;
  readonly policy: PlatformPolicy;
  readonly where: Acceptance['where'];
  readonly today: string;
};

/** The line of the config that accepts a loss, and where it is to be written: at the entry, or under `defaults`. */
export type Acceptance = { readonly line: string; readonly where: 'entry' | 'defaults' };

/**
 * What a person can do about a refusal besides waiting. `accept`: write the line that names what is left.
 * `accept-all`: nothing is left to name, so losses are accepted as a whole. `drop-expected`: the same, where
 * expected-platforms is in the way.
 */
type Advice =
  | ({ readonly kind: 'accept' } & Acceptance)
  | { readonly kind: 'accept-all'; readonly where: Acceptance['where'] }
  | { readonly kind: 'drop-expected' }
  | { readonly kind: 'correct-platforms' }
  | { readonly kind: 'run-again' };

/** Why a tag stays as it is, and what can be done about it. */
export type PlatformRefusal = {
  readonly reason: Extract<Reason, 'platform-lost' | 'platform-missing'>;
  readonly lost: readonly string[];
  readonly missing: readonly string[];
  readonly message: string;
  readonly advice: Advice;
};

/**
 * What may be published. `accepted`: platforms go that do not count, or that a person let go. Platforms are texts as
 * formatPlatform writes them.
 */
export type GuardResult =
  | ({ readonly kind: 'ok' } & Publication)
  | ({ readonly kind: 'accepted'; readonly lost: readonly string[] } & Publication)
  | ({
      readonly kind: 'hybrid';
      readonly lost: readonly string[];
      readonly kept: readonly Kept[];
    } & Publication)
  | ({ readonly kind: 'refused' } & PlatformRefusal);

const NOTHING: Served = { leaves: [], unread: [], broken: [] };

/** True when the mirror's manifest was made here from this upstream digest under this very policy: it is fresh. */
export function isFreshlyMade(
  manifest: Manifest,
  source: Name,
  upstream: Digest,
  policy: PlatformPolicy,
): boolean {
  if (manifest.kind !== 'index') return false;
  return isMadeFor(manifest.annotations, { source, upstream, policy: policyText(policy) });
}

/** True where a policy may make an index here, so that the mirror's manifest need not be upstream's. */
export function makesIndexes(policy: PlatformPolicy): boolean {
  return policyText(policy) !== '';
}

/** The upstream digest that the mirror's manifest was made from here; null where it was not made here. */
export function madeFromUpstream({ manifest }: Pick<OpenManifest, 'manifest'>, source: Name): Digest | null {
  return manifest.kind === 'index' ? madeFrom(manifest.annotations, source) : null;
}

/** The images that the mirror's manifest keeps for platforms that upstream let go. */
export function keptImages({ manifest }: OpenManifest, source: Name): Kept[] {
  return manifest.kind === 'index' ? keptIn(manifest.annotations, source) : [];
}

/** The images of a manifest that the policy asks for. */
export function wantedImages(opened: OpenManifest, { platforms }: PlatformPolicy): readonly Leaf[] {
  return wantedLeaves(serves(opened).leaves, platforms);
}

/** What a manifest of the mirror lists, must be read to know its platforms, and is not there: nobody can pull it. */
export function brokenContent(opened: OpenManifest): readonly Digest[] {
  return serves(opened).broken;
}

/** Judges one tag and makes what is to be published. Throws Failure('corrupt') as makeIndex does. */
export function guardPlatforms(input: GuardInput): GuardResult {
  const { current, candidate, policy, source } = input;
  const before = current === null ? NOTHING : serves(current);
  const upstream = serves(candidate);
  const leaves = wantedLeaves(upstream.leaves, policy.platforms);
  const loss = findLoss(before, upstream, leaves, policy);
  const madeFor = { source, upstream: candidate.body.digest, policy: policyText(policy) };
  const subject = { ...input, before, upstream, madeFor };
  const filtered = leaves.length < upstream.leaves.length ? leaves : null;
  const refused = () => ({ kind: 'refused', ...refuse(input, loss, platformsIn(leaves)) }) as const;
  if (loss.unread || loss.missing.length > 0) return refused();
  const accepted = loss.accepted.map(formatPlatform);
  if (loss.lost.length > 0) {
    if (policy.lost !== 'hybrid') return refused();
    const hybrid = makeHybrid(subject, filtered, loss.lost);
    return hybrid === null ? refused() : { kind: 'hybrid', lost: accepted, ...hybrid };
  }
  const publication = filtered === null ? publishWhole(candidate) : filterIndex(subject, filtered);
  if (accepted.length === 0) return { kind: 'ok', ...publication };
  return { kind: 'accepted', lost: accepted, ...publication };
}

function refuse(input: GuardInput, loss: Loss, has: readonly Platform[]): PlatformRefusal {
  const { lost, missing } = loss;
  const inMirror = lost.length > 0 || (missing.length === 0 && input.current !== null);
  return {
    reason: inMirror ? 'platform-lost' : 'platform-missing',
    lost: lost.map(formatPlatform),
    missing: missing.map(formatPlatform),
    message: sentence(input, loss, has),
    advice: adviceOn(input, loss, has),
  };
}

function sentence({ source, tag, candidate }: GuardInput, loss: Loss, has: readonly Platform[]): string {
  const reference = familiarTag(source, tag);
  const remaining = has.length === 0 ? 'none that is wanted' : inWords(has);
  const what =
    candidate.manifest.kind === 'index'
      ? "upstream's index has"
      : "upstream's manifest is not an index and has";
  const parts = [
    loss.lost.length > 0 ? [`would lose ${inWords(loss.lost)}, which the mirror has`] : [],
    loss.missing.length > 0 ? [`lacks ${inWords(loss.missing)}, which the config asks for`] : [],
    loss.unread ? ['lists content whose platforms could not be read'] : [],
  ].flat();
  return `${reference} ${parts.join(', and ')}; ${what} ${remaining}`;
}

function adviceOn({ policy, where }: GuardInput, loss: Loss, has: readonly Platform[]): Advice {
  const { platforms, expected } = policy;
  const line = acceptingLine(has, expected);
  if (loss.unread && (line === null || platforms.length > 0)) return { kind: 'run-again' };
  if (line !== null) return { kind: 'accept', line, where };
  if (platforms.length > 0) return { kind: 'correct-platforms' };
  return expected.length === 0 ? { kind: 'accept-all', where } : { kind: 'drop-expected' };
}

/** The advice as one sentence. */
export function adviceWords(advice: Advice): string {
  switch (advice.kind) {
    case 'accept':
      return `${acceptWords(advice.where)} ${advice.line}`;
    case 'accept-all':
      return `${acceptWords(advice.where)} lost-platforms: accept`;
    case 'drop-expected':
      return 'wait for upstream, or remove expected-platforms and write lost-platforms: accept';
    case 'correct-platforms':
      return 'wait for upstream, or correct platforms';
    case 'run-again':
      return 'run again';
  }
}

/** What comes before the line that accepts a loss. */
export function acceptWords(where: Acceptance['where']): string {
  return `wait for upstream, or accept it with this line${where === 'entry' ? '' : ' under defaults'}:`;
}

/**
 * `expected-platforms: [linux/amd64, linux/arm64]`, with the platforms that are left: of the expected ones those that
 * the candidate has, else all of its. Null when it has none that the config can name.
 */
function acceptingLine(has: readonly Platform[], expected: readonly Platform[]): string | null {
  const offered = offerSet(has);
  const stillThere = expected.filter((wish) => offers(offered, wish));
  const remaining = stillThere.length > 0 ? stillThere : has;
  const texts = new Set([...remaining].sort(byPlatform).flatMap(asWritten));
  return texts.size === 0 ? null : `expected-platforms: [${[...texts].join(', ')}]`;
}

/** The text of a platform where the config reads it back: upstream may have invented names, and worse. */
function asWritten(platform: Platform): string[] {
  const texts = [platform, { ...platform, build: '' }].map(formatPlatform);
  return texts.filter((text) => isPlatform(text)).slice(0, 1);
}

function isPlatform(text: string): boolean {
  const parsed = parsePlatform(text);
  return !isMistake(parsed) && formatPlatform(parsed) === text;
}

function inWords(platforms: readonly Platform[]): string {
  const texts = [...platforms].sort(byPlatform).map(formatPlatform);
  return texts.length < 2 ? (texts[0] ?? '') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}
