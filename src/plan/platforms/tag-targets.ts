// Which image each platform tag shall have. These tags move even while the index is refused: who pulls one platform
// need not wait for another.

import { isMistake, type Mistake } from '../../base/errors/mistake.ts';
import { formatPlatform } from '../../image/manifest/platform.ts';
import { type PlatformTag, platformTags } from '../../image/manifest/platform-tags.ts';
import type { Digest } from '../../image/names/digest.ts';
import { gonePlatforms } from './loss.ts';
import { type Leaf, platformsIn } from './served.ts';

/** `from`: where the image is now. One from upstream must be brought, one from the mirror is there already. */
export type TagTarget = PlatformTag & { readonly digest: Digest; readonly from: 'upstream' | 'mirror' };

/**
 * The platform tags of `tag`: one for each platform of `candidate`, and of `before` for each that upstream lost. A
 * lost platform whose tag another one has now is left out. A mistake where two of upstream's would share a tag.
 */
export function platformTagTargets(
  template: string,
  tag: string,
  candidate: readonly Leaf[],
  before: readonly Leaf[],
): readonly TagTarget[] | Mistake {
  const current = platformTags(template, tag, platformsIn(candidate));
  if (isMistake(current)) return current;
  const taken = new Set(current.map((row) => row.tag));
  const lost = gonePlatforms(before, candidate).flatMap((platform) => {
    const rows = platformTags(template, tag, [platform]);
    return isMistake(rows) ? [] : rows.filter((row) => !taken.has(row.tag));
  });
  const once = [...Map.groupBy(lost, (row) => row.tag).values()].flatMap((rows) => rows.slice(0, 1));
  return [...targetsAmong(candidate, 'upstream', current), ...targetsAmong(before, 'mirror', once)];
}

/** The image of each row's platform among `leaves`. */
function targetsAmong(
  leaves: readonly Leaf[],
  from: TagTarget['from'],
  rows: readonly PlatformTag[],
): TagTarget[] {
  const digests = new Map<string, Digest>();
  for (const { platform, digest } of leaves) {
    const name = platform === null ? '' : formatPlatform(platform);
    if (name !== '' && !digests.has(name)) digests.set(name, digest);
  }
  return rows.flatMap((row) => {
    const digest = digests.get(formatPlatform(row.platform));
    return digest === undefined ? [] : [{ ...row, digest, from }];
  });
}
