// What is attached to the images of a registry, as the story asks for it.

import type { Attached, AttachedFilter } from '../../image/manifest/referrers.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';

/**
 * What was found. `dropped` are sentences about what a registry lists and what does not belong there: a manifest that names
 * another subject, or that is not there.
 */
export type Attachments = { readonly found: readonly Attached[]; readonly dropped: readonly string[] };

/**
 * Everything directly attached to a digest, of the kinds asked for: by the referrers API, by the fall-back index where the
 * registry has no API, and by cosign's tags. Each is read whole and hashed. Each repository and digest is asked once a run.
 * @throws Failure where it cannot be read, or where it has no end (`unsupported`)
 */
export type AttachedTo = (name: Name, digest: Digest, filter: AttachedFilter) => Promise<Attachments>;
