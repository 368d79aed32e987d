// Policies: what may be set for one entry, for a run (inputs) and for a whole config (`defaults`).

import type { Platform } from '../../image/manifest/platform.ts';
import { ALL_LINES_NEWEST_THREE, type Patches } from '../../image/tags/form.ts';

/** `keep`: what worked stays (best effort). `rollback`: all or nothing for one mirror repository. */
export type OnFailure = 'keep' | 'rollback';

/** `tags`: a fresh tag is believed. `deep`: its manifests and blobs are looked for on the mirror, too. */
export type Verify = 'tags' | 'deep';

/** Where a new upstream tag is told of; `mirror` brings it in the same run. None of them: it is ignored. */
export const NEW_TAGS_ACTIONS = ['report', 'issue', 'pull-request', 'mirror'] as const;
export type NewTagsAction = (typeof NEW_TAGS_ACTIONS)[number];

/** `listed`: the listed tags alone. `patch`: the patch tags of every listed line too. */
export const GRANULARITIES = ['listed', 'patch'] as const;
export type Granularity = (typeof GRANULARITIES)[number];

/** What happens to a tag that would lose a platform which the mirror has. */
export type LostPlatforms = 'refuse' | 'hybrid' | 'accept';

/**
 * The policies of one entry, every one decided. `recheck`: superseded patch tags are asked every so many runs. Empty
 * lists of platforms say nothing: all are mirrored, all count. `platformTags` is a template (`{tag}-{arch}`), empty
 * where platforms get no tags of their own.
 */
export type Policies = {
  readonly onFailure: OnFailure;
  readonly verify: Verify;
  readonly newTags: readonly NewTagsAction[];
  readonly granularity: Granularity;
  readonly patches: Patches;
  readonly prereleases: boolean;
  readonly recheck: number;
  readonly lostPlatforms: LostPlatforms;
  readonly expectedPlatforms: readonly Platform[];
  readonly platforms: readonly Platform[];
  readonly platformTags: string;
};

/** What holds where nobody says anything. */
export const BUILT_IN: Policies = {
  onFailure: 'keep',
  verify: 'tags',
  newTags: ['report'],
  granularity: 'listed',
  patches: ALL_LINES_NEWEST_THREE,
  prereleases: false,
  recheck: 7,
  lostPlatforms: 'refuse',
  expectedPlatforms: [],
  platforms: [],
  platformTags: '',
};

/**
 * Merges layers of policies, the strongest first: entry, inputs, `defaults` of the config; then the built-in ones.
 * A layer has the keys that it says something of and no others.
 */
export function mergePolicies(...layers: readonly Partial<Policies>[]): Policies {
  const said = layers.toReversed().flatMap((layer) => Object.entries(layer));
  return { ...BUILT_IN, ...Object.fromEntries(said) };
}

/** `ignore`, or a comma list of actions, as `new-tags` is written; null when a word of it is neither. */
export function parseNewTags(text: string): readonly NewTagsAction[] | null {
  if (text.trim() === 'ignore') return [];
  const words = text.split(',').map((word) => word.trim());
  const actions = words.map((word) => NEW_TAGS_ACTIONS.find((action) => action === word));
  return actions.every((action) => action !== undefined) ? [...new Set(actions)] : null;
}

/** One source's policies out of those of its entries: what any of them asks for is done. */
export function joinPolicies(first: Policies, others: readonly Policies[]): Policies {
  const all = [first, ...others];
  return {
    ...first,
    newTags: NEW_TAGS_ACTIONS.filter((action) => all.some((one) => one.newTags.includes(action))),
    granularity: all.some((one) => one.granularity === 'patch') ? 'patch' : 'listed',
    prereleases: all.some((one) => one.prereleases),
  };
}
