// Whether an image is whole in a registry, read piece by piece and hashed here.

import { createHash } from 'node:crypto';
import type { Content, Image } from '../../../demo/images.mjs';
import type { RunningRegistry } from '../registries/registries.ts';

/** What a registry lacks of an image under a tag: `tag`, or digests of manifests and blobs; nothing when it is whole. */
export async function missingFrom(
  { url }: Pick<RunningRegistry, 'url'>,
  repository: string,
  tag: string,
  made: Image,
): Promise<string[]> {
  const at = `${url}/v2/${repository}`;
  const missing = [];
  if (!(await serves(`${at}/manifests/${tag}`, made.index))) missing.push('tag');
  for (const manifest of made.manifests)
    if (!(await serves(`${at}/manifests/${manifest.digest}`, manifest))) missing.push(manifest.digest);
  for (const blob of made.blobs)
    if (!(await serves(`${at}/blobs/${blob.digest}`, blob))) missing.push(blob.digest);
  return missing;
}

async function serves(url: string, { digest, mediaType }: Content): Promise<boolean> {
  const answer = await fetch(url, { headers: { Accept: mediaType } });
  const bytes = Buffer.from(await answer.arrayBuffer());
  return answer.ok && `sha256:${createHash('sha256').update(bytes).digest('hex')}` === digest;
}
