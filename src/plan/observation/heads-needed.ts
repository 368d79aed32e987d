// Which digests are asked for, and which answers are looked into because a registry may claim more than it holds.

import { lookUp } from '../../image/names/look-up.ts';
import { formatName } from '../../image/names/reference.ts';
import type { Selection, Wanted } from '../select/select.ts';
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

/**
 * The tags to read whole on the mirror, because a registry that claims by HEAD more than it holds must not pass for
 * fresh: those it does not list, and where its list could not be read one of each repository, a different one each `turn`.
 * Docker Hub is left out of the latter, since a GET there is a pull and counts.
 */
export function tagsToProve(
  selection: Selected,
  mirror: Observation['mirror'],
  lists: ReadonlyMap<string, Seen<readonly string[]>>,
  turn: number,
): Wanted[] {
  const claimed = selection.wanted.filter(
    (wanted) => mirror.get(lookUp(wanted.mirror, wanted.tag))?.kind === 'seen',
  );
  return [...Map.groupBy(claimed, (wanted) => formatName(wanted.mirror))].flatMap(([name, tags]) => {
    const list = lists.get(name);
    if (list === undefined) return [];
    if (list.kind === 'unknown')
      return tags.filter((wanted, at) => at === turn % tags.length && !isHub(wanted));
    const listed = tagsOf(list);
    return tags.filter((wanted) => !listed.has(wanted.tag));
  });
}

function isHub({ mirror }: Wanted): boolean {
  return mirror.registry === 'docker.io';
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
