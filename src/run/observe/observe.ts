// Reads both sides in rounds: lists, selection, heads, and what the plan needs of tags that differ. Pure functions of
// `plan/` decide what to read; this file only asks, and says "unknown" where there was no answer.

import { newLookUps, soFar, whileTelling } from '../../base/flow/alive.ts';
import { count } from '../../base/text/words.ts';
import type { Config } from '../../config/images/config.ts';
import type { ManifestBody, ManifestHead } from '../../image/manifest/manifest.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import {
  newHeadsNeeded,
  newTagKey,
  tagsToProve,
  tagsToRead,
  withoutAbsentNews,
} from '../../plan/observation/heads-needed.ts';
import type { Observation, Seen } from '../../plan/observation/observation.ts';
import type { Read } from '../../plan/observation/reads.ts';
import type { NewTag } from '../../plan/select/new-tags.ts';
import { type Selection, selectTags, type Wanted } from '../../plan/select/select.ts';
import { rotate } from '../../plan/steps/order.ts';
import { readsNeeded } from '../../plan/steps/plan.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { type AskDoors, absentIfDenied, askAll, ofKind, readMore } from './ask.ts';
import { type BodyStore, createBodyStore } from './bodies.ts';
import { type Heads, joined, mirrorKey, observeHeads, type ReadBy, upstreamKey } from './heads.ts';
import { startLists, withAbsent, withIncomplete } from './lists.ts';
import { createPurse, type Purse } from './purse.ts';

/** What was seen. `rest` gives the same with the lists that only show new tags: nothing waits for them before. */
export type Observed = SeenTags & {
  readonly rest: () => Promise<SeenTags>;
  /** The repositories in which lists of digests stand for answers, by their names on each side. */
  readonly read: ReadBy;
};

type SeenTags = { readonly selection: Selection; readonly observation: Observation };

/**
 * Reads all that a plan needs and nothing more: two HEADs a tag, and for those that differ what the plan asks for. Tag
 * lists are read on both sides, and only where a glob, `follow` or new tags need one. `turn` grows from run to run.
 */
export function observe(config: Config, doors: Doors, turn = 0): Promise<Observed> {
  const lookUps = newLookUps();
  const words = () => soFar('comparing', lookUps, 'look-ups answered');
  return whileTelling(words, () => observeAll(config, { ...doors, lookUps }, turn), doors);
}

async function observeAll(config: Config, doors: AskDoors, turn: number): Promise<Observed> {
  const started = startLists(config, doors);
  const lists = await started.selecting;
  const selected = selectTags(config, (pull) => listed(lists, pull), turn);
  doors.log.info(`comparing ${count(selected.wanted.length, 'tag')}`);
  const { heads: claimed, read } = await observeHeads(selected, { lists, turn }, doors);
  const selection = withoutAbsentNews(selected, claimed.upstream);
  const mirrorLists = await started.mirror;
  const listing = await withIncomplete(selection.wanted, { ...claimed, mirrorLists }, doors);
  const heads = await proveHeads(selection, claimed, { mirrorLists: listing, turn }, doors);
  const today = doors.clock.today();
  const asked = await withAbsent(selection.wanted, { ...heads, lists }, started, doors);
  const notThere = [...listing].filter(([, list]) => list.kind === 'absent');
  const known = { lists: asked, mirrorLists: new Map([...mirrorLists, ...notThere]) };
  const first = { today, ...known, ...heads, bodies: new Map(), configs: new Map() };
  const store = createBodyStore();
  const reading = { ...doors, store, purse: createPurse(doors), turn };
  const observation = await reread(selection, await observeMore(selection, first, reading), reading);
  // Begun now: a time budget that the copies use up must not mean that nothing is ever new.
  const resting = started.telling.then((telling) =>
    withNews(config, { selection, observation }, telling, doors),
  );
  resting.catch(() => undefined);
  const words = () => soFar('waiting for tag lists, which show new tags', doors.lookUps, 'look-ups answered');
  return { selection, observation, read, rest: () => whileTelling(words, () => resting, doors) };
}

