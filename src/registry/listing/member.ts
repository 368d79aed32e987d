// What each member of this family is: how a registry lists digests, and how its pages are read.

import { asObject } from '../../base/text/json.ts';
import type { HostKind } from '../refusals/host-kind.ts';

/** One page as it came: `body` is its JSON, of which nothing is known; `link` leads to the next page, where the header says so. */
export type ListingPage = {
  readonly repository: string;
  /** Path and query that were asked for. */
  readonly path: string;
  readonly body: unknown;
  readonly link: string | null;
};

/** What one page lists; digests are not checked yet. `next` is the path and query of the next page, null after the last. */
type ListedPage = {
  readonly tags: readonly (readonly [tag: string, digest: string])[];
  readonly next: string | null;
};

/** One kind of registry. */
export type ListingMember = {
  readonly kind: HostKind;
  /** Tags on a page; infinite where one answer has all. */
  readonly pageSize: number;
  /** As whom it is asked: with the token for pulls, one for metadata, the login itself, or a token of the API if the login is one. */
  readonly asks: 'pull' | 'metadata-read' | 'basic' | 'api-token';
  /** A path to ask first: where the answer is not what `isOwn` wants, the list has what was cached, not what is served. */
  readonly origin?: { path(repository: string): string; isOwn(body: unknown): boolean };
  /** Path and query of the first page; null for a repository that no such registry has. */
  first(repository: string): string | null;
  /** Null for what is not of the documented form. */
  read(page: ListingPage): ListedPage | null;
};

/** The pairs of rows that have both fields as texts; null where it is not a list. */
export function pairsOf(rows: unknown, tagField: string, digestField: string): [string, string][] | null {
  if (!Array.isArray(rows)) return null;
  return rows.flatMap((row: unknown): [string, string][] => {
    const { [tagField]: tag, [digestField]: digest } = asObject(row) ?? {};
    return typeof tag === 'string' && typeof digest === 'string' ? [[tag, digest]] : [];
  });
}
