// What a tag would lose: the platforms that the mirror serves now against those that it would serve.

import type { Policies } from '../../config/policies/policy.ts';
import { byPlatform, formatPlatform, type Platform } from '../../image/manifest/platform.ts';
import { asksFor, offerSet, offers, wishSet } from './platform-set.ts';
import { type Leaf, platformsIn, type Served } from './served.ts';

/** What an entry says of platforms. An empty list says nothing: every platform is mirrored, every one counts. */
export type PlatformPolicy = {
  readonly lost: Policies['lostPlatforms'];
  readonly expected: readonly Platform[];
  readonly platforms: readonly Platform[];
};

/**
 * What is against a candidate: platforms that count and that the mirror has (`lost`), expected ones that neither
 * side has (`missing`), and losses that do not count (`accepted`). `unread`: not all could be known.
 */
export type Loss = {
  readonly lost: readonly Platform[];
  readonly missing: readonly Platform[];
  readonly accepted: readonly Platform[];
  readonly unread: boolean;
};

/**
 * The policies that shape what is made here, as one text that equal policies share; empty where nothing is ever
 * made. It is in the annotations of a made index.
 */
export function policyText({ lost, expected, platforms }: PlatformPolicy): string {
  const hybrid =
    lost === 'hybrid' ? ['lost-platforms=hybrid', ...setting('expected-platforms', expected)] : [];
  return [...setting('platforms', platforms), ...hybrid].join('; ');
}

function setting(name: string, platforms: readonly Platform[]): string[] {
  const texts = new Set([...platforms].sort(byPlatform).map(formatPlatform));
  return texts.size === 0 ? [] : [`${name}=${[...texts].join(',')}`];
}

/**
 * The leaves that `platforms` asks for; attestations go with their images, what has no platform stays. An empty
 * list asks for all.
 */
export function wantedLeaves(leaves: readonly Leaf[], platforms: readonly Platform[]): readonly Leaf[] {
  if (platforms.length === 0) return leaves;
  const wishes = wishSet(platforms);
  const wanted = ({ platform }: Leaf) => platform === null || asksFor(wishes, platform);
  const images = leaves.filter((leaf) => leaf.platform !== null && wanted(leaf));
  const stay = new Set(images.map(({ digest }) => digest));
  const go = new Set(leaves.filter((leaf) => !wanted(leaf)).map(({ digest }) => digest));
  return leaves.filter((leaf) => {
    if (leaf.attests === null) return wanted(leaf);
    return stay.has(leaf.attests) || !go.has(leaf.attests);
  });
}

/**
 * Compares what the mirror serves (`before`) with what it would serve: `candidate`, of it the leaves `wanted`.
 * `expected` always holds: what it names must be there, whatever `lost` says. What was not read counts as lost
 * unless the candidate has the very same content.
 */
export function findLoss(
  before: Served,
  candidate: Served,
  wanted: readonly Leaf[],
  policy: PlatformPolicy,
): Loss {
  const has = platformsIn(wanted);
  const offered = offerSet(has);
  const gone = gonePlatforms(wantedLeaves(before.leaves, policy.platforms), wanted);
  const lacking = policy.expected.filter((wish) => !offers(offered, wish));
  const lackingSet = wishSet(lacking);
  const all = policy.expected.length === 0 && policy.lost !== 'accept';
  const isLost = (platform: Platform) => all || asksFor(lackingSet, platform);
  const lost = gone.filter(isLost);
  const nothingLeft = has.length === 0 && platformsIn(candidate.leaves).length > 0 ? policy.platforms : [];
  const wishes = [...lacking, ...nothingLeft.filter((wish) => !asksFor(lackingSet, wish))];
  const lostSet = offerSet(lost);
  const missing = wishes.filter((wish) => !offers(lostSet, wish));
  const short = lost.length > 0 || missing.length > 0 || policy.platforms.length > 0;
  const unread = (all && hides(before, candidate)) || (short && candidate.unread.length > 0);
  return { lost, missing, accepted: gone.filter((platform) => !isLost(platform)), unread };
}

/** The platforms of `before` that `after` does not serve, in order. No build stands for every Windows build. */
export function gonePlatforms(before: readonly Leaf[], after: readonly Leaf[]): Platform[] {
  const offered = offerSet(platformsIn(after));
  return platformsIn(before)
    .filter((platform) => !offers(offered, platform))
    .sort(byPlatform);
}

/** True when the mirror serves something unread that the candidate does not have just as it is. */
function hides(before: Served, candidate: Served): boolean {
  const same = new Set(candidate.unread.map(({ descriptor }) => descriptor.digest));
  return before.unread.some(({ descriptor }) => !same.has(descriptor.digest));
}
