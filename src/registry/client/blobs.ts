// Blobs, read: whole and hashed, as a stream, or just whether they are there. OCI distribution-spec, "Pulling blobs".

import type { Readable } from 'node:stream';
import { asFailure, type Failure } from '../../base/errors/failure.ts';
import { nap } from '../../base/flow/clock.ts';
import type { Digest } from '../../image/names/digest.ts';
import type { Name } from '../../image/names/reference.ts';
import { asFailureOf } from '../http/answer.ts';
import { endpointOf } from '../http/endpoint.ts';
import type { Call } from '../session/session.ts';
import { describe } from './describe.ts';
import { readHashed } from './manifests.ts';
import type { Client } from './settings.ts';

/** A blob on its way; `length` as the registry states it. `explain` says why `stream` broke. */
export type OpenedBlob = {
  readonly length: string | null;
  readonly stream: Readable;
  explain(thrown: unknown): Failure;
};

/** A blob of at most `maxBytes`, hashed; null when it is not there. @throws Failure */
export async function readBlob(
  client: Client,
  name: Name,
  digest: Digest,
  maxBytes: number,
): Promise<Uint8Array | null> {
  const call = { ...blobCall(client, name, digest), method: 'GET', kind: 'blob-get', maxBytes } as const;
  const what = describe('GET', name, digest);
  const answer = await unlessExpired(client, () => readHashed(client, what, call, digest));
  return answer?.body ?? null;
}

/** Once more after a 403: a registry sends to a store with an address that is signed for minutes, and it may have ended. */
async function unlessExpired<T>({ deps, settings }: Client, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (asFailure(thrown).status !== 403) throw thrown;
    await nap(deps.clock, settings.confirmWait, deps.signal);
    return work();
  }
}

/** A blob as a stream; null when it is not there. @throws Failure before its first byte */
export async function openBlob(client: Client, name: Name, digest: Digest): Promise<OpenedBlob | null> {
  const what = describe('GET', name, digest);
  const call = { ...blobCall(client, name, digest), method: 'GET', kind: 'blob-get' } as const;
  const answer = await unlessExpired(client, async () => {
    const opened = await client.session.stream(what, call);
    if (opened.status === 404 || 'stream' in opened) return opened;
    throw client.session.refusal(what, call, opened);
  });
  if (!('stream' in answer)) return null;
  const explain = (thrown: unknown): Failure => client.session.explain(call, asFailureOf(what, thrown));
  return { length: answer.headers['content-length'] ?? null, stream: answer.stream, explain };
}

/** The length of a blob as the registry states it, null where it states none. */
export type BlobSize = { readonly length: string | null };

/** How long a blob is; null when it is not there. @throws Failure */
export async function measureBlob(client: Client, name: Name, digest: Digest): Promise<BlobSize | null> {
  const what = describe('HEAD', name, digest);
  const call = blobCall(client, name, digest);
  const answer = await client.session.call(what, call);
  if (answer.status !== 200 && answer.status !== 404) throw client.session.refusal(what, call, answer);
  return answer.status === 200 ? { length: answer.headers['content-length'] ?? null } : null;
}

function blobCall({ settings }: Client, name: Name, digest: Digest): Call {
  const path = `/v2/${name.repository}/blobs/${digest}`;
  const base = { endpoint: endpointOf(name.registry, settings), repository: name.repository, path };
  return { ...base, access: 'pull', headers: {}, method: 'HEAD', kind: 'other', maxBytes: 0 };
}
