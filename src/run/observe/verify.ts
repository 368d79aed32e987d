// `verify: deep`: looks into fresh tags. What the mirror lost of one becomes work: it is brought again by digest, while the
// tag stays as it is.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { hintFor } from '../../base/errors/hints.ts';
import { soFar, whileTelling } from '../../base/flow/alive.ts';
import { inParallel } from '../../base/flow/limit.ts';
import { failureOrStop, unlessStopped } from '../../base/flow/stop.ts';
import { count } from '../../base/text/words.ts';
import type { ManifestBody } from '../../image/manifest/manifest.ts';
import { formatName, formatTag, type Name } from '../../image/names/reference.ts';
import type { Plan, PlannedTag } from '../../plan/steps/step.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { type Asked, missingContent } from './content.ts';

const WIDTH = 64;

/** The plan with its fresh tags looked into where their policy asks for it; those that lack something are stale, reason `repair`. */
export async function verifyDeep(plan: Plan, doors: Doors): Promise<Plan> {
  const deep = plan.tags.filter(isDeep);
  if (deep.length === 0) return plan;
  doors.log.info(`looking into ${count(deep.length, 'fresh tag')}`);
  const memories = new Map<string, Asked>();
  const memoryOf = (name: Name): Asked => {
    const memory = memories.get(formatName(name)) ?? new Map();
    memories.set(formatName(name), memory);
    return memory;
  };
  const lookUps = { asked: deep.length, answered: 0 };
  const look = async (tag: PlannedTag): Promise<PlannedTag> => {
    if (!isDeep(tag)) return tag;
    const looked = await lookInto(tag, memoryOf(tag.wanted.mirror), doors);
    lookUps.answered += 1;
    return looked;
  };
  const words = () => soFar('looking into fresh tags', lookUps, 'looked into');
  const looked = await whileTelling(words, () => inParallel(plan.tags, WIDTH, look), doors);
  return { ...plan, tags: looked };
}

type Fresh = PlannedTag & { readonly kind: 'fresh' };

function isDeep(tag: PlannedTag): tag is Fresh {
  return tag.kind === 'fresh' && tag.wanted.policies.verify === 'deep';
}

async function lookInto(tag: Fresh, memory: Asked, doors: Doors): Promise<PlannedTag> {
  const { wanted, digest } = tag;
  try {
    return await unlessStopped(async () => {
      const body = await doors.mirror.get(wanted.mirror, wanted.tag);
      if (body?.digest !== digest) throw changed(tag);
      const missing = await missingContent(wanted.mirror, body, doors.mirror, memory);
      return missing.length === 0 ? tag : repair(tag, body, missing);
    }, doors.stop);
  } catch (thrown) {
    return { wanted, kind: 'failed', failure: failureOrStop(asFailure(thrown), doors.stop) };
  }
}

function changed({ wanted: { mirror, tag } }: Fresh): Failure {
  return new Failure('foreign-change', `${formatTag(mirror, tag)} changed while it was looked into`, {
    hint: hintFor('foreign-change'),
  });
}

function repair(
  { wanted, notes }: Fresh,
  body: ManifestBody,
  missing: readonly ManifestBody['digest'][],
): PlannedTag {
  const { source, pull, mirror, tag } = wanted;
  const moves = [{ tag, expected: body.digest, manifest: body }];
  return {
    wanted,
    notes,
    kind: 'stale',
    step: { source, pull, mirror, bring: missing, moves, reason: 'repair' },
    doubt: null,
  };
}
