// An OCI image layout on disk, as crane pulls and pushes it. OCI image-spec, image-layout.md.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../base/errors/failure.ts';
import { asObject, parseObject } from '../../base/text/json.ts';
import { type Digest, digestOf } from '../../image/names/digest.ts';

/** Marks the manifests that were only made to bring blobs; no tag ever names one. */
const REPAIR = 'fresh-mirror.repair';

/**
 * Gives the one image of a layout another manifest, which differs by an annotation alone, and says its digest. It
 * refers to the very same config and layers.
 */
export async function coverManifest(folder: string, digest: Digest): Promise<Digest> {
  const path = (blob: Digest): string => join(folder, 'blobs', blob.replace(':', '/'));
  const manifest = parseObject(await readFile(path(digest), 'utf8'));
  if (manifest === null) throw new Failure('corrupt', `crane pulled ${digest}, and it is not a manifest`);
  const annotations = { ...asObject(manifest.annotations), [REPAIR]: digest };
  const bytes = Buffer.from(JSON.stringify({ ...manifest, annotations }));
  const cover = digestOf(bytes);
  await writeFile(path(cover), bytes);
  const { mediaType } = manifest;
  const type = typeof mediaType === 'string' ? mediaType : 'application/vnd.oci.image.manifest.v1+json';
  const index = { schemaVersion: 2, manifests: [{ mediaType: type, digest: cover, size: bytes.length }] };
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
  return cover;
}
