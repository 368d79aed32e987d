// The platform guard for a pin: what it would lose and gain, as the two digests themselves show.

import { Failure } from '../../base/errors/failure.ts';
import { formatPlatform } from '../../image/manifest/platform.ts';
import type { Digest } from '../../image/names/digest.ts';
import { type Opening, openWithChildren } from '../observation/open-manifest.ts';
import type { ObservationReader, Where } from '../observation/reads.ts';
import {
  adviceWords,
  gonePlatforms,
  guardPlatforms,
  type OpenManifest,
  wantedImages,
} from '../platforms/guard.ts';
import { builtOn } from '../platforms/served.ts';
import type { Pin, StalePin } from './pin.ts';

/** What is known of a move: when the new image was built, and the platforms that go and come, as `linux/arm64`. */
export type MoveNotes = {
  readonly built: string | null;
  readonly lost: readonly string[];
  readonly gained: readonly string[];
};

/** `refused`: a platform would go that somebody may be running. `waiting`: something has to be read first. */
export type GuardedMove =
  | ({ readonly kind: 'ok' } & MoveNotes)
  | { readonly kind: 'refused' | 'failed'; readonly failure: Failure }
  | { readonly kind: 'waiting' };

/** Judges the move of a pin; `today` is `2026-09-01`. */
export function guardMove({ pin, to }: StalePin, reader: ObservationReader, today: string): GuardedMove {
  const candidate = openWithChildren(upstreamOf(pin), to.digest, reader);
  const current = openCurrent(pin, reader);
  if (candidate.kind === 'waiting' || current.kind === 'waiting') return { kind: 'waiting' };
  if (candidate.kind === 'failed') return candidate;
  if (current.kind === 'failed') return current;
  if (candidate.kind === 'absent') return { kind: 'failed', failure: vanished(pin, to.digest) };
  return judged(pin, {
    current: current.kind === 'open' ? current.opened : null,
    candidate: candidate.opened,
    today,
  });
}

/** The pinned image on the mirror, where it is used; else upstream. What nobody has any more has nothing to lose. */
function openCurrent(pin: Pin, reader: ObservationReader): Opening {
  const here =
    pin.mirror === null ? null : openWithChildren({ side: 'mirror', name: pin.mirror }, pin.digest, reader);
  return here === null || here.kind === 'absent'
    ? openWithChildren(upstreamOf(pin), pin.digest, reader)
    : here;
}

function upstreamOf({ pull }: Pin): Where {
  return { side: 'upstream', name: pull };
}

type Both = {
  readonly current: OpenManifest | null;
  readonly candidate: OpenManifest;
  readonly today: string;
};

/** A digest that is written somewhere is pulled whole: neither a subset nor a hybrid has it. */
function judged({ source, tag, policies }: Pin, { current, candidate, today }: Both): GuardedMove {
  const { lostPlatforms, expectedPlatforms } = policies;
  const lost = lostPlatforms === 'accept' ? lostPlatforms : 'refuse';
  const policy = { lost, expected: expectedPlatforms, platforms: [] } as const;
  const result = guardPlatforms({ source, tag, current, candidate, policy, where: 'defaults', today });
  if (result.kind === 'refused') {
    const { reason, message, advice } = result;
    return { kind: 'refused', failure: new Failure(reason, message, { hint: adviceWords(advice) }) };
  }
  const before = current === null ? null : wantedImages(current, policy);
  const gained =
    before === null ? [] : gonePlatforms(wantedImages(candidate, policy), before).map(formatPlatform);
  return { kind: 'ok', built: builtOn(candidate), lost: result.kind === 'ok' ? [] : result.lost, gained };
}

function vanished({ tag }: Pin, digest: Digest): Failure {
  const message = `upstream gave ${digest} for ${tag}, but does not have it`;
  return new Failure('not-found', message, { hint: 'run again later' });
}
