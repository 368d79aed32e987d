// The order of test files in a fresh clone: the long ones first, and what nobody knows after them.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { ROOT } from './fakes/runner/places.ts';

const SECONDS: Record<string, number> = JSON.parse(readFileSync(join(ROOT, 'tools/long-tests.json'), 'utf8'));
const LONG = Object.keys(SECONDS);
const pathOf = (name: string): string => join(ROOT, `__tests__/${name}.test.ts`);

it('knows files of this tree alone', () => {
  expect(LONG.filter((name) => !existsSync(pathOf(name)))).toEqual([]);
});

type Test = { path: string; duration?: number; context: object };
type Sequencer = {
  sort(tests: Test[]): Test[];
  time(test: Test): number | undefined;
  hasFailed(test: Test): boolean;
};

async function sequencer(): Promise<Sequencer> {
  const loaded = await import(join(ROOT, 'tools/longest-first.mjs'));
  return new loaded.default();
}

// jest sorts by the size of a file where it knows nothing else.
const SIZES: Record<string, number> = { small: 1, large: 9 };
const config = { cache: false };
const hasteFS = { getSize: (path: string) => SIZES[path] ?? 5 };
const testOf = (path: string): Test => ({ path, context: { config, hasteFS } });

it('begins with the long ones, the longest first, where nobody has measured anything', async () => {
  const [first = '', second = ''] = LONG.toSorted((a, b) => (SECONDS[b] ?? 0) - (SECONDS[a] ?? 0)).map(
    pathOf,
  );
  const tests = ['small', second, 'large', first].map(testOf);
  expect((await sequencer()).sort(tests).map(({ path }) => path)).toEqual([first, second, 'large', 'small']);
});

it('goes by what was measured, where something was, and begins with what failed', async () => {
  const measured = await sequencer();
  const [first = ''] = LONG.map(pathOf);
  measured.time = ({ path }) => (path === first ? 10 : undefined);
  measured.hasFailed = ({ path }) => path === 'failed';
  const tests = [first, 'small', 'failed'].map(testOf);
  expect(measured.sort(tests).map(({ path }) => path)).toEqual(['failed', 'small', first]);
});
