// One crane process at a time, repeated as a whole until it worked or makes no sense. crane alone has no deadline and
// gives up 4 s after a 429.

import { Failure } from '../../base/errors/failure.ts';
import { type Backoff, waitAfter } from '../../base/flow/backoff.ts';
import { nap, type PaceClock } from '../../base/flow/clock.ts';
import { contactHost } from '../../image/names/hub.ts';
import type { Name } from '../../image/names/reference.ts';
import type { Pace } from '../http/pace.ts';
import type { UsesHttp } from './argv.ts';
import { type Command, type Ended, runCommand } from './exec.ts';
import type { CraneFailure } from './failure.ts';

/** How crane is run. Durations in milliseconds. */
export type AttemptSettings = Backoff & {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  readonly usesHttp: UsesHttp;
  readonly attempts: number;
};

/** The built-in numbers of `AttemptSettings`. */
export const ATTEMPT_DEFAULTS = { attempts: 5, backoff: 1_500, backoffCap: 8_000, waitCap: 120_000 } as const;

/** What runs of crane need; nothing that guards or hides can be left out. */
export type CraneDeps = {
  readonly clock: Pick<PaceClock, 'sleep'>;
  readonly log: { debug(line: string): void; warning(line: string): void };
  /** The pace that the manifest client keeps, shared so that both wait when a registry says so. */
  readonly pace: Pick<Pace, 'ready' | 'pause'>;
  /** Runs before crane contacts a repository; throws the Failure when it may not or cannot. */
  readonly prove: (name: Name, access: 'pull' | 'push') => Promise<void>;
  /** Takes secrets out of what crane prints: it passes on what registries say. */
  readonly redact: (text: string) => string;
  readonly signal?: AbortSignal;
  readonly random?: () => number;
};

/** crane as one run uses it. */
export type Crane<Settings extends AttemptSettings = AttemptSettings> = {
  readonly settings: Settings;
  readonly deps: CraneDeps;
};

/** What is tried: `what` for messages, and the repositories that crane contacts, the one it reads from first. */
export type Task = { readonly what: string; readonly names: readonly Name[] };

/** How one attempt ended. */
export type Attempt<T> = CraneFailure | { readonly kind: 'done'; readonly value: T };

/** Runs crane once, with every secret taken out of its last words. */
export async function runCrane(
  { settings: { file, env }, deps: { signal, redact } }: Crane,
  command: Pick<Command, 'args' | 'deadline' | 'stall' | 'onLine'>,
): Promise<Ended> {
  const ended = await runCommand({ file, env, ...command, signal });
  return { ...ended, stderr: redact(ended.stderr) };
}

/** True for the only way to end that is a success. */
export function succeeded({ how, code }: Ended): boolean {
  return how === 'exit' && code === 0;
}

/**
 * The value of the first attempt that is done, repeated by class of failure; the registries' shared pauses are waited
 * out. @throws Failure of the last attempt, or `cancelled`
 */
export async function repeat<T>(
  crane: Crane,
  { what, names }: Task,
  once: (attempt: number) => Promise<Attempt<T>>,
): Promise<T> {
  const { settings, deps } = crane;
  for (const [index, name] of names.entries()) await deps.prove(name, index === 0 ? 'pull' : 'push');
  for (let attempt = 1; ; attempt += 1) {
    for (const { registry } of names) await deps.pace.ready(registry);
    const result = await once(attempt);
    if (result.kind === 'done') return result.value;
    const last = attempt >= (result.again === 'once' ? 2 : settings.attempts);
    if (result.again === 'no' || last || !(await waitFor(crane, names, result, attempt))) {
      throw withAttempts(result.failure, attempt);
    }
    if (deps.signal?.aborted) throw new Failure('cancelled', `${what}: the run was cancelled`);
    deps.log.debug(`${result.failure.message}; trying again`);
  }
}

function withAttempts(failure: Failure, attempts: number): Failure {
  if (attempts === 1) return failure;
  const { reason, message, hint } = failure;
  return new Failure(reason, `${message} (after ${attempts} attempts)`, { hint, cause: failure });
}

// False when waiting would take more than the run allows.
async function waitFor(
  { settings, deps }: Crane,
  names: readonly Name[],
  { failure, wait, host }: CraneFailure,
  attempt: number,
): Promise<boolean> {
  const { clock, pace, random = Math.random, signal } = deps;
  const time = waitAfter(attempt, wait, settings, random);
  if (failure.reason === 'rate-limited') {
    // The end that answered is paused; where crane names neither (a token service, say), both are.
    const named = names.filter(
      ({ registry }) => host !== null && contactHost(registry) === contactHost(host),
    );
    const paused = named.length > 0 ? named : names;
    return paused.every(({ registry }) => pace.pause(registry, time));
  }
  await nap(clock, time, signal);
  return true;
}
