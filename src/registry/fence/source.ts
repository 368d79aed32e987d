// What crane asks of the source: manifests by digest, blobs as streams, pages of the tag list. Reads alone.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { Failure } from '../../base/errors/failure.ts';
import { LAGGING } from '../../base/errors/hints.ts';
import { pour } from '../../base/flow/pour.ts';
import { type Digest, isDigest } from '../../image/names/digest.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import type { RegistryClient } from '../client/client.ts';
import type { Pass } from './pass.ts';
import { replyEmpty, replyManifest } from './reply.ts';

/** One end of a command: who is asked, for which repository. */
export type Ends = { readonly client: RegistryClient; readonly name: Name; readonly pass: Pass };

/** Answers a request for `rest`, the path after the repository. @throws Failure */
export async function answerSource(
  { client, name, pass }: Ends,
  rest: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, kind = '', reference = ''] = /^(manifests|blobs|tags)\/([^/?]+)(?:\?.*)?$/.exec(rest) ?? [];
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (!reads || kind === '') replyEmpty(response, 404);
  else if (kind === 'manifests') await sendManifest(client, name, reference, response);
  else if (kind === 'tags') await sendPage({ client, name, pass }, rest, response);
  else if (isDigest(reference) && request.method === 'HEAD')
    await showBlob(client, name, reference, response);
  else if (isDigest(reference)) await sendBlob({ client, name, pass }, reference, response);
  else replyEmpty(response, 404);
}

async function sendManifest(
  client: RegistryClient,
  name: Name,
  reference: string,
  response: ServerResponse,
): Promise<void> {
  const known = isDigest(reference) ? client.recall(reference) : null;
  const body = known ?? (await client.get(name, reference));
  if (body === null) replyEmpty(response, 404);
  else replyManifest(response, body);
}

/** Of a manifest of schema 1 crane asks how long its blobs are: it does not say. */
async function showBlob(
  client: RegistryClient,
  name: Name,
  digest: Digest,
  response: ServerResponse,
): Promise<void> {
  const size = await client.measureBlob(name, digest);
  if (size === null) replyEmpty(response, 404);
  else response.writeHead(200, size.length === null ? {} : { 'content-length': size.length }).end();
}

/** Its `Link` leads to the same list, so that the next page is asked for here too. */
async function sendPage({ client, name, pass }: Ends, rest: string, response: ServerResponse): Promise<void> {
  const query = rest.includes('?') ? rest.slice(rest.indexOf('?')) : '';
  const page = await client.readPage(name, query, pass.list);
  const next =
    page.next === null ? {} : { link: `</v2/${name.repository}/tags/list${page.next}>; rel="next"` };
  const length = { 'content-length': String(page.body.length) };
  response.writeHead(200, { 'content-type': 'application/json', ...length, ...next }).end(page.body);
}

const poured = promisify(pour);

/** A blob that breaks off in the middle breaks off for crane too, which begins it again. */
async function sendBlob(
  { client, name, pass }: Ends,
  digest: Digest,
  response: ServerResponse,
): Promise<void> {
  const blob = await client.openBlob(name, digest);
  if (blob === null) throw lost(name, digest);
  response.writeHead(200, blob.length === null ? {} : { 'content-length': blob.length });
  blob.stream.on('data', (chunk: Buffer) => {
    if (!pass.take(chunk.length)) blob.stream.destroy(endless(name, digest));
  });
  // A reader that goes away is no fault of the source, although its stream then ends with an error too.
  let hasLeft = false;
  response.once('close', () => {
    hasLeft = blob.stream.errored === null;
  });
  await poured(blob.stream, response).catch((thrown: unknown) => {
    if (!hasLeft) pass.stumble(blob.explain(thrown));
  });
}

function lost(name: Name, digest: Digest): Failure {
  return new Failure('not-found', `upstream's repository ${formatName(name)} lacks a layer of this image`, {
    hint: LAGGING,
    detail: `upstream has no blob ${formatName(name)}@${digest}`,
  });
}

function endless(name: Name, digest: Digest): Failure {
  const message = `upstream's repository ${formatName(name)} sends a layer that does not end`;
  return new Failure('unsupported', message, {
    detail: `${formatName(name)}@${digest}: twice the bytes that were missing have come`,
  });
}
