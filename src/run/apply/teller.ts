// What a person hears of the copies: those that are not quick as they begin, how far all of them are, each tag that is
// done, and a failure as soon as it happens. What many tags share is said once.

import type { Failure } from '../../base/errors/failure.ts';
import { withHint } from '../../base/errors/hints.ts';
import { amount, bytes, count, duration } from '../../base/text/words.ts';
import { formatTag } from '../../image/names/reference.ts';
import type { Outcome, Step } from '../../plan/steps/step.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { type Load, newLoad } from '../../registry/doors/engine.ts';

/** Milliseconds after which a copy is not quick. */
const SLOW = 3_000;

/** Tells of the copies of one run. */
export type Teller = {
  /** Does one copy of a step, which notes in the load how far it is. */
  copying(step: Step, work: (load: Load) => Promise<void>): Promise<void>;
  /** All that a step needs is on the mirror, or will not come. */
  brought(step: Step): void;
  /** How the moves of a step ended. */
  ended(outcomes: readonly Outcome[]): void;
  /** Bytes of layers and configs that were moved for a step, those of what failed too. */
  moved(step: Step): number;
  /** How far all copies are, and how fast since this was last asked. */
  progress(): string;
  /** Says what was not said tag by tag. */
  rest(): void;
};

type TellerDoors = Pick<Doors, 'log' | 'clock'>;

/** The copies of one step: how much, how long (milliseconds), and whether a line said that they began. */
type Copying = { readonly load: Load; milliseconds: number; isTold: boolean };

/** What several tags have in common, and how many they are. */
type Shared = { readonly reference: string; readonly failure: Failure; tags: number };

/** Tells of so many steps. */
export function createTeller(total: number, doors: TellerDoors): Teller {
  const { log, clock } = doors;
  const copies = new Map<Step, Copying>();
  const done = new Set<Step>();
  const failed = new Map<string, Shared>();
  const held = new Map<string, Shared>();
  const since = { began: clock.now(), at: clock.now(), moved: 0 };
  return {
    copying(step, work) {
      const copy = copies.get(step) ?? { load: newLoad(), milliseconds: 0, isTold: false };
      copies.set(step, copy);
      return timed(step, copy, () => work(copy.load), doors);
    },
    brought: (step) => void done.add(step),
    ended(outcomes) {
      for (const outcome of outcomes) {
        if (outcome.kind === 'failed') tellFailed(outcome, failed, log);
        else if (outcome.kind === 'held') share(held, outcome.failure.reason, outcome);
        else tellDone(outcome, copies.get(outcome.step), log);
      }
    },
    moved: (step) => copies.get(step)?.load.moved ?? 0,
    progress() {
      const loads = [...copies.values()].map(({ load }) => load);
      const now = clock.now();
      const moved = sum(loads, 'moved');
      const pace = { fresh: moved - since.moved, freshTime: now - since.at, time: now - since.began };
      Object.assign(since, { at: now, moved });
      const waiting = Math.max(0, total - new Set([...copies.keys(), ...done]).size);
      return progressWords({ done: done.size, total, waiting, loads, moved, ...pace });
    },
    rest() {
      for (const { reference, tags } of failed.values()) {
        if (tags > 1) log.tell(`${count(tags - 1, 'more tag')} failed as ${reference} did`);
      }
      for (const { failure, tags } of held.values()) {
        log.tell(`${count(tags, 'tag')} deferred (${failure.reason}): ${withHint(failure)}`);
      }
    },
  };
}

async function timed(
  step: Step,
  copy: Copying,
  work: () => Promise<void>,
  { log, clock }: TellerDoors,
): Promise<void> {
  const began = clock.now();
  const stop = clock.every(SLOW, () => {
    stop();
    if (!copy.isTold) log.tell(`copying ${formatTag(step.source, tagOf(step))}${loadWords(copy.load)}`);
    copy.isTold = true;
  });
  try {
    await work();
  } catch (thrown) {
    // What will not come is not waited for any more.
    copy.load.bytes = copy.load.moved;
    throw thrown;
  } finally {
    stop();
    copy.milliseconds += clock.now() - began;
  }
}

function tagOf({ moves }: Step): string {
  return moves.at(-1)?.tag ?? '';
}

/** ` (60 MB, 2 platforms)`, as far as it is known. */
function loadWords({ bytes: size, platforms }: Load): string {
  const parts = [size === 0 ? '' : bytes(size), platforms === 0 ? '' : count(platforms, 'platform')].filter(
    (part) => part !== '',
  );
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

type Done = Extract<Outcome, { readonly kind: 'copied' | 'already' }>;

/** A reference that can be pasted. A copy whose beginning was logged has its end logged too. */
function tellDone({ step, move, kind }: Done, copy: Copying | undefined, log: Doors['log']): void {
  const reference = `${formatTag(step.mirror, move.tag)}@${move.manifest.digest}`;
  if (kind === 'already') {
    log.info(`there already: ${reference}`);
    return;
  }
  const cost = copy === undefined ? '' : ` (${bytes(copy.load.moved)}, ${duration(copy.milliseconds)})`;
  const line = `copied ${reference}${cost}`;
  if (copy?.isTold === true) log.tell(line);
  else log.info(line);
}

type Failed = Extract<Outcome, { readonly kind: 'failed' | 'held' }>;

function tellFailed(outcome: Failed, failed: Map<string, Shared>, log: Doors['log']): void {
  const { reason, message } = outcome.failure;
  const { reference, failure, tags } = share(failed, `${reason} ${message}`, outcome);
  if (tags === 1) log.tell(`failed ${reference}: ${withHint(failure)}`);
}

function share(all: Map<string, Shared>, key: string, { step, move, failure }: Failed): Shared {
  const shared = all.get(key) ?? { reference: formatTag(step.mirror, move.tag), failure, tags: 0 };
  shared.tags += 1;
  all.set(key, shared);
  return shared;
}

type Pace = {
  /** Bytes and milliseconds since the last line, and milliseconds since the first copy. */
  readonly fresh: number;
  readonly freshTime: number;
  readonly time: number;
};

type SoFar = Pace & {
  readonly done: number;
  readonly total: number;
  /** Tags of which nothing is known yet: what the others take on average stands for them. */
  readonly waiting: number;
  readonly loads: readonly Load[];
  readonly moved: number;
};

function progressWords({ done, total, waiting, loads, moved, ...pace }: SoFar): string {
  const known = sum(loads, 'bytes');
  const expected = known + (loads.length === 0 ? 0 : (known / loads.length) * waiting);
  const tags = `copied ${amount(done)} of ${count(total, 'tag')}`;
  if (expected === 0 || done === total) return tags;
  const size = `${bytes(moved)} of ${waiting > 0 ? '≈ ' : ''}${bytes(expected)}`;
  if (pace.fresh <= 0) return `${tags}, ${size}, nothing moved for ${duration(pace.freshTime)}`;
  const rate = `${bytes((pace.fresh / pace.freshTime) * 1000)}/s`;
  const remaining = Math.max(0, (expected - moved) * (pace.time / moved));
  return `${tags}, ${size}, ${rate}, ≈ ${duration(remaining)} left`;
}

function sum(loads: readonly Load[], field: 'bytes' | 'moved'): number {
  return loads.reduce((all, load) => all + load[field], 0);
}
