// What the platform policies of one entry mean together: mistakes that no single key shows.

import type { Diagnostic, Place } from '../errors/diagnostic.ts';
import { byPlatform, formatPlatform, fulfils, type Platform } from '../image/platform.ts';
import { platformTags } from '../image/platform-tags.ts';
import { isMistake, type Mistake } from '../image/reference.ts';
import type { Selector } from './config.ts';
import type { Policies } from './policy.ts';

/** `linux/amd64, linux/arm64`, in order; equal sets have equal texts. */
export function platformsText(platforms: readonly Platform[]): string {
  return [...new Set([...platforms].sort(byPlatform).map(formatPlatform))].join(', ');
}

type Part = {
  readonly selectors: readonly Selector[];
  readonly policies: Policies;
  readonly place: Place;
};

/** The mistakes in the platform policies of one item, at the places where a person looks for them. */
export function checkPlatforms({ selectors, policies, place }: Part): Diagnostic[] {
  const pinned = selectors.filter((one) => one.kind === 'pinned');
  const subset =
    policies.platforms.length === 0 ? [] : pinned.map((one) => ({ ...pinnedSubset, place: one.place }));
  const rest = [notMirrored(policies), sharedTag(policies)].filter((mistake) => mistake !== null);
  return [...subset, ...rest.map((mistake) => ({ ...mistake, place }))].map(
    ({ mistake, hint, place: at }) => {
      return { severity: 'error', place: at, message: mistake, hint };
    },
  );
}

const pinnedSubset: Mistake = {
  mistake: 'this reference is pinned, and platforms mirrors a part of its index: that has another digest',
  hint: 'take platforms out of defaults and write it into the entries that want it, or take the digest out',
};

function notMirrored({ platforms, expectedPlatforms }: Policies): Mistake | null {
  if (platforms.length === 0) return null;
  const outside = expectedPlatforms.filter(
    (wish) => !platforms.some((one) => fulfils(wish, one) || fulfils(one, wish)),
  );
  if (outside.length === 0) return null;
  return {
    mistake: `expected-platforms names ${platformsText(outside)}, which platforms leaves out`,
    hint: 'name in platforms all that is expected',
  };
}

/** Of platforms that are named it is known before the run whether two of them would share a tag. */
function sharedTag({ platforms, expectedPlatforms, platformTags: template }: Policies): Mistake | null {
  if (template === '') return null;
  const made = platformTags(template, 'x', platforms.length > 0 ? platforms : expectedPlatforms);
  return isMistake(made) ? made : null;
}
