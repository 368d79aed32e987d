// What the post step does with the journal it finds; registries are objects in memory.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createJournal } from '../src/files/journal.ts';
import { lookUp } from '../src/image/names/look-up.ts';
import { finish, type PostDoors } from '../src/post.ts';
import type { Intent } from '../src/registry/doors/journal.ts';
import { body, MIRROR } from './plan/steps/builders.ts';
import { type MemoryDoors, memoryDoors } from './run/fakes.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'post-'));
  path = join(folder, 'journals/1.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function doorsOf(memory: MemoryDoors): { doors: PostDoors; said: string[]; opened: () => number } {
  const said: string[] = [];
  let opened = 0;
  const doors: PostDoors = {
    runner: {
      info: (line) => void said.push(line),
      annotate: (all) => void said.push(...all.map(({ title }) => `error ${title}`)),
      fail: (message) => void said.push(`fail ${message}`),
    },
    open: async () => {
      opened += 1;
      return { doors: memory, close: async () => undefined } as never;
    },
  };
  return { doors, said, opened: () => opened };
}

const at = (tag: string): string => lookUp(MIRROR, tag);
const MOVED: Intent = {
  mirror: MIRROR,
  step: 0,
  tag: 'moved',
  previous: body('OLD'),
  next: body('A').digest,
};
const CREATED: Intent = { mirror: MIRROR, step: 1, tag: 'new', previous: null, next: body('B').digest };

function moved(): MemoryDoors {
  const memory = memoryDoors();
  memory.mirror.held.set(at('moved'), body('A'));
  memory.mirror.held.set(at('new'), body('B'));
  memory.mirror.held.set(lookUp(MIRROR, body('OLD').digest), body('OLD'));
  return memory;
}

it('opens nothing when nothing is left to be put back', async () => {
  const { doors, said, opened } = doorsOf(memoryDoors());
  await finish(path, doors);
  expect([opened(), said]).toEqual([0, ['no tag is left to be put back']]);
});

it('puts back what a killed run had moved, and drops the journal', async () => {
  const journal = createJournal(path, {});
  await journal.intend(MOVED);
  await journal.intend(CREATED);
  const memory = moved();
  const { doors, said } = doorsOf(memory);
  await finish(path, doors);
  expect(memory.mirror.held.get(at('moved'))).toEqual(body('OLD'));
  expect(memory.mirror.held.has(at('new'))).toBe(false);
  expect(said.filter((line) => line.endsWith(': restored'))).toHaveLength(2);
  expect(existsSync(path)).toBe(false);
});

it('leaves alone what somebody else changed meanwhile, and fails', async () => {
  await createJournal(path, {}).intend(MOVED);
  const memory = moved();
  memory.mirror.held.set(at('moved'), body('THEIRS'));
  const { doors, said } = doorsOf(memory);
  await finish(path, doors);
  expect(memory.mirror.held.get(at('moved'))).toEqual(body('THEIRS'));
  expect(said.at(-1)).toBe('fail 1 tag could not be put back');
  expect(said.join(' ')).toContain('foreign-change');
});
