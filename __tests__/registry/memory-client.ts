// A RegistryClient in two maps: it does no request, and writes down every call.

import { Readable } from 'node:stream';
import { Failure } from '../../src/base/errors/failure.ts';
import {
  type Descriptor,
  decodeManifest,
  isImageType,
  isIndexType,
  isNondistributable,
  type Manifest,
  type ManifestBody,
} from '../../src/image/manifest/manifest.ts';
import { type Digest, digestOf } from '../../src/image/names/digest.ts';
import { lookUp } from '../../src/image/names/look-up.ts';
import type { Name } from '../../src/image/names/reference.ts';
import type { RegistryClient } from '../../src/registry/client/client.ts';

export type MemoryClient = RegistryClient & {
  readonly manifests: Map<string, ManifestBody>;
  readonly blobs: Map<string, Uint8Array>;
  /** Every call in order: `<function> <look-up key>`. */
  readonly calls: string[];
  /** What to throw, by call; a function decides at the time of the call. */
  readonly faults: Map<string, Failure | (() => Failure | null)>;
  /** What runs while a call is under way, by call. */
  readonly during: Map<string, () => Promise<void> | void>;
  /** What the registries do with a mount. */
  mounts: 'yes' | 'no' | 'says yes and does nothing';
  /** How often a function was called, for all or for one key. */
  count(call: string): number;
};

function partsOf({ bytes, mediaType }: ManifestBody): readonly Descriptor[] {
  if (!isIndexType(mediaType) && !isImageType(mediaType)) return [];
  const manifest = decodeManifest(bytes, mediaType);
  if (manifest.kind === 'index') return manifest.entries;
  return manifest.kind === 'image' ? blobsOf(manifest) : [];
}

function blobsOf({ config, layers }: Manifest & { kind: 'image' }): Descriptor[] {
  return [config, ...layers].filter((blob) => !isNondistributable(blob));
}

export function memoryClient(): MemoryClient {
  const manifests = new Map<string, ManifestBody>();
  const blobs = new Map<string, Uint8Array>();
  const known = new Map<Digest, ManifestBody>();
  const calls: string[] = [];
  const faults: MemoryClient['faults'] = new Map();
  const during: MemoryClient['during'] = new Map();
  const note = async (kind: string, name: Name, reference: string): Promise<string> => {
    const key = lookUp(name, reference);
    const call = `${kind} ${key}`;
    calls.push(call);
    // Never in one breath: what runs at the same time gets its turn.
    await new Promise((resolve) => setImmediate(resolve));
    await during.get(call)?.();
    const fault = faults.get(call);
    const failure = typeof fault === 'function' ? fault() : fault;
    if (failure) throw failure;
    return key;
  };
  const uploads = new Map<string, Buffer[]>();
  const client: MemoryClient = {
    manifests,
    blobs,
    calls,
    faults,
    during,
    mounts: 'yes',
    count: (call) => calls.filter((made) => made === call || made.startsWith(`${call} `)).length,
    async head(name, reference) {
      return manifests.get(await note('head', name, reference)) ?? null;
    },
    async get(name, reference) {
      const body = manifests.get(await note('get', name, reference)) ?? null;
      if (body !== null) known.set(body.digest, body);
      return body;
    },
    recall: (digest) => known.get(digest) ?? null,
    async put(name, reference, body) {
      const key = await note('put', name, reference);
      // As registries do: what a manifest refers to is there before it.
      for (const { digest } of partsOf(body)) {
        const part = lookUp(name, digest);
        if (!blobs.has(part) && !manifests.has(part)) throw new Failure('not-found', `${digest} unknown`);
      }
      manifests.set(key, body);
    },
    async removeTag(name, tag) {
      return manifests.delete(await note('removeTag', name, tag)) ? 'done' : 'absent';
    },
    async listTags(name) {
      await note('listTags', name, '');
      return null;
    },
    async listReferrers(name, digest) {
      await note('listReferrers', name, digest);
      return null;
    },
    async readPage(name, query) {
      await note('readPage', name, query);
      throw new Failure('not-found', 'there is no such repository');
    },
    async getBlob(name, digest) {
      return blobs.get(await note('getBlob', name, digest)) ?? null;
    },
    async openBlob(name, digest) {
      const bytes = blobs.get(await note('openBlob', name, digest));
      if (bytes === undefined) return null;
      const explain = (thrown: unknown) =>
        thrown instanceof Failure ? thrown : new Failure('network', String(thrown));
      return { length: String(bytes.length), stream: Readable.from([Buffer.from(bytes)]), explain };
    },
    async measureBlob(name, digest) {
      const bytes = blobs.get(await note('measureBlob', name, digest));
      return bytes === undefined ? null : { length: String(bytes.length) };
    },
    async hasBlob(name, digest) {
      return blobs.has(await note('hasBlob', name, digest));
    },
    async putBlob(name, digest, bytes) {
      blobs.set(await note('putBlob', name, digest), bytes);
    },
    async mountBlob(name, digest, from) {
      const key = await note('mountBlob', name, digest);
      const bytes = blobs.get(lookUp({ ...name, repository: from }, digest));
      if (client.mounts === 'no') return false;
      if (client.mounts === 'yes' && bytes !== undefined) blobs.set(key, bytes);
      return client.mounts !== 'yes' || bytes !== undefined;
    },
    async startUpload(name) {
      await note('startUpload', name, 'upload');
      const url = new URL(`http://${name.registry}/uploads/${uploads.size}?state=0`);
      uploads.set(url.pathname, []);
      return url;
    },
    async sendUpload(name, { method, url, body }) {
      const chunks = uploads.get(url.pathname) ?? [];
      for await (const chunk of body) chunks.push(chunk as Buffer);
      await note(method, name, url.href);
      if (method === 'PUT') {
        const bytes = Buffer.concat(chunks);
        blobs.set(lookUp(name, digestOf(bytes)), bytes);
      }
      const next = new URL(url);
      next.searchParams.set('state', String(chunks.length));
      return next;
    },
  };
  return client;
}
