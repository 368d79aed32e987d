// The post step. It runs after the job's other steps, also after a cancelled or killed main step, and puts back the
// tags of all-or-nothing repositories that were moved and never settled. Most times there is nothing to do.

import { count } from './base/text/words.ts';
import { dropJournal, readJournal } from './files/journal.ts';
import { formatTag } from './image/names/reference.ts';
import { type Undone, walkBack } from './run/apply/walk-back.ts';
import type { Opened, Runner } from './run/doors/doors.ts';
import type { End } from './run/modes/run.ts';

/** What the post step speaks to. */
export type PostDoors = {
  readonly runner: Pick<Runner, 'info' | 'annotate' | 'fail'>;
  /** Opens registries as the journal says they are reached: the config may be gone by now. */
  open(registries: unknown): Promise<Opened>;
};

/** Walks the journal of the main step back. Fails the post step when a tag stays where all or nothing forbids it. */
export async function finish(journalPath: string, doors: PostDoors): Promise<End> {
  const { intents, registries } = await readJournal(journalPath);
  if (intents.length === 0) {
    doors.runner.info('no tag is left to be put back');
    return 'passed';
  }
  doors.runner.info(
    `putting back ${count(intents.length, 'tag')} that were moved by a run that did not finish`,
  );
  const opened = await doors.open(registries);
  try {
    const undone = await walkBack(intents, opened.doors);
    if (undone.every(({ kind }) => kind !== 'unfinished')) await dropJournal(journalPath);
    return tell(undone, doors);
  } finally {
    await opened.close();
  }
}

function tell(undone: readonly Undone[], { runner }: PostDoors): End {
  for (const end of undone) runner.info(`${nameOf(end)}: ${end.kind}`);
  const stuck = undone.filter((end) => end.kind === 'stays');
  runner.annotate(
    stuck.map((end) => ({
      severity: 'error',
      title: `${nameOf(end)}: ${end.failure.reason}`,
      message: `${end.failure.message} - ${end.failure.hint}`,
      place: null,
    })),
  );
  if (stuck.length === 0) return 'passed';
  runner.fail(`${count(stuck.length, 'tag')} could not be put back`);
  return 'failed';
}

function nameOf({ intent: { mirror, tag } }: Undone): string {
  return formatTag(mirror, tag);
}
