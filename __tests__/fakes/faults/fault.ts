// The language in which faults are written down: where one strikes, how often, and what it does.

import type { OutgoingHttpHeaders } from 'node:http';
import type { Asked } from './requests.ts';

/** The registry's answer, its body read to the end. */
export type Answer = { status: number; headers: OutgoingHttpHeaders; body: Buffer };

/** `tag-manifest` is asked for by tag, `child-manifest` by digest and not the index itself. */
export type Place =
  | 'tag-manifest'
  | 'child-manifest'
  | 'manifest'
  | 'blob'
  | 'upload'
  | 'mount'
  | 'repository'
  | 'anything';

export type Effect =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** Adds a Retry-After that is a date, so many seconds from now. */
      readonly retryDate?: number;
      readonly error?: { readonly code: string; readonly message: string };
      readonly html?: boolean;
    }
  /** `value` null takes the header away. */
  | { readonly kind: 'header'; readonly name: string; readonly value: string | null }
  /** The registry's answer made into another one. */
  | { readonly kind: 'alter'; readonly change: (answer: Answer) => Answer }
  /** These bytes on the connection, and its end. */
  | { readonly kind: 'raw'; readonly text: string }
  /**
   * Alters the body, or how much of it arrives: see inject.ts. `claim-mounted` says 201 to a mount and has nothing,
   * `refuse-mount` opens an upload instead (202), as registries do that cannot or will not mount.
   */
  | {
      readonly kind:
        | 'reset'
        | 'reset-mid'
        | 'short'
        | 'flip-byte'
        | 'append-newline'
        | 'hang'
        | 'hang-mid'
        | 'trickle'
        | 'accept-and-drop'
        | 'claim-present'
        | 'claim-mounted'
        | 'refuse-mount';
    };

export type Fault = {
  readonly methods: readonly string[] | 'any';
  readonly place: Place;
  readonly times: number | 'always';
  readonly effect: Effect;
  /** Only requests for one of these tags or digests. */
  readonly references?: readonly string[];
};

/** Tokens that are good for `uses` requests each; the token endpoint answers 503 `endpointFails` times first. */
export type BearerRule = { readonly uses: number; readonly endpointFails?: number };

/** What stands in the registry, for faults that speak of it. */
export type Wanted = { readonly digest: string; readonly mediaType: string; readonly size: number };

/** Whether a fault strikes this request, its `times` apart. */
export function strikes(fault: Fault, asked: Asked, wanted: Wanted | null): boolean {
  if (fault.methods !== 'any' && !fault.methods.includes(asked.method)) return false;
  if (fault.references !== undefined && !fault.references.includes(asked.reference ?? '')) return false;
  const byDigest = asked.reference?.includes(':') ?? false;
  switch (fault.place) {
    case 'anything':
      return true;
    case 'repository':
      return asked.repository !== null;
    case 'mount':
      return asked.mount !== null;
    case 'tag-manifest':
      return asked.kind === 'manifest' && !byDigest;
    case 'child-manifest':
      return asked.kind === 'manifest' && byDigest && asked.reference !== wanted?.digest;
    default:
      return asked.kind === fault.place;
  }
}
