// How a run with nothing to do grows with the number of tags and of repositories: CPU, memory and requests of the bundle
// between two registries that hold nothing and answer at once.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { startAction } from '../../__tests__/fakes/runner/bundle.ts';
import { NODE } from '../../__tests__/fakes/runner/places.ts';
import { markdownTable } from '../../src/base/text/table.ts';
import { type Cost, measure } from '../measure.ts';

/** So many repositories of so many tags. */
type Size = { readonly repositories: number; readonly tags: number };
/** What one run took; requests are those of both sides. */
type Grown = Size &
  Cost & {
    readonly heads: number;
    readonly gets: number;
    readonly lists: number;
    readonly fresh: number;
  };

/** One repository that grows, and ten thousand tags over more and more repositories. */
const SIZES: readonly Size[] = [
  { repositories: 1, tags: 1_000 },
  { repositories: 1, tags: 10_000 },
  { repositories: 1, tags: 100_000 },
  { repositories: 10, tags: 1_000 },
  { repositories: 1_000, tags: 10 },
];

/** One run of `dist/` at one size. */
export async function grow(size: Size): Promise<Grown> {
  const [upstream, mirror] = [await startServer(size), await startServer(size)];
  try {
    const sources = Array.from(
      { length: size.repositories },
      (_, at) => `  - { source: "${upstream.host}/r${at}", tags: ["*"] }\n`,
    );
    const config = `mirror: ${mirror.host}/m\nimages:\n${sources.join('')}`;
    let fresh = 0;
    const cost = await measure(() => {
      const { pid, result } = startAction({ config, inputs: { mode: 'check' } });
      const ended = result.then((end) => {
        fresh = (end.report as { fresh: number } | null)?.fresh ?? 0;
        if (end.code !== 0) console.error(`Fresh Mirror ended with ${end.code}: ${end.stdout.slice(-2_000)}`);
        return end;
      });
      return { pid, ended };
    });
    const [above, below] = [await upstream.counts(), await mirror.counts()];
    return {
      ...size,
      ...cost,
      fresh,
      heads: above.head + below.head,
      gets: above.get + below.get,
      lists: above.list + below.list,
    };
  } finally {
    upstream.stop();
    mirror.stop();
  }
}

type Counts = { readonly head: number; readonly get: number; readonly list: number };

async function startServer({ repositories, tags }: Size) {
  const file = join(import.meta.dirname, 'server.ts');
  const child = spawn(NODE, [file, String(repositories), String(tags)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<string>((resolve) => {
    child.stdout.once('data', (data: Buffer) => resolve(data.toString().trim()));
  });
  const host = `127.0.0.1:${port}`;
  return {
    host,
    counts: async (): Promise<Counts> => (await fetch(`http://${host}/counts`)).json() as Promise<Counts>,
    stop: () => child.kill(),
  };
}

/** Every size in turn, then the figures as Markdown; `tell` hears of each run. */
export async function measureGrowth(tell: (line: string) => void): Promise<string> {
  const runs: Grown[] = [];
  for (const size of SIZES) {
    const run = await grow(size);
    tell(`${size.repositories} x ${size.tags}: ${run.cpu.toFixed(2)} s of CPU, ${run.peak.toFixed(0)} MB`);
    runs.push(run);
  }
  return growthTables(runs);
}

/** What is promised of growth: figures of CPU and memory depend on what else the machine does. */
const BARS: readonly { readonly what: string; readonly most: number; readonly of: (at: At) => number }[] = [
  { what: 'CPU ms a tag, 100,000 tags', most: 0.25, of: (at) => cpuATag(at(1, 100_000)) },
  { what: 'peak MB, 100,000 tags', most: 350, of: (at) => at(1, 100_000).peak },
  {
    what: 'CPU a tag: 100,000 tags to 10,000',
    most: 1.3,
    of: (at) => cpuATag(at(1, 100_000)) / cpuATag(at(1, 10_000)),
  },
  {
    what: 'CPU a tag: 10,000 tags to 1,000',
    most: 1.3,
    of: (at) => cpuATag(at(1, 10_000)) / cpuATag(at(1, 1_000)),
  },
  {
    what: 'CPU ms a repository on top: 1,000 of 10 tags to 10 of 1,000',
    most: 15,
    of: (at) => ((at(1_000, 10).cpu - at(10, 1_000).cpu) * 1_000) / 990,
  },
];

/** The run of one size. */
type At = (repositories: number, tags: number) => Grown;

function cpuATag({ cpu, repositories, tags }: Grown): number {
  return (cpu * 1_000) / (repositories * tags);
}

/** The figures and the promises as Markdown. */
function growthTables(runs: readonly Grown[]): string {
  const at: At = (repositories, tags) => {
    const run = runs.find((known) => known.repositories === repositories && known.tags === tags);
    if (run === undefined) throw new Error(`${repositories} x ${tags} was not measured`);
    return run;
  };
  const rows = runs.map((run) => [
    run.repositories.toLocaleString('en-US'),
    run.tags.toLocaleString('en-US'),
    run.seconds.toFixed(2),
    run.cpu.toFixed(2),
    cpuATag(run).toFixed(3),
    run.peak.toFixed(0),
    ((run.heads + run.gets) / (run.repositories * run.tags)).toFixed(2),
    String(run.lists),
    String(run.fresh),
  ]);
  const header = [
    'repositories',
    'tags of each',
    'wall s',
    'CPU s',
    'CPU ms a tag',
    'peak MB',
    'manifest requests a tag',
    'list pages',
    'fresh',
  ];
  const bars = BARS.map(({ what, most, of }) => {
    const found = of(at);
    return [what, `≤ ${most}`, found.toFixed(3), found <= most ? 'met' : '**missed**'];
  });
  return `${markdownTable(header, rows)}\n${markdownTable(['figure', 'bar', 'found', ''], bars)}`;
}
