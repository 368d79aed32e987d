// The two sides on disk, or in memory where the system has a folder for that: a disk that flushes each write makes a
// first sync four times as long, and it is not the disk that is measured.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnGuarded } from '../__tests__/fakes/runner/guarded.ts';
import { DATA_VERSION, type Data } from './data.ts';
import { digestAt, pushImage, putManifest, type Registry, startRegistry } from './registry.ts';

/** Where images go on the mirror. */
export const PREFIX = 'm';

export type Stores = {
  readonly root: string;
  /** Upstream; it also holds the images that were built again, under no tag yet. */
  readonly upstream: string;
  /** A mirror with every tag as it was before anything moved. */
  readonly mirror: string;
};

/** The folders of both registries, filled. They go when this process ends, unless the next run shall find them. */
export async function openStores(data: Data, keep: boolean): Promise<Stores> {
  const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const kept = join(base, `fresh-mirror-bench-${DATA_VERSION}`);
  const root = keep ? kept : mkdtempSync(`${kept}-`);
  const stores = { root, upstream: join(root, 'upstream'), mirror: join(root, 'mirror') };
  const done = join(root, 'done');
  if (existsSync(done)) return stores;
  rmSync(root, { recursive: true, force: true });
  for (const folder of [stores.upstream, stores.mirror]) mkdirSync(folder, { recursive: true });
  if (!keep) removeAtEnd(root);
  await fill(stores.upstream, data, '', true);
  await fill(stores.mirror, data, `${PREFIX}/`, false);
  writeFileSync(done, '');
  return stores;
}

// The watcher of a child that only waits removes the folder, however this process ends.
function removeAtEnd(root: string): void {
  const { child } = spawnGuarded('sleep', ['infinity'], { env: { PATH: '/usr/bin:/bin' }, removes: root });
  child.unref();
  for (const stream of child.stdio) (stream as { unref?: () => void } | null)?.unref?.();
}

async function fill(folder: string, data: Data, prefix: string, withMoved: boolean): Promise<void> {
  const registry = await startRegistry(folder);
  const held = new Set<string>();
  for (const { name, images } of data.repositories)
    for (const image of images) await pushImage(registry.port, `${prefix}${name}`, image, held);
  for (const { repository, after } of withMoved ? data.moved : []) {
    await pushImage(registry.port, repository, { ...after, tags: [after.index.digest] }, held);
  }
  await registry.stop();
}

/** Moves the tags of job C upstream, or back to where they were. */
export async function moveTags({ port }: Registry, data: Data, to: 'before' | 'after'): Promise<void> {
  for (const { repository, before, after } of data.moved) {
    const { index } = to === 'before' ? before : after;
    for (const tag of before.tags) await putManifest(port, repository, tag, index);
  }
}

/** A folder for one run: a copy of `folder`, or empty. */
export function scratch(
  { root }: Stores,
  folder: string | null,
): { readonly folder: string; remove(): void } {
  const made = mkdtempSync(join(root, 'run-'));
  if (folder !== null) {
    const copied = spawnSync('cp', ['-a', '--reflink=auto', `${folder}/.`, made]);
    if (copied.status !== 0) throw new Error(`cp: ${copied.stderr}`);
  }
  return { folder: made, remove: () => rmSync(made, { recursive: true, force: true }) };
}

/** How many of the tags have the same digest on both sides; asked behind the proxies. */
export async function countEqual(
  upstream: Registry,
  mirror: Registry,
  tags: readonly Tag[],
): Promise<number> {
  let equal = 0;
  for (let at = 0; at < tags.length; at += 16) {
    const pairs = tags.slice(at, at + 16).map(async ({ repository, tag }) => {
      const wanted = await digestAt(upstream.port, repository, tag);
      return wanted !== null && wanted === (await digestAt(mirror.port, `${PREFIX}/${repository}`, tag));
    });
    equal += (await Promise.all(pairs)).filter(Boolean).length;
  }
  return equal;
}
export type Tag = { readonly repository: string; readonly tag: string };
