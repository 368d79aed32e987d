// The images config as the rest of the program sees it: every name in full, every tag with its place in the file.

import type { Place } from '../../base/errors/diagnostic.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Mirror, MirrorPrefix } from '../../image/names/mirror-name.ts';
import type { ReadFromRule } from '../../image/names/pull-name.ts';
import type { Name } from '../../image/names/reference.ts';
import type { Follow } from '../../image/tags/form.ts';
import type { Policies } from './policy.ts';

/** Which tags are wanted: one tag, the tags that a pattern matches, or one tag with one digest. */
export type Selector =
  | { readonly kind: 'literal'; readonly tag: string; readonly place: Place }
  | { readonly kind: 'glob'; readonly pattern: string; readonly place: Place }
  | { readonly kind: 'pinned'; readonly tag: string; readonly digest: Digest; readonly place: Place };

/** A selector as an entry holds it, with the policies of the item in which it is written. */
export type Wish = Selector & { readonly policies: Policies };

/**
 * Everything that the config says about one upstream repository. `source` is its canonical name, `pull` the name that is
 * asked, `mirror` where its copies go. `exclude` holds patterns for tags to leave out of what patterns
 * matched, never one that is listed. `policies` are joined from those of its items; each selector keeps those of its own.
 */
export type Entry = {
  readonly source: Name;
  readonly pull: Name;
  readonly mirror: Name;
  readonly selectors: readonly Wish[];
  readonly exclude: readonly string[];
  readonly follow: readonly PlacedFollow[];
  /** Patterns over tags that are never offered as new; nothing is deleted because of them. */
  readonly ignore: readonly string[];
  readonly policies: Policies;
  readonly place: Place;
};

/** A `follow` rule with the policies of the item in which it is written. */
export type PlacedFollow = Follow & { readonly policies: Policies; readonly place: Place };

/** The pull request that proposes new tags; `base` is null for the default branch. */
export type PullRequestSettings = {
  readonly base: string | null;
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
};

/** How one host is contacted; null where nothing is set. `ca` is the path of a file of certificates in the workspace. */
export type RegistrySettings = {
  readonly http: boolean;
  readonly ca: { readonly path: string; readonly place: Place } | null;
  readonly requestsPerSecond: number | null;
  readonly concurrency: number | null;
};

/** A whole images config; `file` is its path in the workspace. */
export type Config = {
  readonly file: string;
  readonly mirror: Mirror;
  readonly registries: ReadonlyMap<string, RegistrySettings>;
  readonly readFrom: readonly ReadFromRule[];
  readonly entries: readonly Entry[];
  readonly pullRequest: PullRequestSettings;
};

/** What the inputs say, which takes precedence over the config file. */
export type Given = {
  readonly mirror: MirrorPrefix | null;
  readonly readFrom: readonly ReadFromRule[];
  readonly policies: Partial<Policies>;
};

/** Inputs that leave everything to the config file. */
export const NOTHING_GIVEN: Given = { mirror: null, readFrom: [], policies: {} };
