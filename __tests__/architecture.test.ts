// The walls of the house: imports go down one floor at least, no two files import each other in a circle, and the
// outside world (GitHub's packages, the environment) is met in the few files that are named for it.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from '@jest/globals';

const SRC = join(import.meta.dirname, '../src');
const FLOORS: Readonly<Record<string, number>> = {
  errors: 0,
  text: 0,
  http: 1,
  image: 1,
  config: 2,
  references: 2,
  registry: 2,
  crane: 2,
  files: 2,
  platforms: 2,
  edit: 3,
  select: 3,
  plan: 4,
  lint: 4,
  sync: 5,
  report: 5,
  github: 6,
  '.': 7,
};

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const sources = new Map(files.map((file) => [file, readFileSync(join(SRC, file), 'utf8')]));

function importsOf(file: string): string[] {
  const text = sources.get(file) ?? '';
  const found = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((match) => match[1] ?? '');
  return found
    .map((path) => relative(SRC, join(SRC, dirname(file), path)))
    .filter((path) => path.endsWith('.ts'));
}

const arrows = files.flatMap((file) => importsOf(file).map((to) => [file, to] as const));

it('every room has a floor', () => {
  expect([...new Set(files.map(dirname))].filter((room) => FLOORS[room] === undefined)).toEqual([]);
});

it('no import goes up or sideways', () => {
  const wrong = arrows.filter(([from, to]) => {
    const [upper, lower] = [dirname(from), dirname(to)];
    return upper !== lower && (FLOORS[upper] ?? 0) <= (FLOORS[lower] ?? 0);
  });
  expect(wrong).toEqual([]);
});

it('no files import each other in a circle', () => {
  const left = new Set(files);
  let before = -1;
  while (left.size !== before) {
    before = left.size;
    for (const file of left) if (!importsOf(file).some((to) => left.has(to))) left.delete(file);
  }
  expect([...left]).toEqual([]);
});

it.each([
  [/'@actions\//, ['crane/install.ts', 'github/publish.ts', 'github/runner.ts', 'inputs.ts']],
  [/process\.env/, ['inputs.ts']],
])('%s stands only where it belongs', (pattern, allowed) => {
  const found = files.filter((file) => pattern.test(sources.get(file) ?? ''));
  expect(found.filter((file) => !allowed.includes(file))).toEqual([]);
});
