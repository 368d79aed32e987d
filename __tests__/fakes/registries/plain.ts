// Images without an index, as many small projects publish them.

import { type Child, image, push } from '../../../demo/images.mjs';

/** An image of one platform. */
export function plainImage(name: string, layerBytes = 1024): ReturnType<typeof image> {
  return image(name, { platforms: { 'linux/amd64': name }, layerBytes });
}

/** The one manifest of a plain image. */
export function manifestIn(made: ReturnType<typeof image>): Child {
  const [manifest] = made.manifests;
  if (manifest === undefined) throw new Error('an image without a manifest');
  return manifest;
}

/** The digest of the config blob of a plain image. */
export function configIn(made: ReturnType<typeof image>): string {
  return (JSON.parse(manifestIn(made).bytes.toString()) as { config: { digest: string } }).config.digest;
}

/** Puts a plain image under tags, without an index. */
export async function pushPlain(
  url: string,
  repository: string,
  made: ReturnType<typeof image>,
  tags: readonly string[],
): Promise<void> {
  await push(url, repository, made, []);
  const { bytes, mediaType } = manifestIn(made);
  for (const tag of tags) {
    const answer = await fetch(`${url}/v2/${repository}/manifests/${tag}`, {
      method: 'PUT',
      headers: { 'content-type': mediaType },
      body: new Uint8Array(bytes),
    });
    if (answer.status !== 201) throw new Error(`push of ${repository}:${tag}: ${answer.status}`);
  }
}

/** Which blobs of an image a repository lacks. */
export async function missingBlobs(
  url: string,
  repository: string,
  made: ReturnType<typeof image>,
): Promise<string[]> {
  const asked = made.blobs.map(async ({ digest }) => {
    const answer = await fetch(`${url}/v2/${repository}/blobs/${digest}`, { method: 'HEAD' });
    return answer.status === 200 ? [] : [digest];
  });
  return (await Promise.all(asked)).flat();
}
