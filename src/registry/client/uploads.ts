// Blobs, written: mounted from another repository, put whole, or streamed in parts. OCI distribution-spec, "Pushing blobs".

import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { asFailure, type Reason } from '../../base/errors/failure.ts';
import { type Digest, isDigest } from '../../image/names/digest.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import {
  type Answer,
  asFailureOf,
  failureOf,
  isTemporary,
  TransportError,
  wrongAnswer,
} from '../http/answer.ts';
import { endpointOf } from '../http/endpoint.ts';
import type { Call } from '../session/session.ts';
import { measureBlob } from './blobs.ts';
import { describe } from './describe.ts';
import type { Client } from './settings.ts';

/** One part of an upload. `url` is where the registry wants it, PUT the one that ends the upload. */
export type UploadPart = {
  readonly method: 'PATCH' | 'PUT';
  readonly url: URL;
  readonly body: Readable;
  readonly headers: IncomingHttpHeaders;
};

/** What of a part's own headers goes on to the registry. */
const PART_HEADERS = ['content-type', 'content-length', 'content-range'] as const;

const NO_TOKEN: readonly Reason[] = ['denied', 'unsupported', 'not-found'];

/** Takes a blob over from another repository of the same registry; false where the registry does not. @throws Failure */
export async function mountBlob(client: Client, name: Name, digest: Digest, from: string): Promise<boolean> {
  const what = describe('mount', name, digest);
  const query = new URLSearchParams({ mount: digest, from });
  const call = { ...uploadCall(client, name, `?${query}`), mounts: from };
  const answer = await client.session.call(what, call).catch((thrown: unknown) => {
    // A token service that gives no token for two repositories: the blob is moved then, and that decides.
    if (NO_TOKEN.includes(asFailure(thrown).reason)) return null;
    throw thrown;
  });
  if (answer === null) return false;
  if (answer.status === 201) return true;
  if (answer.status === 202) await dropUpload(client, name, locationOf(answer));
  // Some registries refuse to mount what a login may read; the blob is moved then, and that decides.
  else if (answer.status >= 500 || answer.status === 401) throw client.session.refusal(what, call, answer);
  return false;
}

/** An upload that nobody goes on with holds disk on the registry for days; that it cannot be dropped harms nobody. */
async function dropUpload(client: Client, name: Name, location: URL | null): Promise<void> {
  if (location === null) return;
  const call: Call = { ...uploadCall(client, name, ''), method: 'DELETE', url: location };
  await client.session.call(describe('drop upload', name, ''), call).catch(() => undefined);
}

/** Stores a blob that is held whole. A put that fails begins again with a new upload. @throws Failure */
export async function putBlob(client: Client, name: Name, digest: Digest, bytes: Uint8Array): Promise<void> {
  const what = describe('PUT', name, digest);
  const call = uploadCall(client, name, '');
  const answer = await client.session.persist(what, call, async (tried) => {
    const started = await client.session.attempt(call, tried > 1);
    if (isSuccess(started) && started.status !== 202) return provenAs(client, name, digest, started);
    if (started.status !== 202) return started;
    const url = locationOf(started);
    if (url === null)
      throw new TransportError('unsupported', 'the registry names no place for an upload', false);
    url.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream' };
    const put = { ...call, method: 'PUT', url, headers, body: bytes } as const;
    const ended = asPassing(await client.session.attempt(put, true));
    return isCreated(ended, digest) ? ended : provenAs(client, name, digest, ended);
  });
  if (!isSuccess(answer)) throw client.session.refusal(what, call, answer);
}

function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status <= 299;
}

/** False for an answer that leaves it open whether the registry now has the blob, and no other: "accepted" is not "stored". */
function isCreated(answer: Answer, digest: Digest): boolean {
  const stored = answer.headers['docker-content-digest'] ?? digest;
  return !isSuccess(answer) || (answer.status === 201 && stored === digest);
}

/** The answer to an upload where the blob is there after it; many registries take a manifest without looking. */
async function provenAs(client: Client, name: Name, digest: Digest, answer: Answer): Promise<Answer> {
  if ((await measureBlob(client, name, digest)) !== null) return answer;
  const words = `the registry answered ${answer.status} to an upload, and does not have it`;
  throw new TransportError('corrupt', words, true);
}

/** An upload that got lost, or whose bytes did, is as good as one that was never begun. */
function asPassing(answer: Answer): Answer {
  if (answer.status < 400 || isTemporary(answer)) return answer;
  const { reason, message } = failureOf('upload', answer);
  if (answer.status === 404 || answer.status === 416 || reason === 'corrupt') {
    throw new TransportError(reason, message, true);
  }
  return answer;
}

/** Begins an upload; its parts go where this leads. @throws Failure */
export async function startUpload(client: Client, name: Name): Promise<URL> {
  const what = describe('POST', name, 'upload');
  const call = uploadCall(client, name, '');
  const answer = await client.session.call(what, call);
  if (answer.status !== 202) throw client.session.refusal(what, call, answer);
  const url = locationOf(answer);
  if (url !== null) return url;
  const wrong = wrongAnswer('nonsense', `${what}: the registry names no place for an upload`, answer);
  throw client.session.explain(call, wrong);
}

/**
 * Sends one part, once: a stream cannot be sent again. Gives back where the next one goes; after the last, which names the
 * blob, that is there. @throws Failure
 */
export async function sendUpload(client: Client, name: Name, part: UploadPart): Promise<URL | null> {
  const what = `${part.method} upload to ${formatName(name)}`;
  const { method, url, body } = part;
  const headers = Object.fromEntries(
    PART_HEADERS.flatMap((key) => (part.headers[key] === undefined ? [] : [[key, part.headers[key]]])),
  );
  const call = { ...uploadCall(client, name, ''), method, url, headers, body };
  const answer = await client.session.once(what, call);
  if (!isSuccess(answer)) throw client.session.refusal(what, call, answer);
  const digest = method === 'PUT' ? (url.searchParams.get('digest') ?? '') : '';
  if (!isDigest(digest) || isCreated(answer, digest)) return locationOf(answer);
  await provenAs(client, name, digest, answer).catch((thrown: unknown) => {
    throw client.session.explain(call, asFailureOf(what, thrown));
  });
  return locationOf(answer);
}

function uploadCall({ settings }: Client, name: Name, query: string): Call {
  const endpoint = endpointOf(name.registry, settings);
  const path = `/v2/${name.repository}/blobs/uploads/${query}`;
  const base = { endpoint, repository: name.repository, path, method: 'POST', access: 'push' } as const;
  return { ...base, headers: {}, kind: 'upload', maxBytes: 0, body: EMPTY };
}

const EMPTY = new Uint8Array();

/**
 * Where an upload goes on; null where the answer does not say. It may be another host, which gets no login. A registry
 * that does not know of the https before it names itself in plain http: what it means is where it was asked.
 */
function locationOf({
  headers: { location },
  url: { href, origin, protocol, hostname },
}: Answer): URL | null {
  const place = location === undefined ? null : URL.parse(location, href);
  const isOwn = place !== null && place.hostname === hostname;
  if (!isOwn || protocol !== 'https:' || place.protocol !== 'http:') return place;
  return new URL(`${place.pathname}${place.search}`, origin);
}
