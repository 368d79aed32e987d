// The digests of all selected tags on both sides: two HEADs a tag, or one list for many where a registry keeps one.

import { unlessStopped } from '../../base/flow/stop.ts';
import { count } from '../../base/text/words.ts';
import type { ManifestHead } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { formatName } from '../../image/names/reference.ts';
import { upstreamHeadsNeeded } from '../../plan/observation/heads-needed.ts';
import {
  disputeWords,
  findDisputes,
  headsLacking,
  isAnswered,
  type ListedDigests,
  type ListGroup,
  listGroups,
  lookUpOn,
  pagesWorth,
  type SeenHeads,
  SIDES,
  type Side,
  sampleOf,
  withListed,
  withoutHosts,
} from '../../plan/observation/listed-digests.ts';
import type { Observation } from '../../plan/observation/observation.ts';
import type { Wanted } from '../../plan/select/select.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { type AskDoors, absentIfDenied, askAll } from './ask.ts';

/** The answers of both sides. */
export type Heads = Pick<Observation, 'upstream' | 'mirror'>;
/** The names of the repositories in which lists stand for answers, upstream and on the mirror. */
export type ReadBy = Readonly<Record<Side, ReadonlySet<string>>>;

/** What is known before any digest: the tag lists that were read, and the number of the run. */
type Before = Pick<Observation, 'lists'> & { readonly turn: number };

/** The look-up of a tag upstream. */
export function upstreamKey({ pull, tag }: Wanted): string {
  return lookUp(pull, tag);
}

/** The look-up of a tag on the mirror. */
export function mirrorKey({ mirror, tag }: Wanted): string {
  return lookUp(mirror, tag);
}

/** Asks for every tag, on both sides at once; from lists comes what they prove, which is that both sides are equal. */
export async function observeHeads(
  { wanted }: { readonly wanted: readonly Wanted[] },
  before: Before,
  allDoors: AskDoors,
): Promise<{ readonly heads: Heads; readonly read: ReadBy }> {
  const doors = { ...allDoors, shared: sharing() };
  const groups = listGroups(wanted).filter((group) => mayList(group, before, doors));
  const grouped = SIDES.map(
    (side) => new Set(groups.flatMap((group) => (group.side === side ? group.tags : []))),
  );
  // Of a settled tag the mirror alone is asked, which is less than a comparison with only one list.
  const isListed = (tag: Wanted) =>
    tag.settled ? grouped.every((tags) => tags.has(tag)) : grouped.some((tags) => tags.has(tag));
  const [asked, listed] = await Promise.all([
    askPlainly(
      wanted.filter((tag) => !isListed(tag)),
      doors,
    ),
    askWithLists(wanted.filter(isListed), groups, before, doors),
  ]);
  const heads = {
    upstream: joined(asked.upstream, listed.heads.upstream),
    mirror: joined(asked.mirror, listed.heads.mirror),
  };
  return { heads, read: listed.read };
}

/** Both as one; the very first where nothing is added, since copies of a hundred thousand answers are not for nothing. */
export function joined<V>(
  first: ReadonlyMap<string, V>,
  more: ReadonlyMap<string, V>,
): ReadonlyMap<string, V> {
  if (more.size === 0 || first.size === 0) return more.size === 0 ? first : more;
  const all = new Map(first);
  for (const [key, value] of more) all.set(key, value);
  return all;
}

/** Both sides at once, but for settled tags: what the mirror has of them saves the question upstream. */
async function askPlainly(wanted: readonly Wanted[], doors: HeadDoors): Promise<Heads> {
  const settled = await ask(
    'mirror',
    wanted.filter((tag) => tag.settled),
    doors,
  );
  const [upstream, mirror] = await Promise.all([
    ask('upstream', upstreamHeadsNeeded({ wanted, unmatched: [] }, settled), doors),
    ask(
      'mirror',
      wanted.filter((tag) => !tag.settled),
      doors,
    ),
  ]);
  return { upstream, mirror: joined(mirror, settled) };
}

function ask(side: Side, items: readonly Wanted[], doors: HeadDoors): Promise<SeenHeads[Side]> {
  const { shared } = doors;
  const keyOf = (tag: Wanted): string => lookUpOn(side, tag);
  if (side === 'upstream') {
    const head = async (tag: Wanted) => shared(await doors.upstream.head(tag.pull, tag.tag));
    return askAll(doors, { items, keyOf, ask: head });
  }
  const head = async (tag: Wanted) => shared(await doors.mirror.head(tag.mirror, tag.tag));
  return askAll(doors, { items, keyOf, ask: head, onFailure: absentIfDenied });
}

/** All doors, and what makes equal answers one. */
type HeadDoors = AskDoors & { readonly shared: (head: ManifestHead | null) => ManifestHead | null };

/** Equal answers of both sides are held once: where nothing is to be done, that is all of them. */
function sharing(): HeadDoors['shared'] {
  const heads = new Map<Digest, ManifestHead>();
  const types = new Map<string, string>();
  return (head) => {
    if (head === null) return null;
    const before = heads.get(head.digest);
    if (before?.mediaType === head.mediaType) return before;
    const { digest, mediaType } = head;
    if (!types.has(mediaType)) types.set(mediaType, mediaType);
    const first = { digest, mediaType: types.get(mediaType) ?? mediaType };
    if (before === undefined) heads.set(digest, first);
    return first;
  };
}

