// What the fence says to crane.

import type { ServerResponse } from 'node:http';
import type { ManifestBody } from '../../image/manifest/manifest.ts';

/** A status without a body. */
export function replyEmpty(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-length': '0', ...headers }).end();
}

/** A manifest; its headers alone where HEAD asks. */
export function replyManifest(response: ServerResponse, body: ManifestBody): void {
  const headers = {
    'content-type': body.mediaType,
    'content-length': String(body.bytes.length),
    'docker-content-digest': body.digest,
  };
  response.writeHead(200, headers).end(response.req.method === 'HEAD' ? undefined : body.bytes);
}

/** A refusal that crane does not try again: the fence gives its cause, not crane. */
export function replyFinal(response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = JSON.stringify({ errors: [{ code: 'UNSUPPORTED', message: 'the fence says why' }] });
  response
    .writeHead(400, { 'content-type': 'application/json', 'content-length': String(body.length) })
    .end(body);
}

/** A refusal after which crane begins the blob again. */
export function replyPassing(response: ServerResponse): void {
  if (response.headersSent) response.destroy();
  else replyEmpty(response, 503);
}
