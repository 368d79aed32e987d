// The jobs, and one measured run of one tool on one of them.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Data, Repository } from './data/content.ts';
import { type Need, needOf } from './data/needs.ts';
import { FIRST_SYNC } from './data/official.ts';
import type { SetName } from './data/sets.ts';
import { type Cost, measure } from './measure.ts';
import type { JobName, Peer, Task } from './peers.ts';
import type { Gate } from './rig/gate.ts';
import type { Setting, Traffic } from './rig/proxy.ts';
import { type Registry, startRegistry } from './rig/registry.ts';
import { countEqual, moveTags, type Scratch, type Stores, scratch, type Tag } from './rig/stores.ts';

type Job = {
  readonly title: string;
  readonly sets: readonly SetName[];
  /** In milliseconds, where none are asked for; the first is the one at which slow tools take part. */
  readonly latencies: readonly number[];
  /** The repositories it is about; all where none are named. */
  readonly repositories?: readonly string[];
  /** What the mirror has before. `same host`: it is another folder of the registry that has the images. */
  readonly mirror: 'everything' | 'old tags' | 'nothing' | 'same host';
  /** Whether bodies pass through a line of limited speed. */
  readonly line?: true;
};

/** Every job, in the order in which they run. */
export const JOBS: Readonly<Record<JobName, Job>> = {
  A: {
    title: 'no-op: the mirror has everything (1,584 tags)',
    sets: ['plain'],
    latencies: [20],
    mirror: 'everything',
  },
  B: {
    title: 'first sync: ruby and nginx to an empty mirror (339 tags, 183 digests)',
    sets: ['plain', 'shared'],
    latencies: [20, 0, 80],
    repositories: FIRST_SYNC,
    mirror: 'nothing',
  },
  C: {
    title: '1 % drift: 15 of 1,584 tags moved, 7 new digests',
    sets: ['plain'],
    latencies: [20],
    mirror: 'old tags',
  },
  D: {
    title: 'check only, the mirror has everything (1,584 tags)',
    sets: ['plain'],
    latencies: [20],
    mirror: 'everything',
  },
  L: {
    title: 'first sync of large layers (20 indexes, 40 images, 1.2 GB)',
    sets: ['large-plain', 'large-shared'],
    latencies: [20],
    mirror: 'nothing',
    line: true,
  },
  'same-host': {
    title: 'first sync of nginx inside one registry (104 tags, 63 digests)',
    sets: ['plain'],
    latencies: [20],
    repositories: ['library/nginx'],
    mirror: 'same host',
  },
};

/** What the runs on one data set share: its images, its folders, and registries on the two that nothing is written to. */
export type Stock = {
  readonly data: Data;
  readonly stores: Stores;
  readonly upstream: Registry;
  readonly equal: Registry;
};
/** One job at one latency on one data set. */
export type Series = { readonly job: JobName; readonly set: SetName; readonly latency: number };
/** What every run of a series shares. */
export type Rig = Series & {
  readonly stock: Stock;
  readonly gates: { readonly upstream: Gate; readonly mirror: Gate };
  readonly handshake: number;
  /** Megabits a second, for the jobs that have a line. */
  readonly line: number;
};

export type Run = Cost & {
  readonly tags: number;
  readonly upstream: Traffic;
  /** All zero where both sides are one host. */
  readonly mirror: Traffic;
  /** Tags that have upstream's digest on the mirror after the run. */
  readonly equal: number;
};

/** The task of a job, whole. */
export function taskOf({ job, stock, gates }: Rig): Omit<Task, 'folder'> {
  const chosen = chosenOf(job, stock.data);
  const same = JOBS[job].mirror === 'same host';
  return {
    job,
    repositories: chosen.map(({ name }) => name),
    tags: chosen.flatMap(tagsOf),
    upstream: gates.upstream.host,
    mirror: same ? gates.upstream.host : gates.mirror.host,
  };
}

/** The least that a job can cost on a data set. */
export function needOfJob(job: JobName, data: Data): Need {
  const chosen = chosenOf(job, data);
  const before = data.repositories.flatMap(({ images }) => images);
  const rebuilt = data.moved.map(({ repository, after }) => ({ name: repository, images: [after] }));
  switch (JOBS[job].mirror) {
    case 'everything':
      return needOf([], []);
    case 'old tags':
      return needOf(rebuilt, before);
    case 'nothing':
      return needOf(chosen, []);
    case 'same host':
      return needOf(chosen, before);
  }
}

function chosenOf(job: JobName, { repositories }: Data): Repository[] {
  const wanted = JOBS[job].repositories;
  return repositories.filter(({ name }) => wanted === undefined || wanted.includes(name));
}

function tagsOf({ name, images }: Repository): Tag[] {
  return images.flatMap(({ tags }) => tags.map((tag) => ({ repository: name, tag })));
}

/** One run of a tool, from cold connections and the job's own state of both sides. */
export async function runOnce(peer: Peer, rig: Rig): Promise<Run> {
  const { job, stock } = rig;
  const own = scratchFor(rig);
  const mirror = own === null ? stock.equal : await startRegistry(own.folder);
  const upstream = JOBS[job].mirror === 'same host' ? mirror : stock.upstream;
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    await moveTags(upstream, stock.data, JOBS[job].mirror === 'old tags' ? 'after' : 'before');
    await rig.gates.upstream.set(settingOf(rig, upstream));
    await rig.gates.mirror.set(settingOf(rig, mirror));
    const whole = taskOf(rig);
    const tags = sampled(whole.tags, peer.sample);
    const cost = await measure(() => peer.start({ ...whole, tags, folder }));
    const traffic = {
      upstream: await rig.gates.upstream.traffic(),
      mirror: await rig.gates.mirror.traffic(),
    };
    return { ...cost, ...traffic, tags: tags.length, equal: await countEqual(upstream, mirror, tags) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    if (own !== null) {
      await mirror.stop();
      own.remove();
    }
  }
}

function scratchFor({ job, stock }: Rig): Scratch | null {
  switch (JOBS[job].mirror) {
    case 'everything':
      return null;
    case 'old tags':
      return scratch(stock.stores.mirror);
    case 'nothing':
      return scratch(null);
    case 'same host':
      return scratch(stock.stores.upstream);
  }
}

function settingOf({ job, latency, handshake, line }: Rig, { port }: Registry): Setting {
  return { port, latency, handshake, line: JOBS[job].line ? line : 0 };
}

/** Evenly over all repositories. */
function sampled(tags: readonly Tag[], most = tags.length): Tag[] {
  return Array.from({ length: most }, (_, at) => tags[Math.floor((at * tags.length) / most)] as Tag);
}
