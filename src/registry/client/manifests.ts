// Manifests: HEAD, GET and PUT, and the removal of a tag. OCI distribution-spec, "Pulling manifests" and "Pushing manifests".

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { backoffOf } from '../../base/flow/backoff.ts';
import { GivenUp } from '../../base/flow/breaker.ts';
import { nap } from '../../base/flow/clock.ts';
import { onceEach } from '../../base/flow/limit.ts';
import { parseObject } from '../../base/text/json.ts';
import { ACCEPT, type ManifestBody, type ManifestHead } from '../../image/manifest/manifest.ts';
import { type Digest, digestOf, isDigest } from '../../image/names/digest.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import type { Removal } from '../doors/registry.ts';
import { type Answer, looksWhole, unpacked, wrongAnswer } from '../http/answer.ts';
import { endpointOf } from '../http/endpoint.ts';
import { retryWords } from '../limits/waits.ts';
import type { Call } from '../session/session.ts';
import { describe } from './describe.ts';
import type { Client } from './settings.ts';

/** `confirm`: ask once more, after a moment, before a "not there" is believed. */
export type ReadOptions = { readonly confirm?: boolean };

/** What a manifest's digest is; null when it is not there. @throws Failure */
export async function headManifest(
  client: Client,
  name: Name,
  reference: string,
  options?: ReadOptions,
): Promise<ManifestHead | null> {
  const head = await askHead(client, name, reference);
  return head ?? confirmMissing(client, name, reference, options);
}

// Asked again by GET: there are registries that answer 404 to HEAD alone.
async function confirmMissing(
  client: Client,
  name: Name,
  reference: string,
  options: ReadOptions | undefined,
): Promise<ManifestBody | null> {
  if (options?.confirm !== true) return null;
  await nap(client.deps.clock, client.settings.confirmWait, client.deps.signal);
  return readOnce(client, name, reference);
}

async function askHead(client: Client, name: Name, reference: string): Promise<ManifestHead | null> {
  const what = describe('HEAD', name, reference);
  const call = { ...manifestCall(client, name, reference), method: 'HEAD', kind: 'manifest-head' } as const;
  if ((client.headless.get(call.endpoint.host) ?? 0) >= NEVER_HEAD) return readOnce(client, name, reference);
  const answer = await client.session.call(what, call).catch((thrown: unknown) => asFailure(thrown));
  if (answer instanceof Failure) {
    if (answer.reason !== 'server-error' || answer instanceof GivenUp) throw answer;
    return readInstead(client, call, name, reference, answer);
  }
  if (answer.status === 404) return null;
  const stated = statedDigest(answer);
  if (answer.status === 200) {
    if (isDigest(reference) && (stated === null || stated === reference)) return toHead(reference, answer);
    if (!isDigest(reference) && stated !== null) return toHead(stated, answer);
    // One that sends no digest: the hash of the body is the digest.
    client.deps.log.debug(`${what}: no digest in the answer, reading the manifest`);
    return readOnce(client, name, reference);
  }
  const refusal = client.session.refusal(what, call, answer);
  if (WORDLESS.has(answer.status)) throw await refusedWith(client, name, reference, refusal);
  if (!NO_HEAD.has(answer.status)) throw refusal;
  return readInstead(client, call, name, reference, refusal);
}

/** Once may have been a bad moment of the registry, or of its token service. */
const NEVER_HEAD = 2;

// What registries without HEAD answer to it, some of them although GET works.
const NO_HEAD = new Set([400, 405, 501]);

// Refusals whose words say what to do, and an answer to HEAD has none: a firewall, a policy, an image held back.
const WORDLESS = new Set([403, 412]);

/** What GET is refused with, asked once for each repository; `refusal` where it is not. */
function refusedWith(client: Client, name: Name, reference: string, refusal: Failure): Promise<Failure> {
  return onceEach(client.refused, formatName(name), () =>
    readOnce(client, name, reference).then(
      () => refusal,
      (thrown: unknown) => asFailure(thrown),
    ),
  );
}

/** Where GET works and HEAD does not, HEAD is not asked of that host any more. */
async function readInstead(
  client: Client,
  { endpoint }: Pick<Call, 'endpoint'>,
  ...[name, reference, why]: [Name, string, Failure]
): Promise<ManifestBody | null> {
  client.deps.log.debug(`${why.detail}; reading the manifest`);
  // What GET is refused with says more of the tag; unless the host was given up before it was asked.
  const body = await readOnce(client, name, reference).catch((thrown: unknown) => {
    throw thrown instanceof GivenUp ? why : thrown;
  });
  if (body !== null) client.headless.set(endpoint.host, (client.headless.get(endpoint.host) ?? 0) + 1);
  return body;
}

/** The digest in the answer's own header, `null` when there is none that can be read. */
function statedDigest({ headers }: Answer): Digest | null {
  const digest = headers['docker-content-digest'];
  return typeof digest === 'string' && isDigest(digest) ? digest : null;
}

