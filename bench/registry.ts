// A real registry (distribution v3) on a folder that stays when it stops.

import { writeFileSync } from 'node:fs';
import { Agent, request as ask } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../__tests__/fakes/registries/registries.ts';
import { spawnGuarded } from '../__tests__/fakes/runner/guarded.ts';
import { CLEAN_PATH, tool } from '../__tests__/fakes/runner/places.ts';
import type { Content, Image } from './data.ts';

export type Registry = { readonly port: number; stop(): Promise<void> };

const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

/** Starts a registry that keeps its data in `folder`, and waits until it answers. */
export async function startRegistry(folder: string): Promise<Registry> {
  const port = await freePort();
  const config = join(folder, 'config.yml');
  // JSON is YAML.
  const settings = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: join(folder, 'data') },
      cache: { blobdescriptor: 'inmemory' },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: `127.0.0.1:${port}` },
  };
  writeFileSync(config, JSON.stringify(settings));
  const env = { PATH: CLEAN_PATH, HOME: folder, OTEL_TRACES_EXPORTER: 'none' };
  const { child, ended } = spawnGuarded(tool('registry'), ['serve', config], { env });
  child.stdout?.resume();
  child.stderr?.resume();
  for (let left = 400; left > 0; left -= 1) {
    const answer = await send(port, 'GET', '/v2/').catch(() => null);
    if (answer?.status === 200) break;
    if (left === 1) throw new Error(`no registry on port ${port}`);
    await sleep(25);
  }
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { port, stop };
}

/** Puts an image with all its tags into a repository. What `held` names is there already. */
export async function pushImage(
  port: number,
  repository: string,
  image: Image,
  held: Set<string>,
): Promise<void> {
  const blobs = image.children.flatMap((child) => child.blobs);
  await Promise.all(blobs.map((blob) => pushBlob(port, repository, blob, held)));
  await Promise.all(
    image.children.map(({ manifest }) => putManifest(port, repository, manifest.digest, manifest)),
  );
  await Promise.all(image.tags.map((tag) => putManifest(port, repository, tag, image.index)));
}

async function pushBlob(port: number, repository: string, blob: Content, held: Set<string>): Promise<void> {
  const key = `${repository}@${blob.digest}`;
  if (held.has(key)) return;
  held.add(key);
  const session = await send(port, 'POST', `/v2/${repository}/blobs/uploads/`, Buffer.alloc(0));
  const location = new URL(String(session.headers.location), `http://127.0.0.1:${port}`);
  location.searchParams.set('digest', blob.digest);
  const type = { 'content-type': 'application/octet-stream' };
  const put = await send(port, 'PUT', `${location.pathname}${location.search}`, blob.bytes, type);
  if (put.status !== 201) throw new Error(`blob ${key}: ${put.status}`);
}

export async function putManifest(
  port: number,
  repository: string,
  reference: string,
  { mediaType, bytes }: Content,
): Promise<void> {
  const path = `/v2/${repository}/manifests/${reference}`;
  const put = await send(port, 'PUT', path, bytes, { 'content-type': mediaType });
  if (put.status !== 201) throw new Error(`PUT ${path}: ${put.status}`);
}

/** The digest that a tag has, or null. */
export async function digestAt(port: number, repository: string, tag: string): Promise<string | null> {
  const answer = await send(port, 'HEAD', `/v2/${repository}/manifests/${tag}`, undefined, {
    accept: ACCEPT,
  });
  return answer.status === 200 ? String(answer.headers['docker-content-digest']) : null;
}

function send(
  port: number,
  method: string,
  path: string,
  body?: Buffer,
  headers: Record<string, string> = {},
) {
  type Answer = { status: number; headers: Record<string, string | string[] | undefined> };
  const length = body === undefined ? {} : { 'content-length': String(body.length) };
  return new Promise<Answer>((resolve, reject) => {
    const all = { ...headers, ...length };
    const request = ask({ host: '127.0.0.1', port, method, path, headers: all, agent }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
    });
    request.on('error', reject);
    request.end(body);
  });
}
