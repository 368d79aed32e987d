// Policies: what may be set for one entry, for a run (inputs) and for a whole config (`defaults`).

/** `keep`: what worked stays (best effort). `rollback`: all or nothing for one mirror repository. */
export type OnFailure = 'keep' | 'rollback';

/** `tags`: a fresh tag is believed. `deep`: its manifests and blobs are looked for on the mirror, too. */
export type Verify = 'tags' | 'deep';

/** The policies of one entry, every one decided. */
export type Policies = { readonly onFailure: OnFailure; readonly verify: Verify };

/** What holds where nobody says anything. */
export const BUILT_IN: Policies = { onFailure: 'keep', verify: 'tags' };

/** Merges layers of policies, the strongest first: entry, inputs, `defaults` of the config; then the built-in ones. */
export function mergePolicies(...layers: readonly Partial<Policies>[]): Policies {
  const onFailure = layers.map((layer) => layer.onFailure).find((value) => value !== undefined);
  const verify = layers.map((layer) => layer.verify).find((value) => value !== undefined);
  return { onFailure: onFailure ?? BUILT_IN.onFailure, verify: verify ?? BUILT_IN.verify };
}
