// The list of what is attached to a digest, kept under a tag where a registry has no referrers API. Whoever attaches
// something maintains it. OCI distribution-spec, "Referrers Tag Schema" and "Pushing Manifests with Subject".

import { asObject } from '../../base/text/json.ts';
import { type Digest, digestOf } from '../names/digest.ts';
import { type Fields, type ManifestBody, OCI_INDEX } from './manifest.ts';
import { type ReferrerEntry, readReferrer } from './referrers.ts';

/** What to do where an image has the tag of such a list. */
export const TAG_OF_LISTS =
  'that tag belongs to such lists (OCI distribution-spec): give the image another one';

/** What such a list says of a manifest: its descriptor, its artifact type and its own annotations. */
export function referrerEntry(body: ManifestBody): ReferrerEntry {
  const { types, annotations } = readReferrer(body);
  const [artifactType = ''] = types;
  const [own = {}] = annotations;
  const fields = { mediaType: body.mediaType, digest: body.digest, size: body.bytes.length };
  const raw = {
    ...fields,
    ...(artifactType === '' ? {} : { artifactType }),
    ...(Object.keys(own).length === 0 ? {} : { annotations: own }),
  };
  return { digest: body.digest, artifactType, annotations: own, raw };
}

/**
 * The list with these entries, every one as it was written and each digest once; what else `before`, the list until now,
 * says stays as it is.
 */
export function fallbackIndex(before: Fields | null, entries: readonly ReferrerEntry[]): ManifestBody {
  const unique = new Map<Digest, Fields>(entries.map(({ digest, raw }) => [digest, raw]));
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, ...before, manifests: [...unique.values()] };
  const bytes = new TextEncoder().encode(JSON.stringify(index));
  return { digest: digestOf(bytes), mediaType: OCI_INDEX, bytes };
}

/** The fields of such a list as they were sent; null for what is not JSON. */
export function fieldsOf({ bytes }: ManifestBody): Fields | null {
  try {
    return asObject(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}

/** What a tag of cosign's on the mirror is to upstream's of the same name. */
type CosignTags = 'move' | 'keep' | 'conflict';

const SIGNATURE = 'dev.cosignproject.cosign/signature';

/**
 * cosign keeps each signature or attestation of a digest as a layer under one tag. `move`: upstream's has all that the
 * mirror's has. `keep`: the mirror's has all of upstream's, and more, which somebody put there. `conflict`: each has some that
 * the other lacks, so that either way one would be lost.
 */
export function compareCosignTags(mirror: ManifestBody, upstream: ManifestBody): CosignTags {
  const [own, theirs] = [layersOf(mirror), layersOf(upstream)];
  if (own.isSubsetOf(theirs)) return 'move';
  return theirs.isSubsetOf(own) ? 'keep' : 'conflict';
}

/** Signatures of one payload share its layer: they differ by an annotation. */
function layersOf(body: ManifestBody): Set<string> {
  const layers = fieldsOf(body)?.layers;
  const fields = (Array.isArray(layers) ? layers : []).map(asObject).filter((layer) => layer !== null);
  return new Set(
    fields.map(({ digest, annotations }) => `${digest} ${asObject(annotations)?.[SIGNATURE] ?? ''}`),
  );
}
