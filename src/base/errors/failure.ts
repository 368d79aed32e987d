// Why one tag failed: a reason from a closed list, what happened, and what to do.

import { machineTrouble } from './machine.ts';

/** Why one tag could not be brought up to date: the closed list that outputs, summary and report share. */
export type Reason =
  | 'denied'
  | 'not-found'
  | 'gone'
  | 'no-match'
  | 'quota'
  | 'rate-limited'
  | 'immutable'
  | 'unsupported'
  | 'corrupt'
  | 'timeout'
  | 'network'
  | 'tls'
  | 'server-error'
  | 'platform-lost'
  | 'platform-missing'
  | 'unsigned'
  | 'wrong-signer'
  | 'too-young'
  | 'foreign-change'
  | 'conflict'
  | 'rollback'
  | 'rollback-failed'
  | 'kept-new'
  | 'budget'
  | 'cancelled'
  | 'no-record'
  | 'not-in-mirror'
  | 'series-ended'
  | 'internal';

type FailureOptions = {
  readonly hint?: string;
  readonly detail?: string;
  readonly status?: number;
  readonly cause?: unknown;
};

/**
 * A failure of one tag or one repository. The others go on.
 *
 * `message` is one sentence that says what happened and where; it may hold text from a registry and passes the
 * sanitiser before it is shown. `hint` says what to do next, or is empty. `detail` is what was asked and what exactly came
 * back, in the registry's own words, for whoever wants to look closer; or empty.
 */
export class Failure extends Error {
  readonly reason: Reason;
  readonly hint: string;
  /** Of the answer that it is about; 0 where it is about none. */
  readonly status: number;
  readonly detail: string;

  constructor(reason: Reason, message: string, options: FailureOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'Failure';
    this.reason = reason;
    this.hint = options.hint ?? '';
    this.status = options.status ?? 0;
    this.detail = options.detail ?? '';
  }
}

/** Gives back any thrown value as a Failure; what nobody foresaw becomes `internal`. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const trouble = machineTrouble(thrown);
  if (trouble !== null)
    return new Failure('internal', trouble.message, { hint: trouble.hint, cause: thrown });
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Failure('internal', `unexpected error: ${message}`, { cause: thrown });
}
