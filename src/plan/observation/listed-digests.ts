// What lists of digests are believed. A registry's own list comes from the same store as what it serves, so a tag with equal
// digests is fresh; anything else is asked by HEAD before it is judged or written. A sample of each list is asked in every run, a
// different one each time, and one that differs ends the belief in all lists of its host.

import type { ManifestHead } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import { contactHost } from '../../image/names/hub.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { formatName, formatTag, type Name } from '../../image/names/reference.ts';
import type { Wanted } from '../select/select.ts';
import type { Seen } from './observation.ts';

/** Where a tag is looked up. */
export type Side = 'upstream' | 'mirror';
/** Both, in the order in which they are compared. */
export const SIDES: readonly Side[] = ['upstream', 'mirror'];

/** What was answered on both sides, by look-up. */
export type SeenHeads = Readonly<Record<Side, ReadonlyMap<string, Seen<ManifestHead>>>>;
/** What lists say on both sides: digests by tag, by repository. */
export type ListedDigests = Readonly<Record<Side, ReadonlyMap<string, ReadonlyMap<string, Digest>>>>;

/** The tags of one repository that may be read from its list. */
export type ListGroup = { readonly side: Side; readonly name: Name; readonly tags: readonly Wanted[] };

/** Tags of each list that are asked by HEAD in every run. */
const SAMPLE = 16;

/** Where a tag is looked up on one side. */
function nameOn(side: Side, { pull, mirror }: Wanted): Name {
  return side === 'upstream' ? pull : mirror;
}

/** The key under which a tag is looked up on one side. */
export function lookUpOn(side: Side, wanted: Wanted): string {
  return lookUp(nameOn(side, wanted), wanted.tag);
}

/**
 * The repositories whose tags may be read from a list. What is looked into all the same is asked as ever: pins, `verify:
 * deep`, and whatever speaks of platforms or of what is attached. So is what is read elsewhere than its name says (`read-from`): a proxy lists
 * what it has kept, and only a request for a tag makes it look.
 */
export function listGroups(wanted: readonly Wanted[]): ListGroup[] {
  const plain = wanted.filter(isPlain);
  return SIDES.flatMap((side) => {
    const own = plain.filter((tag) => side === 'mirror' || formatName(tag.pull) === formatName(tag.source));
    const groups = Map.groupBy(own, (tag) => formatName(nameOn(side, tag)));
    return [...groups.values()].flatMap((tags) => {
      const [first] = tags;
      return first === undefined ? [] : [{ side, name: nameOn(side, first), tags }];
    });
  });
}

function isPlain({ pinned, policies }: Wanted): boolean {
  const { verify, lostPlatforms, expectedPlatforms, platforms, platformTags, referrers } = policies;
  const isLookedInto = verify === 'deep' || lostPlatforms === 'hybrid' || platformTags !== '';
  return (
    pinned === null && !isLookedInto && expectedPlatforms.length + platforms.length + referrers.length === 0
  );
}

/**
 * How many pages of a list may be read for so many wanted tags: fewer than half of what asking for each takes, the sample
 * included. `listed`: how many tags the repository has, null where that is not known. 0 where a list saves nothing.
 */
export function pagesWorth(wanted: number, listed: number | null, pageSize: number): number {
  const most = Math.floor(Math.min((wanted - 1) / 2, wanted - SAMPLE - 1));
  const needed = Math.max(1, Math.ceil((listed ?? 0) / pageSize));
  if (needed > most) return 0;
  // A list may have grown since; one that goes on for longer is none that anybody reads to its end.
  return listed === null ? most : Math.min(most, needed + 1);
}

/**
 * The tags of a group that are asked by HEAD in this run: each has its turn within `tags / SAMPLE` runs, and one. Each
 * round begins one tag earlier than the one before, so that runs which look after these tags only now and then (a
 * workflow of many schedules) do not meet the same ones for ever.
 */
export function sampleOf({ tags }: Pick<ListGroup, 'tags'>, turn: number): Wanted[] {
  const sorted = tags.toSorted((left, right) => (left.tag < right.tag ? -1 : 1));
  const far = turn * SAMPLE;
  const start = (far - Math.floor(far / sorted.length)) % sorted.length;
  return [...sorted.slice(start), ...sorted.slice(0, start)].slice(0, SAMPLE);
}

/** Whether a sample was answered, and not with nothing alone: a list of what cannot be asked for is not read. */
export function isAnswered(
  { side }: Pick<ListGroup, 'side'>,
  sample: readonly Wanted[],
  heads: SeenHeads,
): boolean {
  const answers = sample.map((tag) => heads[side].get(lookUpOn(side, tag)));
  const isClear = (seen: (typeof answers)[number]) =>
    seen?.kind === 'seen' || (seen?.kind === 'absent' && seen.doubt === null);
  return answers.every(isClear) && answers.some((seen) => seen?.kind === 'seen');
}

