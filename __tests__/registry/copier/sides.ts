// Two registries in memory with a copier between them; streams are counted, and move what they were told to.

import {
  type Descriptor,
  type ManifestBody,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../../src/image/manifest/manifest.ts';
import { type Digest, digestOf } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { formatName, type Name } from '../../../src/image/names/reference.ts';
import { createCopier } from '../../../src/registry/copier/copier.ts';
import type { LargeCopy } from '../../../src/registry/crane/stream.ts';
import { type MemoryClient, memoryClient } from '../memory-client.ts';

export const FROM: Name = { registry: 'up.example', repository: 'a' };
export const TO: Name = { registry: 'mirror.example', repository: 'b' };

/** Bytes of a blob, and what points at them; `size` may be any: nothing here is weighed. */
export type Blob = { readonly bytes: Uint8Array; readonly descriptor: Descriptor };

export function blob(
  text: string,
  size?: number,
  mediaType = 'application/vnd.oci.image.layer.v1.tar',
): Blob {
  const bytes = Buffer.from(text);
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: size ?? bytes.length } };
}

export const small = (text: string): Blob => blob(text);
export const large = (text: string): Blob => blob(text, 64 * 1024 * 1024);

/** A manifest and what it refers to. */
export type Image = {
  readonly body: ManifestBody;
  readonly blobs: readonly Blob[];
  readonly children: readonly Image[];
};

function manifest(mediaType: string, fields: object): ManifestBody {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...fields }));
  return { digest: digestOf(bytes), mediaType, bytes };
}

export function image(name: string, ...layers: Blob[]): Image {
  const config = blob(`{"config":"${name}"}`, undefined, 'application/vnd.oci.image.config.v1+json');
  const fields = { config: config.descriptor, layers: layers.map(({ descriptor }) => descriptor) };
  return { body: manifest(OCI_MANIFEST, fields), blobs: [config, ...layers], children: [] };
}

export function index(...children: Image[]): Image {
  const manifests = children.map(({ body }) => ({
    mediaType: body.mediaType,
    digest: body.digest,
    size: body.bytes.length,
  }));
  return { body: manifest(OCI_INDEX, { manifests }), blobs: [], children };
}

/** Schema 1, which nobody but crane can read. */
export function old(name: string): Image {
  const mediaType = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 1, name }));
  return { body: { digest: digestOf(bytes), mediaType, bytes }, blobs: [], children: [] };
}

/** Puts an image with all its content into a repository. */
export function store(client: MemoryClient, name: Name, { body, blobs, children }: Image): void {
  client.manifests.set(lookUp(name, body.digest), body);
  for (const { bytes, descriptor } of blobs) client.blobs.set(lookUp(name, descriptor.digest), bytes);
  for (const child of children) store(client, name, child);
}

/** What of an image a repository lacks. */
export function lacks(client: MemoryClient, name: Name, { body, blobs, children }: Image): Digest[] {
  const own = client.manifests.has(lookUp(name, body.digest)) ? [] : [body.digest];
  const lost = blobs
    .map(({ descriptor }) => descriptor.digest)
    .filter((digest) => !client.blobs.has(lookUp(name, digest)));
  return [...own, ...lost, ...children.flatMap((child) => lacks(client, name, child))];
}

const moment = () => new Promise((resolve) => setImmediate(resolve));

export function copierWith(listedNothing: readonly Name[] = []) {
  const client = memoryClient();
  const streams: { digest: Digest; missing: readonly Digest[] | null }[] = [];
  const under = new Set<LargeCopy>();
  /** The most streams at once, and layers that two of them brought at the same time. */
  const seen = { most: 0, shared: [] as Digest[] };
  const faults: (Error | null)[] = [];
  const slept: number[] = [];
  const stream = async (copy: LargeCopy): Promise<void> => {
    const missing = copy.missing === null ? null : [...copy.missing.keys()];
    streams.push({ digest: copy.digest, missing });
    for (const other of under)
      seen.shared.push(...(missing ?? []).filter((digest) => other.missing?.has(digest)));
    under.add(copy);
    seen.most = Math.max(seen.most, under.size);
    for (let turn = 0; turn < 20; turn += 1) await moment();
    under.delete(copy);
    const fault = faults.shift() ?? null;
    if (fault !== null) throw fault;
    for (const digest of missing ?? []) {
      const bytes = client.blobs.get(lookUp(copy.from, digest));
      if (bytes !== undefined) client.blobs.set(lookUp(copy.to, digest), bytes);
    }
    const body = client.manifests.get(lookUp(copy.from, copy.digest));
    if (missing === null && body !== undefined) client.manifests.set(lookUp(copy.to, copy.digest), body);
  };
  const empty = new Set(listedNothing.map(formatName));
  const copier = createCopier({
    client,
    stream,
    listedNothing: (name) => empty.has(formatName(name)),
    sleep: async (milliseconds) => void slept.push(milliseconds),
    signal: new AbortController().signal,
  });
  return { ...copier, client, streams, seen, faults, slept };
}
