// The figures as Markdown, ready for docs/benchmarks.md.

import { markdownTable } from '../src/base/text/table.ts';
import { type Bar, isMet, manifestRequests, median, type Runs } from './bars.ts';
import type { Run } from './jobs.ts';
import type { Traffic } from './rig/proxy.ts';

const HEADER = [
  'tool',
  'runs',
  'wall s',
  'CPU s',
  'peak MB',
  'manifest requests per tag',
  'upstream manifest GETs',
  'requests up + mirror',
  'MB from upstream',
  'MB to the mirror',
  'connections up + mirror',
  'in flight up + mirror',
  'tags right',
];
const KINDS = [
  'manifestHead',
  'manifestGet',
  'manifestPut',
  'blobHead',
  'blobGet',
  'uploadPost',
  'uploadPatch',
  'uploadPut',
  'list',
  'ping',
] as const;

/** Walls and CPU are medians (lowest to highest in brackets); counts are those of the worst run. */
export function figures(runs: Runs): string {
  return markdownTable(
    HEADER,
    [...runs].map(([name, all]) => row(name, all)),
  );
}

function row(name: string, runs: readonly Run[]): string[] {
  const walls = runs.map(({ seconds }) => seconds);
  const most = (of: (run: Run) => number): number => Math.max(...runs.map(of));
  const both = (of: (side: Traffic) => number): string =>
    `${most(({ upstream }) => of(upstream))} + ${most(({ mirror }) => of(mirror))}`;
  const range = runs.length === 1 ? '' : ` (${two(Math.min(...walls))} to ${two(Math.max(...walls))})`;
  return [
    name,
    String(runs.length),
    `${two(median(walls))}${range}`,
    two(median(runs.map(({ cpu }) => cpu))),
    most(({ peak }) => peak).toFixed(0),
    two(most(manifestRequests)),
    String(most(({ upstream }) => upstream.counts.manifestGet)),
    both(({ requests }) => requests),
    two(most(({ upstream }) => upstream.bytesDown / 1e6)),
    two(most(({ mirror }) => mirror.bytesUp / 1e6)),
    both(({ connections }) => connections),
    both(({ mostFlying }) => mostFlying),
    `${Math.min(...runs.map(({ equal }) => equal))} of ${runs[0]?.tags}`,
  ];
}

/** Every kind of request, upstream + mirror, of each tool's last run. */
export function requestTable(runs: Runs): string {
  const rows = [...runs].map(([name, all]) => {
    const last = all.at(-1);
    return [name, ...KINDS.map((kind) => `${last?.upstream.counts[kind]} + ${last?.mirror.counts[kind]}`)];
  });
  return markdownTable(['tool', ...KINDS], rows);
}

/** Every bar with its figure, and whether it is met. */
export function barTable(bars: readonly Bar[]): string {
  const rows = bars.map((bar) => [
    bar.job,
    bar.set,
    `${bar.latency}`,
    bar.what,
    bar.most === null ? '-' : `≤ ${exactly(bar.most)}`,
    exactly(bar.found),
    bar.exact ? 'exact' : 'noisy',
    verdict(bar),
  ]);
  return markdownTable(['job', 'data', 'ms', 'figure', 'bar', 'found', 'kind', ''], rows);
}

function verdict(bar: Bar): string {
  if (bar.most === null) return 'no bar';
  return isMet(bar) ? 'met' : '**missed**';
}

/** Bars differ in the third decimal, counts have none. */
function exactly(number: number): string {
  return Number.isInteger(number) ? String(number) : number.toFixed(3);
}

function two(number: number): string {
  return number.toFixed(2);
}
