// A pin may name one image of an index. Then it is as good as the tag that names the index: nothing has moved on.

import { decodeManifest } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';
import type { Registry } from '../../registry/doors/registry.ts';

/** Whether `index` is an index of this repository that lists `image`. @throws Failure where it cannot be read */
export async function listsImage(
  registry: Pick<Registry, 'get'>,
  name: Name,
  index: Digest,
  image: Digest,
): Promise<boolean> {
  const body = await registry.get(name, index);
  if (body === null) return false;
  const manifest = decodeManifest(body.bytes, body.mediaType);
  return manifest.kind === 'index' && manifest.entries.some(({ digest }) => digest === image);
}
