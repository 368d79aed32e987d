// Tag lists. Those that select tags come first; those that only show new tags and orphans are read beside everything else,
// and are given up when none of them comes for a minute.

import { setImmediate } from 'node:timers/promises';
import { Failure } from '../../base/errors/failure.ts';
import type { LookUps } from '../../base/flow/alive.ts';
import { count } from '../../base/text/words.ts';
import type { Config, Entry } from '../../config/images/config.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import type { Observation } from '../../plan/observation/observation.ts';
import { listsNeeded, listsToSelect, type Wanted } from '../../plan/select/select.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { askAll } from './ask.ts';

type Lists = Observation['lists'];
type ListDoors = Doors & { readonly lookUps: LookUps };

/** Every list that a config needs, on its way: what selects tags, what shows new ones, and what the mirror has. */
type StartedLists = {
  readonly selecting: Promise<Lists>;
  readonly telling: Promise<Lists>;
  readonly mirror: Promise<Lists>;
};

/** Milliseconds without any list that was waited for. */
const PATIENCE = 60_000;

/** Starts them all; none of the promises rejects. */
export function startLists(config: Config, doors: ListDoors): StartedLists {
  const entries = listsNeeded(config);
  const first = pullNames(listsToSelect(config));
  const all = pullNames(entries);
  if (all.size > 0) {
    doors.log.info(`listing the tags of ${count(all.size, 'upstream repository', 'upstream repositories')}`);
  }
  const list = (name: Name) => doors.lister.list(name);
  const later = [...all].filter(([key]) => !first.has(key)).map(([, name]) => name);
  return {
    selecting: askAll(doors, { items: [...first.values()], keyOf: formatName, ask: list }),
    telling: askPatiently(later, list, doors),
    mirror: listMirror(
      entries.map((entry) => entry.mirror),
      doors,
    ),
  };
}

function pullNames(entries: readonly Entry[]): Map<string, Name> {
  return new Map(entries.map(({ pull }) => [formatName(pull), pull]));
}

/** What the mirror lists. A repository that nobody has pushed to yet lists nothing. */
function listMirror(names: readonly Name[], doors: ListDoors): Promise<Lists> {
  return askPatiently(names, (name) => doors.mirror.listTags(name), doors);
}

/**
 * The lists of the mirror, with those of its repositories that lack a wanted tag and were not asked for a list yet: what
 * is listed is not lacking, and nothing is looked for piece by piece where nothing is.
 */
export async function withIncomplete(
  wanted: readonly Wanted[],
  { mirror, mirrorLists }: Pick<Observation, 'mirror' | 'mirrorLists'>,
  doors: ListDoors,
): Promise<Lists> {
  const lacking = wanted.filter((tag) => {
    const seen = mirror.get(lookUp(tag.mirror, tag.tag));
    return seen?.kind === 'absent' && seen.doubt === null && !mirrorLists.has(formatName(tag.mirror));
  });
  const names = lacking.map((tag) => tag.mirror);
  return new Map([...mirrorLists, ...(await listMirror(names, doors))]);
}

/**
 * The upstream lists, with those of repositories that have none of the tags that were asked for: they show whether the
 * repository itself is unknown. Nothing waits for them where one tag is there.
 */
export async function withAbsent(
  wanted: readonly Wanted[],
  { upstream, lists }: Pick<Observation, 'upstream' | 'lists'>,
  { telling }: StartedLists,
  doors: ListDoors,
): Promise<Lists> {
  const asked = wanted.filter(({ pull, tag }) => upstream.has(lookUp(pull, tag)));
  const absent = [...Map.groupBy(asked, ({ pull }) => formatName(pull))].filter(
    ([key, tags]) =>
      !lists.has(key) && tags.every(({ pull, tag }) => upstream.get(lookUp(pull, tag))?.kind === 'absent'),
  );
  if (absent.length === 0) return lists;
  const coming = await telling;
  const items = absent.flatMap(([key, [first]]) =>
    first === undefined || coming.has(key) ? [] : [first.pull],
  );
  const more = await askAll(doors, { items, keyOf: formatName, ask: (name) => doors.lister.list(name) });
  const keys = new Set(absent.map(([key]) => key));
  return new Map([...lists, ...[...coming].filter(([key]) => keys.has(key)), ...more]);
}

/** Asks for lists; once none has come for so long, the rest is unknown. */
async function askPatiently(
  items: readonly Name[],
  list: (name: Name) => Promise<readonly string[] | null>,
  doors: ListDoors,
): Promise<Lists> {
  const late = new AbortController();
  const all = new AbortController();
  const state = { left: new Set(items.map(formatName)).size, all: all.signal };
  const ask = async (name: Name): Promise<readonly string[] | null> => {
    try {
      return await list(name);
    } finally {
      state.left -= 1;
      if (state.left === 0) all.abort();
    }
  };
  const watching = watch(state, doors).then(() => late.abort(overdue()));
  watching.catch(() => undefined);
  const stop = AbortSignal.any([doors.stop, late.signal]);
  return askAll({ ...doors, stop }, { items, keyOf: formatName, ask });
}

/** Ends when nothing is left, or when nothing came for so long. Its sleep ends too: it would keep a run that is done. */
async function watch(
  state: { readonly left: number; readonly all: AbortSignal },
  { clock }: Pick<Doors, 'clock'>,
): Promise<void> {
  for (let before = Number.POSITIVE_INFINITY; state.left > 0 && state.left < before; ) {
    before = state.left;
    await clock.sleep(PATIENCE, state.all);
    // What has arrived and was not looked at yet has come.
    await setImmediate();
  }
}

function overdue(): Failure {
  return new Failure('timeout', `no list came within ${PATIENCE / 1000} s`, {
    hint: 'nothing else waited for it; the next run asks again',
  });
}
