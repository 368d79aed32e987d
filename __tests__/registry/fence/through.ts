// A fence before a client in memory, and requests through it as crane makes them: with the whole address in the first line.

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { digestOf } from '../../../src/image/names/digest.ts';
import type { Name } from '../../../src/image/names/reference.ts';
import type { RegistryClient } from '../../../src/registry/client/client.ts';
import { type Admission, createFence, type Fence } from '../../../src/registry/fence/fence.ts';
import type { Errand } from '../../../src/registry/fence/pass.ts';
import { type MemoryClient, memoryClient } from '../memory-client.ts';

export const FROM: Name = { registry: 'up.example', repository: 'a/b' };
export const TO: Name = { registry: 'mirror.example', repository: 'c' };
export const SOURCE = 'http://source.fence.invalid/v2/a/b';
export const MIRROR = 'http://mirror.fence.invalid/v2/c';

export const BYTES = Buffer.from('{"schemaVersion":2,"manifests":[]}');
export const BODY = {
  digest: digestOf(BYTES),
  mediaType: 'application/vnd.oci.image.index.v1+json',
  bytes: BYTES,
};
export const LAYER = Buffer.from('a layer');
export const LAYER_DIGEST = digestOf(LAYER);

const fences: Fence[] = [];

export function closeFences(): void {
  for (const fence of fences.splice(0)) fence.close();
}

export async function admitted(errand: Partial<Errand> = {}, own?: RegistryClient) {
  const memory: MemoryClient = memoryClient();
  const fence = createFence(own ?? memory, { debug: () => undefined });
  fences.push(fence);
  const whole: Errand = {
    source: FROM,
    mirror: TO,
    missing: new Set([LAYER_DIGEST]),
    mostBytes: 1_000,
    ...errand,
  };
  return { client: memory, fence, admission: await fence.admit(whole) };
}

/** The password of a command, as crane sends it. */
export function passwordOf({ env }: Admission): string {
  const { username, password } = new URL(env.HTTP_PROXY ?? '');
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

type More = {
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array;
  readonly method?: string;
};

/** An answer of the fence whose body is still to come. */
export function open(admission: Admission, url: string, more: More = {}): Promise<IncomingMessage> {
  const { hostname, port } = new URL(admission.env.HTTP_PROXY ?? '');
  const headers = { 'proxy-authorization': passwordOf(admission), host: new URL(url).host, ...more.headers };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { method = 'GET' } = more;
  const request = httpRequest({ host: hostname, port, path: url, method, headers, agent: false }, resolve);
  request.once('error', reject).end(more.body);
  return promise;
}

/** Waits until nothing is under way for a command. */
export async function idle(admission: Admission): Promise<void> {
  while (!admission.isIdle()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A whole answer of the fence. */
export async function ask(admission: Admission, url: string, more: More = {}) {
  const response = await open(admission, url, more);
  const { statusCode: status = 0, headers } = response;
  return { status, headers, body: await buffer(response) };
}
