// Policies: what may be set for one entry, for a run (inputs) and for a whole config (`defaults`).

/** `keep`: what worked stays (best effort). `rollback`: all or nothing for one mirror repository. */
export type OnFailure = 'keep' | 'rollback';

/** The policies of one entry, every one decided. */
export type Policies = { readonly onFailure: OnFailure };

/** What holds where nobody says anything. */
export const BUILT_IN: Policies = { onFailure: 'keep' };

/** Merges layers of policies, the strongest first: entry, inputs, `defaults` of the config; then the built-in ones. */
export function mergePolicies(...layers: readonly Partial<Policies>[]): Policies {
  const onFailure = layers.map((layer) => layer.onFailure).find((value) => value !== undefined);
  return { onFailure: onFailure ?? BUILT_IN.onFailure };
}
