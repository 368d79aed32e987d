// Lists the tags of an upstream with `crane ls`, one process a repository.

import { Failure } from '../../base/errors/failure.ts';
import { createLimit } from '../../base/flow/limit.ts';
import { count } from '../../base/text/words.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import { isTag } from '../../image/tags/tag.ts';
import type { Lister } from '../doors/lister.ts';
import { listArgs } from './argv.ts';
import { type Crane, runFenced } from './fenced.ts';

/** Lists at once: each is a process of some 13 MB, and a config may name a hundred repositories. */
const LISTS = 2;

// A registry whose pages lead back to themselves makes crane print for ever (go-containerregistry follows any `Link`).
const MAX_REPEATED = 1_000;
const MAX_TAGS = 1_000_000;

/** The Lister door: tags in the registry's order, each once; names that are not valid tags are left out with a warning. */
export function createLister(crane: Crane): Lister {
  const lists = createLimit(() => LISTS);
  return { list: (name) => lists.run(() => listOnce(crane, name)) };
}

async function listOnce(crane: Crane, name: Name): Promise<readonly string[]> {
  const what = `list ${formatName(name)}`;
  let found = createTagReader();
  await runFenced(crane, {
    what,
    args: listArgs(name),
    errand: { source: name, mirror: null, missing: null, mostBytes: Number.POSITIVE_INFINITY },
    begin() {
      found = createTagReader();
      return found.take;
    },
  });
  const tags = found.tags();
  if (tags.length === 0) throw new Failure('not-found', `${what}: the registry lists no tags`);
  if (found.dropped() > 0) crane.deps.log.warning(`${what}: ${droppedWords(found.dropped())}`);
  return tags;
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
