// Who asks for a tag. Two items of one source may select the same tag, each with its own policies: whose hold must not
// depend on which of them comes first in the file.

import { formatPlace, type Place } from '../../base/errors/diagnostic.ts';
import { UserError } from '../../base/errors/user-error.ts';
import { compareTexts } from '../../base/text/words.ts';
import type { PinnedReference, Terms } from '../../config/images/config.ts';
import type { Digest } from '../../image/names/digest.ts';
import { keepTag } from '../../image/tags/keep-tag.ts';

/**
 * Where a selected tag comes from: written in the config, written with a digest, matched by a glob, chosen by
 * `follow`, a patch tag of a line, or new upstream and mirrored by policy.
 */
export type Origin = 'listed' | 'pinned' | 'glob' | 'follow' | 'patch' | 'new';

/** One tag that an item asks for; `pattern` is what selected it, empty for a tag that is written itself. */
export type Claim = {
  readonly tag: string;
  readonly pinned: Digest | null;
  readonly origin: Origin;
  /** A superseded patch tag outside its turn. */
  readonly settled: boolean;
  readonly terms: Terms;
  readonly pattern: string;
  readonly place: Place;
};

const RANKS: Readonly<Record<Origin, number>> = {
  listed: 0,
  pinned: 0,
  glob: 1,
  follow: 2,
  patch: 3,
  new: 4,
};

/**
 * Each tag once, in the order in which it is first asked for. What is written itself comes before patterns, and of two
 * patterns the longer, more specific one decides. A patch tag is settled only if nobody wants it compared now.
 */
export function settleClaims(claims: readonly Claim[]): Claim[] {
  const owners = new Map<string, Claim>();
  for (const claim of claims) {
    const owner = owners.get(claim.tag);
    owners.set(claim.tag, owner === undefined ? claim : better(owner, claim));
  }
  return [...owners.values()];
}

function better(a: Claim, b: Claim): Claim {
  const winner = compareClaims(a, b) <= 0 ? a : b;
  const settled = a.settled && b.settled;
  return a.origin === b.origin && winner.settled !== settled ? { ...winner, settled } : winner;
}

function compareClaims(a: Claim, b: Claim): number {
  const byRank = RANKS[a.origin] - RANKS[b.origin];
  if (byRank !== 0) return byRank;
  const byPattern = b.pattern.length - a.pattern.length || compareTexts(a.pattern, b.pattern);
  if (byPattern !== 0 || a.terms === b.terms) return byPattern;
  return compareTexts(JSON.stringify(a.terms), JSON.stringify(b.terms));
}

/**
 * What the pins of other files ask for beside tags that have an owner already (`claims`). A pin owns the tag that it
 * names if nobody else does; otherwise, and where it names none, it lives under its keep-tag, in place of a pattern that
 * selects a tag of that name (of a mirror that is itself mirrored, say). Of several digests for one tag the one owns it that
 * most places pin, the first of as many. Throws UserError('config') where a keep-tag is written out for another image.
 */
export function pinClaims(pins: readonly PinnedReference[], claims: readonly Claim[]): Claim[] {
  if (pins.length === 0) return [];
  const owners = new Map(claims.map((claim) => [claim.tag, claim]));
  for (const [tag, group] of Map.groupBy(pins, (pin) => pin.tag)) {
    const digests = [...Map.groupBy(group, ({ digest }) => digest).values()];
    for (const [pin] of digests.toSorted((a, b) => b.length - a.length)) {
      if (pin === undefined || (tag !== null && owners.get(tag)?.pinned === pin.digest)) continue;
      const isFree = tag !== null && !owners.has(tag);
      const claim = pinClaim(pin, isFree ? tag : keepTag(tag, pin.digest));
      const owner = owners.get(claim.tag);
      const isSame = owner?.pinned === pin.digest;
      if (owner !== undefined && !isSame && RANKS[owner.origin] === 0) throw takenTag(claim, owner);
      owners.set(claim.tag, owner !== undefined && isSame ? owner : claim);
    }
  }
  const before = new Set(claims);
  return [...owners.values()].filter((claim) => !before.has(claim));
}

function pinClaim({ digest, policies, place }: PinnedReference, tag: string): Claim {
  const terms = { policies, exclude: [], ignore: [] };
  return { tag, pinned: digest, origin: 'pinned', settled: false, terms, pattern: '', place };
}

function takenTag({ tag, place }: Claim, owner: Claim): UserError {
  const message = `the pinned digest is to be kept under the tag ${tag}, which ${formatPlace(owner.place)} wants for another image`;
  const hint = 'remove that tag from the list';
  return new UserError('config', 'two images want the same tag of the mirror', {
    diagnostics: [{ severity: 'error', rule: 'conflicting-tag', place, message, hint }],
  });
}
