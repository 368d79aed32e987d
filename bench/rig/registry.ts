// A real registry (distribution v3) on a folder that stays when it stops.

import { writeFileSync } from 'node:fs';
import { Agent, request as ask } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../__tests__/fakes/registries/registries.ts';
import { spawnGuarded } from '../../__tests__/fakes/runner/guarded.ts';
import { CLEAN_PATH, tool } from '../../__tests__/fakes/runner/places.ts';
import type { Content, Image } from '../data/content.ts';

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
    const answer = await send(port, 'GET', { path: '/v2/' }).catch(() => null);
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

/** A repository of a registry that runs here. */
export type Place = { readonly port: number; readonly repository: string };
/** The blobs that a registry holds, with a repository that has each. */
export type Held = Map<string, string>;

/** Puts an image with all its tags into a repository. Blobs that another repository holds are mounted. */
export async function pushImage(place: Place, image: Image, held: Held): Promise<void> {
  const blobs = new Map(image.children.flatMap((child) => child.blobs).map((blob) => [blob.digest, blob]));
  await Promise.all([...blobs.values()].map((blob) => pushBlob(place, blob, held)));
  const children = image.children.map(({ manifest }) => manifest);
  await Promise.all(children.map((manifest) => putManifest(place, manifest.digest, manifest)));
  await Promise.all(image.tags.map((tag) => putManifest(place, tag, image.index)));
}

async function pushBlob({ port, repository }: Place, blob: Content, held: Held): Promise<void> {
  const home = held.get(blob.digest);
  if (home === repository) return;
  const uploads = `/v2/${repository}/blobs/uploads/`;
  const mount = home === undefined ? '' : `?mount=${blob.digest}&from=${home}`;
  const session = await send(port, 'POST', { path: `${uploads}${mount}`, body: Buffer.alloc(0) });
  // Mounted. The next image of this repository shall find it here.
  held.set(blob.digest, repository);
  if (session.status === 201) return;
  const location = new URL(String(session.headers.location), `http://127.0.0.1:${port}`);
  location.searchParams.set('digest', blob.digest);
  const path = `${location.pathname}${location.search}`;
  const headers = { 'content-type': 'application/octet-stream' };
  const put = await send(port, 'PUT', { path, body: blob.bytes(), headers });
  if (put.status !== 201) throw new Error(`blob ${repository}@${blob.digest}: ${put.status}`);
}

/** Puts a manifest under a tag or its digest. */
export async function putManifest(place: Place, reference: string, manifest: Content): Promise<void> {
  const path = `/v2/${place.repository}/manifests/${reference}`;
  const headers = { 'content-type': manifest.mediaType };
  const put = await send(place.port, 'PUT', { path, body: manifest.bytes(), headers });
  if (put.status !== 201) throw new Error(`PUT ${path}: ${put.status}`);
}

/** The digest that a tag has, or null. */
export async function digestAt({ port, repository }: Place, tag: string): Promise<string | null> {
  const path = `/v2/${repository}/manifests/${tag}`;
  const answer = await send(port, 'HEAD', { path, headers: { accept: ACCEPT } });
  return answer.status === 200 ? String(answer.headers['docker-content-digest']) : null;
}

type Asked = {
  readonly path: string;
  readonly body?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
};
type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
};

function send(port: number, method: string, { path, body, headers }: Asked): Promise<Answer> {
  const length = body === undefined ? {} : { 'content-length': String(body.length) };
  return new Promise((resolve, reject) => {
    const all = { ...headers, ...length };
    const request = ask({ host: '127.0.0.1', port, method, path, headers: all, agent }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
    });
    request.on('error', reject);
    request.end(body);
  });
}
