// Reads both sides in rounds: lists, selection, heads, what differs, bodies. What to read is decided by pure
// functions of `select/` and `plan/`; this file only asks, and says "unknown" where no answer could be had.

import type { Config } from '../config/config.ts';
import { asFailure } from '../errors/failure.ts';
import { formatName, type Name } from '../image/reference.ts';
import { lookUp, type Observation, type Seen } from '../plan/observation.ts';
import { bodiesNeeded, upstreamHeadsNeeded } from '../plan/plan.ts';
import { listsNeeded, type Selection, selectTags, type Wanted } from '../select/select.ts';
import { count } from '../text/words.ts';
import type { Doors } from './doors.ts';
import { inParallel } from './pool.ts';

/** How many look-ups wait at once. The transport paces each host, so this only bounds the queue in front of it. */
const WIDTH = 256;

export type Observed = { readonly selection: Selection; readonly observation: Observation };

/** Reads all that a plan needs and nothing more: two HEADs a tag, and one manifest for each digest that differs. */
export async function observe(config: Config, doors: Doors, runNumber = 0): Promise<Observed> {
  const lists = await observeLists(config, doors);
  const selection = selectTags(config, (pull) => listed(lists, pull), runNumber);
  doors.log.info(`comparing ${count(selection.wanted.length, 'tag')}`);
  const heads = await observeHeads(selection, doors);
  const needed = bodiesNeeded(selection, heads);
  if (needed.length > 0) doors.log.info(`reading ${count(needed.length, 'changed manifest')}`);
  const bodies = await askAll(
    needed,
    ({ wanted, digest }) => lookUp(wanted.pull, digest),
    ({ wanted, digest }) => doors.upstream.get(wanted.pull, digest),
  );
  return { selection, observation: { lists, ...heads, bodies } };
}

/** Both sides at once, but for settled tags: what the mirror has of them saves the question upstream. */
async function observeHeads(
  { wanted, ...selection }: Selection,
  doors: Doors,
): Promise<Pick<Observation, 'upstream' | 'mirror'>> {
  const askMirror = (some: readonly Wanted[]) =>
    askAll(some, mirrorKey, (one) => doors.mirror.head(one.mirror, one.tag), hidden);
  const settled = await askMirror(wanted.filter((one) => one.settled));
  const [upstream, mirror] = await Promise.all([
    askAll(
      upstreamHeadsNeeded({ wanted, ...selection }, settled),
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

async function observeLists(config: Config, doors: Doors): Promise<Observation['lists']> {
  const names = listsNeeded(config).map((entry) => entry.pull);
  if (names.length > 0) {
    doors.log.info(
      `listing the tags of ${count(names.length, 'upstream repository', 'upstream repositories')}`,
    );
  }
  return askAll(names, formatName, (name) => doors.engine.list(name));
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
