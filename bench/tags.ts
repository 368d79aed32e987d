// 100,000 tags in one repository: how long it takes to find what is new among them, and whether that grows in line
// with their number.

import { findNewTags } from '../src/plan/select/new-tags.ts';

const SUFFIXES = ['', '-slim', '-alpine', '-bookworm', '-slim-bookworm', '-alpine3.22'];
const RULES = {
  listed: ['3.3.1', '3.4.2-slim', '3.4-alpine'],
  ignore: ['*rc*'],
  exclude: ['*-windows*'],
  prereleases: false,
};

/** A Markdown table: tags, milliseconds (the best of three), microseconds for each tag, new tags found. */
export function tableOfTags(): string {
  const rows = [10_000, 50_000, 100_000].map((count) => {
    const tags = Array.from({ length: count }, (_, at) => tagAt(at));
    const { milliseconds, found } = bestOfThree(() => findNewTags(RULES, tags).found.length);
    return `| ${count.toLocaleString('en-US')} | ${Math.round(milliseconds)} | ${((milliseconds * 1000) / count).toFixed(1)} | ${found} |`;
  });
  return ['| tags | ms | µs a tag | new |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function tagAt(at: number): string {
  const line = Math.floor(at / SUFFIXES.length);
  return `${Math.floor(line / 2_000)}.${Math.floor(line / 40) % 50}.${line % 40}${SUFFIXES[at % SUFFIXES.length]}`;
}

function bestOfThree(work: () => number): { milliseconds: number; found: number } {
  const runs = [1, 2, 3].map(() => {
    const started = performance.now();
    const found = work();
    return { milliseconds: performance.now() - started, found };
  });
  return runs.reduce((best, one) => (one.milliseconds < best.milliseconds ? one : best));
}
