// The walls of the house: imports go down one floor at least, no two files import each other in a circle, and the
// outside world (GitHub's packages, the environment) is met in the few files that are named for it.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from '@jest/globals';

const SRC = join(import.meta.dirname, '../src');
const FLOORS: Readonly<Record<string, number>> = {
  'base/errors': 0,
  'base/text': 0,
  'base/flow': 0.5,
  image: 1,
  'image/tags': 1,
  'image/names': 1.2,
  'image/manifest': 1.4,
  http: 2.2,
  'registry/doors': 2.1,
  'registry/http': 2.2,
  config: 2,
  'config/yaml': 2,
  'config/images': 2.1,
  references: 2,
  'registry/client': 2.4,
  registry: 2.4,
  crane: 2.6,
  'registry/crane': 2.6,
  'registry/install': 2.7,
  files: 3,
  platforms: 2.8,
  edit: 3,
  'config/edit': 2.2,
  select: 3,
  plan: 4,
  'plan/select': 3,
  'plan/platforms': 3,
  'plan/observation': 3.2,
  'plan/steps': 3.4,
  lint: 4,
  sync: 6,
  report: 5,
  'report/offers': 5.1,
  'report/rows': 5.1,
  'report/render': 5.2,
  github: 5.5,
  'run/observe': 6,
  'run/apply': 6.1,
  'run/modes': 6.2,
  'run/open': 6.3,
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
  [/'@actions\//, ['registry/install/install.ts', 'github/client.ts', 'github/runner.ts', 'inputs.ts']],
  [/process\.env/, ['inputs.ts']],
])('%s stands only where it belongs', (pattern, allowed) => {
  const found = files.filter((file) => pattern.test(sources.get(file) ?? ''));
  expect(found.filter((file) => !allowed.includes(file))).toEqual([]);
});
