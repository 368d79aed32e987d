// One tag on both sides: are the digests equal, and if they are not, what should the mirror's be.

import { Failure } from '../../base/errors/failure.ts';
import type { ManifestHead } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { familiarName, familiarTag, formatName, formatTag, type Name } from '../../image/names/reference.ts';
import { keepsDigest } from '../../image/tags/keep-tag.ts';
import type { Wanted } from '../select/select.ts';
import { type Observation, type Seen, seenAt } from './observation.ts';

/**
 * `digest` is what upstream, or the pin, says; `current` what the mirror's tag has now, null where there is none.
 * `failed`: the two could not be compared.
 */
export type Compared =
  | { readonly kind: 'equal'; readonly digest: Digest; readonly current: Digest; readonly doubt: null }
  | {
      readonly kind: 'differs';
      readonly digest: Digest;
      readonly current: Digest | null;
      readonly doubt: Failure | null;
    }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Compares the digests of one tag. */
export function compare(wanted: Wanted, heads: Pick<Observation, 'upstream' | 'mirror' | 'lists'>): Compared {
  const mirror = seenAt(heads.mirror, lookUp(wanted.mirror, wanted.tag));
  const target = findTarget(wanted, heads, mirror);
  if (target.kind === 'failed') return target;
  const { digest } = target;
  if (mirror.kind === 'unknown') return { kind: 'failed', failure: mirror.because };
  if (mirror.kind === 'absent') return { kind: 'differs', digest, current: null, doubt: mirror.doubt };
  const current = mirror.value.digest;
  if (current !== digest && wanted.pinned !== null && keepsDigest(wanted.tag, digest)) {
    return { kind: 'failed', failure: takenKeepTag(wanted.mirror, wanted.tag, digest) };
  }
  return { kind: current === digest ? 'equal' : 'differs', digest, current, doubt: null };
}

/**
 * True where the mirror is believed without asking upstream: a settled tag that it has. Not where the policies speak of
 * platforms, because the mirror's manifest may then be one that was made here, of which upstream knows nothing.
 */
export function isSettled({ settled, policies }: Wanted, mirror: Seen<ManifestHead> | undefined): boolean {
  const { lostPlatforms, expectedPlatforms, platforms, platformTags } = policies;
  const isPlain = lostPlatforms !== 'hybrid' && platformTags === '';
  return settled && isPlain && [...expectedPlatforms, ...platforms].length === 0 && mirror?.kind === 'seen';
}

type Target =
  | { readonly kind: 'found'; readonly digest: Digest }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** The digest that the mirror's tag should have: the pin, or what upstream answers for the tag. */
function findTarget(
  wanted: Wanted,
  { upstream, lists }: Pick<Observation, 'upstream' | 'lists'>,
  mirror: Seen<ManifestHead>,
): Target {
  if (wanted.pinned !== null) return { kind: 'found', digest: wanted.pinned };
  if (mirror.kind === 'seen' && isSettled(wanted, mirror)) {
    return { kind: 'found', digest: mirror.value.digest };
  }
  const seen = seenAt(upstream, lookUp(wanted.pull, wanted.tag));
  switch (seen.kind) {
    case 'seen':
      return { kind: 'found', digest: seen.value.digest };
    case 'absent':
      return { kind: 'failed', failure: notUpstream(wanted, mirror, lists.get(formatName(wanted.pull))) };
    case 'unknown':
      return { kind: 'failed', failure: seen.because };
  }
}

function notUpstream(
  wanted: Wanted,
  mirror: Seen<ManifestHead>,
  list: Seen<readonly string[]> | undefined,
): Failure {
  const reference = familiarTag(wanted.source, wanted.tag);
  const { file, line } = wanted.place;
  if (mirror.kind === 'seen') {
    return new Failure('gone', `upstream no longer has ${reference}; the mirror keeps its copy`, {
      hint: `delete the tag from ${file}, line ${line}, if it is no longer wanted`,
    });
  }
  // The very same words for each of its tags, so that they are reported as one cause.
  if (list?.kind === 'unknown' && list.because.reason === 'not-found') {
    const message = `upstream has no repository ${familiarName(wanted.source)}, or nothing is in it, or this login may not see it`;
    return new Failure('not-found', message, {
      hint: `correct the source in ${file}, or log in to ${wanted.pull.registry}`,
    });
  }
  return new Failure('not-found', `upstream has no ${reference}, or this login may not see it`, {
    hint: `correct the tag or the source in ${file}, line ${line}, or log in to ${wanted.pull.registry}`,
  });
}

/** What it means that a registry answered a digest for a tag and then has no such manifest. */
export function vanished(wanted: Wanted, side: 'upstream' | 'mirror', digest: Digest): Failure {
  if (side === 'mirror') {
    const message = `the mirror gave ${digest} for ${wanted.tag}, but does not have it`;
    const hint = 'run again; if that does not help, delete the tag on the mirror, and it is copied again';
    return new Failure('not-found', message, { hint });
  }
  const reference = `${familiarName(wanted.source)}@${digest}`;
  const message = `upstream gave ${reference} for ${wanted.tag}, but does not have it`;
  const hint = 'run again later; a registry behind a cache may answer like this for a while';
  return new Failure('not-found', message, { hint });
}

/** What it means that a keep-tag has another image than the one that it is to keep: it is never moved. */
export function takenKeepTag(mirror: Name, tag: string, digest: Digest): Failure {
  const message = `${formatTag(mirror, tag)} is meant to keep ${digest}, but has another image`;
  const hint = 'delete that tag from the mirror, or pin the digest to another tag';
  return new Failure('conflict', message, { hint });
}

/** What it means that nobody has a pinned digest any more. */
export function gone({ source, pull, place }: Wanted, digest: Digest): Failure {
  const message = `upstream has no ${familiarName(source)}@${digest}, or this login may not see it, and the mirror does not have it either`;
  const hint = `pin a digest that exists in ${place.file}, line ${place.line}; if the image is private, log in to ${pull.registry}`;
  return new Failure('gone', message, { hint });
}
