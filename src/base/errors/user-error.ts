// Errors that stop a whole run and are shown to a person.

import type { Diagnostic } from './diagnostic.ts';

/**
 * What stops a whole run: a mistake in the inputs or the config, an event that may not write, no usable crane, a mirror that
 * lacks what was waited for, or our own.
 */
type UserErrorCode = 'config' | 'input' | 'event' | 'crane' | 'mirror' | 'cancelled' | 'internal';

/** The one error a person reads when a run cannot start. `hint` says what to do next. */
export class UserError extends Error {
  readonly code: UserErrorCode;
  readonly hint: string;
  readonly diagnostics: readonly Diagnostic[];

  constructor(
    code: UserErrorCode,
    message: string,
    options: { hint?: string; cause?: unknown; diagnostics?: readonly Diagnostic[] } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'UserError';
    this.code = code;
    this.hint = options.hint ?? '';
    this.diagnostics = options.diagnostics ?? [];
  }
}