/** How many pages may be read for a group; 0 where its registry keeps no list, or one that saves nothing. */
function pagesFor({ side, name, tags }: ListGroup, { lists }: Before, doors: AskDoors): number {
  const pageSize = doors.listings.pageSize(name);
  if (pageSize === null) return 0;
  const list = side === 'upstream' ? lists.get(formatName(name)) : undefined;
  const listed = list?.kind === 'seen' ? list.value.length : null;
  return pagesWorth(tags.length, listed, pageSize === 'unknown' ? Number.POSITIVE_INFINITY : pageSize);
}

function mayList(group: ListGroup, before: Before, doors: AskDoors): boolean {
  return pagesFor(group, before, doors) > 0;
}

/** A sample of each list by HEAD, then the lists, then by HEAD whatever they do not prove. */
async function askWithLists(
  wanted: readonly Wanted[],
  groups: readonly ListGroup[],
  before: Before,
  doors: HeadDoors,
): Promise<{ readonly heads: SeenHeads; readonly read: ReadBy }> {
  const samples = new Map(groups.map((group) => [group, sampleOf(group, before.turn)]));
  let heads = await askMore(firstAsked(wanted, samples), NOTHING, doors);
  const readable = groups.filter((group) => isAnswered(group, samples.get(group) ?? [], heads));
  let listed = await readLists(readable, before, doors);
  for (;;) {
    // Whatever was asked shows whether a list is true, the sample and all that it made us ask for.
    const disputes = findDisputes(wanted, listed, heads);
    for (const dispute of disputes) doors.log.warning(disputeWords(dispute, heads));
    listed = withoutHosts(listed, new Set(disputes.map(({ host }) => host)), groups);
    const lacking = headsLacking(wanted, listed, heads);
    if (SIDES.every((side) => lacking[side].length === 0)) break;
    heads = await askMore(lacking, heads, doors);
  }
  const whole = withListed(wanted, listed, heads);
  tell(whole.read, doors);
  return whole;
}

const NOTHING: SeenHeads = { upstream: new Map(), mirror: new Map() };

/** The samples, and on a side without a list every tag. */
function firstAsked(
  wanted: readonly Wanted[],
  samples: ReadonlyMap<ListGroup, readonly Wanted[]>,
): Record<Side, Wanted[]> {
  const asked = (side: Side): Wanted[] => {
    const own = [...samples].filter(([group]) => group.side === side);
    const grouped = new Set(own.flatMap(([{ tags }]) => tags));
    return [...own.flatMap(([, sample]) => sample), ...wanted.filter((tag) => !grouped.has(tag))];
  };
  return { upstream: asked('upstream'), mirror: asked('mirror') };
}

async function askMore(
  lacking: Readonly<Record<Side, Wanted[]>>,
  heads: SeenHeads,
  doors: HeadDoors,
): Promise<SeenHeads> {
  const [upstream, mirror] = await Promise.all([
    ask('upstream', lacking.upstream, doors),
    ask('mirror', lacking.mirror, doors),
  ]);
  return { upstream: joined(heads.upstream, upstream), mirror: joined(heads.mirror, mirror) };
}

async function readLists(
  groups: readonly ListGroup[],
  before: Before,
  doors: AskDoors,
): Promise<ListedDigests> {
  const listed = { upstream: new Map<string, ReadonlyMap<string, Digest>>(), mirror: new Map() };
  const read = async (group: ListGroup): Promise<void> => {
    const { side, name } = group;
    // Known by now, since the sample was asked.
    const mostPages = doors.listings.pageSize(name) === 'unknown' ? 0 : pagesFor(group, before, doors);
    if (mostPages === 0) return;
    const tags = new Set(tagsToRead(group, before));
    const digests = await unlessStopped(
      () => doors.listings.read(name, { tags, mostPages }),
      doors.stop,
    ).catch(() => null);
    if (digests !== null) listed[side].set(formatName(name), digests);
  };
  await Promise.all(groups.map(read));
  return listed;
}

/** Where the tag list of the registry lacks a tag, its list of digests is not asked about it either. */
function tagsToRead({ side, name, tags }: ListGroup, { lists }: Before): string[] {
  const all = tags.map(({ tag }) => tag);
  const list = side === 'upstream' ? lists.get(formatName(name)) : undefined;
  if (list?.kind !== 'seen') return all;
  const known = new Set(list.value);
  return all.filter((tag) => known.has(tag));
}

function tell({ upstream, mirror }: ReadBy, { log }: Pick<Doors, 'log'>): void {
  if (upstream.size + mirror.size === 0) return;
  const where = [
    [upstream.size, 'upstream'],
    [mirror.size, 'on the mirror'],
  ] as const;
  const words = where
    .filter(([size]) => size > 0)
    .map(([size, place]) => `${count(size, 'repository', 'repositories')} ${place}`);
  log.info(`digests read from lists: ${words.join(', ')}; a sample of each was asked for`);
}
