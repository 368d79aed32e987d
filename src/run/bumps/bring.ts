// Brings the digests of pins that shall move to the mirror, before anybody is asked to use them: each under its keep-tag,
// which nothing moves. Any other tag that names it may move on before somebody merges.

import { asFailure } from '../../base/errors/failure.ts';
import { newLookUps } from '../../base/flow/alive.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { formatTag } from '../../image/names/reference.ts';
import { keepTag } from '../../image/tags/keep-tag.ts';
import type { Pin, StalePin } from '../../plan/bumps/pin.ts';
import type { Observation } from '../../plan/observation/observation.ts';
import type { Wanted } from '../../plan/select/select.ts';
import { makePlan, readsNeeded } from '../../plan/steps/plan.ts';
import { hasArrived, type Outcome, type Plan, stepsOf } from '../../plan/steps/step.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { apply } from '../apply/apply.ts';
import { absentIfDenied, askAll, readMore } from '../observe/ask.ts';
import { withReferrers } from '../referrers/look.ts';

/** What was done on the mirror for pins; `isThere` says whether the digest that a pin moves to can be pulled now. */
export type Brought = {
  readonly plan: Plan;
  readonly outcomes: readonly Outcome[];
  readonly isThere: (stale: StalePin) => boolean;
};

/** Nothing was done, and nothing can be relied upon. */
export const NOT_BROUGHT: Brought = { plan: { tags: [], patterns: [] }, outcomes: [], isThere: () => false };

/** Brings what has no keep-tag yet. Never throws. */
export async function bringForPins(
  stale: readonly StalePin[],
  seen: Observation,
  doors: Doors,
): Promise<Brought> {
  const mirrored = stale.flatMap((pin) =>
    pin.pin.mirror === null ? [] : [{ ...pin, mirror: pin.pin.mirror }],
  );
  const heads = await askAll(
    { stop: doors.stop, lookUps: newLookUps() },
    {
      items: mirrored.map(({ mirror, to }) => ({ mirror, tag: keepTag(to.tag, to.digest) })),
      keyOf: ({ mirror, tag }) => lookUp(mirror, tag),
      ask: ({ mirror, tag }) => doors.mirror.head(mirror, tag),
      onFailure: absentIfDenied,
    },
  );
  const wanted = [
    ...new Map(mirrored.map((pin) => [lookUp(pin.mirror, pin.to.digest), wantedFor(pin)])).values(),
  ];
  const { plan, outcomes } = await bring(wanted, { ...seen, mirror: heads }, doors);
  const there = new Set([
    ...plan.tags.flatMap((tag) => (tag.kind === 'fresh' ? [keyOf(tag.wanted)] : [])),
    ...outcomes.filter(hasArrived).map(({ step, move }) => lookUp(step.mirror, move.manifest.digest)),
  ]);
  return {
    plan,
    outcomes,
    isThere: ({ pin: { mirror }, to }) => mirror === null || there.has(lookUp(mirror, to.digest)),
  };
}

function keyOf({ mirror, pinned }: Wanted): string {
  return lookUp(mirror, pinned ?? '');
}

async function bring(
  wanted: readonly Wanted[],
  seen: Observation,
  doors: Doors,
): Promise<Pick<Brought, 'plan' | 'outcomes'>> {
  if (wanted.length === 0) return NOT_BROUGHT;
  const selection = { wanted, unmatched: [] };
  let observation = seen;
  for (;;) {
    const needed = readsNeeded(selection, observation);
    if (needed.length === 0) break;
    observation = await readMore(needed, observation, { ...doors, lookUps: newLookUps() });
  }
  const { plan } = await withReferrers(makePlan(selection, observation), doors);
  const names = stepsOf(plan).map(({ mirror, moves }) => formatTag(mirror, moves[0]?.tag ?? ''));
  if (names.length > 0) doors.log.info(`bringing the digests of ${names.join(', ')}`);
  try {
    return { plan, outcomes: await apply(plan, doors) };
  } catch (thrown) {
    doors.log.warning(`the digests of pins could not be brought: ${asFailure(thrown).message}`);
    return { plan, outcomes: [] };
  }
}

/** A digest is mirrored whole, whatever is said of the platforms of tags. */
function wantedFor({ pin, to, mirror }: StalePin & { readonly mirror: NonNullable<Pin['mirror']> }): Wanted {
  const { source, pull, policies, sites } = pin;
  const [site] = sites;
  return {
    source,
    pull,
    mirror,
    tag: keepTag(to.tag, to.digest),
    pinned: to.digest,
    origin: 'pinned',
    settled: false,
    policies: { ...policies, expectedPlatforms: [], platforms: [], platformTags: '' },
    place: { file: site?.file ?? '', line: site?.line ?? 1, column: site?.column ?? 1 },
  };
}
