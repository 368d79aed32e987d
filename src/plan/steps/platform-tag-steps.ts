// The tags of single platforms that platform-tags makes. Each is a step of its own, so that it moves although the
// index beside it was refused or failed.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { isMistake } from '../../base/errors/mistake.ts';
import { formatPlatform } from '../../image/manifest/platform.ts';
import type { Digest } from '../../image/names/digest.ts';
import { familiarName } from '../../image/names/reference.ts';
import { mirrorOf, upstreamOf } from '../observation/reads.ts';
import { platformTagTargets, type TagTarget } from '../platforms/tag-targets.ts';
import type { Wanted } from '../select/select.ts';
import type { Images } from './fresh-or-stale.ts';
import { keepMoves, type PlanContext } from './keep-moves.ts';
import type { Plan, PlannedTag, WorkReason } from './step.ts';

/**
 * Plans the platform tags of one tag. What has to be read first is asked for, and its tag left out. Where two platforms
 * would share a tag, the template itself fails.
 */
export function planPlatformTags(wanted: Wanted, images: Images | null, context: PlanContext): Plan {
  const template = wanted.policies.platformTags;
  if (template === '' || images === null) return { tags: [], patterns: [] };
  const before = images.from === 'mirror' ? [] : images.before;
  const targets = platformTagTargets(template, wanted.tag, images.candidate, before);
  if (!isMistake(targets)) {
    const tags = targets.map((target) => planTarget(wanted, images, target, context));
    return { tags: tags.filter((tag) => tag !== null), patterns: [] };
  }
  const failure = new Failure('conflict', `platform-tags: ${targets.mistake}`, { hint: targets.hint });
  const { source, place } = wanted;
  const pattern = template.replaceAll('{tag}', wanted.tag);
  return { tags: [], patterns: [{ source, pattern, place, failure }] };
}

/** The moves that keep a pinned image that the tag has now; null while it has to be read, a Failure where it cannot be. */
function keepCurrent(
  wanted: Wanted,
  current: Digest | null,
  context: PlanContext,
): ReturnType<typeof keepMoves> | Failure {
  if (current === null || !context.isPinned(wanted.mirror, current)) return [];
  const body = context.reader.manifest(mirrorOf(wanted), current);
  if (body === null) return null;
  if (body.kind === 'unknown') return body.because;
  try {
    return keepMoves(wanted, body.kind === 'seen' ? body.value : null, context);
  } catch (thrown) {
    return asFailure(thrown);
  }
}

/** The planned tag; null where something has to be read first. */
function planTarget(
  selected: Wanted,
  images: Images,
  target: TagTarget,
  context: PlanContext,
): PlannedTag | null {
  const { reader } = context;
  const wanted: Wanted = { ...selected, tag: target.tag, pinned: null, madeOf: selected.tag };
  const head = reader.head(wanted.mirror, wanted.tag);
  if (head === null) return null;
  if (head.kind === 'unknown') return { wanted, kind: 'failed', failure: head.because };
  const current = head.kind === 'seen' ? head.value.digest : null;
  if (current === target.digest) return { wanted, kind: 'fresh', digest: current };
  const from = images.from === 'mirror' ? 'mirror' : target.from;
  const body = reader.manifest(from === 'mirror' ? mirrorOf(wanted) : upstreamOf(wanted), target.digest);
  if (body === null) return null;
  if (body.kind === 'unknown') return { wanted, kind: 'failed', failure: body.because };
  if (body.kind === 'absent') return { wanted, kind: 'failed', failure: notThere(wanted, target, from) };
  const { source, pull, mirror } = wanted;
  const keeping = keepCurrent(wanted, current, context);
  if (keeping === null) return null;
  if (keeping instanceof Failure) return { wanted, kind: 'failed', failure: keeping };
  const moves = [...keeping, { tag: wanted.tag, expected: current, manifest: body.value }];
  const bring = from === 'mirror' ? [] : bringFor(images, target);
  const step = { source, pull, mirror, bring, moves, reason: reasonFor(images, current) };
  return { wanted, kind: 'stale', step, doubt: head.kind === 'absent' ? head.doubt : null };
}

/** Where the index moves too, its own copy brings the image: waiting for that one copies nothing twice. */
function bringFor({ bring }: Images, { digest }: TagTarget): TagTarget['digest'][] {
  return bring === null || bring.includes(digest) ? [digest] : [...bring];
}

/** Over an index that did not change, a tag that is not there yet was switched on. */
function reasonFor({ from }: Images, current: string | null): WorkReason {
  if (current !== null) return 'moved';
  return from === 'mirror' ? 'policy' : 'missing';
}

function notThere(wanted: Wanted, { digest, platform }: TagTarget, from: 'upstream' | 'mirror'): Failure {
  const image = `${familiarName(wanted.source)}@${digest}`;
  const where = from === 'mirror' ? 'the mirror' : 'upstream';
  return new Failure(
    'not-found',
    `${where} has no ${image}, which its index lists for ${formatPlatform(platform)}`,
  );
}
