// Reads both sides in rounds: lists, selection, heads, what differs, bodies. What to read is decided by pure
// functions of `select/` and `plan/`; this file only asks, and says "unknown" where no answer could be had.

import type { Config } from '../config/config.ts';
import { asFailure } from '../errors/failure.ts';
import { formatName, type Name } from '../image/reference.ts';
import { lookUp, type Observation, type Seen } from '../plan/observation.ts';
import { bodiesNeeded, upstreamHeadsNeeded } from '../plan/plan.ts';
import { listsNeeded, type Selection, selectTags } from '../select/select.ts';
import { count } from '../text/words.ts';
import type { Doors } from './doors.ts';
import { inParallel } from './pool.ts';
import { unlessStopped } from './stop.ts';

/** How many look-ups wait at once. The transport paces each host, so this only bounds the queue in front of it. */
const WIDTH = 256;

export type Observed = { readonly selection: Selection; readonly observation: Observation };

/** Reads all that a plan needs and nothing more: two HEADs a tag, and one manifest for each digest that differs. */
export async function observe(config: Config, doors: Doors): Promise<Observed> {
  const lists = await observeLists(config, doors);
  const selection = selectTags(config, (pull) => listed(lists, pull));
  doors.log.info(`comparing ${count(selection.wanted.length, 'tag')}`);
  const [upstream, mirror] = await Promise.all([
    askAll(
      doors.stop,
      upstreamHeadsNeeded(selection),
      (one) => lookUp(one.pull, one.tag),
      (one) => doors.upstream.head(one.pull, one.tag),
    ),
    askAll(
      doors.stop,
      selection.wanted,
      (one) => lookUp(one.mirror, one.tag),
      (one) => doors.mirror.head(one.mirror, one.tag),
      hidden,
    ),
  ]);
  const needed = bodiesNeeded(selection, { upstream, mirror });
  if (needed.length > 0) doors.log.info(`reading ${count(needed.length, 'changed manifest')}`);
  const bodies = await askAll(
    doors.stop,
    needed,
    ({ wanted, digest }) => lookUp(wanted.pull, digest),
    ({ wanted, digest }) => doors.upstream.get(wanted.pull, digest),
  );
  return { selection, observation: { lists, upstream, mirror, bodies } };
}

async function observeLists(config: Config, doors: Doors): Promise<Observation['lists']> {
  const names = listsNeeded(config);
  if (names.length > 0)
    doors.log.info(
      `listing the tags of ${count(names.length, 'upstream repository', 'upstream repositories')}`,
    );
  return askAll(doors.stop, names, formatName, (name) => doors.engine.list(name));
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
