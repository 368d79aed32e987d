// crane on the network: inside the fence always, and repeated as a whole where that makes sense.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { type Backoff, backoffOf } from '../../base/flow/backoff.ts';
import type { Breaker } from '../../base/flow/breaker.ts';
import { nap, type PaceClock } from '../../base/flow/clock.ts';
import { type Fence, MIRROR_HOST, SOURCE_HOST } from '../fence/fence.ts';
import type { Errand } from '../fence/pass.ts';
import type { Waits } from '../limits/waits.ts';
import { type Ended, runCommand } from './exec.ts';
import { type CraneFailure, classify } from './failure.ts';

/** How crane is run. Durations in milliseconds. */
export type CraneSettings = Omit<Backoff, 'waitCap'> & {
  readonly file: string;
  /** All that crane sees of the environment, apart from the way to the fence. */
  readonly env: Readonly<Record<string, string>>;
  readonly attempts: number;
  /** The longest that crane may do nothing while nothing is under way for it. */
  readonly stall: number;
};

/** The built-in numbers. */
export const CRANE_DEFAULTS = { attempts: 5, backoff: 1_500, backoffCap: 8_000, stall: 60_000 } as const;

type CraneDeps = {
  readonly fence: Fence;
  readonly breaker: Pick<Breaker, 'check' | 'begin'>;
  readonly clock: Pick<PaceClock, 'sleep'>;
  readonly log: { debug(line: string): void; warning(line: string): void };
  readonly waits: Waits;
  /** Takes secrets out of what crane prints. */
  readonly redact: (text: string) => string;
  readonly signal?: AbortSignal;
  readonly random?: () => number;
};

/** crane, ready to be run. */
export type Crane = { readonly settings: CraneSettings; readonly deps: CraneDeps };

/** One command: `what` for messages; `begin` is called before each attempt and hears the lines of that one. */
type FencedCommand = {
  readonly what: string;
  readonly args: readonly string[];
  readonly errand: Errand;
  readonly begin?: () => (line: string) => boolean;
};

/** Runs a command until it succeeds. @throws Failure of the last attempt, or `cancelled` */
export async function runFenced(crane: Crane, command: FencedCommand): Promise<void> {
  const { attempts } = crane.settings;
  const { clock, log, waits, random = Math.random, signal } = crane.deps;
  for (let attempt = 1; ; attempt += 1) {
    const result = await runOnce(crane, command);
    if (result === null) return;
    const { failure, mayRetry } = result;
    if (!mayRetry || attempt >= attempts) throw withAttempts(failure, attempt);
    log.debug(`${failure.detail || failure.message}; trying again`);
    const milliseconds = backoffOf(attempt, crane.settings, random);
    const words = (long: string) => `${failure.message}, trying again in ${long}`;
    waits.begin({ host: hostOf(command.errand), cause: failure.reason, milliseconds, words });
    await nap(clock, milliseconds, signal);
    if (signal?.aborted) throw new Failure('cancelled', `${command.what}: the run was cancelled`);
  }
}

function hostOf({ source, mirror }: Errand): string {
  return (source ?? mirror)?.registry ?? '';
}

/** Null when it succeeded. */
async function runOnce({ settings, deps }: Crane, command: FencedCommand): Promise<CraneFailure | null> {
  const { file, env, stall } = settings;
  const { fence, signal, redact } = deps;
  const { what, args, errand, begin } = command;
  const admission = await fence.admit(errand);
  try {
    const ended = await runCommand({
      file,
      args,
      env: { ...env, ...admission.env },
      stall,
      isIdle: admission.isIdle,
      signal: AbortSignal.any([admission.over, ...(signal === undefined ? [] : [signal])]),
      onLine: begin?.(),
    });
    if (ended.how === 'exit' && ended.code === 0) return null;
    const stderr = redact(realHosts(ended.stderr, errand));
    return explain(what, { ...ended, stderr }, admission.over, admission.failure());
  } finally {
    admission.close();
  }
}

// crane knows both ends by the names that the fence goes by; nobody else does.
function realHosts(text: string, { source, mirror }: Errand): string {
  const names = source === null ? text : text.replaceAll(SOURCE_HOST, source.registry);
  return mirror === null ? names : names.replaceAll(MIRROR_HOST, mirror.registry);
}

/** The fence knows what went wrong on the network, and it alone: crane's own sentences are the last resort. */
function explain(what: string, ended: Ended, over: AbortSignal, met: Failure | null): CraneFailure {
  if (over.aborted) return { failure: asFailure(over.reason), mayRetry: false };
  const own = classify(what, ended);
  return ended.how === 'exit' && met !== null ? { failure: met, mayRetry: true } : own;
}

function withAttempts(failure: Failure, attempts: number): Failure {
  if (attempts === 1) return failure;
  const { reason, message, hint, detail } = failure;
  const facts = `${detail === '' ? message : detail} (after ${attempts} attempts)`;
  return new Failure(reason, message, { hint, detail: facts, cause: failure });
}
