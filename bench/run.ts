// `npm run bench`: this action beside other tools on the same images, between two real registries behind proxies that
// count and add latency. Prints Markdown. docs/benchmarks.md explains the jobs and has figures of a whole run.

import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { NODE, tool, which } from '../__tests__/fakes/runner/places.ts';
import { type Bar, barsOf, type Runs } from './bars.ts';
import { makeData } from './data.ts';
import { type Gate, measureCeiling, startGate } from './gate.ts';
import { JOBS, type Rig, type Run, runOnce, taskOf } from './jobs.ts';
import { isThere, type JobName, PEERS, type Peer } from './peers.ts';
import { startRegistry } from './registry.ts';
import { moveTags, openStores } from './stores.ts';
import { barTable, figures, isHeld, requestTable } from './table.ts';
import { tableOfTags } from './tags.ts';

const USAGE = `npm run bench -- [options]
  --job A,B,C,D      jobs (all four)
  --latency 20       milliseconds added to each request, a comma list (20)
  --handshake 0      more round trips on each new connection (0)
  --runs 5           runs of each tool, interleaved (5; B and D 3; sequential tools 1 outside of A)
  --peers crane,...  only tools whose name has one of these words, and this action
  --quick            one run of each, without the sequential tools
  --keep             keep the filled registries for the next run
`;

type Options = {
  readonly jobs: readonly JobName[];
  readonly latencies: readonly number[];
  readonly handshake: number;
  readonly runs: number | null;
  readonly peers: readonly string[];
  readonly quick: boolean;
  readonly keep: boolean;
};

function readOptions(): Options {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    options: {
      job: text,
      latency: text,
      handshake: text,
      runs: text,
      peers: text,
      quick: flag,
      keep: flag,
      help: flag,
    },
  });
  if (values.help === true) {
    console.log(USAGE);
    process.exit();
  }
  const list = (given = ''): string[] => given.split(',').filter(Boolean);
  const jobs = list(values.job ?? 'A,B,C,D').map((job) => {
    if (job in JOBS) return job as JobName;
    throw new Error(`no job ${job}\n${USAGE}`);
  });
  return {
    jobs,
    latencies: list(values.latency ?? '20').map(Number),
    handshake: Number(values.handshake ?? 0),
    runs: values.runs === undefined ? null : Number(values.runs),
    peers: list(values.peers),
    quick: values.quick === true,
    keep: values.keep === true,
  };
}

async function main(): Promise<boolean> {
  const options = readOptions();
  const data = makeData();
  progress('filling the registries');
  const stores = await openStores(data, options.keep);
  const upstream = await startRegistry(stores.upstream);
  const equal = await startRegistry(stores.mirror);
  const gates = { upstream: await startGate(), mirror: await startGate() };
  const rig: Rig = { data, stores, upstream, equal, gates, handshake: options.handshake };
  try {
    console.log(describeMachine());
    console.log(await describeCeilings(rig));
    const bars: Bar[] = [];
    for (const latency of options.latencies)
      for (const job of options.jobs) {
        const runs = await runJob(job, latency, options, rig);
        console.log(describeJob(job, latency, runs, rig));
        // The bars are defined at 20 ms.
        if (latency === 20 && options.handshake === 0) bars.push(...barsOf(job, runs));
      }
    console.log(`## 100,000 tags in one repository\n\n${tableOfTags()}\n`);
    if (bars.length > 0) console.log(`## Bars\n\n${barTable(bars)}`);
    return bars.every((bar) => isHeld(bar) || !bar.exact);
  } finally {
    await moveTags(upstream, data, 'before');
    for (const gate of Object.values(gates)) gate.stop();
    await upstream.stop();
    await equal.stop();
  }
}

/** All tools in turn, then all again: what else the machine does falls on each of them alike. */
async function runJob(job: JobName, latency: number, options: Options, rig: Rig): Promise<Runs> {
  const peers = PEERS.filter((peer) => takesPart(peer, job, options));
  const runs = new Map<string, Run[]>(peers.map(({ name }) => [name, []]));
  for (let round = 1; round <= Math.max(...peers.map((peer) => roundsOf(peer, job, options))); round += 1)
    for (const peer of peers) {
      if (round > roundsOf(peer, job, options)) continue;
      const run = await runOnce(peer, job, latency, rig);
      progress(`${job} at ${latency} ms, round ${round}: ${peer.name} ${run.seconds.toFixed(2)} s`);
      runs.get(peer.name)?.push(run);
    }
  return runs;
}

function takesPart(peer: Peer, job: JobName, { peers, quick }: Options): boolean {
  const wanted = peers.length === 0 || peer === PEERS[0] || peers.some((word) => peer.name.includes(word));
  return wanted && peer.jobs.includes(job) && isThere(peer) && !(quick && peer.slow?.includes(job) === true);
}

function roundsOf(peer: Peer, job: JobName, { runs, quick }: Options): number {
  if (quick || peer.slow?.includes(job) === true) return 1;
  return runs ?? (job === 'A' || job === 'C' ? 5 : 3);
}

function describeJob(job: JobName, latency: number, runs: Runs, rig: Rig): string {
  const task = { ...taskOf(job, rig), folder: '.' };
  const lines = PEERS.filter(({ name }) => runs.has(name)).map((peer) => `${peer.name}: ${peer.line(task)}`);
  const heading = `## ${job} at ${latency} ms - ${JOBS[job]}`;
  return `${heading}\n\n${figures(runs)}\n${requestTable(runs)}\n\`\`\`text\n${lines.join('\n')}\n\`\`\`\n`;
}

function describeMachine(): string {
  const version = (file: string, ...args: string[]): string =>
    spawnSync(file, args, { encoding: 'utf8' }).stdout.trim();
  const parts = [
    `${cpus().length} cores (${cpus()[0]?.model})`,
    `Node ${version(NODE, '-v')}`,
    `crane ${version(tool('crane'), 'version')}`,
    `regsync ${/VCSTag:\s*(\S+)/.exec(version(tool('regsync'), 'version'))?.[1]}`,
    which('skopeo') === null ? 'no skopeo' : version('skopeo', '--version'),
    `registry ${version(tool('registry'), '--version').split(' ').at(-1)}`,
  ];
  return `${new Date().toISOString().slice(0, 10)}: ${parts.join(', ')}\n`;
}

/** Also warms both proxies and both registries up, so that the first tool does not pay for it. */
async function describeCeilings({ gates, upstream, equal }: Rig): Promise<string> {
  const ceilingOf = async (gate: Gate, port: number, path: string): Promise<number> => {
    await gate.set(port, 0, 0);
    await measureCeiling(gate.host, path, 1);
    return measureCeiling(gate.host, path, 2);
  };
  const above = await ceilingOf(gates.upstream, upstream.port, '/v2/library/ruby/manifests/latest');
  const below = await ceilingOf(gates.mirror, equal.port, '/v2/m/library/ruby/manifests/latest');
  return `Requests a second that proxy and registry answer at most, no latency: upstream ${above}, mirror ${below}\n`;
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

process.exitCode = (await main()) ? 0 : 1;
