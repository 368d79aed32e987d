// Policies: what may be set for one entry, for a run (inputs) and for a whole config (`defaults`).

import type { Platform } from '../image/platform.ts';

/** `keep`: what worked stays (best effort). `rollback`: all or nothing for one mirror repository. */
export type OnFailure = 'keep' | 'rollback';

/** What happens to a tag that would lose a platform which the mirror has. */
export type LostPlatforms = 'refuse' | 'hybrid' | 'accept';

/**
 * The policies of one entry, every one decided. Empty lists of platforms say nothing: all are mirrored, all count.
 * `platformTags` is a template (`{tag}-{arch}`), empty where platforms get no tags of their own.
 */
export type Policies = {
  readonly onFailure: OnFailure;
  readonly lostPlatforms: LostPlatforms;
  readonly expectedPlatforms: readonly Platform[];
  readonly platforms: readonly Platform[];
  readonly platformTags: string;
};

/** What holds where nobody says anything. */
export const BUILT_IN: Policies = {
  onFailure: 'keep',
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
