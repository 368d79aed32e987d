// A tag of the mirror has one owner. A platform tag may have the name of a selected one, or of another platform tag:
// where both want the same digest one of them is enough, where they do not nothing may be written.

import { formatPlace } from '../../base/errors/diagnostic.ts';
import { UserError } from '../../base/errors/user-error.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatTag } from '../../image/names/reference.ts';
import type { PlannedTag } from './step.ts';

/**
 * Gives back the planned tags without those that another one stands for. A group is a selected tag followed by its
 * platform tags. Throws UserError('config') where two want one tag of the mirror to have two digests.
 */
export function withoutConflicts(groups: readonly (readonly PlannedTag[])[]): PlannedTag[] {
  // Selected tags alone are each asked for once already.
  if (groups.every((group) => group.length < 2)) return groups.flat();
  const selected = groups.flatMap((group) => group.slice(0, 1));
  const owners = new Map(selected.map((tag) => [mirrorTag(tag), tag]));
  return groups.flatMap(([first, ...made]) => {
    const owned = made.filter((tag) => {
      const owner = owners.get(mirrorTag(tag));
      owners.set(mirrorTag(tag), owner ?? tag);
      if (owner !== undefined && differ(owner, tag)) throw conflictingTags(owner, tag);
      return owner === undefined;
    });
    return first === undefined ? [] : [first, ...owned];
  });
}

function mirrorTag({ wanted }: PlannedTag): string {
  return formatTag(wanted.mirror, wanted.tag);
}

function differ(owner: PlannedTag, tag: PlannedTag): boolean {
  const [owned, asked] = [digestOf(owner), digestOf(tag)];
  return owned !== null && asked !== null && owned !== asked;
}

function digestOf(tag: PlannedTag): Digest | null {
  if (tag.kind === 'fresh') return tag.digest;
  return tag.kind === 'stale' ? (tag.step.moves.at(-1)?.manifest.digest ?? null) : null;
}

function conflictingTags(owner: PlannedTag, { wanted }: PlannedTag): UserError {
  const { tag, place, policies } = wanted;
  const message = `platform-tags: "${policies.platformTags}" makes the tag ${tag}, but ${formatPlace(owner.wanted.place)} wants another image there`;
  const hint = 'choose another template, or remove one of the two tags';
  return new UserError('config', 'two images want the same tag of the mirror', {
    diagnostics: [{ severity: 'error', rule: 'shared-platform-tag', place, message, hint }],
  });
}
