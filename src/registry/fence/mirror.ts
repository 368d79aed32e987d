// What crane asks of the mirror: what is there, and uploads. What the copier settled already is answered here, so that
// crane uploads the blobs that are missing and nothing else.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { asFailure, type Failure } from '../../base/errors/failure.ts';
import { digestOf, isDigest } from '../../image/names/digest.ts';
import type { Pass, Upload } from './pass.ts';
import { replyEmpty, replyManifest, replyPassing } from './reply.ts';
import type { Ends } from './source.ts';

/** Answers a request for `rest`, the path after the repository. @throws Failure */
export async function answerMirror(
  ends: Ends,
  rest: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, kind = '', reference = '', query = ''] =
    /^(manifests|blobs\/uploads|blobs)\/([^/?]*)(?:\?(.*))?$/.exec(rest) ?? [];
  const { method = '' } = request;
  switch (`${method} ${kind}`) {
    case 'HEAD manifests':
    case 'GET manifests':
      return showManifest(ends, reference, response);
    case 'PUT manifests':
      return takeManifest(ends, reference, request, response);
    case 'HEAD blobs':
      return showBlob(ends, reference, response);
    case 'POST blobs/uploads':
      return startUpload(ends, response);
    case 'PATCH blobs/uploads':
    case 'PUT blobs/uploads':
      return passUpload(ends, { id: reference, query }, request, response);
    default:
      replyEmpty(response, 404);
  }
}

/** A manifest whose blobs are missing counts as missing: crane takes one that is there for whole. */
async function showManifest(
  { client, name, pass }: Ends,
  reference: string,
  response: ServerResponse,
): Promise<void> {
  const body = pass.errand.missing === null ? await client.get(name, reference) : null;
  if (body === null) replyEmpty(response, 404);
  else replyManifest(response, body);
}

/** The copier puts manifests by itself, once all is there; only what it cannot read is put by crane. */
async function takeManifest(
  { client, name, pass }: Ends,
  reference: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const bytes = await buffer(request);
  const digest = digestOf(bytes, isDigest(reference) ? reference : undefined);
  const mediaType = request.headers['content-type'] ?? '';
  if (pass.errand.missing === null) await client.put(name, reference, { digest, mediaType, bytes });
  replyEmpty(response, 201, { 'docker-content-digest': digest });
}

async function showBlob(
  { client, name, pass }: Ends,
  digest: string,
  response: ServerResponse,
): Promise<void> {
  const { missing } = pass.errand;
  if (!isDigest(digest)) return replyEmpty(response, 404);
  const there = missing === null ? await client.hasBlob(name, digest) : !missing.has(digest);
  replyEmpty(response, there ? 200 : 404);
}

async function startUpload({ client, name, pass }: Ends, response: ServerResponse): Promise<void> {
  const id = randomUUID();
  pass.upload(id, await client.startUpload(name));
  replyEmpty(response, 202, { location: locationOf(name.repository, id), range: '0-0' });
}

function locationOf(repository: string, id: string): string {
  return `/v2/${repository}/blobs/uploads/${id}`;
}

/** What a request carries, apart from the request: when the mirror does not take it, crane is still to hear so. */
function bodyOf(request: IncomingMessage): Readable {
  const body = new PassThrough();
  // Whoever sends it hears of it there.
  body.on('error', () => undefined);
  request.once('error', (error) => body.destroy(error));
  return request.pipe(body);
}

/** Streams a part of an upload to where the registry wants it. A part can be sent once only, so nothing is retried here. */
async function passUpload(
  { client, name, pass }: Ends,
  { id, query }: { readonly id: string; readonly query: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const upload = pass.uploads.get(id);
  if (upload === undefined) return replyEmpty(response, 404);
  const url = new URL(upload.at);
  for (const [key, value] of new URLSearchParams(query)) url.searchParams.set(key, value);
  try {
    const method = request.method === 'PUT' ? 'PUT' : 'PATCH';
    const next = await client.sendUpload(name, {
      method,
      url,
      body: bodyOf(request),
      headers: request.headers,
    });
    pass.upload(id, next ?? upload.at);
    replyEmpty(response, method === 'PUT' ? 201 : 202, { location: locationOf(name.repository, id) });
  } catch (thrown) {
    // Where crane broke off by itself, nothing is known against the mirror.
    if (request.errored === null) meet(pass, upload, asFailure(thrown));
    pass.upload(id, upload.at);
    replyPassing(response);
  }
}

/** An upload that got lost, or of which the mirror has another part than was sent, may go better from its beginning. */
function meet(pass: Pass, upload: Upload, failure: Failure): void {
  pass.stumbleAt(upload, failure, LOST_UPLOAD.includes(failure.status) ? true : undefined);
}

const LOST_UPLOAD: readonly number[] = [404, 416];
