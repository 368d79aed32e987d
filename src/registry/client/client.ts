// Manifests and small blobs of registries: HEAD, GET and PUT over kept-alive connections. What is read is hashed.
// OCI distribution-spec, "Pulling manifests" and "Pushing manifests".

import { Failure } from '../../base/errors/failure.ts';
import { backoffOf } from '../../base/flow/backoff.ts';
import { nap } from '../../base/flow/clock.ts';
import { parseObject } from '../../base/text/json.ts';
import { ACCEPT, type ManifestBody, type ManifestHead } from '../../image/manifest/manifest.ts';
import { type Digest, digestOf, isDigest } from '../../image/names/digest.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import { type Answer, failureOf } from '../http/answer.ts';
import { endpointOf } from '../http/endpoint.ts';
import type { ExchangeSettings, TrafficSettings } from '../http/exchange.ts';
import { type Call, createSession, type Session, type SessionDeps } from './session.ts';
import type { Access } from './tokens.ts';

/** What a client needs to be told; it holds what the traffic of a run needs too. */
export type ClientSettings = TrafficSettings &
  ExchangeSettings & {
    /** The longest manifest that is read, in bytes. */
    readonly manifestBytes: number;
    /** Milliseconds before a "not there" is asked about again, where the caller wants it confirmed. */
    readonly confirmWait: number;
  };

/** The built-in settings: distribution-spec asks registries to take manifests of 4 MiB. Durations in milliseconds. */
export const REGISTRY_DEFAULTS: ClientSettings = {
  registries: {},
  hosts: null,
  proxy: { https: '', http: '', no: '' },
  ca: [],
  concurrency: 16,
  pauseTotal: 15 * 60_000,
  deadlines: { connect: 10_000, firstByte: 30_000, stall: 30_000, exchange: 5 * 60_000 },
  retry: { attempts: 5, rateAttempts: 8, backoff: 1_500, backoffCap: 8_000, waitCap: 120_000 },
  userAgent: 'fresh-mirror',
  manifestBytes: 4 * 1024 * 1024,
  confirmWait: 2_000,
};

/** `confirm`: ask once more, after a moment, before a "not there" is believed. */
type ReadOptions = { readonly confirm?: boolean };

/** Every function throws a Failure for what is neither done nor "not there". */
export type RegistryClient = {
  /** What a manifest's digest is, `null` when it is not there. Where a registry sends no digest the manifest is read and hashed. */
  head(name: Name, reference: string, options?: ReadOptions): Promise<ManifestHead | null>;
  /** The manifest itself; its digest is the hash of its bytes, whatever the registry says. */
  get(name: Name, reference: string, options?: ReadOptions): Promise<ManifestBody | null>;
  /** Stores a manifest under a tag or its digest. `not-found` means that something it refers to is not there. */
  put(name: Name, reference: string, body: ManifestBody): Promise<void>;
  /**
   * Takes a tag away and nothing else: never by digest, which would take every tag of the manifest. True when it is
   * gone, false where the registry does not grant it.
   */
  removeTag(name: Name, tag: string): Promise<boolean>;
  /** A blob of at most `maxBytes`, hashed; `null` when it is not there. */
  getBlob(name: Name, digest: Digest, maxBytes: number): Promise<Uint8Array | null>;
  /** Whether a blob is there. */
  hasBlob(name: Name, digest: Digest): Promise<boolean>;
  /** Checks host, realm and login before crane goes there. @throws Failure what the first request would meet */
  prove(name: Name, access: Access): Promise<void>;
};

type Client = { readonly settings: ClientSettings; readonly deps: SessionDeps; readonly session: Session };

/** Registries, through one session. Every function throws a Failure for what is neither done nor "not there". */
export function createRegistry(settings: ClientSettings, deps: SessionDeps): RegistryClient {
  const client: Client = { settings, deps, session: createSession(settings, deps) };
  const { session } = client;
  return {
    head: async (name, reference, options) =>
      (await headManifest(client, name, reference)) ?? confirmMissing(client, name, reference, options),
    get: async (name, reference, options) =>
      (await readManifest(client, name, reference)) ?? confirmMissing(client, name, reference, options),
    put: (name, reference, body) => putManifest(client, name, reference, body),
    removeTag: (name, tag) => removeTag(client, name, tag),
    getBlob: (name, digest, maxBytes) => readBlob(client, name, digest, maxBytes),
    hasBlob: (name, digest) => hasBlob(client, name, digest),
    prove: async ({ registry, repository }, access) =>
      session.prove({ endpoint: endpointOf(registry, settings), repository, access }),
  };
}

// By GET in any case: there are registries that answer 404 to HEAD alone.
async function confirmMissing(
  client: Client,
  name: Name,
  reference: string,
  options: ReadOptions | undefined,
): Promise<ManifestBody | null> {
  if (options?.confirm !== true) return null;
  await nap(client.deps.clock, client.settings.confirmWait, client.deps.signal);
  return readManifest(client, name, reference);
}

async function headManifest(client: Client, name: Name, reference: string): Promise<ManifestHead | null> {
  const what = describe('HEAD', name, reference);
  const call = { ...manifestCall(client, name, reference), method: 'HEAD', kind: 'manifest-head' } as const;
  const answer = await client.session.call(what, call);
  if (answer.status === 404) return null;
  const stated = statedDigest(answer);
  if (answer.status === 200) {
    if (isDigest(reference) && (stated === null || stated === reference)) return toHead(reference, answer);
    if (!isDigest(reference) && stated !== null) return toHead(stated, answer);
  } else if (answer.status !== 405 && answer.status !== 501) throw failureOf(what, answer);
  // A registry without HEAD, or one that sends no digest: the hash of the body is the digest.
  client.deps.log.debug(`${what}: no digest in the answer, reading the manifest`);
  return readManifest(client, name, reference);
}

