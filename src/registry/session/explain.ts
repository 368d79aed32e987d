// Failures of exchanges in words for people: which side it was, what happened, and what to do, from the table of refusals.

import { Failure } from '../../base/errors/failure.ts';
import { GivenUp } from '../../base/flow/breaker.ts';
import { oneLine } from '../../base/text/sanitize.ts';
import { RawFailure } from '../http/answer.ts';
import { fill } from '../refusals/fill.ts';
import { hostKindOf } from '../refusals/host-kind.ts';
import type { Inquiry } from '../refusals/refusal.ts';
import { findRefusal } from '../refusals/table.ts';

const MAX_DETAIL = 500;

/**
 * What was thrown, in words for those who asked: a failure of an exchange becomes one sentence of the table and keeps its bare
 * facts as `detail`. `login`: whether this run has a login for the registry, null where that is not known.
 */
export function explainFor(asked: Inquiry, login: boolean | null, thrown: Failure): Failure {
  if (thrown instanceof GivenUp) {
    const { reason, message, hint } = fromTable(asked, login, thrown.cause) ?? thrown;
    return new GivenUp(reason, message, { hint, detail: shortened(thrown.detail), cause: thrown.cause });
  }
  return fromTable(asked, login, thrown) ?? thrown;
}

function fromTable(asked: Inquiry, login: boolean | null, thrown: unknown): Failure | null {
  if (!(thrown instanceof RawFailure)) return null;
  const reply = { ...thrown.reply, login: thrown.reply.login ?? login };
  const { reason, happened, advice, kind: given } = findRefusal(asked, reply);
  const kind = given ?? hostKindOf(asked.registry, reply.headers);
  // A proxy's answer has a better hint than any row.
  const own = reply.status === 0 ? thrown.hint : '';
  // For errors below HTTP their code has given the reason already.
  return new Failure(reply.status === 0 ? thrown.reason : reason, fill(happened, kind, asked), {
    hint: own || fill(advice, kind, asked),
    detail: shortened(thrown.message),
    status: reply.status,
    cause: thrown,
  });
}

/** Digests in full say no more than their beginning. */
function shortened(text: string): string {
  return oneLine(text.replace(/\b([0-9a-f]{12})[0-9a-f]{52,}\b/g, '$1…'), MAX_DETAIL);
}
