// What was read from both sides before anything was decided.

import type { Failure } from '../../base/errors/failure.ts';
import type { ManifestBody, ManifestHead } from '../../image/manifest/manifest.ts';
import type { RawPlatform } from '../../image/manifest/platform.ts';
import type { Signatures } from '../../image/signatures/signatures.ts';

/** What the config of an image says: the platform that it names, null where it names none. */
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
 * Keys are `lookUp(name, reference)`; `lists` (upstream's tags) and `mirrorLists` are keyed by `formatName` of
 * the pull name and of the mirror repository. `bodies` are manifests of both sides, `configs` the config blobs of
 * images, `signatures` who signed what upstream has, by the key of its read. `today` is the day of the run, as `2026-09-01`.
 */
export type Observation = {
  readonly today: string;
  readonly lists: ReadonlyMap<string, Seen<readonly string[]>>;
  readonly mirrorLists: ReadonlyMap<string, Seen<readonly string[]>>;
  readonly upstream: ReadonlyMap<string, Seen<ManifestHead>>;
  readonly mirror: ReadonlyMap<string, Seen<ManifestHead>>;
  readonly bodies: ReadonlyMap<string, Seen<ManifestBody>>;
  readonly configs: ReadonlyMap<string, Seen<ImageConfig>>;
  readonly signatures?: ReadonlyMap<string, Seen<Signatures>>;
};

/** Gives back what was seen under a key; a key that nobody asked for is a mistake in this program. */
export function seenAt<T>(map: ReadonlyMap<string, Seen<T>>, key: string): Seen<T> {
  const seen = map.get(key);
  if (seen === undefined) throw new Error(`nothing was observed for ${key}`);
  return seen;
}
