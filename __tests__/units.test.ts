// `npm run test:units` is what CI runs on Windows and macOS, where nobody here can try it: so its tests may start no shell and no
// program that was built for tests, and CONTRIBUTING.md says by name what is left out of it.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { ROOT } from './fakes/runner/places.ts';

/** What is left out, and the folders of what is not, by their paths from `__tests__`. */
type Units = { readonly LEFT_OUT: readonly string[]; readonly ROOMS: readonly string[] };
const CONFIG = new URL('../jest.units.config.js', import.meta.url).href;
const { LEFT_OUT, ROOMS } = (await import(CONFIG)) as Units;

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** Every test of the rooms, by its path from `__tests__` without `.test.ts`. */
const TESTS = ROOMS.flatMap((room) =>
  readdirSync(join(ROOT, '__tests__', room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `${room}/${file.slice(0, -'.test.ts'.length)}`),
);

/** A file and all files of the tests that it imports, and that those import. */
function reachedFrom(file: string, reached = new Set<string>()): ReadonlySet<string> {
  if (reached.has(file) || file.startsWith('src/')) return reached;
  reached.add(file);
  for (const [, path = ''] of textOf(file).matchAll(/(?:from|import\() ?'(\.[^']+\.(?:ts|mjs))'/g)) {
    reachedFrom(join(dirname(file), path), reached);
  }
  return reached;
}

/** The files behind a test that start programs, or make links, which Windows lets nobody do who has no right to. */
function needsOf(test: string): string[] {
  const files = [...reachedFrom(`__tests__/${test}.test.ts`)];
  return files.filter((file) => /'node:child_process'|\bsymlinkSync\b|\/bin\/sh/.test(textOf(file)));
}

it('there is something to look at', () => {
  expect(TESTS.length).toBeGreaterThan(130);
});

it('what runs on every platform needs Node and the packages alone', () => {
  const needy = TESTS.filter((test) => !LEFT_OUT.includes(test) && needsOf(test).length > 0);
  expect(needy).toEqual([]);
});

it('nothing is left out without need, or without being named in CONTRIBUTING.md', () => {
  expect(LEFT_OUT.filter((test) => !TESTS.includes(test) || needsOf(test).length === 0)).toEqual([]);
  const page = textOf('CONTRIBUTING.md');
  expect(LEFT_OUT.filter((test) => !page.includes(`\`${test}\``))).toEqual([]);
});
