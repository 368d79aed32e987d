// The post step. It runs after the job's other steps, also after a cancelled or killed main step, and puts back the
// tags of all-or-nothing repositories that were moved and never settled. Most times there is nothing to do.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withHint } from './base/errors/hints.ts';
import { count } from './base/text/words.ts';
import { dropJournal, readJournal } from './files/journal.ts';
import { formatTag } from './image/names/reference.ts';
import { type Undone, walkBack } from './run/apply/walk-back.ts';
import type { Opened, Runner } from './run/doors/doors.ts';
import type { End } from './run/modes/run.ts';

/** Milliseconds that a main step gets to end by itself: as many as a runner gives it. */
const TIME_TO_END = 7_500;
const BETWEEN_LOOKS = 100;

/** What the post step speaks to. */
export type PostDoors = {
  readonly runner: Pick<Runner, 'info' | 'annotate' | 'fail'>;
  readonly timeToEnd?: number;
  /** Opens registries as the journal says they are reached: the config may be gone by now. */
  open(registries: unknown): Promise<Opened>;
};

/** Walks the journal of the main step back. Fails the post step when a tag stays where all or nothing forbids it. */
export async function finish(journalPath: string, doors: PostDoors): Promise<End> {
  await endMainStep(journalPath, doors);
  const { intents, registries } = await readJournal(journalPath);
  if (intents.length === 0) {
    doors.runner.info('there is no tag to put back');
    return 'passed';
  }
  doors.runner.info(`putting back ${count(intents.length, 'tag')} that an unfinished run had moved`);
  const opened = await doors.open(registries);
  try {
    const undone = await walkBack(intents, opened.doors);
    if (undone.every(({ kind }) => kind !== 'unfinished')) await dropJournal(journalPath);
    return tell(undone, doors);
  } finally {
    await opened.close();
  }
}

/**
 * Ends the main step where it still runs: it would move tags behind our back. Where a job in a container is cancelled, the
 * runner stops `docker exec`, which passes no signal on to what it started (moby/moby#9098, docker/cli#5309).
 */
async function endMainStep(journalPath: string, { runner, timeToEnd = TIME_TO_END }: PostDoors) {
  const id = Number.parseInt(basename(journalPath), 10);
  if (!runsThis(id)) return;
  runner.info(
    'the main step did not hear that the job was cancelled; it is ended before its tags are put back',
  );
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    if (runsThis(id)) process.kill(id, signal);
    for (let waited = 0; runsThis(id) && waited < timeToEnd; waited += BETWEEN_LOOKS)
      await sleep(BETWEEN_LOOKS);
  }
}

/** Whether another process runs this very program. Told on Linux alone, as are the containers of jobs. */
function runsThis(id: number): boolean {
  const [, program] = process.argv;
  if (id === process.pid || program === undefined) return false;
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0').includes(program);
  } catch {
    return false;
  }
}

function tell(undone: readonly Undone[], { runner }: PostDoors): End {
  for (const end of undone) runner.info(`${nameOf(end)}: ${end.kind}`);
  const stuck = undone.filter((end) => end.kind === 'stays');
  runner.annotate(
    stuck.map((end) => ({
      severity: 'error',
      title: `${nameOf(end)}: ${end.failure.reason}`,
      message: withHint(end.failure),
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
