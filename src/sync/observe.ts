// Reads both sides in rounds: lists, selection, heads, what differs, bodies. What to read is decided by pure
// functions of `select/` and `plan/`; this file only asks, and says "unknown" where no answer could be had.

import type { Config, Entry } from '../config/config.ts';
import { asFailure } from '../errors/failure.ts';
import { formatName, type Name } from '../image/reference.ts';
import { type Body, type Head, lookUp, type Observation, type Seen } from '../plan/observation.ts';
import { bodiesNeeded, tagsToProve, tagsToRead, upstreamHeadsNeeded } from '../plan/plan.ts';
import { listsNeeded, type Selection, selectTags, type Wanted } from '../select/select.ts';
import { count } from '../text/words.ts';
import type { Doors } from './doors.ts';
import { inParallel } from './pool.ts';

/** How many look-ups wait at once. The transport paces each host, so this only bounds the queue in front of it. */
const WIDTH = 256;

export type Observed = { readonly selection: Selection; readonly observation: Observation };

/**
 * Reads all that a plan needs and nothing more: two HEADs a tag, and one manifest for each digest that differs. Tag
 * lists are read on both sides, and only where a glob, `follow` or new tags need one. `turn` grows from run to run.
 */
export async function observe(config: Config, doors: Doors, turn = 0): Promise<Observed> {
  const entries = listsNeeded(config);
  const [lists, held] = await Promise.all([observeLists(entries, doors), observeMirrorLists(entries, doors)]);
  const selection = selectTags(config, (pull) => listed(lists, pull), turn);
  doors.log.info(`comparing ${count(selection.wanted.length, 'tag')}`);
  const heads = await prove(selection, await observeHeads(selection, doors), held, turn, doors);
  const needed = bodiesNeeded(selection, heads);
  if (needed.length > 0) doors.log.info(`reading ${count(needed.length, 'changed manifest')}`);
  const bodies = await askAll(
    needed,
    ({ wanted, digest }) => lookUp(wanted.pull, digest),
    ({ wanted, digest }) => doors.upstream.get(wanted.pull, digest),
  );
  const observation = await reread(selection, { lists, held, ...heads, bodies }, doors);
  return { selection, observation };
}

type Heads = Pick<Observation, 'upstream' | 'mirror'>;

/** Both sides at once, but for settled tags: what the mirror has of them saves the question upstream. */
async function observeHeads(selection: Selection, doors: Doors): Promise<Heads> {
  const { wanted } = selection;
  const askMirror = (some: readonly Wanted[]) =>
    askAll(some, mirrorKey, (one) => doors.mirror.head(one.mirror, one.tag), hidden);
  const settled = await askMirror(wanted.filter((one) => one.settled));
  const [upstream, mirror] = await Promise.all([
    askAll(
      upstreamHeadsNeeded(selection, settled),
      (one) => lookUp(one.pull, one.tag),
      (one) => doors.upstream.head(one.pull, one.tag),
    ),
    askMirror(wanted.filter((one) => !one.settled)),
  ]);
  return { upstream, mirror: new Map([...settled, ...mirror]) };
}

function mirrorKey(one: Wanted): string {
  return lookUp(one.mirror, one.tag);
}

/** Reads whole what the mirror claims by HEAD and does not list. */
async function prove(
  selection: Selection,
  heads: Heads,
  held: Observation['held'],
  turn: number,
  doors: Doors,
): Promise<Heads> {
  const doubted = tagsToProve(selection, heads.mirror, held, turn);
  const read = await askAll(doubted, mirrorKey, (one) => doors.mirror.get(one.mirror, one.tag), hidden);
  return { ...heads, mirror: new Map<string, Seen<Head>>([...heads.mirror, ...read]) };
}

/** Where a digest led to nothing the tag is read whole, and the hash of its bytes replaces what the HEAD told. */
async function reread(selection: Selection, seen: Observation, doors: Doors): Promise<Observation> {
  const read = await askAll(
    tagsToRead(selection, seen),
    (one) => lookUp(one.pull, one.tag),
    (one) => doors.upstream.get(one.pull, one.tag),
  );
  const byDigest = tagsToRead(selection, seen).flatMap((one): [string, Seen<Body>][] => {
    const body = read.get(lookUp(one.pull, one.tag));
    return body?.kind === 'seen' ? [[lookUp(one.pull, body.value.digest), body]] : [];
  });
  return {
    ...seen,
    upstream: new Map([...seen.upstream, ...read]),
    bodies: new Map([...seen.bodies, ...byDigest]),
  };
}

function observeLists(entries: readonly Entry[], doors: Doors): Promise<Observation['lists']> {
  const names = entries.map((entry) => entry.pull);
  const words = count(names.length, 'upstream repository', 'upstream repositories');
  if (names.length > 0) doors.log.info(`listing the tags of ${words}`);
  return askAll(names, formatName, (name) => doors.engine.list(name));
}

/** What the mirror lists. A repository that nobody has pushed to yet lists nothing. */
function observeMirrorLists(entries: readonly Entry[], doors: Doors): Promise<Observation['held']> {
  const names = entries.map((entry) => entry.mirror);
  return askAll(names, formatName, (name) => doors.engine.list(name), nothingYet);
}

function nothingYet(thrown: unknown): Seen<never> {
  const failure = asFailure(thrown);
  return failure.reason === 'not-found'
    ? { kind: 'absent', doubt: null }
    : { kind: 'unknown', because: failure };
}

function listed(lists: Observation['lists'], pull: Name): readonly string[] | null {
  const seen = lists.get(formatName(pull));
  return seen?.kind === 'seen' ? seen.value : null;
}

/** Asks once for every key. A refusal is `unknown` unless `readRefusal` knows better. */
async function askAll<T, V>(
  items: readonly T[],
  keyOf: (item: T) => string,
  ask: (item: T) => Promise<V | null>,
  readRefusal: (thrown: unknown) => Seen<never> = unknown,
): Promise<Map<string, Seen<V>>> {
  const unique = new Map(items.map((item) => [keyOf(item), item]));
  const answers = await inParallel([...unique], WIDTH, async ([key, item]): Promise<[string, Seen<V>]> => {
    try {
      const value = await ask(item);
      return [key, value === null ? { kind: 'absent', doubt: null } : { kind: 'seen', value }];
    } catch (thrown) {
      return [key, readRefusal(thrown)];
    }
  });
  return new Map(answers);
}

function unknown(thrown: unknown): Seen<never> {
  return { kind: 'unknown', because: asFailure(thrown) };
}

/** Many registries refuse to show a repository that nobody has pushed to yet: on the mirror the push decides. */
function hidden(thrown: unknown): Seen<never> {
  const failure = asFailure(thrown);
  return failure.reason === 'denied'
    ? { kind: 'absent', doubt: failure }
    : { kind: 'unknown', because: failure };
}
