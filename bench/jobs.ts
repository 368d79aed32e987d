// The jobs, and one measured run of one tool on one of them.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Data, FIRST_SYNC, type Repository } from './data.ts';
import type { Gate } from './gate.ts';
import { type Cost, measure } from './measure.ts';
import type { JobName, Peer, Task } from './peers.ts';
import type { Traffic } from './proxy.ts';
import { type Registry, startRegistry } from './registry.ts';
import { countEqual, moveTags, type Stores, scratch, type Tag } from './stores.ts';

/** What every run shares: registries on both sides, the proxies before them, and how slow those are. */
export type Rig = {
  readonly data: Data;
  readonly stores: Stores;
  readonly upstream: Registry;
  /** The mirror that nothing is written to. */
  readonly equal: Registry;
  readonly gates: { readonly upstream: Gate; readonly mirror: Gate };
  readonly handshake: number;
};

export type Run = Cost & {
  readonly tags: number;
  readonly upstream: Traffic;
  readonly mirror: Traffic;
  /** Tags that have upstream's digest on the mirror after the run. */
  readonly equal: number;
};

export const JOBS: Readonly<Record<JobName, string>> = {
  A: 'no-op: the mirror has everything (1,584 tags)',
  B: 'first sync: ruby and nginx to an empty mirror (339 tags, 183 digests)',
  C: '1 % drift: 15 of 1,584 tags moved, 7 new digests',
  D: 'check only, the mirror has everything (1,584 tags)',
};

/** The task of a job, whole. */
export function taskOf(job: JobName, { data, gates }: Pick<Rig, 'data' | 'gates'>): Omit<Task, 'folder'> {
  const chosen = data.repositories.filter(({ name }) => job !== 'B' || FIRST_SYNC.includes(name));
  return {
    job,
    repositories: chosen.map(({ name }) => name),
    tags: chosen.flatMap(tagsOf),
    upstream: gates.upstream.host,
    mirror: gates.mirror.host,
  };
}

function tagsOf({ name, images }: Repository): Tag[] {
  return images.flatMap(({ tags }) => tags.map((tag) => ({ repository: name, tag })));
}

/** One run of a tool, from cold connections and the job's own state of both sides. */
export async function runOnce(peer: Peer, job: JobName, latency: number, rig: Rig): Promise<Run> {
  const { stores, upstream, gates, handshake } = rig;
  const whole = taskOf(job, rig);
  const writes = job === 'B' || job === 'C';
  const own = writes ? scratch(stores, job === 'B' ? null : stores.mirror) : null;
  const mirror = own === null ? rig.equal : await startRegistry(own.folder);
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    await moveTags(upstream, rig.data, job === 'C' ? 'after' : 'before');
    await gates.upstream.set(upstream.port, latency, handshake);
    await gates.mirror.set(mirror.port, latency, handshake);
    const tags = sampled(whole.tags, peer.sample);
    const cost = await measure(() => peer.start({ ...whole, tags, folder }));
    const traffic = { upstream: await gates.upstream.traffic(), mirror: await gates.mirror.traffic() };
    return { ...cost, ...traffic, tags: tags.length, equal: await countEqual(upstream, mirror, tags) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    if (own !== null) {
      await mirror.stop();
      own.remove();
    }
  }
}

/** Evenly over all repositories. */
function sampled(tags: readonly Tag[], most = tags.length): Tag[] {
  return Array.from({ length: most }, (_, at) => tags[Math.floor((at * tags.length) / most)] as Tag);
}