function toHead(digest: Digest, answer: Answer): ManifestHead {
  return { digest, mediaType: mediaTypeOf(answer) };
}

/** The manifest itself, hashed; null when it is not there. @throws Failure */
export async function readManifest(
  client: Client,
  name: Name,
  reference: string,
  options?: ReadOptions,
): Promise<ManifestBody | null> {
  const body = await readOnce(client, name, reference);
  return body ?? confirmMissing(client, name, reference, options);
}

async function readOnce(client: Client, name: Name, reference: string): Promise<ManifestBody | null> {
  const what = describe('GET', name, reference);
  const call = { ...manifestCall(client, name, reference), method: 'GET', kind: 'manifest-get' } as const;
  const answer = await readHashed(client, what, call, isDigest(reference) ? reference : null);
  if (answer === null) return null;
  const fields = parseObject(answer.body.toString('utf8'));
  if (fields === null) {
    const wrong = wrongAnswer('nonsense', `${what}: the answer is not a manifest`, answer);
    throw client.session.explain(call, wrong);
  }
  const digest = digestOf(answer.body, isDigest(reference) ? reference : undefined);
  // Its own word goes before that of the header: the body is hashed, and a registry takes no other type with it.
  const own = typeof fields.mediaType === 'string' ? fields.mediaType : '';
  const body = { digest, mediaType: own || mediaTypeOf(answer), bytes: answer.body };
  client.memory.keep(body);
  return body;
}

/**
 * The answer to a GET whose body hashes to `wanted`, else to the digest in its own header, or where that states none looks
 * like a manifest. A body that does not is read again, since it may have been cut or altered on its way. One that stays
 * the same is believed when it was asked for by tag: some registries state a wrong digest.
 */
export async function readHashed(
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
    if (answer.status !== 200) throw client.session.refusal(what, call, answer);
    const expected = wanted ?? statedDigest(answer);
    const digest = digestOf(answer.body, expected ?? undefined);
    if (expected === null ? looksWhole(answer.body) : digest === expected) return answer;
    const whole = unpacked(answer, call.maxBytes);
    if (expected !== null && digestOf(whole.body, expected) === expected) return whole;
    if (wanted === null && digest === before) {
      if (expected !== null) client.deps.log.warning(`${what}: ${OTHER_DIGEST}`);
      return answer;
    }
    if (expected === null && attempt >= retry.attempts) return answer;
    if (attempt >= retry.attempts) {
      const wrong = wrongAnswer('mismatch', `${what}: content does not match ${expected}`);
      throw client.session.explain(call, wrong);
    }
    before = digest;
    const { clock, traffic, random = Math.random, signal } = client.deps;
    const milliseconds = backoffOf(attempt, retry, random);
    const words = retryWords(call.endpoint.registry, expected === null ? NO_MANIFEST : NOT_THAT);
    traffic.waits.begin({ host: call.endpoint.host, cause: 'corrupt', milliseconds, words });
    await nap(clock, milliseconds, signal);
  }
}

const OTHER_DIGEST = 'the registry states another digest than the one its manifest has';
const NO_MANIFEST = 'sent something that is not a manifest';
const NOT_THAT = 'sent content that is not what its digest says';

/** Stores a manifest under a tag or its digest. @throws Failure, `not-found` where something it refers to is missing */
export async function putManifest(
  client: Client,
  name: Name,
  reference: string,
  body: ManifestBody,
): Promise<void> {
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
  if (!isDone(answer)) throw client.session.refusal(what, call, answer);
}

// 400 and 405 are what distribution-spec, "Deleting tags", has for a registry that does not do it; distribution 2.8
// says 400 DIGEST_INVALID. A login without the right is the same to us: the tag stays.
const NOT_GRANTED = new Set([400, 401, 403, 405, 501]);

/** Takes one tag away. @throws Failure */
export async function removeTag(client: Client, name: Name, tag: string): Promise<Removal> {
  if (isDigest(tag)) throw new Error('a tag is removed by its name, never by a digest');
  const what = describe('DELETE', name, tag);
  const base = manifestCall(client, name, tag);
  const call = { ...base, method: 'DELETE', access: 'delete', kind: 'other' } as const;
  const answer = await client.session.call(what, call).catch((thrown: unknown) => {
    // A token service that gives no token for it says the same.
    if (asFailure(thrown).reason === 'denied') return null;
    throw thrown;
  });
  if (answer === null) return 'not-granted';
  if (isDone(answer)) return 'done';
  if (answer.status === 404) return 'absent';
  const refusal = client.session.refusal(what, call, answer);
  if (!NOT_GRANTED.has(answer.status)) throw refusal;
  client.deps.log.debug(refusal.detail);
  return 'not-granted';
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

/** Content-Type without parameters; empty when it is missing or says nothing about a manifest. */
function mediaTypeOf({ headers }: Answer): string {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return /^application\/vnd\.[\w.+-]+$/.test(type) ? type : '';
}
