// Manifests, blobs and tag lists of registries over kept-alive connections, all through one session. What is read is
// hashed. OCI distribution-spec, "Pulling manifests", "Pushing blobs", "Listing tags".

import type { ManifestBody, ManifestHead } from '../../image/manifest/manifest.ts';
import type { ReferrerEntry } from '../../image/manifest/referrers.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';
import type { Removal } from '../doors/registry.ts';
import { createSession, type SessionDeps } from '../session/session.ts';
import { type BlobSize, measureBlob, type OpenedBlob, openBlob, readBlob } from './blobs.ts';
import { type ListProgress, listReferrers, listTags, type Page, readPage } from './lists.ts';
import { headManifest, putManifest, type ReadOptions, readManifest, removeTag } from './manifests.ts';
import { createMemory } from './memory.ts';
import type { Client, ClientSettings } from './settings.ts';
import { mountBlob, putBlob, sendUpload, startUpload, type UploadPart } from './uploads.ts';

const MOST_REMEMBERED = 64 * 1024 * 1024;

/** Every function throws a Failure for what is neither done nor "not there". */
export type RegistryClient = {
  /** What a manifest's digest is, `null` when it is not there. Where a registry sends no digest the manifest is read and hashed. */
  head(name: Name, reference: string, options?: ReadOptions): Promise<ManifestHead | null>;
  /** The manifest itself; its digest is the hash of its bytes, whatever the registry says. */
  get(name: Name, reference: string, options?: ReadOptions): Promise<ManifestBody | null>;
  /** A manifest that this run has read already, from whatever repository; `null` where it has not. */
  recall(digest: Digest): ManifestBody | null;
  /** Stores a manifest under a tag or its digest. `not-found` means that something it refers to is not there. */
  put(name: Name, reference: string, body: ManifestBody): Promise<void>;
  /** Takes a tag away and nothing else: never by digest, which would take every tag of the manifest. */
  removeTag(name: Name, tag: string): Promise<Removal>;
  /** Every tag of a repository; `null` when there is no such repository. */
  listTags(name: Name): Promise<readonly string[] | null>;
  /** One page of a tag list; `query` as the page before gave it, empty for the first. `progress` counts the pages. */
  readPage(name: Name, query: string, progress?: ListProgress): Promise<Page>;
  /** What the registry's referrers API lists for a digest; `null` where it has no such API. */
  listReferrers(name: Name, digest: Digest): Promise<readonly ReferrerEntry[] | null>;
  /** A blob of at most `maxBytes`, hashed; `null` when it is not there. */
  getBlob(name: Name, digest: Digest, maxBytes: number): Promise<Uint8Array | null>;
  /** A blob as a stream, not hashed; `null` when it is not there. Its errors are Failures. */
  openBlob(name: Name, digest: Digest): Promise<OpenedBlob | null>;
  /** How long a blob is, as the registry states it; `null` when it is not there. */
  measureBlob(name: Name, digest: Digest): Promise<BlobSize | null>;
  /** Whether a blob is there. */
  hasBlob(name: Name, digest: Digest): Promise<boolean>;
  /** Stores a blob that is held whole. */
  putBlob(name: Name, digest: Digest, bytes: Uint8Array): Promise<void>;
  /** Takes a blob over from another repository of the same registry; false where the registry does not do it. */
  mountBlob(name: Name, digest: Digest, from: string): Promise<boolean>;
  /** Begins an upload and gives back where its parts go. */
  startUpload(name: Name): Promise<URL>;
  /** Streams one part of an upload, once; gives back where the next one goes. */
  sendUpload(name: Name, part: UploadPart): Promise<URL | null>;
};

/** Registries, through one session. */
export function createRegistry(
  settings: ClientSettings,
  deps: SessionDeps,
  session = createSession(settings, deps),
): RegistryClient {
  const memory = createMemory(MOST_REMEMBERED);
  const client: Client = { settings, deps, session, memory, headless: new Map(), refused: new Map() };
  return {
    head: (name, reference, options) => headManifest(client, name, reference, options),
    get: (name, reference, options) => readManifest(client, name, reference, options),
    recall: memory.recall,
    put: (name, reference, body) => putManifest(client, name, reference, body),
    removeTag: (name, tag) => removeTag(client, name, tag),
    listTags: (name) => listTags(client, name),
    listReferrers: (name, digest) => listReferrers(client, name, digest),
    readPage: (name, query, progress) => readPage(client, name, query, progress),
    getBlob: (name, digest, maxBytes) => readBlob(client, name, digest, maxBytes),
    openBlob: (name, digest) => openBlob(client, name, digest),
    measureBlob: (name, digest) => measureBlob(client, name, digest),
    hasBlob: async (name, digest) => (await measureBlob(client, name, digest)) !== null,
    putBlob: (name, digest, bytes) => putBlob(client, name, digest, bytes),
    mountBlob: (name, digest, from) => mountBlob(client, name, digest, from),
    startUpload: (name) => startUpload(client, name),
    sendUpload: (name, part) => sendUpload(client, name, part),
  };
}
