// Manifests and small blobs of a registry, as the story asks for them.

import type { ManifestBody, ManifestHead } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';

/**
 * `reference` is a tag or a digest. `null` means that the registry answered that it is not there. Everything else that
 * goes wrong is thrown as a Failure, after the retries that make sense.
 */
export type Registry = {
  head(name: Name, reference: string): Promise<ManifestHead | null>;
  get(name: Name, reference: string): Promise<ManifestBody | null>;
  put(name: Name, reference: string, body: ManifestBody): Promise<void>;
  hasBlob(name: Name, digest: Digest): Promise<boolean>;
  /** A blob of at most `maxBytes`, hashed. */
  getBlob(name: Name, digest: Digest, maxBytes: number): Promise<Uint8Array | null>;
};

/** What became of a tag that was to go. `absent`: the registry says that there is none, which some say of every removal. */
export type Removal = 'done' | 'absent' | 'not-granted';

/** What is asked of the mirror beyond that. */
export type MirrorRegistry = Registry & {
  /** Takes one tag away, never a manifest. */
  removeTag(name: Name, tag: string): Promise<Removal>;
  /** Every tag of a repository; null where there is none of that name. */
  listTags(name: Name): Promise<readonly string[] | null>;
};