/** The digest in the answer's own header, `null` when there is none that can be read. */
function statedDigest({ headers }: Answer): Digest | null {
  const digest = headers['docker-content-digest'];
  return typeof digest === 'string' && isDigest(digest) ? digest : null;
}

function toHead(digest: Digest, answer: Answer): ManifestHead {
  return { digest, mediaType: mediaTypeOf(answer) };
}

async function readManifest(client: Client, name: Name, reference: string): Promise<ManifestBody | null> {
  const what = describe('GET', name, reference);
  const call = { ...manifestCall(client, name, reference), method: 'GET', kind: 'manifest-get' } as const;
  const answer = await readHashed(client, what, call, isDigest(reference) ? reference : null);
  if (answer === null) return null;
  const fields = parseObject(answer.body.toString('utf8'));
  if (fields === null) throw new Failure('unsupported', `${what}: the answer is not a manifest`);
  const digest = digestOf(answer.body, isDigest(reference) ? reference : undefined);
  const mediaType = typeof fields.mediaType === 'string' ? fields.mediaType : '';
  return { digest, mediaType: mediaTypeOf(answer) || mediaType, bytes: answer.body };
}

/**
 * The answer to a GET whose body hashes to `wanted`, else to the digest in its own header. A body that does not is
 * read again, since it may have been cut or altered on its way. One that stays the same is believed when it was asked
 * for by tag: some registries state a wrong digest.
 */
async function readHashed(
  client: Client,
  what: string,
  call: Call,
  wanted: Digest | null,
): Promise<Answer | null> {
  const { retry } = client.settings;
  let before: Digest | null = null;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await client.session.call(what, call);
    if (answer.status === 404) return null;
    if (answer.status !== 200) throw failureOf(what, answer);
    const expected = wanted ?? statedDigest(answer);
    const digest = digestOf(answer.body, expected ?? undefined);
    if (expected === null || digest === expected) return answer;
    if (wanted === null && digest === before) {
      client.deps.log.warning(`${what}: the registry states another digest than the one its manifest has`);
      return answer;
    }
    if (attempt >= retry.attempts)
      throw new Failure('corrupt', `${what}: content does not match ${expected}`);
    before = digest;
    const { clock, random = Math.random, signal } = client.deps;
    await nap(clock, backoffOf(attempt, retry, random), signal);
  }
}

async function putManifest(client: Client, name: Name, reference: string, body: ManifestBody): Promise<void> {
  const what = describe('PUT', name, reference);
  const base = manifestCall(client, name, reference);
  const headers = { 'content-type': body.mediaType };
  const call = {
    ...base,
    method: 'PUT',
    access: 'push',
    kind: 'manifest-put',
    headers,
    body: body.bytes,
  } as const;
  const answer = await client.session.call(what, call);
  if (!isDone(answer)) throw failureOf(what, answer);
}

// 400 and 405 are what distribution-spec, "Deleting tags", has for a registry that does not do it; distribution 2.8
// says 400 DIGEST_INVALID. A login without the right is the same to us: the tag stays.
const NOT_GRANTED = new Set([400, 401, 403, 405, 501]);

async function removeTag(client: Client, name: Name, tag: string): Promise<boolean> {
  if (isDigest(tag)) throw new Error('a tag is removed by its name, never by a digest');
  const what = describe('DELETE', name, tag);
  const base = manifestCall(client, name, tag);
  const call = { ...base, method: 'DELETE', access: 'delete', kind: 'other' } as const;
  const answer = await client.session.call(what, call);
  if (isDone(answer) || answer.status === 404) return true;
  if (!NOT_GRANTED.has(answer.status)) throw failureOf(what, answer);
  client.deps.log.debug(failureOf(what, answer).message);
  return false;
}

async function readBlob(
  client: Client,
  name: Name,
  digest: Digest,
  maxBytes: number,
): Promise<Uint8Array | null> {
  const call = { ...blobCall(client, name, digest), method: 'GET', kind: 'blob-get', maxBytes } as const;
  const answer = await readHashed(client, describe('GET', name, digest), call, digest);
  return answer?.body ?? null;
}

async function hasBlob(client: Client, name: Name, digest: Digest): Promise<boolean> {
  const what = describe('HEAD', name, digest);
  const answer = await client.session.call(what, blobCall(client, name, digest));
  if (answer.status !== 200 && answer.status !== 404) throw failureOf(what, answer);
  return answer.status === 200;
}

/** True for a status that says that it was done. */
function isDone({ status }: Answer): boolean {
  return status >= 200 && status <= 299;
}

function manifestCall({ settings }: Client, name: Name, reference: string): Omit<Call, 'method' | 'kind'> {
  const path = `/v2/${name.repository}/manifests/${encodeURIComponent(reference).replace('%3A', ':')}`;
  const base = { endpoint: endpointOf(name.registry, settings), repository: name.repository, path };
  return { ...base, access: 'pull', headers: { accept: ACCEPT }, maxBytes: settings.manifestBytes };
}

function blobCall({ settings }: Client, name: Name, digest: Digest): Call {
  const path = `/v2/${name.repository}/blobs/${digest}`;
  const base = { endpoint: endpointOf(name.registry, settings), repository: name.repository, path };
  return { ...base, access: 'pull', headers: {}, method: 'HEAD', kind: 'other', maxBytes: 0 };
}

function describe(method: string, name: Name, reference: string): string {
  return `${method} ${formatName(name)}${isDigest(reference) ? '@' : ':'}${reference}`;
}

/** Content-Type without parameters; empty when it is missing or says nothing about a manifest. */
function mediaTypeOf({ headers }: Answer): string {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return /^application\/vnd\.[\w.+-]+$/.test(type) ? type : '';
}
