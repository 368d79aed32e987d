// Asks registries about the references of files: whether their digests are there, and what their tags are now.

import { asFailure } from '../../base/errors/failure.ts';
import { inParallel, onceEach } from '../../base/flow/limit.ts';
import { failureOrStop, unlessStopped } from '../../base/flow/stop.ts';
import { count } from '../../base/text/words.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { pullName, type ReadFromRule } from '../../image/names/pull-name.ts';
import type { Name } from '../../image/names/reference.ts';
import {
  type AskPart,
  type AskPin,
  askFor,
  type PinAnswer,
  type PinAnswers,
} from '../../plan/lint/online.ts';
import type { ReadReference } from '../../plan/references/reading.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { listsImage } from './parts.ts';

const WIDTH = 64;

/** The answers for every reference that is from an approved registry or the mirror, in the order of the files. */
export async function askPins(
  reads: readonly ReadReference[],
  readFrom: readonly ReadFromRule[],
  doors: Doors,
): Promise<PinAnswers[]> {
  const seen = reads.filter((read) => read.kind === 'seen');
  doors.log.info(`asking registries about ${count(seen.length, 'reference')}`);
  const asking = { ask: askingOnce(doors), isPartOf: partsOnce(doors) };
  const answers = await inParallel(seen, WIDTH, (read) =>
    askFor(read, pullName(read.origin.upstream, readFrom), asking),
  );
  return answers.filter((answer) => answer !== null);
}

/** One HEAD for each tag or digest of a registry, however many references name it. */
function askingOnce(doors: Doors): AskPin {
  const asked = new Map<string, Promise<PinAnswer>>();
  return (side, name, reference) => {
    const key = `${side} ${lookUp(name, reference)}`;
    return onceEach(asked, key, () => head(doors, side, { name, reference }));
  };
}

/** One index is read once for each of its images that is pinned; a pin of which nobody can tell may have moved on. */
function partsOnce({ upstream, stop }: Doors): AskPart {
  const asked = new Map<string, Promise<boolean>>();
  return (pull, index, image) => {
    const key = `${lookUp(pull, index)} ${image}`;
    const read = () => unlessStopped(() => listsImage(upstream, pull, index, image), stop).catch(() => false);
    const known = asked.get(key) ?? read();
    asked.set(key, known);
    return known;
  };
}

type Target = { readonly name: Name; readonly reference: string };

async function head(
  doors: Doors,
  side: 'upstream' | 'mirror',
  { name, reference }: Target,
): Promise<PinAnswer> {
  try {
    const found = await unlessStopped(() => doors[side].head(name, reference), doors.stop);
    return found === null
      ? { kind: 'absent' }
      : { kind: 'there', digest: found.digest, mediaType: found.mediaType };
  } catch (thrown) {
    return { kind: 'failed', failure: failureOrStop(asFailure(thrown), doors.stop) };
  }
}
