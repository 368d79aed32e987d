// Who must have signed what files ask for. A line of a file has no room for a policy, so the items of `images` for the same
// source say it: nothing of that source may come in by a file that the config keeps out.

import type { Entry } from '../../config/images/config.ts';
import type { Policies } from '../../config/policies/policy.ts';

/**
 * The signers whom any item of a source names, and the greatest age that one of them asks for; those of `defaults` where no
 * item is about this source. docs/trust.md, "Who must have signed".
 */
export function signersFor(
  items: Pick<Entry, 'selectors' | 'follow'> | undefined,
  defaults: Policies,
): Pick<Policies, 'signedBy' | 'minSignatureAge'> {
  const wishes = [...(items?.selectors ?? []), ...(items?.follow ?? [])];
  // Thousands of tags have the terms of a few items.
  const said = [...new Set(wishes.map(({ terms }) => terms.policies))];
  const asked = said.length === 0 ? [defaults] : said.filter(({ signedBy }) => signedBy.length > 0);
  const signers = asked.flatMap(({ signedBy }) => signedBy);
  return {
    signedBy: [...new Map(signers.map((signer) => [JSON.stringify(signer), signer])).values()],
    minSignatureAge: asked.reduce((most, { minSignatureAge }) => Math.max(most, minSignatureAge), 0),
  };
}
