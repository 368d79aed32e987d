// What a file of another tool asks for, before it is written as an images config.

import type { Place } from '../../base/errors/diagnostic.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';

/** A rule of `follow` as it is written. */
export type FollowWish = { readonly tags: string; readonly from: string; readonly below: string | null };

/** Tags of one source: tags and globs, forms, or one tag with its digest. */
export type Chosen =
  | { readonly kind: 'tags'; readonly tags: readonly string[] }
  | { readonly kind: 'follow'; readonly rules: readonly FollowWish[] }
  | { readonly kind: 'pinned'; readonly tag: string; readonly digest: Digest };

/**
 * Tags of one source that go to one repository. `doubt` is null, or why they are written as a comment only: that is
 * close to what was asked for, and a person decides. `place` is in the file that was read.
 */
export type ImportWish = {
  readonly source: Name;
  readonly to: Name;
  readonly chosen: Chosen;
  readonly exclude: readonly string[];
  readonly platforms: readonly string[];
  /** The policy of that name, as it is written; NO_REFERRERS where nothing is asked for. */
  readonly referrers: string;
  readonly doubt: string | null;
  readonly place: Place;
};

/** Nothing that is attached travels: what holds where nothing is written. */
export const NO_REFERRERS = 'none';

/** How a host is contacted, as far as other tools say it in the same words. */
export type HostTerms = {
  readonly http?: boolean;
  readonly 'requests-per-second'?: number;
  readonly concurrency?: number;
};
