// What to do next, by reason: one sentence for each, where nothing more is known than the reason.

import type { Reason } from './failure.ts';

const HINTS: Readonly<Partial<Record<Reason, string>>> = {
  denied: 'log in to this registry before the action runs, and check what the account may do there',
  quota: 'free space on the mirror registry or raise its quota',
  'rate-limited':
    'log in for a higher limit, lower `requests-per-second` of this registry, or run the action later',
  immutable: 'the mirror does not let this tag move; allow it there or leave the tag out',
  'foreign-change': 'another job writes to this mirror; give both workflows the same `concurrency:` group',
  tls: 'give the certificate authority with `registries.HOST.ca`, or `registries.HOST.http: true` for plain http',
};

/** For what a registry lists and does not have: of those that pull through from another one this is usual for a while. */
export const LAGGING = 'run again later: a registry behind a cache may list what it does not have yet';

/** What happened and, where anybody knows, what to do about it, on one line. */
export function withHint({ message, hint }: { readonly message: string; readonly hint: string }): string {
  return hint === '' ? message : `${message} - ${hint}`;
}

/** The same with the hint in brackets, for lines that begin with a place or a name. */
export function withHintInBrackets({
  message,
  hint,
}: {
  readonly message: string;
  readonly hint: string;
}): string {
  return hint === '' ? message : `${message} (${hint})`;
}

/** The hint for a failure of this kind; empty where only its message can say what to do. */
export function hintFor(reason: Reason): string {
  return HINTS[reason] ?? '';
}
