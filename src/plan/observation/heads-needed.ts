// Which digests are asked for, and which answers are looked into because a registry may claim more than it holds.

import type { ManifestHead } from '../../image/manifest/manifest.ts';
import { isDockerHub } from '../../image/names/hub.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { formatName } from '../../image/names/reference.ts';
import type { NewTag } from '../select/new-tags.ts';
import type { News, Selection, Wanted } from '../select/select.ts';
import { isSettled } from './compare.ts';
import type { Observation, Seen } from './observation.ts';

/** What a plan is made of; new tags that are only reported need no plan. */
export type Selected = Pick<Selection, 'wanted' | 'unmatched'>;

/**
 * The tags whose digest upstream is asked for. A pinned one has its digest already, whatever the tag does upstream; a
 * settled one that the mirror has is believed.
 */
export function upstreamHeadsNeeded(selection: Selected, mirror: Observation['mirror']): Wanted[] {
  return selection.wanted.filter(
    (wanted) => wanted.pinned === null && !isSettled(wanted, mirror.get(lookUp(wanted.mirror, wanted.tag))),
  );
}

/** The new tags that upstream is asked for before they are reported: lists name tags that have no manifest. */
export function newHeadsNeeded(news: readonly News[], upstream: Observation['upstream']): NewTag[] {
  return news.flatMap(({ newTags }) => newTags).filter((tag) => !upstream.has(newTagKey(tag)));
}

/** The look-up of a new tag at its upstream. */
export function newTagKey({ entry, tag }: NewTag): string {
  return lookUp(entry.pull, tag);
}

/** The selection without the new tags that upstream lists and does not have: a policy that mirrors them fails for none. */
export function withoutAbsentNews<Of extends Selected>(selection: Of, upstream: Observation['upstream']): Of {
  const isAbsent = ({ origin, pull, tag }: Wanted) =>
    origin === 'new' && upstream.get(lookUp(pull, tag))?.kind === 'absent';
  return { ...selection, wanted: selection.wanted.filter((wanted) => !isAbsent(wanted)) };
}

/**
 * The tags to read whole on the mirror, because its HEAD and its list differ: one that is claimed and not listed must not
 * pass for fresh, and one that is listed and not shown must not pass for missing. Where a list could not be read it is one of
 * those claimed of each repository, a different one each `turn`. Docker Hub is left out of that, since a GET there is a
 * pull and counts.
 */
export function tagsToProve(
  selection: Selected,
  mirror: Observation['mirror'],
  lists: ReadonlyMap<string, Seen<readonly string[]>>,
  turn: number,
): Wanted[] {
  const headOf = (wanted: Wanted) => mirror.get(lookUp(wanted.mirror, wanted.tag));
  const isClaimed = (wanted: Wanted): boolean => headOf(wanted)?.kind === 'seen';
  return [...Map.groupBy(selection.wanted, ({ mirror: name }) => formatName(name))].flatMap(
    ([name, tags]) => {
      const list = lists.get(name);
      if (list === undefined) return [];
      const claimed = tags.filter(isClaimed);
      if (list.kind === 'unknown')
        return claimed.filter((wanted, at) => at === turn % claimed.length && !isHub(wanted));
      const listed = tagsOf(list);
      const unlisted = claimed.filter(({ tag }) => !listed.has(tag));
      return [...unlisted, ...tags.filter((wanted) => listed.has(wanted.tag) && isMissing(headOf(wanted)))];
    },
  );
}

/** Said not to be there, without a doubt. */
function isMissing(seen: Seen<ManifestHead> | undefined): boolean {
  return seen?.kind === 'absent' && seen.doubt === null;
}

function isHub({ mirror }: Wanted): boolean {
  return isDockerHub(mirror.registry);
}

function tagsOf(list: Seen<readonly string[]>): ReadonlySet<string> {
  return new Set(list.kind === 'seen' ? list.value : []);
}

/**
 * The tags for which upstream gave a digest that it then did not have: a wrong digest header, or a tag that moved
 * meanwhile. They are to be read by tag, so that the hash of what comes decides.
 */
export function tagsToRead(
  selection: Selected,
  { upstream, bodies }: Pick<Observation, 'upstream' | 'bodies'>,
): Wanted[] {
  return selection.wanted.filter((wanted) => {
    const head = upstream.get(lookUp(wanted.pull, wanted.tag));
    return head?.kind === 'seen' && bodies.get(lookUp(wanted.pull, head.value.digest))?.kind === 'absent';
  });
}
