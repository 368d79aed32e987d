// `npm run bench`: this action beside other tools on the same images, between two real registries behind proxies that
// count and add latency. Prints Markdown. docs/benchmarks.md explains the jobs and has figures of a whole run.

import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { NODE, tool, which } from '../__tests__/fakes/runner/places.ts';
import { type Bar, barsOf, isMet, type Runs } from './bars.ts';
import { makeSet, type SetName } from './data/sets.ts';
import { measureGrowth } from './growth/growth.ts';
import { JOBS, needOfJob, type Rig, type Run, runOnce, type Stock, taskOf } from './jobs.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { isThere, OWN, PEERS, type Peer } from './peers.ts';
import { type Gate, measureCeiling, startGate } from './rig/gate.ts';
import { startRegistry } from './rig/registry.ts';
import { moveTags, openStores, PREFIX } from './rig/stores.ts';
import { barTable, figures, requestTable } from './table.ts';
import { tableOfTags } from './tags.ts';

async function main(): Promise<boolean> {
  const options = optionsOrEnd();
  if (options === null) {
    console.log(USAGE);
    return true;
  }
  const gates = { upstream: await startGate(), mirror: await startGate() };
  const stocks = new Map<SetName, Stock>();
  try {
    for (const { set } of options.series)
      if (!stocks.has(set)) stocks.set(set, await openStock(set, options.keep));
    console.log(describeMachine());
    for (const [set, stock] of stocks) console.log(await describeCeilings(set, stock, gates));
    const bars: Bar[] = [];
    for (const series of options.series) {
      const stock = stocks.get(series.set) as Stock;
      const rig: Rig = { ...series, stock, gates, handshake: options.handshake, line: options.line };
      const runs = await runSeries(rig, options);
      console.log(describeSeries(rig, runs));
      const need = needOfJob(series.job, stock.data);
      if (options.handshake === 0) bars.push(...barsOf({ ...series, runs, need }));
    }
    if (!options.quick) console.log(`## 100,000 tags in one repository\n\n${tableOfTags()}\n`);
    if (!options.quick) console.log(`## Growth\n\n${await measureGrowth(progress)}\n`);
    if (bars.length > 0) console.log(`## Bars\n\n${barTable(bars)}`);
    return bars.every((bar) => isMet(bar) || !bar.exact);
  } finally {
    for (const gate of Object.values(gates)) gate.stop();
    for (const stock of stocks.values()) await closeStock(stock);
  }
}

function optionsOrEnd(): Options | null {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

async function openStock(set: SetName, keep: boolean): Promise<Stock> {
  progress(`images of the data set ${set}`);
  const data = makeSet(set);
  const stores = await openStores(set, data, keep);
  const upstream = await startRegistry(stores.upstream);
  return { data, stores, upstream, equal: await startRegistry(stores.mirror) };
}

async function closeStock({ data, upstream, equal }: Stock): Promise<void> {
  await moveTags(upstream, data, 'before');
  await upstream.stop();
  await equal.stop();
}

/** All tools in turn, then all again: what else the machine does falls on each of them alike. */
async function runSeries(rig: Rig, options: Options): Promise<Runs> {
  const { job, set, latency } = rig;
  const peers = PEERS.filter((peer) => takesPart(peer, rig, options));
  const runs = new Map<string, Run[]>(peers.map(({ name }) => [name, []]));
  for (let round = 1; round <= options.rounds; round += 1)
    for (const peer of peers) {
      if (round > 1 && peer.slow?.includes(job)) continue;
      const run = await runOnce(peer, rig);
      const place = `${job} (${set}) at ${latency} ms, round ${round}`;
      progress(`${place}: ${peer.name} ${run.seconds.toFixed(2)} s`);
      runs.get(peer.name)?.push(run);
    }
  return runs;
}

function takesPart(peer: Peer, rig: Rig, { series, peers, quick }: Options): boolean {
  const named = peers.length === 0 || peer.name === OWN || peers.some((word) => peer.name.includes(word));
  if (!named || !peer.jobs.includes(rig.job) || !isThere(peer)) return false;
  if (peer.slow?.includes(rig.job) !== true) return true;
  const first = series.find(({ job }) => job === rig.job);
  return !quick && first?.set === rig.set && first.latency === rig.latency;
}

function describeSeries(rig: Rig, runs: Runs): string {
  const { job, set, latency, line, stock } = rig;
  const task = { ...taskOf(rig), folder: '.' };
  const lines = PEERS.filter(({ name }) => runs.has(name)).map((peer) => `${peer.name}: ${peer.line(task)}`);
  const { manifests, blobs, down, up } = needOfJob(job, stock.data);
  const speed = JOBS[job].line && line > 0 ? ` and ${line} Mbit/s` : '';
  const mega = (bytes: number): string => (bytes / 1e6).toFixed(2);
  return [
    `## ${job} (${set}) at ${latency} ms${speed} - ${JOBS[job].title}\n`,
    `Needed: ${manifests} manifests and ${mega(blobs)} MB of blobs; ${mega(down)} MB from upstream, ${mega(up)} MB to the mirror\n`,
    `${figures(runs)}\n${requestTable(runs)}\n\`\`\`text\n${lines.join('\n')}\n\`\`\`\n`,
  ].join('\n');
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
async function describeCeilings(set: SetName, { data, upstream, equal }: Stock, gates: Rig['gates']) {
  const ceilingOf = async (gate: Gate, port: number, prefix: string): Promise<number> => {
    await gate.set({ port, latency: 0, handshake: 0, line: 0 });
    const [{ name = '', images = [] } = {}] = data.repositories;
    const path = `/v2/${prefix}${name}/manifests/${images[0]?.tags[0]}`;
    await measureCeiling(gate.host, path, 1);
    return measureCeiling(gate.host, path, 2);
  };
  const above = await ceilingOf(gates.upstream, upstream.port, '');
  const below = await ceilingOf(gates.mirror, equal.port, `${PREFIX}/`);
  return `Requests a second that proxy and registry answer at most (${set}), no latency: upstream ${above}, mirror ${below}\n`;
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

process.exitCode = (await main()) ? 0 : 1;
