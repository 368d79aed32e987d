// What the policies of the items of one source mean together: mistakes that no single key shows.

import { formatPlace, type Place, type Words } from '../../base/errors/diagnostic.ts';
import { isMistake, type Mistake } from '../../base/errors/mistake.ts';
import { fulfils } from '../../image/manifest/platform.ts';
import { platformTags } from '../../image/manifest/platform-tags.ts';
import type { Reading } from '../yaml/reading.ts';
import type { Selector } from './config.ts';
import { POLICY_ROWS, type Policies, platformsText } from './policy.ts';

type Part = {
  readonly selectors: readonly Selector[];
  readonly policies: Policies;
  readonly place: Place;
};

/** Notes every mistake in what the items of one source say together, where a person looks for it. */
export function checkPolicies(group: readonly Part[], reading: Reading): void {
  const [first, ...others] = group;
  const isSubset = group.some(({ policies }) => policies.platforms.length > 0);
  for (const other of others) if (first !== undefined) checkAgreement(first, other, reading);
  for (const part of group) checkPlatforms(part, isSubset, reading);
}

function checkAgreement(first: Part, other: Part, reading: Reading): void {
  for (const { key, name, wordsFor } of POLICY_ROWS.filter((row) => row.join === 'agree')) {
    const [here, there] = [wordsFor(other.policies[name]), wordsFor(first.policies[name])];
    // A pinned reference has no platforms of its own to write: what is wrong with it is said by checkPlatforms.
    if (here === there || (key === 'platforms' && [first, other].some(isPinned))) continue;
    const message = `${key} is ${here} here but ${there} at ${formatPlace(first.place)}, for the same source`;
    const hint = 'entries of one source are joined into one list: write the same in both';
    reading.errorAt(other.place, { rule: 'conflicting-policy', message, hint });
  }
}

function isPinned({ selectors }: Part): boolean {
  return selectors.some((selector) => selector.kind === 'pinned');
}

function checkPlatforms({ selectors, policies, place }: Part, isSubset: boolean, reading: Reading): void {
  for (const selector of selectors) {
    if (isSubset && selector.kind === 'pinned') reading.errorAt(selector.place, PINNED_SUBSET);
  }
  const [outside, shared] = [notMirrored(policies), sharedTag(policies)];
  if (outside !== null) reading.errorAt(place, outside);
  if (shared !== null) {
    reading.errorAt(place, { rule: 'shared-platform-tag', message: shared.mistake, hint: shared.hint });
  }
}

const PINNED_SUBSET: Words = {
  rule: 'pinned-subset',
  message:
    "this reference is pinned, but platforms mirrors only some of this source's platforms, so the index gets another digest",
  hint: 'remove the digest, or write platforms only into entries of sources without a pinned reference',
};

function notMirrored({ platforms, expectedPlatforms }: Policies): Words | null {
  if (platforms.length === 0) return null;
  const outside = expectedPlatforms.filter(
    (expected) => !platforms.some((platform) => fulfils(expected, platform) || fulfils(platform, expected)),
  );
  if (outside.length === 0) return null;
  const message = `expected-platforms names ${platformsText(outside)}, which platforms leaves out`;
  return { rule: 'expected-not-mirrored', message, hint: 'name every expected platform in platforms too' };
}

/** Where platforms are named, it is known before the run whether two of them would share a tag. */
function sharedTag({ platforms, expectedPlatforms, platformTags: template }: Policies): Mistake | null {
  if (template === '') return null;
  const tags = platformTags(template, 'x', platforms.length > 0 ? platforms : expectedPlatforms);
  return isMistake(tags) ? tags : null;
}
