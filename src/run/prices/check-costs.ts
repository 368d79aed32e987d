// What a check shows before anything is paid for: the new tags, what is stale, and the listed tags beside their
// patch tags.

import { newLookUps } from '../../base/flow/alive.ts';
import type { Config, Terms } from '../../config/images/config.ts';
import type { Policies } from '../../config/policies/policy.ts';
import type { ManifestHead } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { formatName, formatTag } from '../../image/names/reference.ts';
import type { Observation } from '../../plan/observation/observation.ts';
import {
  type Cost,
  type CostBlob,
  type Costs,
  costBlobs,
  costsOf,
  imageKey,
  newestOfSeries,
  type Priced,
  totalCost,
} from '../../plan/select/cost.ts';
import type { NewTag } from '../../plan/select/new-tags.ts';
import { selectTags, type Wanted } from '../../plan/select/select.ts';
import type { Plan } from '../../plan/steps/step.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { askAll } from '../observe/ask.ts';
import { createPricer, MOST_IMAGES } from './price.ts';

/** What a run saw and plans, and the new tags in it. */
type Priceable = {
  readonly config: Config;
  readonly observation: Observation;
  readonly plan: Plan;
  readonly newTags: readonly NewTag[];
  readonly doors: Doors;
};

/** The cost of each tag, by its reference on the mirror, and what they cost together. */
type CheckCosts = {
  readonly prices: ReadonlyMap<string, Cost>;
  readonly costs: Costs;
  readonly blobs: readonly CostBlob[];
};

/** A check may run every hour, as an alert: it leaves pulls for others, whatever there is to measure. */
const MOST_PULLS = 100;

/** Measures what a check shows; nothing where new tags are ignored. Never throws. */
export async function measureCheck(seen: Priceable): Promise<CheckCosts> {
  const { doors, plan } = seen;
  const patches = await patchesBeside(seen);
  const observation = { ...seen.observation, upstream: patches.upstream };
  const priced = pricedBy(observation, plan);
  const fresh = seen.newTags.flatMap(({ entry, tag }) => priced({ ...entry, tag }));
  const stale = staleTags(plan).flatMap(priced);
  const beside = patches.tags.flatMap(priced);
  const pricer = createPricer(doors, observation, MOST_PULLS);
  await pricer.measure([...fresh, ...stale], MOST_IMAGES);
  const measured = await pricer.measure(newestOfSeries(beside), MOST_IMAGES);
  const prices = [...costsOf([...fresh, ...stale], measured)].flatMap(([tag, cost]): [string, Cost][] =>
    cost === null ? [] : [[formatTag(tag.mirror, tag.tag), cost]],
  );
  const total = (tags: readonly Priced[]) => totalCost(tags, measured);
  const listed = stale.filter((tag) => patches.isListed(tag));
  const compared = beside.length > 0 || listed.length < stale.length;
  const costs = {
    newTags: total(fresh),
    stale: total(stale),
    listed: compared ? total(listed) : null,
    patch: compared ? total([...stale, ...beside]) : null,
    pulls: pricer.pulls(),
  };
  const blobs = costBlobs(
    [
      ['newTags', fresh],
      ['stale', stale],
      ...(compared
        ? ([
            ['listed', listed],
            ['patch', [...stale, ...beside]],
          ] as const)
        : []),
    ],
    measured,
  );
  return { prices: new Map(prices), costs, blobs };
}

/** What a sync would copy, platform tags apart, which are parts of what their tags bring. */
function staleTags({ tags }: Plan): Wanted[] {
  return tags.flatMap(({ kind, wanted }) => {
    const isPriced = kind === 'stale' && wanted.madeOf === undefined && wanted.policies.newTags.length > 0;
    return isPriced ? [wanted] : [];
  });
}

type Patches = {
  /** The patch tags of listed lines that this config does not select. */
  readonly tags: readonly Wanted[];
  /** What upstream has, with the heads of those. */
  readonly upstream: Observation['upstream'];
  /** Whether a tag is wanted whatever the granularity. */
  isListed(tag: Pick<Priced, 'mirror' | 'tag'>): boolean;
};

async function patchesBeside({ config, observation, plan, doors }: Priceable): Promise<Patches> {
  const keyOf = ({ mirror, tag }: Pick<Priced, 'mirror' | 'tag'>) => formatTag(mirror, tag);
  const listed = new Set(selectedWith('listed', config, observation).map(keyOf));
  const planned = new Set(plan.tags.map(({ wanted }) => keyOf(wanted)));
  const tags = selectedWith('patch', config, observation).filter(
    (wanted) =>
      wanted.policies.newTags.length > 0 && !planned.has(keyOf(wanted)) && !listed.has(keyOf(wanted)),
  );
  const upstreamKey = ({ pull, tag }: Wanted) => lookUp(pull, tag);
  const heads = await askAll<Wanted, ManifestHead>(
    { stop: doors.stop, lookUps: newLookUps() },
    {
      items: tags.filter((tag) => !observation.upstream.has(upstreamKey(tag))),
      keyOf: upstreamKey,
      ask: ({ pull, tag }) => doors.upstream.head(pull, tag),
    },
  );
  const upstream = new Map([...observation.upstream, ...heads]);
  return { tags, upstream, isListed: (tag) => listed.has(keyOf(tag)) };
}

/** The tags that a config would select if every entry had this granularity. */
function selectedWith(
  granularity: Policies['granularity'],
  config: Config,
  { lists }: Observation,
): readonly Wanted[] {
  const as = <T extends { readonly terms: Terms }>(item: T): T => {
    const { terms } = item;
    return { ...item, terms: { ...terms, policies: { ...terms.policies, granularity } } };
  };
  const entries = config.entries.map((entry) => {
    return { ...entry, selectors: entry.selectors.map(as), follow: entry.follow.map(as) };
  });
  const listOf = (name: Wanted['pull']) => {
    const list = lists.get(formatName(name));
    return list?.kind === 'seen' ? list.value : null;
  };
  return selectTags({ ...config, entries }, listOf).wanted;
}

type Tag = Pick<Wanted, 'pull' | 'mirror' | 'tag'> & {
  readonly policies: Pick<Policies, 'platforms'>;
  readonly pinned?: Digest | null;
};

/** The image of a tag as it is priced; none where upstream did not show it. */
function pricedBy({ upstream, mirror }: Observation, plan: Plan): (tag: Tag) => Priced[] {
  const there = new Set(
    plan.tags.flatMap(({ wanted }) => {
      const head = mirror.get(lookUp(wanted.mirror, wanted.tag));
      return head?.kind === 'seen' ? [`${formatName(wanted.mirror)}@${head.value.digest}`] : [];
    }),
  );
  return ({ pull, mirror: to, tag, policies, pinned = null }) => {
    const head = upstream.get(lookUp(pull, tag));
    const digest = pinned ?? (head?.kind === 'seen' ? head.value.digest : null);
    if (digest === null) return [];
    const image = { pull, mirror: to, tag, digest, platforms: policies.platforms };
    return [{ ...image, isThere: there.has(imageKey(image)) }];
  };
}