/** New tags need every list, and a HEAD each; what is selected was decided without them and stays. */
async function withNews(
  config: Config,
  { selection, observation }: SeenTags,
  telling: Observation['lists'],
  doors: AskDoors,
): Promise<SeenTags> {
  const lists = new Map([...observation.lists, ...telling]);
  // Every list was there when the tags were selected: they would say the same again.
  const { news } = telling.size === 0 ? selection : selectTags(config, (pull) => listed(lists, pull));
  const heads = await askAll<NewTag, ManifestHead>(doors, {
    items: newHeadsNeeded(news, observation.upstream),
    keyOf: newTagKey,
    ask: ({ entry, tag }) => doors.upstream.head(entry.pull, tag),
  });
  const upstream = joined(observation.upstream, heads);
  return { selection: { ...selection, news }, observation: { ...observation, lists, upstream } };
}

type ReadDoors = AskDoors & { readonly store: BodyStore; readonly purse: Purse; readonly turn: number };

/** Asks for what the plan lacks until it lacks nothing. It ends: what was asked for is never lacking again. */
async function observeMore(selection: Selection, first: Observation, doors: ReadDoors): Promise<Observation> {
  const { store, purse } = doors;
  const read = ({ side, name, reference }: Read & { readonly kind: 'manifest' }) => {
    const get = () => store.hold(() => doors[side].get(name, reference));
    return side === 'upstream' ? purse.spend(name, reference, get) : get();
  };
  let observation = first;
  for (;;) {
    const needed = readsNeeded(selection, observation);
    if (needed.length === 0) return observation;
    const manifests = ofKind(needed, 'manifest');
    if (manifests.length > 0) doors.log.info(`reading ${count(manifests.length, 'manifest')}`);
    // Where pulls run short, others come first another time.
    const others = needed.filter(({ kind }) => kind !== 'manifest');
    observation = await readMore([...others, ...rotate(manifests, doors.turn)], observation, doors, read);
  }
}

/** Reads whole the tags for which the mirror's HEAD and its list differ. */
async function proveHeads(
  selection: Selection,
  heads: Heads,
  { mirrorLists, turn }: Pick<Observation, 'mirrorLists'> & { readonly turn: number },
  doors: AskDoors,
): Promise<Heads> {
  const read = await askAll<Wanted, ManifestHead>(doors, {
    items: tagsToProve(selection, heads.mirror, mirrorLists, turn),
    keyOf: mirrorKey,
    ask: async (tag) => headOf(await doors.mirror.get(tag.mirror, tag.tag)),
    onFailure: absentIfDenied,
  });
  return { ...heads, mirror: joined(heads.mirror, read) };
}

/** What a HEAD would have said, so that the bytes can be freed. */
function headOf(body: ManifestBody | null): ManifestHead | null {
  return body === null ? null : { digest: body.digest, mediaType: body.mediaType };
}

/** Where a digest led to nothing the tag is read whole, and the hash of its bytes replaces what the HEAD said. */
async function reread(selection: Selection, seen: Observation, doors: ReadDoors): Promise<Observation> {
  const doubted = tagsToRead(selection, seen);
  if (doubted.length === 0) return seen;
  const read = await askAll<Wanted, ManifestBody>(doors, {
    items: doubted,
    keyOf: upstreamKey,
    ask: (tag) => doors.store.hold(() => doors.upstream.get(tag.pull, tag.tag)),
  });
  const byDigest = doubted.flatMap((tag): [string, Seen<ManifestBody>][] => {
    const body = read.get(upstreamKey(tag));
    return body?.kind === 'seen' ? [[lookUp(tag.pull, body.value.digest), body]] : [];
  });
  const corrected = {
    ...seen,
    upstream: new Map<string, Seen<ManifestHead>>([...seen.upstream, ...read]),
    bodies: new Map([...seen.bodies, ...byDigest]),
  };
  return observeMore(selection, corrected, doors);
}

function listed(lists: Observation['lists'], pull: Name): readonly string[] | null {
  const seen = lists.get(formatName(pull));
  return seen?.kind === 'seen' ? seen.value : null;
}
