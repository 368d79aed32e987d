// The tools side by side, with the command lines that people use, and what each of them is given to do.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAction } from '../__tests__/fakes/runner/bundle.ts';
import { CLEAN_PATH, tool, which } from '../__tests__/fakes/runner/places.ts';
import { command, type Started } from './measure.ts';
import { PREFIX, type Tag } from './rig/stores.ts';

export type JobName = 'A' | 'B' | 'C' | 'D' | 'L' | 'same-host';
/** What one run is to do: the tags that both sides are about, by repository, and where the proxies stand. */
export type Task = {
  readonly job: JobName;
  readonly repositories: readonly string[];
  readonly tags: readonly Tag[];
  readonly upstream: string;
  readonly mirror: string;
  /** A folder for the tool's configuration; also its HOME. */
  readonly folder: string;
};
export type Peer = {
  readonly name: string;
  readonly jobs: readonly JobName[];
  /** Where it runs once, and in a job's first series only: strictly sequential tools take long and repeat well. */
  readonly slow?: readonly JobName[];
  /** How many of the tags it is given, where all would take too long. */
  readonly sample?: number;
  /** The command as a person would write it. */
  line(task: Task): string;
  start(task: Task): Started;
};

const SAMPLE = 10;
export const OWN = 'Fresh Mirror';
export const CRANE = 'crane cp -a -j 16';
export const REGSYNC = 'regsync, entry per repository';

export const PEERS: readonly Peer[] = [
  {
    name: OWN,
    jobs: ['A', 'B', 'C', 'D', 'L', 'same-host'],
    line: ({ job }) =>
      `uses: fresh-mirror with mode: ${job === 'D' ? 'check' : 'sync'}, tags: ["*"] of each source`,
    start: startFreshMirror,
  },
  {
    name: CRANE,
    jobs: ['A', 'B', 'C', 'L', 'same-host'],
    line: (task) => craneScript(task, 'crane'),
    start: (task) => shell(task, craneScript(task, tool('crane'))),
  },
  {
    name: REGSYNC,
    jobs: ['A', 'B', 'C', 'D', 'L', 'same-host'],
    slow: ['B', 'C', 'D', 'L', 'same-host'],
    line: ({ job }) =>
      `regsync ${verb(job)} -c regsync.yml (type: repository, parallel: 16, reqConcurrent: 64)`,
    start: (task) => regsync(task, repositoryEntries(task), 16),
  },
  {
    name: 'regsync, entry per tag',
    jobs: ['A', 'B', 'C', 'L', 'same-host'],
    line: ({ job }) =>
      `regsync ${verb(job)} -c regsync.yml (type: image for each tag, parallel: 64, reqConcurrent: 64)`,
    start: (task) => regsync(task, imageEntries(task), 64),
  },
  {
    name: `skopeo copy --all, ${SAMPLE} tags`,
    jobs: ['A', 'B'],
    slow: ['A', 'B'],
    sample: SAMPLE,
    line: ({ tags, ...task }) => skopeoScript({ ...task, tags: tags.slice(0, 1) }),
    start: (task) => shell(task, skopeoScript(task)),
  },
];

/** Whether the tool of a peer is there. */
export function isThere({ name }: Peer): boolean {
  return !name.startsWith('skopeo') || which('skopeo') !== null;
}

function startFreshMirror({ job, repositories, upstream, mirror }: Task): Started {
  const sources = repositories.map((name) => `  - source: "${upstream}/${name}"\n    tags: ["*"]\n`);
  const config = `mirror: ${mirror}/${PREFIX}\nimages:\n${sources.join('')}`;
  const { pid, result } = startAction({ config, inputs: { mode: job === 'D' ? 'check' : 'sync' } });
  const ended = result.then((end) => {
    if (end.code !== 0) console.error(`Fresh Mirror ended with ${end.code}: ${end.stdout.slice(-2_000)}`);
    return end;
  });
  return { pid, ended };
}

function craneScript({ repositories, upstream, mirror }: Task, crane: string): string {
  const names = repositories.join(' ');
  return `for r in ${names}; do ${crane} cp -a -j 16 ${upstream}/$r ${mirror}/${PREFIX}/$r || exit; done`;
}

function skopeoScript({ tags, upstream, mirror }: Task): string {
  const images = tags.map(({ repository, tag }) => `${repository}:${tag}`).join(' ');
  const options = '--insecure-policy copy --all --src-tls-verify=false --dest-tls-verify=false';
  const ends = `docker://${upstream}/$i docker://${mirror}/${PREFIX}/$i`;
  return `for i in ${images}; do skopeo ${options} ${ends} || exit; done`;
}

function repositoryEntries({ repositories, upstream, mirror }: Task): object[] {
  return repositories.map((name) => ({
    source: `${upstream}/${name}`,
    target: `${mirror}/${PREFIX}/${name}`,
    type: 'repository',
  }));
}

function imageEntries({ tags, upstream, mirror }: Task): object[] {
  return tags.map(({ repository, tag }) => ({
    source: `${upstream}/${repository}:${tag}`,
    target: `${mirror}/${PREFIX}/${repository}:${tag}`,
    type: 'image',
  }));
}

function regsync(task: Task, sync: readonly object[], parallel: number): Started {
  const creds = [...new Set([task.upstream, task.mirror])].map((registry) => ({
    registry,
    tls: 'disabled',
    reqConcurrent: 64,
  }));
  const file = join(task.folder, 'regsync.yml');
  writeFileSync(file, JSON.stringify({ version: 1, creds, defaults: { parallel }, sync }));
  return command(tool('regsync'), [verb(task.job), '-c', file], environment(task));
}

function verb(job: JobName): string {
  return job === 'D' ? 'check' : 'once';
}

function shell(task: Task, script: string): Started {
  return command('/bin/sh', ['-c', script], environment(task));
}

function environment({ folder }: Task): Record<string, string> {
  return { PATH: CLEAN_PATH, HOME: folder };
}
