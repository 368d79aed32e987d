// The post step. It runs after the job's other steps, also after a cancelled or killed main step, and puts back the
// tags of all-or-nothing repositories that were moved and never settled. Most times there is nothing to do.

import { count } from './base/text/words.ts';
import type { Config } from './config/images/config.ts';
import type { ParsedConfig } from './config/images/parse.ts';
import { dropJournals, readOpenIntents } from './files/journal.ts';
import { formatTag } from './image/names/reference.ts';
import type { Intent } from './registry/doors/journal.ts';
import { type Undone, walkBack } from './run/apply/walk-back.ts';
import type { Opened, Runner } from './run/modes/doors.ts';
import type { End } from './run/modes/run.ts';

/** What the post step needs from the outside. */
export type PostDoors = {
  readonly runner: Pick<Runner, 'info' | 'annotate' | 'fail'>;
  readConfig(): Promise<ParsedConfig>;
  open(config: Config): Promise<Opened>;
};

/** Walks the journal of the main step back. Fails the post step when a tag stays where all or nothing forbids it. */
export async function finish(journalPath: string, doors: PostDoors): Promise<End> {
  const intents = await readOpenIntents(journalPath);
  if (intents.length === 0) {
    doors.runner.info('there is nothing to put back');
    return 'passed';
  }
  doors.runner.info(`putting back ${count(intents.length, 'tag')} moved by a run that did not finish`);
  const undone = await putBack(intents, doors);
  if (undone.every(({ kind }) => kind !== 'unfinished')) await dropJournals(journalPath);
  for (const { intent, kind } of undone) doors.runner.info(`${nameOf(intent)}: ${kind}`);
  const stuck = undone.filter((tag) => tag.kind === 'stays');
  doors.runner.annotate(
    stuck.map(({ intent, failure }) => ({
      severity: 'error',
      title: `${nameOf(intent)}: ${failure.reason}`,
      message: `${failure.message} - ${failure.hint}`,
      place: null,
    })),
  );
  if (stuck.length === 0) return 'passed';
  doors.runner.fail(`${count(stuck.length, 'tag')} could not be put back`);
  return 'failed';
}

async function putBack(intents: readonly Intent[], doors: PostDoors): Promise<readonly Undone[]> {
  const { config } = await doors.readConfig();
  const opened = await doors.open(config);
  try {
    return await walkBack(intents, opened.doors);
  } finally {
    await opened.close();
  }
}

function nameOf({ mirror, tag }: Intent): string {
  return formatTag(mirror, tag);
}
