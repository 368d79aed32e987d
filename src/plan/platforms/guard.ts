// The platform guard. A platform that people may be running is not taken from them because a build upstream failed:
// a person lets it go, or it is kept. What it refuses it explains, with the line that accepts the loss.

import type { Reason } from '../../base/errors/failure.ts';
import { isMistake } from '../../base/errors/mistake.ts';
import type { Manifest } from '../../image/manifest/manifest.ts';
import {
  byPlatform,
  formatPlatform,
  fulfils,
  type Platform,
  parsePlatform,
} from '../../image/manifest/platform.ts';
import type { Digest } from '../../image/names/digest.ts';
import { familiarName, type Name } from '../../image/names/reference.ts';
import { filterIndex, makeHybrid, type Publication, publishWhole } from './hybrid.ts';
import { isMadeFor, type Kept } from './index-build.ts';
import { findLoss, type Loss, type PlatformPolicy, policyText, wantedLeaves } from './loss.ts';
import { platformsIn, type Served, type Side, serves } from './served.ts';

/** One tag to judge. `current` is what the mirror serves, null at the first publication; `today` is `2026-09-01`. */
export type GuardInput = {
  readonly source: Name;
  readonly tag: string;
  readonly current: Side | null;
  readonly candidate: Side;
  readonly policy: PlatformPolicy;
  readonly today: string;
};

/** Why a tag stays as it is. `line` is the line of the config that accepts the loss; null where none can. */
export type Refusal = {
  readonly reason: Extract<Reason, 'platform-lost' | 'platform-missing'>;
  readonly lost: readonly string[];
  readonly missing: readonly string[];
  readonly message: string;
  readonly hint: string;
  readonly line: string | null;
};

/**
 * What may be published. `said`: platforms go that do not count, or that a person let go. Platforms are texts as
 * formatPlatform writes them.
 */
export type Verdict =
  | ({ readonly kind: 'ok' } & Publication)
  | ({ readonly kind: 'said'; readonly lost: readonly string[] } & Publication)
  | ({
      readonly kind: 'hybrid';
      readonly lost: readonly string[];
      readonly kept: readonly Kept[];
    } & Publication)
  | ({ readonly kind: 'refused' } & Refusal);

const NOTHING: Served = { leaves: [], unread: [] };

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

/** Judges one tag and makes what is to be published. Throws Failure('corrupt') as makeIndex does. */
export function guardPlatforms(input: GuardInput): Verdict {
  const { current, candidate, policy, source } = input;
  const before = current === null ? NOTHING : serves(current);
  const upstream = serves(candidate);
  const leaves = wantedLeaves(upstream.leaves, policy.platforms);
  const loss = findLoss(before, upstream, leaves, policy);
  const subject = {
    ...input,
    madeFor: { source, upstream: candidate.body.digest, policy: policyText(policy) },
  };
  const filtered = leaves.length < upstream.leaves.length ? leaves : null;
  const refused = () => ({ kind: 'refused', ...refuse(input, loss, platformsIn(leaves)) }) as const;
  if (loss.unread || loss.missing.length > 0) return refused();
  const said = loss.said.map(formatPlatform);
  if (loss.lost.length > 0) {
    if (policy.lost !== 'hybrid') return refused();
    const hybrid = makeHybrid(subject, filtered, upstream, before, loss.lost);
    return hybrid === null ? refused() : { kind: 'hybrid', lost: said, ...hybrid };
  }
  const publication = filtered === null ? publishWhole(candidate) : filterIndex(subject, filtered);
  return said.length === 0 ? { kind: 'ok', ...publication } : { kind: 'said', lost: said, ...publication };
}

function refuse(input: GuardInput, loss: Loss, has: readonly Platform[]): Refusal {
  const { lost, missing } = loss;
  const inMirror = lost.length > 0 || (missing.length === 0 && input.current !== null);
  const line = acceptingLine(has, input.policy.expected);
  return {
    reason: inMirror ? 'platform-lost' : 'platform-missing',
    lost: lost.map(formatPlatform),
    missing: missing.map(formatPlatform),
    message: sentence(input, loss, has),
    hint: hintFor(input.policy, loss, line),
    line,
  };
}

function sentence({ source, tag, candidate }: GuardInput, loss: Loss, has: readonly Platform[]): string {
  const reference = `${familiarName(source)}:${tag}`;
  const left = has.length === 0 ? 'none that is wanted' : inWords(has);
  const what =
    candidate.manifest.kind === 'index' ? "upstream's index has" : "upstream's manifest is no index and has";
  const parts = [
    loss.lost.length > 0 ? [`would lose ${inWords(loss.lost)}, which the mirror has`] : [],
    loss.missing.length > 0 ? [`lacks ${inWords(loss.missing)}, which the config asks for`] : [],
    loss.unread ? ['lists content whose platforms could not be read'] : [],
  ].flat();
  return `${reference} ${parts.join(', and ')}; ${what} ${left}`;
}

function hintFor({ platforms, expected }: PlatformPolicy, loss: Loss, line: string | null): string {
  if (loss.unread && (line === null || platforms.length > 0)) return 'run again';
  if (line !== null) return `wait for upstream, or accept it with this line: ${line}`;
  if (platforms.length > 0) return 'wait for upstream, or correct platforms';
  if (expected.length === 0) return 'wait for upstream, or accept it with this line: lost-platforms: accept';
  return 'wait for upstream, or take expected-platforms out and write lost-platforms: accept';
}

/**
 * `expected-platforms: [linux/amd64, linux/arm64]`, with the platforms that are left: of the expected ones those that
 * the candidate has, else all of its. Null when it has none that the config can name.
 */
function acceptingLine(has: readonly Platform[], expected: readonly Platform[]): string | null {
  const stillThere = expected.filter((wish) => has.some((one) => fulfils(one, wish)));
  const left = stillThere.length > 0 ? stillThere : has;
  const texts = new Set([...left].sort(byPlatform).flatMap(asWritten));
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
