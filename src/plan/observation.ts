// What was read from both sides before anything was decided.

import type { Failure } from '../base/errors/failure.ts';
import type { RawPlatform } from '../image/manifest/platform.ts';
import type { Digest } from '../image/names/digest.ts';
/** What a HEAD of a manifest tells. */
export type Head = { readonly digest: Digest; readonly mediaType: string };

/** A manifest as it travels: the very bytes, with the digest they hash to. */
export type Body = { readonly digest: Digest; readonly mediaType: string; readonly bytes: Uint8Array };

/** What the config of an image tells: the platform that it names, null where it names none. */
export type ImageConfig = { readonly platform: RawPlatform | null };

/**
 * One thing that was asked for. `absent` is the registry's own word that it is not there; on a mirror it may also
 * stand for a refusal (`doubt`), because registries hide repositories that nobody has pushed to yet. What could not
 * be read is `unknown` and must never be taken for absent.
 */
export type Seen<T> =
  | { readonly kind: 'seen'; readonly value: T }
  | { readonly kind: 'absent'; readonly doubt: Failure | null }
  | { readonly kind: 'unknown'; readonly because: Failure };

/**
 * Keys are `lookUp(name, reference)`; `lists` (upstream's tags) and `held` (the mirror's) are keyed by `formatName` of
 * the pull name and of the mirror repository. `bodies` are manifests of both sides, `configs` the config blobs of
 * images. `today` is the day of the run, as `2026-09-01`.
 */
export type Observation = {
  readonly today: string;
  readonly lists: ReadonlyMap<string, Seen<readonly string[]>>;
  readonly held: ReadonlyMap<string, Seen<readonly string[]>>;
  readonly upstream: ReadonlyMap<string, Seen<Head>>;
  readonly mirror: ReadonlyMap<string, Seen<Head>>;
  readonly bodies: ReadonlyMap<string, Seen<Body>>;
  readonly configs: ReadonlyMap<string, Seen<ImageConfig>>;
};

/** Gives back what was seen under a key; a key that nobody asked for is a mistake in this program. */
export function seenAt<T>(map: ReadonlyMap<string, Seen<T>>, key: string): Seen<T> {
  const seen = map.get(key);
  if (seen === undefined) throw new Error(`nothing was observed for ${key}`);
  return seen;
}
