// What the policies of the items of one source mean together: mistakes that no single key shows.

import { formatPlace, type Place, type Words } from '../../base/errors/diagnostic.ts';
import { isMistake, type Mistake } from '../../base/errors/mistake.ts';
import { fulfils } from '../../image/manifest/platform.ts';
import { platformTags } from '../../image/manifest/platform-tags.ts';
import { compileGlob, isGlob } from '../../image/tags/glob.ts';
import { splitList } from '../policies/fields.ts';
import { platformsText } from '../policies/kinds.ts';
import { POLICY_ROWS, type Policies } from '../policies/policy.ts';
import type { Reading } from '../yaml/reading.ts';
import type { Path } from '../yaml/tree.ts';
import type { Selector, Terms } from './config.ts';
import type { ConfigText, EntryText } from './schema.ts';

type Part = {
  readonly selectors: readonly Selector[];
  readonly terms: Terms;
  readonly isShorthand: boolean;
  readonly place: Place;
};

/** Notes every mistake in what the items of one source say together, where a person looks for it. */
export function checkPolicies(group: readonly Part[], reading: Reading): void {
  const [first, ...others] = group;
  const isSubset = group.some(({ terms }) => terms.policies.platforms.length > 0);
  for (const other of others) if (first !== undefined) checkAgreement(first, other, reading);
  for (const part of group) checkPlatforms(part, isSubset, reading);
}

function checkAgreement(first: Part, other: Part, reading: Reading): void {
  for (const { key, name, wordsFor } of POLICY_ROWS.filter((row) => row.join === 'agree')) {
    const [here, there] = [other, first].map(({ terms }) => wordsFor(terms.policies[name]));
    // A pinned reference has no platforms of its own to write: what is wrong with it is said by checkPlatforms.
    if (here === there || (key === 'platforms' && [first, other].some(isPinned))) continue;
    const message = `${key} is ${here} here but ${there} at ${formatPlace(first.place)}, for the same source`;
    const hint = [first, other].some(({ isShorthand }) => isShorthand)
      ? `entries of one source are joined into one list, and a single reference has no room for ${key}: write it under defaults:`
      : 'entries of one source are joined into one list: write the same in both';
    reading.errorAt(other.place, { rule: 'conflicting-policy', message, hint });
  }
}

/**
 * The first thing in which two items differ that each may decide for itself, in words (`recheck is 7 here but 3`); null
 * where they say the same.
 */
export function differenceOf(earlier: Terms, later: Terms): string | null {
  if (earlier === later) return null;
  const own = POLICY_ROWS.filter((row) => row.join === 'own').map(({ key, name, wordsFor }) => {
    return [key, wordsFor(later.policies[name]), wordsFor(earlier.policies[name])] as const;
  });
  const lists = (['exclude', 'ignore'] as const).map((key) => {
    return [key, listWords(later[key]), listWords(earlier[key])] as const;
  });
  const [found] = [...own, ...lists].filter(([, here, there]) => here !== there);
  return found === undefined ? null : `${found[0]} is ${found[1]} here but ${found[2]}`;
}

function listWords(patterns: readonly string[]): string {
  return [...new Set(patterns)].sort().join(', ') || 'not set';
}

function isPinned({ selectors }: Part): boolean {
  return selectors.some((selector) => selector.kind === 'pinned');
}

function checkPlatforms({ selectors, terms, place }: Part, isSubset: boolean, reading: Reading): void {
  for (const selector of selectors) {
    if (isSubset && selector.kind === 'pinned') reading.errorAt(selector.place, PINNED_SUBSET);
  }
  const [outside, shared] = [notMirrored(terms.policies), sharedTag(terms.policies)];
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

const IDLE_PATCHES: Words = {
  rule: 'no-effect',
  message: 'patches has no effect while granularity is listed',
  hint: 'also write granularity: patch, or remove patches',
};

const IDLE_AGE: Words = {
  rule: 'no-effect',
  message: 'min-signature-age has no effect where signed-by names nobody',
  hint: 'also write signed-by:, or remove min-signature-age',
};

/** Warns of `patches` under `defaults` where neither that, the input nor an entry asks for patch tags. */
export function noteIdleDefaults(text: ConfigText, given: Partial<Policies>, reading: Reading): void {
  if (text.defaults?.patches === undefined) return;
  const asking = [text.defaults, given, ...(text.images ?? []).filter((entry) => typeof entry !== 'string')];
  if (asking.some(({ granularity }) => granularity === 'patch')) return;
  reading.warnAt(reading.placeOf(['defaults', 'patches']), IDLE_PATCHES);
}

/** Warns of what an entry says without any effect: not wrong, but not what its author means either. */
export function noteIdle(entry: EntryText, { policies, exclude }: Terms, path: Path, reading: Reading): void {
  if (entry.patches !== undefined && policies.granularity !== 'patch') {
    reading.warnAt(reading.placeOf([...path, 'patches']), IDLE_PATCHES);
  }
  if (entry['min-signature-age'] !== undefined && policies.signedBy.length === 0) {
    reading.warnAt(reading.placeOf([...path, 'min-signature-age']), IDLE_AGE);
  }
  const tags = [entry.tags ?? []].flat().flatMap(splitList);
  for (const pattern of exclude) {
    const listed = tags.filter((tag) => !isGlob(tag)).find(compileGlob(pattern));
    if (listed === undefined) continue;
    const message = `exclude has no effect on ${listed}: a tag that is listed is never left out`;
    const hint = 'remove it from tags, or from exclude';
    reading.warnAt(reading.placeOf([...path, 'exclude']), { rule: 'no-effect', message, hint });
  }
}
