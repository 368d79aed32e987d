// What a manifest of the mirror refers to, and what of it is not there. A registry may lose children and blobs of a
// tag that still answers (a lifecycle rule, a garbage collection): the tag looks fresh and cannot be pulled.

import { onceEach } from '../../base/flow/limit.ts';
import { decodeManifest, isNondistributable, type ManifestBody } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';
import type { MirrorRegistry } from '../../registry/doors/registry.ts';

/** Deep enough for an index of indexes; deeper ones are nobody's images. */
const MOST_DEPTH = 3;

/** Questions that were asked already, with their answers: images share their layers. */
export type Asked = Map<string, Promise<readonly Digest[]>>;

type Repository = { readonly name: Name; readonly mirror: MirrorRegistry; readonly memory: Asked };

/**
 * The manifests to bring again so that all content of `body` is there: those that are missing, and those that miss a
 * blob. Throws a Failure when the mirror cannot say.
 */
export async function missingContent(
  name: Name,
  body: ManifestBody,
  mirror: MirrorRegistry,
  memory: Asked = new Map(),
): Promise<readonly Digest[]> {
  return missingIn({ name, mirror, memory }, body, 0);
}

async function missingIn(
  repository: Repository,
  body: ManifestBody,
  depth: number,
): Promise<readonly Digest[]> {
  const manifest = decodeManifest(body.bytes, body.mediaType);
  if (manifest.kind === 'index') {
    const children = manifest.entries.map(({ digest }) => missingChild(repository, digest, depth));
    return [...new Set((await Promise.all(children)).flat())];
  }
  if (manifest.kind !== 'image') return [];
  const { name, mirror, memory } = repository;
  const blobs = [manifest.config, ...manifest.layers]
    .filter((blob) => !isNondistributable(blob))
    .map(({ digest }) =>
      onceEach(memory, `blob ${digest}`, async () => ((await mirror.hasBlob(name, digest)) ? [] : [digest])),
    );
  return (await Promise.all(blobs)).flat().length > 0 ? [body.digest] : [];
}

function missingChild(repository: Repository, digest: Digest, depth: number): Promise<readonly Digest[]> {
  const { name, mirror, memory } = repository;
  return onceEach(memory, digest, async () => {
    const child = await mirror.get(name, digest);
    if (child === null) return [digest];
    return depth < MOST_DEPTH ? missingIn(repository, child, depth + 1) : [];
  });
}
