// The images config as the rest of the program sees it: every name in full, every tag with its place in the file.

import type { Place } from '../../base/errors/diagnostic.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Mirror, MirrorPrefix } from '../../image/names/mirror-name.ts';
import type { ReadFromRule } from '../../image/names/pull-name.ts';
import type { Name } from '../../image/names/reference.ts';
import type { Follow } from '../../image/tags/form.ts';
import type { BuildSource } from '../builds/sources.ts';
import type { Policies } from '../policies/policy.ts';
import type { ApprovedSite } from '../references/reference-site.ts';
import type { LintLevels, ReferenceSource } from '../references/sources.ts';

/** Which tags are wanted: one tag, the tags that a pattern matches, or one tag with one digest. */
export type Selector =
  | { readonly kind: 'literal'; readonly tag: string; readonly place: Place }
  | { readonly kind: 'glob'; readonly pattern: string; readonly place: Place }
  | { readonly kind: 'pinned'; readonly tag: string; readonly digest: Digest; readonly place: Place };

/**
 * What one item of `images` says of the tags that it asks for; it holds for them alone, whatever other items of the same
 * source say. `exclude` holds patterns for tags to leave out of what patterns matched, never one that is listed;
 * `ignore` patterns over tags that are never offered as new (nothing is deleted because of them).
 */
export type Terms = {
  readonly policies: Policies;
  readonly exclude: readonly string[];
  readonly ignore: readonly string[];
};

/** A selector as an entry holds it, with the terms of the item in which it is written. */
export type Wish = Selector & { readonly terms: Terms };

/**
 * The policies of a source: those in which all its items agree, every way in which one of them announces new tags,
 * and whether one of them asks for an alert.
 */
export type SourcePolicies = Pick<Policies, 'alert' | 'newTags' | 'onFailure' | 'platforms' | 'platformTags'>;

/**
 * Everything that the config says about one upstream repository. `source` is its canonical name, `pull` the name that is
 * asked, `mirror` where its copies go.
 */
export type Entry = {
  readonly source: Name;
  readonly pull: Name;
  readonly mirror: Name;
  readonly selectors: readonly Wish[];
  readonly follow: readonly PlacedFollow[];
  readonly policies: SourcePolicies;
  readonly place: Place;
  /** What the files under `references` pin. */
  readonly pins?: readonly PinnedReference[];
};

/** A digest that a file under `references` pins; `tag` is null where it names the digest alone. */
export type PinnedReference = {
  readonly tag: string | null;
  readonly digest: Digest;
  readonly policies: Policies;
  readonly place: Place;
};

/** A `follow` rule with the terms of the item in which it is written. */
export type PlacedFollow = Follow & { readonly terms: Terms; readonly place: Place };

/** The pull request that proposes new tags; `base` is null for the default branch, `titlePrefix` empty for none. */
export type PullRequestSettings = {
  readonly base: string | null;
  readonly titlePrefix: string;
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
  /** What holds for a source that no item of `images` names. */
  readonly defaults: Policies;
  /** What is read from the very repository that its copies go to: there is nothing to compare, so it is left out. */
  readonly ownMirrors: readonly Entry[];
  readonly pullRequest: PullRequestSettings;
  readonly references: readonly ReferenceSource[];
  /** Where it is written what was built, and on which bases. */
  readonly builds: readonly BuildSource[];
  /** Registries and paths that lint accepts without a copy on the mirror. */
  readonly approved: readonly ApprovedSite[];
  readonly lintLevels: LintLevels;
};

/** What the inputs say, which takes precedence over the config file. */
export type Given = {
  /** Whether the run writes to the mirror: what it may then not be asked for is a mistake. */
  readonly writes: boolean;
  readonly mirror: MirrorPrefix | null;
  readonly readFrom: readonly ReadFromRule[];
  readonly policies: Partial<Policies>;
};

/** Inputs that leave everything to the config file. */
export const NOTHING_GIVEN: Given = {
  writes: false,
  mirror: null,
  readFrom: [],
  policies: {},
};
