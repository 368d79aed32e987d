// Lists with the digest of every tag, where a registry keeps one of its own: one request in place of a hundred.

import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';

/** Which tags are looked for, and how many pages may be read for them. */
export type ListingNeed = { readonly tags: ReadonlySet<string>; readonly mostPages: number };

/** Digests by tag. Nothing here ever throws: what is in no list is asked about tag by tag. */
export type Listings = {
  /**
   * How many tags a page of the list has; null where the registry of this name keeps none that is the same store as
   * what it serves, `unknown` where its name does not say, and it was not asked anything yet.
   */
  pageSize(name: Name): number | 'unknown' | null;
  /** The digests of those of the tags that are listed; null where the list cannot be had. */
  read(name: Name, need: ListingNeed): Promise<ReadonlyMap<string, Digest> | null>;
};
