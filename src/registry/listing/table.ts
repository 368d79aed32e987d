// The registries whose own store lists digests: one file and one row each. What the APIs of Docker Hub
// and GitHub say comes from other services, which lag behind what is served: it proves nothing and is left out.

import { hostKindOf } from '../refusals/host-kind.ts';
import { ACR } from './acr.ts';
import { GITLAB } from './gitlab.ts';
import { GOOGLE } from './google.ts';
import { HARBOR } from './harbor.ts';
import type { ListingMember } from './member.ts';
import { QUAY } from './quay.ts';

const MEMBERS: readonly ListingMember[] = [GOOGLE, QUAY, HARBOR, ACR, GITLAB];

/**
 * The member for a registry, by its name, else by what it said of itself; null where there is none, `unknown` where its
 * name does not say and it was not asked anything yet.
 */
export function memberFor(registry: string, introduction: string | null): ListingMember | 'unknown' | null {
  const kind = hostKindOf(registry, introduction ?? '');
  if (kind === 'other' && introduction === null) return 'unknown';
  return MEMBERS.find((member) => member.kind === kind) ?? null;
}
