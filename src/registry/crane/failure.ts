// What it means when crane fails although every request that it made went well: a crash, a kill, or content that is
// not what its digest says. Everything else is known from the fence. Pure.

import { Failure, type Reason } from '../../base/errors/failure.ts';
import { oneLine } from '../../base/text/sanitize.ts';
import type { Ended } from './exec.ts';

/** `mayRetry`: the same command may succeed another time. */
export type CraneFailure = { readonly failure: Failure; readonly mayRetry: boolean };

const CORRUPT = /DIGEST_INVALID|does not match|mismatch|error verifying|content verification|unexpected EOF/i;
const UNSUPPORTED =
  /unsupported digest algorithm|unsupported MediaType|could not parse reference|unknown flag/i;

const HINT = 'run again; if that does not help, the details have what crane says';
const MAX_TEXT = 300;

/** The Failure of a command that did not succeed. `what` says what was done to what, for the message. */
export function classify(what: string, ended: Ended): CraneFailure {
  const as = (reason: Reason, text: string, mayRetry: boolean, detail = ''): CraneFailure => {
    return { failure: new Failure(reason, `${what}: ${text}`, { detail, hint: detail && HINT }), mayRetry };
  };
  const { how, code, stderr } = ended;
  if (how === 'cancelled') return as('cancelled', 'the run was cancelled', false);
  if (how === 'deadline' || how === 'stalled')
    return as('timeout', 'crane did nothing for a long time', true);
  if (how === 'unstarted') return as('internal', 'crane cannot be started', false, oneLine(stderr, MAX_TEXT));
  if (how === 'stopped') return as('server-error', 'the list does not end', false);
  const panic = /^panic: .*$/m.exec(stderr)?.[0] ?? '';
  if (panic !== '' || code === 2 || /^goroutine \d+ \[/m.test(stderr)) {
    return as('internal', 'crane itself crashed', true, oneLine(panic || `exit code ${code}`, MAX_TEXT));
  }
  if (code === null) return as('server-error', 'crane was killed, perhaps because memory ran out', true);
  const text = oneLine(lastWords(stderr), MAX_TEXT) || `crane failed with exit code ${code}`;
  if (UNSUPPORTED.test(text)) return as('unsupported', 'crane cannot read what is there', false, text);
  if (CORRUPT.test(text)) return as('corrupt', 'what arrived is not what its digest says', true, text);
  return as('server-error', 'crane failed', true, text);
}

// crane logs its progress first; the error comes last.
function lastWords(stderr: string): string {
  const at = stderr.lastIndexOf('\nError: ');
  const error = at >= 0 ? stderr.slice(at + 8) : stderr.startsWith('Error: ') ? stderr.slice(7) : null;
  return error ?? stderr.slice(-2_000);
}
