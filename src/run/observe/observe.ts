// Reads both sides in rounds: lists, selection, heads, and what the plan needs of tags that differ. Pure functions of
// `plan/` decide what to read; this file only asks, and says "unknown" where there was no answer.

import { asFailure } from '../../base/errors/failure.ts';
import { inParallel } from '../../base/flow/limit.ts';
import { unlessStopped } from '../../base/flow/stop.ts';
import { count } from '../../base/text/words.ts';
import type { Config, Entry } from '../../config/images/config.ts';
import { decodeConfigPlatform, type ManifestBody, type ManifestHead } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import { tagsToProve, tagsToRead, upstreamHeadsNeeded } from '../../plan/observation/heads-needed.ts';
import type { ImageConfig, Observation, Seen } from '../../plan/observation/observation.ts';
import type { Read } from '../../plan/observation/reads.ts';
import { listsNeeded, type Selection, selectTags, type Wanted } from '../../plan/select/select.ts';
import { readsNeeded } from '../../plan/steps/plan.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import type { Registry } from '../../registry/doors/registry.ts';

/** How many look-ups wait at once. The transport paces each host, so this only bounds the queue in front of it. */
const WIDTH = 256;

/** What was selected, and what was read for it. */
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
  const heads = await proveHeads(
    selection,
    await observeHeads(selection, doors),
    { mirrorLists, turn },
    doors,
  );
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
      askAll(doors.stop, ofKind(needed, 'head'), {
        keyOf,
        ask: ({ name, reference }) => doors.mirror.head(name, reference),
        onFailure: absentIfDenied,
      }),
      askAll(doors.stop, manifests, {
        keyOf,
        ask: ({ side, name, reference }) => doors[side].get(name, reference),
      }),
      askAll(doors.stop, ofKind(needed, 'config'), {
        keyOf,
        ask: ({ side, name, reference }) => fetchConfig(doors[side], name, reference),
      }),
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
  const settled = await askMirror(wanted.filter(isSettled), head, doors);
  const asked = upstreamHeadsNeeded(selection, settled);
  const [upstream, mirror] = await Promise.all([
    askUpstream(asked, head, doors),
    askMirror(
      wanted.filter((tag) => !isSettled(tag)),
      head,
      doors,
    ),
  ]);
  return { upstream, mirror: new Map([...settled, ...mirror]) };
}

function isSettled({ settled }: Wanted): boolean {
  return settled;
}

/** How a tag is asked for: its digest alone (`registry.head`), or the manifest whole (`registry.get`). */
type AskTag<V> = (registry: Registry, name: Name, tag: string) => Promise<V | null>;

const head: AskTag<ManifestHead> = (registry, name, tag) => registry.head(name, tag);
const whole: AskTag<ManifestBody> = (registry, name, tag) => registry.get(name, tag);

function askUpstream<V>(tags: readonly Wanted[], askTag: AskTag<V>, doors: Doors) {
  const ask = ({ pull, tag }: Wanted) => askTag(doors.upstream, pull, tag);
  return askAll(doors.stop, tags, { keyOf: upstreamKey, ask });
}

function askMirror<V>(tags: readonly Wanted[], askTag: AskTag<V>, doors: Doors) {
  const ask = ({ mirror, tag }: Wanted) => askTag(doors.mirror, mirror, tag);
  return askAll(doors.stop, tags, { keyOf: mirrorKey, ask, onFailure: absentIfDenied });
}

function upstreamKey({ pull, tag }: Wanted): string {
  return lookUp(pull, tag);
}

function mirrorKey({ mirror, tag }: Wanted): string {
  return lookUp(mirror, tag);
}

/** Reads whole what the mirror claims by HEAD and does not list. */
async function proveHeads(
  selection: Selection,
  heads: Heads,
  { mirrorLists, turn }: Pick<Observation, 'mirrorLists'> & { readonly turn: number },
  doors: Doors,
): Promise<Heads> {
  const doubted = tagsToProve(selection, heads.mirror, mirrorLists, turn);
  const read = await askMirror(doubted, whole, doors);
  return { ...heads, mirror: new Map<string, Seen<ManifestHead>>([...heads.mirror, ...read]) };
}

/** Where a digest led to nothing the tag is read whole, and the hash of its bytes replaces what the HEAD answered. */
async function reread(selection: Selection, seen: Observation, doors: Doors): Promise<Observation> {
  const doubted = tagsToRead(selection, seen);
  if (doubted.length === 0) return seen;
  const read = await askUpstream(doubted, whole, doors);
  const byDigest = doubted.flatMap((wanted): [string, Seen<ManifestBody>][] => {
    const body = read.get(upstreamKey(wanted));
    return body?.kind === 'seen' ? [[lookUp(wanted.pull, body.value.digest), body]] : [];
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
  return askAll(doors.stop, names, { keyOf: formatName, ask: (name) => doors.lister.list(name) });
}

/** What the mirror lists. A repository that nobody has pushed to yet lists nothing. */
function observeMirrorLists(entries: readonly Entry[], doors: Doors): Promise<Observation['mirrorLists']> {
  const names = entries.map((entry) => entry.mirror);
  const ask = (name: Name) => doors.lister.list(name);
  return askAll(doors.stop, names, { keyOf: formatName, ask, onFailure: absentIfNotFound });
}

function absentIfNotFound(thrown: unknown): Seen<never> {
  const failure = asFailure(thrown);
  return failure.reason === 'not-found'
    ? { kind: 'absent', doubt: null }
    : { kind: 'unknown', because: failure };
}

function listed(lists: Observation['lists'], pull: Name): readonly string[] | null {
  const seen = lists.get(formatName(pull));
  return seen?.kind === 'seen' ? seen.value : null;
}

/** What is asked of each item. A failure is `unknown` unless `onRefusal` knows better. */
type Question<T, V> = {
  readonly keyOf: (item: T) => string;
  readonly ask: (item: T) => Promise<V | null>;
  readonly onFailure?: (thrown: unknown) => Seen<never>;
};

/** Asks once for every key. */
async function askAll<T, V>(
  stop: AbortSignal,
  items: readonly T[],
  { keyOf, ask, onFailure = asUnknown }: Question<T, V>,
): Promise<Map<string, Seen<V>>> {
  const unique = new Map(items.map((item) => [keyOf(item), item]));
  const answers = await inParallel([...unique], WIDTH, async ([key, item]): Promise<[string, Seen<V>]> => {
    try {
      const value = await unlessStopped(() => ask(item), stop);
      return [key, value === null ? { kind: 'absent', doubt: null } : { kind: 'seen', value }];
    } catch (thrown) {
      return [key, onFailure(thrown)];
    }
  });
  return new Map(answers);
}

function asUnknown(thrown: unknown): Seen<never> {
  return { kind: 'unknown', because: asFailure(thrown) };
}

/** Many registries refuse to show a repository that nobody has pushed to yet: on the mirror the push decides. */
function absentIfDenied(thrown: unknown): Seen<never> {
  const failure = asFailure(thrown);
  return failure.reason === 'denied'
    ? { kind: 'absent', doubt: failure }
    : { kind: 'unknown', because: failure };
}