/** A host whose list has another digest than it serves, with the tag that showed it. */
type Dispute = { readonly host: string; readonly tag: string; readonly listed: Digest };

/** The hosts whose lists are not believed, each with the first tag that differs from what was answered for it. */
export function findDisputes(wanted: readonly Wanted[], listed: ListedDigests, heads: SeenHeads): Dispute[] {
  const disputes = new Map<string, Dispute>();
  for (const side of SIDES) {
    for (const tag of wanted) {
      const digest = digestListed(side, tag, listed);
      const answered = heads[side].get(lookUpOn(side, tag));
      if (digest === undefined || answered === undefined || answered.kind === 'unknown') continue;
      if (answered.kind === 'seen' && answered.value.digest === digest) continue;
      const name = nameOn(side, tag);
      const host = contactHost(name.registry);
      if (!disputes.has(host)) disputes.set(host, { host, tag: formatTag(name, tag.tag), listed: digest });
    }
  }
  return [...disputes.values()];
}

/** The lists without those of hosts that are not believed. */
export function withoutHosts(
  listed: ListedDigests,
  hosts: ReadonlySet<string>,
  groups: readonly ListGroup[],
): ListedDigests {
  const believed = groups.filter(({ name }) => !hosts.has(contactHost(name.registry)));
  const only = (side: Side) => {
    const names = new Set(
      believed.filter((group) => group.side === side).map(({ name }) => formatName(name)),
    );
    return new Map([...listed[side]].filter(([name]) => names.has(name)));
  };
  return { upstream: only('upstream'), mirror: only('mirror') };
}

/**
 * The tags to ask by HEAD on each side. First those that are in no list; where lists and answers then have the same
 * digest on both sides nothing more is asked, otherwise everything that is only listed. Empty when nothing is left to ask.
 */
export function headsLacking(
  wanted: readonly Wanted[],
  listed: ListedDigests,
  heads: SeenHeads,
): Record<Side, Wanted[]> {
  const lacking: Record<Side, Wanted[]> = { upstream: [], mirror: [] };
  for (const tag of wanted) {
    const open = SIDES.filter((side) => !heads[side].has(lookUpOn(side, tag)));
    const unlisted = open.filter((side) => digestListed(side, tag, listed) === undefined);
    const asked = unlisted.length > 0 ? unlisted : open;
    if (unlisted.length === 0 && isEqual(tag, listed, heads)) continue;
    for (const side of asked) lacking[side].push(tag);
  }
  return lacking;
}

function isEqual(tag: Wanted, listed: ListedDigests, heads: SeenHeads): boolean {
  const [upstream, mirror] = SIDES.map((side) => {
    const answered = heads[side].get(lookUpOn(side, tag));
    if (answered === undefined) return digestListed(side, tag, listed);
    return answered.kind === 'seen' ? answered.value.digest : undefined;
  });
  return upstream !== undefined && upstream === mirror;
}

/** The answers, and for what was not asked what is listed; with the repositories in which a list stands for an answer. */
export function withListed(wanted: readonly Wanted[], listed: ListedDigests, heads: SeenHeads) {
  const fill = (side: Side) => {
    const names = new Set<string>();
    const all = new Map(heads[side]);
    for (const tag of wanted) {
      const key = lookUpOn(side, tag);
      const digest = digestListed(side, tag, listed);
      if (all.has(key) || digest === undefined) continue;
      all.set(key, { kind: 'seen', value: { digest, mediaType: '' } });
      names.add(formatName(nameOn(side, tag)));
    }
    return { all, names };
  };
  const upstream = fill('upstream');
  const mirror = fill('mirror');
  return {
    heads: { upstream: upstream.all, mirror: mirror.all },
    read: { upstream: upstream.names, mirror: mirror.names },
  };
}

function digestListed(side: Side, wanted: Wanted, listed: ListedDigests): Digest | undefined {
  return listed[side].get(formatName(nameOn(side, wanted)))?.get(wanted.tag);
}

/** In words for the log: why the lists of a host are not used. */
export function disputeWords({ host, tag, listed }: Dispute, heads: SeenHeads): string {
  const answered = heads.upstream.get(tag) ?? heads.mirror.get(tag);
  const served = answered?.kind === 'seen' ? answered.value.digest : 'no such tag';
  return `${host} lists ${listed} for ${tag} and serves ${served}: its lists are not used in this run, every tag is asked for`;
}
