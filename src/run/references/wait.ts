// `wait`: asks the mirror again and again until everything is there that a deployment is about to pull.

import { byPlace, type Diagnostic, type Place } from '../../base/errors/diagnostic.ts';
import { asFailure, type Failure } from '../../base/errors/failure.ts';
import { UserError } from '../../base/errors/user-error.ts';
import { backoffOf } from '../../base/flow/backoff.ts';
import { inParallel } from '../../base/flow/limit.ts';
import { unlessStopped } from '../../base/flow/stop.ts';
import { count, duration } from '../../base/text/words.ts';
import type { Config, Entry } from '../../config/images/config.ts';
import { lookUp } from '../../image/names/look-up.ts';
import type { Name } from '../../image/names/reference.ts';
import type { Doors } from '../../registry/doors/doors.ts';

/** What the mirror is to have: a tag or a digest. */
type Awaited = { readonly name: Name; readonly reference: string; readonly place: Place };

/** An image that is not there; `because` is what kept the mirror from saying so, null where it said it. */
type Missing = Awaited & { readonly because: Failure | null };

/** Milliseconds between two rounds. */
const BACKOFF = { backoff: 2_000, backoffCap: 30_000 };
const WIDTH = 64;

/**
 * Comes back when the mirror has every pinned digest and every tag that is written out, for `most` milliseconds; only
 * what is missing is asked for again, by HEAD. Throws UserError with each image that is still missing, or at once where
 * the mirror lets nobody ask.
 */
export async function waitForMirror(config: Config, doors: Doors, most: number): Promise<void> {
  const { clock, log, stop, cancelled } = doors;
  const started = clock.now();
  const end = started + most;
  const awaited = new Map(
    config.entries.flatMap(awaitedOf).map((item) => [lookUp(item.name, item.reference), item]),
  );
  let missing = await missingOf([...awaited.values()], doors);
  for (let round = 1; missing.length > 0; round++) {
    const remaining = end - clock.now();
    if (remaining <= 0 || stop.aborted) {
      throw notThere(missing, Math.min(clock.now() - started, most), stop.aborted);
    }
    const pause = Math.min(backoffOf(round, BACKOFF, Math.random), remaining);
    log.tell(`${count(missing.length, 'image')} not in the mirror yet; asking again in ${duration(pause)}`);
    await unlessStopped(() => clock.sleep(pause), stop).catch(() => cancelled.throwIfAborted());
    if (!stop.aborted) missing = await missingOf(missing, doors);
  }
  log.info(`the mirror has everything that was waited for: ${count(awaited.size, 'image')}`);
}

/** Patterns look forward: what they will match nobody waits for. */
function awaitedOf({ mirror: name, selectors, pins = [] }: Entry): Awaited[] {
  const listed = selectors.flatMap((wish): Awaited[] => {
    if (wish.kind === 'glob') return [];
    return [{ name, reference: wish.kind === 'pinned' ? wish.digest : wish.tag, place: wish.place }];
  });
  return [...listed, ...pins.map(({ digest, place }) => ({ name, reference: digest, place }))];
}

async function missingOf(awaited: readonly Awaited[], doors: Doors): Promise<readonly Missing[]> {
  const found = await inParallel(awaited, WIDTH, (item) => look(item, doors));
  return found.filter((missing) => missing !== null);
}

async function look(item: Awaited, { mirror, stop, cancelled }: Doors): Promise<Missing | null> {
  try {
    const head = await unlessStopped(() => mirror.head(item.name, item.reference), stop);
    return head === null ? { ...item, because: null } : null;
  } catch (thrown) {
    cancelled.throwIfAborted();
    const failure = asFailure(thrown);
    // A repository that nobody has pushed to yet is often refused, even to a login. Waiting brings nobody a login.
    if (failure.reason === 'denied' && failure.status !== 403) throw notShown(item, failure);
    return { ...item, because: failure };
  }
}

function notShown(item: Awaited, failure: Failure): UserError {
  const diagnostics = [diagnosticOf({ ...item, because: failure })];
  return new UserError('mirror', failure.message, { hint: failure.hint, cause: failure, diagnostics });
}

function notThere(missing: readonly Missing[], waited: number, isBudget: boolean): UserError {
  const message = `${count(missing.length, 'image')} still not in the mirror after ${duration(waited)}`;
  const hint = isBudget
    ? 'the time budget ended the wait: look into the run that mirrors them, or give this one a longer time-budget'
    : 'look into the run that mirrors them, or wait longer';
  return new UserError('mirror', message, { hint, diagnostics: missing.map(diagnosticOf).toSorted(byPlace) });
}

function diagnosticOf({ name, reference, place, because }: Missing): Diagnostic {
  const at = `${name.registry}/${name.repository}${reference.includes(':') ? '@' : ':'}${reference}`;
  const message = `${at} is not in the mirror${because === null ? '' : `, or it could not be asked (${because.message})`}`;
  return { severity: 'error', rule: 'not-in-mirror', place, message, hint: because?.hint ?? '' };
}
