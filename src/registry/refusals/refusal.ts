// What the table of refusals is made of: a reply as it is looked at, who was asked for what, and a row.

import type { Reason } from '../../base/errors/failure.ts';
import type { Name } from '../../image/names/reference.ts';
import type { HostKind } from './host-kind.ts';

/** Which end of a copy a registry is. */
type Side = 'mirror' | 'upstream';

/** Whom a config names where: the words for the mirror as a whole, and the key under which a repository is named. */
export type Sides = {
  /** Registry and prefix of `mirror:`; empty where no config was read. */
  readonly mirror: string;
  readonly keyOf: (name: Name) => 'mirror' | 'source' | 'read-from';
};

/** What was asked: a repository at a registry, for reading or for writing. */
export type Inquiry = Name & { readonly writes: boolean; readonly sides: Sides };

/**
 * What came back. `status` 0 means that there was no answer; `text` then names what went wrong, its code first. Else it is
 * what the registry said, `CODE: message`, on one line; of a `page` for browsers its beginning. `headers` is what the
 * server says of itself. `login` says whether the request carried one; null where nobody knows. `sign` is what this
 * program found wrong with an answer by itself; empty otherwise.
 */
export type Reply = {
  readonly status: number;
  readonly text: string;
  readonly page: boolean;
  readonly headers: string;
  readonly login: boolean | null;
  readonly sign: Sign | '';
};

/** What this program finds wrong with answers whose status says nothing of it. */
export type Sign =
  | 'wrong-login'
  | 'no-token'
  | 'nonsense'
  | 'mismatch'
  | 'no-repository'
  | 'endless-list'
  | 'stray-list';

/** When a row holds; what is left out holds always. */
type When = {
  readonly hosts?: readonly HostKind[];
  readonly side?: Side;
  readonly writes?: boolean;
  readonly login?: boolean;
  readonly status?: readonly number[];
  readonly words?: RegExp;
  readonly page?: boolean;
  readonly sign?: Sign;
};

/**
 * One row: what a reply means, in one sentence without the tag, and what to do. `{names}` in both are filled in by
 * `fill`. `source` says where the words were seen; empty: written from memory.
 */
export type Refusal = {
  readonly id: string;
  readonly when: When;
  /** The registry that these words give away. */
  readonly kind?: HostKind;
  readonly reason: Reason;
  readonly happened: string;
  readonly advice: string;
  readonly source: string;
};

/** True where a row's conditions hold. */
export function holds({ when }: Refusal, kind: HostKind, asked: Inquiry, reply: Reply): boolean {
  const { hosts, side, writes, login, status, words, page, sign } = when;
  return (
    (hosts?.includes(kind) ?? true) &&
    (side === undefined || side === sideOf(asked)) &&
    (writes === undefined || writes === asked.writes) &&
    (login === undefined || login === reply.login) &&
    (status?.includes(reply.status) ?? true) &&
    (page === undefined || page === reply.page) &&
    (sign === undefined || sign === reply.sign) &&
    (words?.test(reply.text) ?? true)
  );
}

/** What is written to is the mirror, whatever the config names it. */
export function sideOf(asked: Inquiry): Side {
  return asked.writes || asked.sides.keyOf(asked) === 'mirror' ? 'mirror' : 'upstream';
}
