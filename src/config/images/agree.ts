// What the platform policies of one entry mean together: mistakes that no single key shows.

import type { Diagnostic, Place } from '../../base/errors/diagnostic.ts';
import { isMistake, type Mistake } from '../../base/errors/mistake.ts';
import { byPlatform, formatPlatform, fulfils, type Platform } from '../../image/manifest/platform.ts';
import { platformTags } from '../../image/manifest/platform-tags.ts';
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

/**
 * The mistakes in the platform policies of one item, at the places where a person looks for them. `subset` is where
 * its source is given `platforms`, null where all of them are mirrored.
 */
export function checkPlatforms({ selectors, policies, place }: Part, subset: Place | null): Diagnostic[] {
  const pinned = subset === null ? [] : selectors.filter((one) => one.kind === 'pinned');
  const rest = [notMirrored(policies), sharedTag(policies)].filter((mistake) => mistake !== null);
  return [
    ...pinned.map((one) => error(one.place, PINNED_SUBSET)),
    ...rest.map((mistake) => error(place, mistake)),
  ];
}

const PINNED_SUBSET: Mistake = {
  mistake:
    'this reference is pinned, but of its source platforms mirrors a part: that index has another digest',
  hint: 'take the digest out, or write platforms only into entries of sources without a pinned reference',
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

function error(place: Place, { mistake, hint }: Mistake): Diagnostic {
  return { severity: 'error', place, message: mistake, hint };
}
