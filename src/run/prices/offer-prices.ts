// Prices for what GitHub is offered: each image is measured once, whether a pull request or an issue offers it.

import { newTagKey } from '../../plan/observation/heads-needed.ts';
import type { Observation } from '../../plan/observation/observation.ts';
import { type Cost, costsOf, type Priced } from '../../plan/select/cost.ts';
import type { NewTag } from '../../plan/select/new-tags.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { keyOf, proposedTag } from '../../report/offers/marker.ts';
import { createPricer, MOST_IMAGES } from './price.ts';

/** What a run saw, and where it measures. */
type Seen = { readonly observation: Observation; readonly doors: Doors };

/** The same tags with what is known of their costs; those for which `isAsked` are measured first. */
export type Pricing = (tags: readonly NewTag[], isAsked: (tag: NewTag) => boolean) => Promise<NewTag[]>;

/** One for all that a run offers, so that no image is measured twice. */
export function pricing({ observation, doors }: Seen): Pricing {
  const pricer = createPricer(doors, observation);
  const costs = new Map<string, Cost>();
  return async (tags, isAsked) => {
    const asked = new Map(tags.filter(isAsked).flatMap((tag) => pricedTag(tag, observation)));
    const images = [...asked.keys()];
    const measured = await pricer.measure(images, MOST_IMAGES - pricer.images());
    for (const [image, cost] of costsOf(images, measured)) {
      const tag = asked.get(image);
      if (cost !== null && tag !== undefined) costs.set(keyOf(proposedTag(tag)), cost);
    }
    return tags.map((tag) => ({ ...tag, cost: costs.get(keyOf(proposedTag(tag))) ?? tag.cost }));
  };
}

/** Whether a pull request or an issue may offer a tag. */
export function isOffered({ entry: { policies } }: NewTag): boolean {
  return policies.newTags.includes('pull-request') || policies.newTags.includes('issue');
}

function pricedTag(newTag: NewTag, { upstream }: Observation): [Priced, NewTag][] {
  const { entry, tag } = newTag;
  const head = upstream.get(newTagKey(newTag));
  if (head?.kind !== 'seen') return [];
  const { pull, mirror, policies } = entry;
  const { digest } = head.value;
  return [[{ pull, mirror, tag, digest, platforms: policies.platforms, isThere: false }, newTag]];
}
