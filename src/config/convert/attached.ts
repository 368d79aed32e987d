// What regsync brings that is attached to an image, as the policy `referrers`. Its meaning: github.com/regclient/regclient,
// cmd/regsync/config.go for what stands under defaults, root.go for what is copied.

import { NO_REFERRERS } from '../draft/wish.ts';
import type { Findings } from '../foreign/findings.ts';
import type { ForeignPart } from '../foreign/part.ts';

// RFC 6838, section 4.2: what an artifact type looks like.
const ARTIFACT_TYPE = /^[\w.+-]+\/[\w.+-]+$/;

/** The policy of a step: `none`, `all` or a comma list of artifact types. What a step leaves open `defaults` says. */
export function referrersOf(step: ForeignPart, defaults: ForeignPart | null, findings: Findings): string {
  const optionOf = (key: string) => {
    const own = step.get(key);
    return own === null || own.value === null ? (defaults?.get(key) ?? null) : own;
  };
  const [listed, tagged] = [optionOf('referrers'), optionOf('digestTags')];
  const isListed = listed?.isSet() ?? false;
  const isTagged = tagged?.isSet() ?? false;
  const isElsewhere = ['referrerSource', 'referrerTarget'].some((key) => optionOf(key)?.isSet() ?? false);
  if (isElsewhere || !(isListed || isTagged)) return NO_REFERRERS;
  const filters = isListed ? optionOf('referrerFilters') : null;
  const types = isTagged ? null : typesOf(filters);
  if (types !== null) return types;
  const part = filters?.isSet() ? filters : ((isListed ? listed : tagged) ?? step);
  noteMore(part, { isFiltered: filters?.isSet() ?? false, isListed, isTagged }, findings);
  return 'all';
}

/** What filters choose, if they choose by artifact type alone. */
function typesOf(filters: ForeignPart | null): string | null {
  const types = (filters?.items() ?? []).map((filter) =>
    filter.get('annotations')?.isSet() ? '' : (filter.get('artifactType')?.text() ?? ''),
  );
  return types.length > 0 && types.every((type) => ARTIFACT_TYPE.test(type))
    ? [...new Set(types)].join(', ')
    : null;
}

type Asked = { readonly isFiltered: boolean; readonly isListed: boolean; readonly isTagged: boolean };

/** Says what `all` brings that was not asked for. */
function noteMore(part: ForeignPart, { isFiltered, isListed, isTagged }: Asked, findings: Findings): void {
  if (isListed && isTagged && !isFiltered) return;
  const more = isFiltered
    ? 'what these filters leave out too'
    : isListed
      ? 'the tags of cosign (sha256-….sig, .att, .sbom) too'
      : 'what the referrers API lists too';
  findings.warn(part.key, [
    `all that is attached to an image is mirrored, ${more}`,
    'write referrers: with kinds or artifact types for less: see docs/trust.md',
  ]);
}
