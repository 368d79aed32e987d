// An upstream registry inside the test: images by tag and digest under whatever repository is asked for. A hook that
// answers a request by itself makes it go wrong.

import { type Content, type Image, image } from '../../../demo/images.mjs';
import { type Asked, classify } from '../faults/requests.ts';
import { type Handler, type Loopback, listen } from './loopback.ts';

/** True when it has answered, or never will. */
export type Hook = (asked: Asked, ...exchange: Parameters<Handler>) => boolean;

/** Serves these images, by tag, and lists the tags. */
export function startStore(images: Readonly<Record<string, Image>>, hook: Hook): Promise<Loopback> {
  const byDigest = new Map<string, Content>();
  for (const { index, manifests, blobs } of Object.values(images))
    for (const content of [index, ...manifests, ...blobs]) byDigest.set(content.digest, content);
  return listen((request, response) => {
    const asked = classify(request.method ?? '', request.url ?? '/');
    if (hook(asked, request, response)) return;
    if (asked.kind === 'ping') response.end('{}');
    else if (asked.kind === 'list') response.end(JSON.stringify({ tags: Object.keys(images) }));
    else {
      const name = asked.reference ?? '';
      const found = images[name]?.index ?? byDigest.get(name);
      if (found === undefined) response.writeHead(404).end();
      else {
        const { digest, mediaType, bytes } = found;
        response.writeHead(200, {
          'Content-Type': mediaType,
          'Content-Length': bytes.length,
          'Docker-Content-Digest': digest,
        });
        response.end(request.method === 'HEAD' ? undefined : bytes);
      }
    }
  });
}

/** So many images of one platform, by tags `t0`, `t1`, …; no two share a blob. */
export function manyImages(count: number): Record<string, Image> {
  const names = Array.from({ length: count }, (_, at) => `t${at}`);
  return Object.fromEntries(
    names.map((name) => [name, image(name, { platforms: { 'linux/amd64': name }, layerBytes: 64 })]),
  );
}
