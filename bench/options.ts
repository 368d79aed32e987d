// What `npm run bench` may be told, and which series come of it.

import { parseArgs } from 'node:util';
import type { Sharing } from './data/official.ts';
import { isLarge } from './data/sets.ts';
import { JOBS, type Series } from './jobs.ts';
import type { JobName } from './peers.ts';

export const USAGE = `npm run bench -- [options]

Measures this action (the bundle in dist/) beside other tools on the same images, between two registries behind proxies
that count and add latency. Prints Markdown; the last table holds the project's promises against the figures.

  --jobs A,L         jobs, a comma list (all):
                       A          no-op, the mirror has everything (1,584 tags)
                       B          first sync of two repositories (339 tags, 183 digests)
                       C          15 of 1,584 tags moved to seven new digests
                       D          check only
                       L          first sync of 1.2 GB in layers of real sizes, over a line of limited speed
                       same-host  first sync inside one registry, where no blob has to move
  --data plain       data sets, a comma list: plain, shared (B and L: both; others: plain). In \`shared\` images have
                     more in common: small ones (A to D, same-host) a language layer beside their base and series;
                     large ones (L) a base with those of another repository
  --latency 20       milliseconds added to each request, a comma list (B: 20,0,80; others: 20).
                     All bars but those of B are promised at 20 ms, and none with --handshake
  --rounds 5         runs of each tool, in turns (5; sequential tools once, in the first series of a job)
  --peers crane,...  only tools whose name has one of these words, and this action
  --line 1000        megabits a second of each side's line in job L, both directions together; 0 for no limit (1000)
  --handshake 0      more round trips on each new connection, as TCP and TLS have (0)
  --quick            one round, without the sequential tools, B at 20 ms alone
  --keep             keep the filled registries of plain and shared for the next run (they are in memory: 300 MB each);
                     those of L (1.2 GB each) always stay, as fresh-mirror-bench-* in the folder for temporary files
  --help             this text

The exit code is 1 when a count or a byte bar is missed; walls, CPU and memory never decide it.
`;

export type Options = {
  readonly series: readonly Series[];
  readonly rounds: number;
  readonly peers: readonly string[];
  readonly line: number;
  readonly handshake: number;
  readonly quick: boolean;
  readonly keep: boolean;
};

const TEXT = { type: 'string' } as const;
const FLAG = { type: 'boolean' } as const;
const SETS: readonly string[] = ['plain', 'shared'] satisfies Sharing[];

/** Reads the arguments of the command; null when help is wanted. Throws at what it does not know. */
export function readOptions(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      jobs: TEXT,
      data: TEXT,
      latency: TEXT,
      rounds: TEXT,
      peers: TEXT,
      line: TEXT,
      handshake: TEXT,
      quick: FLAG,
      keep: FLAG,
      help: FLAG,
    },
  });
  if (values.help === true) return null;
  const quick = values.quick === true;
  const latencies = values.latency ?? (quick ? '20' : undefined);
  return {
    series: seriesOf({
      jobs: chosen('job', values.jobs ?? Object.keys(JOBS).join(), Object.keys(JOBS)) as JobName[],
      sets: values.data === undefined ? null : (chosen('data set', values.data, SETS) as Sharing[]),
      latencies: latencies === undefined ? null : list(latencies).map(numberOf),
    }),
    rounds: quick ? 1 : numberOf(values.rounds ?? '5'),
    peers: list(values.peers ?? ''),
    line: numberOf(values.line ?? '1000'),
    handshake: numberOf(values.handshake ?? '0'),
    quick,
    keep: values.keep === true,
  };
}

type Wanted = {
  readonly jobs: readonly JobName[];
  readonly sets: readonly Sharing[] | null;
  readonly latencies: readonly number[] | null;
};

function seriesOf({ jobs, sets, latencies }: Wanted): Series[] {
  return jobs.flatMap((job) => {
    const own = JOBS[job];
    const large = own.sets.some(isLarge);
    const on = sets?.map((set) => (large ? (`large-${set}` as const) : set)) ?? own.sets;
    return on.flatMap((set) => (latencies ?? own.latencies).map((latency) => ({ job, set, latency })));
  });
}

function chosen(what: string, text: string, known: readonly string[]): string[] {
  const unknown = list(text).find((word) => !known.includes(word));
  if (unknown !== undefined) throw new Error(`there is no ${what} "${unknown}": ${known.join(', ')}`);
  return list(text);
}

function list(text: string): string[] {
  return text.split(',').filter(Boolean);
}

function numberOf(text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number) && number >= 0) return number;
  throw new Error(`"${text}" is not a number`);
}
