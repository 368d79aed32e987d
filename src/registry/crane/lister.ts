// Lists tags with `crane ls`, one process a repository.

import { Failure } from '../../base/errors/failure.ts';
import { createTurns, type Turns } from '../../base/flow/turns.ts';
import { count } from '../../base/text/words.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import { isTag } from '../../image/tags/tag.ts';
import type { Lister } from '../doors/lister.ts';
import { listArgs } from './argv.ts';
import {
  ATTEMPT_DEFAULTS,
  type Attempt,
  type AttemptSettings,
  type Crane,
  type CraneDeps,
  repeat,
  runCrane,
  succeeded,
} from './attempts.ts';
import { classify } from './failure.ts';

/** How lists are made. */
export type ListerSettings = AttemptSettings & {
  /** Lists at once over all: each is a process of some 13 MB, and a config may name a hundred repositories. */
  readonly lists: number;
  /** Milliseconds for one list. */
  readonly listDeadline: number;
};

/** The built-in numbers. */
export const LISTER_DEFAULTS = { ...ATTEMPT_DEFAULTS, lists: 4, listDeadline: 2 * 60_000 } as const;

// A registry whose pages lead back to themselves makes crane print for ever (go-containerregistry follows any `Link`).
const MAX_REPEATED = 1_000;
const MAX_TAGS = 1_000_000;

/** The Lister door: tags in the registry's order, each once; names that are not valid tags are left out with a warning. */
export function createLister(settings: ListerSettings, deps: CraneDeps): Lister {
  const turns = createTurns(settings.lists);
  return {
    list(name) {
      const what = `list ${formatName(name)}`;
      return repeat({ settings, deps }, { what, names: [name] }, () =>
        listOnce({ settings, deps }, turns, what, name),
      );
    },
  };
}

async function listOnce(
  crane: Crane<ListerSettings>,
  turns: Turns,
  what: string,
  name: Name,
): Promise<Attempt<readonly string[]>> {
  const found = createTagReader();
  const { usesHttp, listDeadline: deadline } = crane.settings;
  const command = { args: listArgs(name, usesHttp), deadline, onLine: found.take };
  // A turn is held by the process alone, not by the waits between attempts.
  const ended = await turns.take(what, () => runCrane(crane, command));
  if (ended.how === 'stopped') throw new Failure('server-error', `${what}: the list does not end`);
  if (!succeeded(ended)) return classify(what, ended);
  const tags = found.tags();
  if (tags.length === 0) throw new Failure('not-found', `${what}: the registry lists no tags`);
  if (found.dropped() > 0) crane.deps.log.warning(`${what}: ${droppedWords(found.dropped())}`);
  return { kind: 'done', value: tags };
}

function droppedWords(dropped: number): string {
  const words = dropped === 1 ? 'is not a valid tag and was' : 'are not valid tags and were';
  return `${count(dropped, 'name')} ${words} left out`;
}

/** Takes the lines of a list; `take` is false when the list does not seem to end. */
function createTagReader() {
  const tags = new Set<string>();
  let repeated = 0;
  let dropped = 0;
  return {
    take(text: string): boolean {
      const line = text.replace(/\r$/, '');
      const before = tags.size;
      if (isTag(line)) tags.add(line);
      else dropped += 1;
      repeated = tags.size > before ? 0 : repeated + 1;
      return repeated < MAX_REPEATED && tags.size < MAX_TAGS;
    },
    tags: (): readonly string[] => [...tags],
    dropped: (): number => dropped,
  };
}
