// The policy `referrers`: looks for what upstream attaches to the images of each tag and the mirror lacks, and makes it part
// of the work; a fresh tag that lacks some of it is stale.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { hintFor } from '../../base/errors/hints.ts';
import type { Notice } from '../../base/errors/notice.ts';
import { newLookUps, soFar, whileTelling } from '../../base/flow/alive.ts';
import { inParallel } from '../../base/flow/limit.ts';
import { failureOrStop, unlessStopped } from '../../base/flow/stop.ts';
import { count } from '../../base/text/words.ts';
import { decodeManifest, type ManifestBody } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatName, formatTag } from '../../image/names/reference.ts';
import { madeFromUpstream } from '../../plan/platforms/guard.ts';
import type { Wanted } from '../../plan/select/select.ts';
import type { Attaching, Plan, PlannedTag, Step } from '../../plan/steps/step.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { createWalk, type Walk } from './walk.ts';

/** Tags looked at once; the transport paces each host. */
const WIDTH = 16;

/** The plan with what is attached, and what a person should know of that. */
type Looked = { readonly plan: Plan; readonly notices: readonly Notice[] };

/** Asks nothing where no tag has the policy. A tag of which it cannot be read what is attached has failed. */
export async function withReferrers(plan: Plan, doors: Doors): Promise<Looked> {
  const asking = plan.tags.filter(isAsking);
  if (asking.length === 0) return { plan, notices: [] };
  doors.log.info(`looking for what is attached to ${count(asking.length, 'tag')}`);
  const notices = new Map<string, Notice>();
  const walk = createWalk(doors);
  const lookUps = { ...newLookUps(), asked: asking.length };
  const look = async (tag: PlannedTag): Promise<PlannedTag> => {
    if (!isAsking(tag)) return tag;
    const looked = await lookAt(tag, walk, doors, (notice) => notices.set(notice.message, notice));
    lookUps.answered += 1;
    return looked;
  };
  const words = () => soFar('looking for what is attached to images', lookUps, 'looked at');
  const tags = await whileTelling(words, () => inParallel(plan.tags, WIDTH, look), doors);
  for (const { message } of notices.values()) doors.log.warning(message);
  return { plan: { ...plan, tags }, notices: [...notices.values()] };
}

type Asking = PlannedTag & { readonly kind: 'fresh' | 'stale' };

/** A superseded patch tag outside its turn costs nothing here either. */
function isAsking(tag: PlannedTag): tag is Asking {
  const { policies, settled } = tag.wanted;
  return policies.referrers.length > 0 && (tag.kind === 'stale' || (tag.kind === 'fresh' && !settled));
}

async function lookAt(
  tag: Asking,
  walk: Walk,
  doors: Doors,
  tell: (notice: Notice) => void,
): Promise<PlannedTag> {
  const { wanted, notes } = tag;
  try {
    return await unlessStopped(async () => {
      const body = await imageOf(tag, doors);
      const { digests, isMadeHere } = subjectsOf(body, wanted);
      if (isMadeHere) tell(madeHere(wanted));
      const { attach, dropped } = await walk(wanted, digests);
      const source = formatName(wanted.source);
      for (const message of dropped) tell({ kind: 'referrers', source, message });
      return attach.length === 0 ? tag : withWork(tag, body, attach);
    }, doors.stop);
  } catch (thrown) {
    return { wanted, notes, kind: 'failed', failure: failureOrStop(asFailure(thrown), doors.stop) };
  }
}

/** What the tag leads to, or will. */
async function imageOf(tag: Asking, { mirror }: Doors): Promise<ManifestBody> {
  const planned = tag.kind === 'stale' ? tag.step.moves.at(-1)?.manifest : undefined;
  if (planned !== undefined) return planned;
  const { wanted } = tag;
  const body = await mirror.get(wanted.mirror, wanted.tag);
  if (body !== null && tag.kind === 'fresh' && body.digest === tag.digest) return body;
  throw new Failure(
    'foreign-change',
    `${formatTag(wanted.mirror, wanted.tag)} changed while it was looked into`,
    {
      hint: hintFor('foreign-change'),
    },
  );
}

/** The image and all that its index lists; an index that was made here is nobody's but ours, and upstream attaches nothing to it. */
function subjectsOf(body: ManifestBody, { source }: Wanted) {
  const manifest = decodeManifest(body.bytes, body.mediaType);
  const isMadeHere = madeFromUpstream({ manifest }, source) !== null;
  const listed = manifest.kind === 'index' ? manifest.entries.map(({ digest }) => digest) : [];
  const digests = [...new Set<Digest>([...(isMadeHere ? [] : [body.digest]), ...listed])];
  return { digests, isMadeHere };
}

function madeHere({ source, mirror, tag }: Wanted): Notice {
  const message = `${formatTag(mirror, tag)} is an index that was made here: upstream's signatures of the whole image do not cover it, those of its single images do`;
  return { kind: 'made-here', source: formatName(source), message };
}

function withWork(tag: Asking, body: ManifestBody, attach: readonly Attaching[]): PlannedTag {
  if (tag.kind === 'stale') return { ...tag, step: { ...tag.step, attach } };
  const { wanted, notes } = tag;
  const { source, pull, mirror } = wanted;
  const moves = [{ tag: wanted.tag, expected: body.digest, manifest: body }];
  const step: Step = { source, pull, mirror, bring: [], moves, reason: 'referrer', attach };
  return { wanted, notes, kind: 'stale', step, doubt: null };
}
