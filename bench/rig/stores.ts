// The two sides on disk, or in memory where the system has a folder for that: a disk that flushes each write makes a
// first sync four times as long, and it is not the disk that is measured.

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnGuarded } from '../../__tests__/fakes/runner/guarded.ts';
import type { Data, Repository } from '../data/content.ts';
import { DATA_VERSION, isLarge, type SetName } from '../data/sets.ts';
import { digestAt, type Held, pushImage, putManifest, type Registry, startRegistry } from './registry.ts';

/** Where images go on the mirror. */
export const PREFIX = 'm';

export type Stores = {
  /** Upstream; it also holds the images that were built again, under no tag yet. */
  readonly upstream: string;
  /** A mirror with every tag as it was before anything moved; empty for the large data sets. */
  readonly mirror: string;
};

const ROOM = 4e9;
const NAME = `fresh-mirror-bench-${DATA_VERSION}`;

/**
 * The folders of both registries, filled, or as an earlier run kept them. Large ones always stay, in the folder for
 * temporary files; the others go when this process ends unless they are to be kept.
 */
export async function openStores(name: SetName, data: Data, keep: boolean): Promise<Stores> {
  const large = isLarge(name);
  const base = large ? tmpdir() : quickFolder();
  const kept = join(base, `${NAME}-${name}`);
  if ((keep || large) && existsSync(kept)) return warmed(storesAt(kept));
  const made = temporaryFolder(base);
  const stores = storesAt(made);
  for (const folder of [stores.upstream, stores.mirror]) mkdirSync(folder, { recursive: true });
  await fill(stores.upstream, withMoved(data), '');
  await fill(stores.mirror, large ? [] : data.repositories, `${PREFIX}/`);
  if (!keep && !large) return stores;
  // Whole or not at all: a run that was stopped leaves nothing that the next one would take for filled.
  renameSync(made, kept);
  return storesAt(kept);
}

function storesAt(root: string): Stores {
  return { upstream: join(root, 'upstream'), mirror: join(root, 'mirror') };
}

// What a disk takes for its first reading would count for the tool that happens to be first.
function warmed(stores: Stores): Stores {
  for (const entry of readdirSync(stores.upstream, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) readFileSync(join(entry.parentPath, entry.name));
  return stores;
}

function quickFolder(): string {
  const memory = '/dev/shm';
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > ROOM ? memory : tmpdir();
}

// The watcher of a child that only waits removes the folder, however this process ends.
function temporaryFolder(base: string): string {
  const folder = mkdtempSync(join(base, `${NAME}-`));
  const { child } = spawnGuarded('sleep', ['infinity'], { env: { PATH: '/usr/bin:/bin' }, removes: folder });
  child.unref();
  for (const stream of child.stdio) (stream as { unref?: () => void } | null)?.unref?.();
  return folder;
}

function withMoved({ repositories, moved }: Data): Repository[] {
  const rebuilt = moved.map(({ repository, after }) => ({
    name: repository,
    images: [{ ...after, tags: [after.index.digest] }],
  }));
  return [...repositories, ...rebuilt];
}

async function fill(folder: string, repositories: readonly Repository[], prefix: string): Promise<void> {
  const registry = await startRegistry(folder);
  const held: Held = new Map();
  for (const { name, images } of repositories)
    for (const image of images)
      await pushImage({ port: registry.port, repository: `${prefix}${name}` }, image, held);
  await registry.stop();
}

/** Moves the tags of job C upstream, or back to where they were. */
export async function moveTags({ port }: Registry, data: Data, to: 'before' | 'after'): Promise<void> {
  for (const { repository, before, after } of data.moved) {
    const { index } = to === 'before' ? before : after;
    for (const tag of before.tags) await putManifest({ port, repository }, tag, index);
  }
}

export type Scratch = { readonly folder: string; remove(): void };
let scratches: string | null = null;

/** A folder for one run: a copy of `folder`, or empty. */
export function scratch(folder: string | null): Scratch {
  scratches ??= temporaryFolder(quickFolder());
  const made = mkdtempSync(join(scratches, 'run-'));
  if (folder !== null) {
    const copied = spawnSync('cp', ['-a', '--reflink=auto', `${folder}/.`, made]);
    if (copied.status !== 0) throw new Error(`cp: ${copied.stderr}`);
  }
  return { folder: made, remove: () => rmSync(made, { recursive: true, force: true }) };
}

export type Tag = { readonly repository: string; readonly tag: string };

/** How many of the tags have the same digest on both sides; asked behind the proxies. */
export async function countEqual(
  upstream: Registry,
  mirror: Registry,
  tags: readonly Tag[],
): Promise<number> {
  let equal = 0;
  for (let at = 0; at < tags.length; at += 16) {
    const pairs = tags.slice(at, at + 16).map(async ({ repository, tag }) => {
      const wanted = await digestAt({ port: upstream.port, repository }, tag);
      const place = { port: mirror.port, repository: `${PREFIX}/${repository}` };
      return wanted !== null && wanted === (await digestAt(place, tag));
    });
    equal += (await Promise.all(pairs)).filter(Boolean).length;
  }
  return equal;
}
