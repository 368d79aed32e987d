// Reads both sides in rounds: lists, selection, heads, what differs, bodies. What to read is decided by pure
// functions of `select/` and `plan/`; this file only asks, and says "unknown" where no answer could be had.

import { asFailure } from '../../base/errors/failure.ts';
import { inParallel } from '../../base/flow/limit.ts';
import { unlessStopped } from '../../base/flow/stop.ts';
import { count } from '../../base/text/words.ts';
import type { Config, Entry } from '../../config/images/config.ts';
import { decodeConfigPlatform, type ManifestBody, type ManifestHead } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import { tagsToProve, tagsToRead, upstreamHeadsNeeded } from '../../plan/observation/heads.ts';
import type { ImageConfig, Observation, Seen } from '../../plan/observation/observation.ts';
import type { Read } from '../../plan/observation/reads.ts';
import { listsNeeded, type Selection, selectTags, type Wanted } from '../../plan/select/select.ts';
import { readsNeeded } from '../../plan/steps/plan.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import type { Registry } from '../../registry/doors/registry.ts';

/** How many look-ups wait at once. The transport paces each host, so this only bounds the queue in front of it. */
const WIDTH = 256;

export type Observed = { readonly selection: Selection; readonly observation: Observation };

/** More than any image has: a config is a few kilobytes. */
const MOST_CONFIG_BYTES = 4 * 1024 * 1024;

/**
 * Reads all that a plan needs and nothing more: two HEADs a tag, and for those that differ what the plan asks for. Tag
 * lists are read on both sides, and only where a glob, `follow` or new tags need one. `turn` grows from run to run.
 */
export async function observe(config: Config, doors: Doors, turn = 0): Promise<Observed> {
  const entries = listsNeeded(config);
  const [lists, mirrorLists] = await Promise.all([
    observeLists(entries, doors),
    observeMirrorLists(entries, doors),
  ]);
  const selection = selectTags(config, (pull) => listed(lists, pull), turn);
  doors.log.info(`comparing ${count(selection.wanted.length, 'tag')}`);
  const heads = await prove(selection, await observeHeads(selection, doors), mirrorLists, turn, doors);
  const first = {
    today: doors.clock.today(),
    lists,
    mirrorLists,
    ...heads,
    bodies: new Map(),
    configs: new Map(),
  };
  const seen = await observeMore(selection, first, doors);
  return { selection, observation: await reread(selection, seen, doors) };
}

/** Asks for what the plan lacks until it lacks nothing. It ends: what was asked for is never lacking again. */
async function observeMore(selection: Selection, first: Observation, doors: Doors): Promise<Observation> {
  let observation = first;
  for (;;) {
    const needed = readsNeeded(selection, observation);
    if (needed.length === 0) return observation;
    const manifests = ofKind(needed, 'manifest');
    if (manifests.length > 0) doors.log.info(`reading ${count(manifests.length, 'manifest')}`);
    const [mirror, bodies, configs] = await Promise.all([
      askAll(
        doors.stop,
        ofKind(needed, 'head'),
        keyOf,
        (one) => doors.mirror.head(one.name, one.reference),
        hidden,
      ),
      askAll(doors.stop, manifests, keyOf, (one) => doors[one.side].get(one.name, one.reference)),
      askAll(doors.stop, ofKind(needed, 'config'), keyOf, (one) =>
        fetchConfig(doors[one.side], one.name, one.reference),
      ),
    ]);
    observation = {
      ...observation,
      mirror: new Map([...observation.mirror, ...mirror]),
      bodies: new Map([...observation.bodies, ...bodies]),
      configs: new Map([...observation.configs, ...configs]),
    };
  }
}

function ofKind<K extends Read['kind']>(reads: readonly Read[], kind: K): Extract<Read, { kind: K }>[] {
  return reads.filter((read): read is Extract<Read, { kind: K }> => read.kind === kind);
}

function keyOf({ name, reference }: Read): string {
  return lookUp(name, reference);
}

async function fetchConfig(registry: Registry, name: Name, digest: Digest): Promise<ImageConfig | null> {
  const bytes = await registry.getBlob(name, digest, MOST_CONFIG_BYTES);
  return bytes === null ? null : { platform: decodeConfigPlatform(bytes) };
}

type Heads = Pick<Observation, 'upstream' | 'mirror'>;

/** Both sides at once, but for settled tags: what the mirror has of them saves the question upstream. */
async function observeHeads(selection: Selection, doors: Doors): Promise<Heads> {
  const { wanted } = selection;
  const askMirror = (some: readonly Wanted[]) =>
    askAll(doors.stop, some, mirrorKey, (one) => doors.mirror.head(one.mirror, one.tag), hidden);
  const settled = await askMirror(wanted.filter((one) => one.settled));
  const [upstream, mirror] = await Promise.all([
    askAll(
      doors.stop,
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
  mirrorLists: Observation['mirrorLists'],
  turn: number,
  doors: Doors,
): Promise<Heads> {
  const doubted = tagsToProve(selection, heads.mirror, mirrorLists, turn);
  const read = await askAll(
    doors.stop,
    doubted,
    mirrorKey,
    (one) => doors.mirror.get(one.mirror, one.tag),
    hidden,
  );
  return { ...heads, mirror: new Map<string, Seen<ManifestHead>>([...heads.mirror, ...read]) };
}

/** Where a digest led to nothing the tag is read whole, and the hash of its bytes replaces what the HEAD told. */
async function reread(selection: Selection, seen: Observation, doors: Doors): Promise<Observation> {
  const doubted = tagsToRead(selection, seen);
  if (doubted.length === 0) return seen;
  const read = await askAll(
    doors.stop,
    doubted,
    (one) => lookUp(one.pull, one.tag),
    (one) => doors.upstream.get(one.pull, one.tag),
  );
  const byDigest = doubted.flatMap((one): [string, Seen<ManifestBody>][] => {
    const body = read.get(lookUp(one.pull, one.tag));
    return body?.kind === 'seen' ? [[lookUp(one.pull, body.value.digest), body]] : [];
  });
  const corrected = {
    ...seen,
    upstream: new Map<string, Seen<ManifestHead>>([...seen.upstream, ...read]),
    bodies: new Map([...seen.bodies, ...byDigest]),
  };
  return observeMore(selection, corrected, doors);
}

function observeLists(entries: readonly Entry[], doors: Doors): Promise<Observation['lists']> {
  const names = entries.map((entry) => entry.pull);
  const words = count(names.length, 'upstream repository', 'upstream repositories');
  if (names.length > 0) doors.log.info(`listing the tags of ${words}`);
  return askAll(doors.stop, names, formatName, (name) => doors.lister.list(name));
}

/** What the mirror lists. A repository that nobody has pushed to yet lists nothing. */
function observeMirrorLists(entries: readonly Entry[], doors: Doors): Promise<Observation['mirrorLists']> {
  const names = entries.map((entry) => entry.mirror);
  return askAll(doors.stop, names, formatName, (name) => doors.lister.list(name), nothingYet);
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
  stop: AbortSignal,
  items: readonly T[],
  keyOf: (item: T) => string,
  ask: (item: T) => Promise<V | null>,
  readRefusal: (thrown: unknown) => Seen<never> = unknown,
): Promise<Map<string, Seen<V>>> {
  const unique = new Map(items.map((item) => [keyOf(item), item]));
  const answers = await inParallel([...unique], WIDTH, async ([key, item]): Promise<[string, Seen<V>]> => {
    try {
      const value = await unlessStopped(() => ask(item), stop);
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
