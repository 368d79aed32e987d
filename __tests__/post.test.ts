// What the post step does with the journal it finds; registries are objects in memory.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
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
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

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

it('opens nothing when there is nothing to put back', async () => {
  const { doors, said, opened } = doorsOf(memoryDoors());
  await finish(path, doors);
  expect([opened(), said]).toEqual([0, ['there is no tag to put back']]);
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
  expect(said[0]).toBe('putting back 1 tag that an unfinished run had moved');
  expect(said.at(-1)).toBe('fail 1 tag could not be put back');
  expect(said.join(' ')).toContain('foreign-change');
});

// A job in a container that is cancelled: the runner ends `docker exec`, and nobody tells what runs inside.
describe('a main step that still runs', () => {
  /** A process with the words of this one in its command line, if it is to be taken for the same program. */
  async function start(
    script: string,
    ...words: readonly string[]
  ): Promise<{ child: ChildProcess; path: string }> {
    const life = `${script}; setTimeout(() => {}, 20_000); console.log('up')`;
    const child = spawn(process.execPath, ['-e', life, ...words], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(child);
    if (child.stdout !== null) await once(child.stdout, 'data');
    return { child, path: join(folder, `journals/${child.pid}-1.jsonl`) };
  }
  const [, program = ''] = process.argv;
  const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;
  const ended = async (child: ChildProcess) => hasEnded(child) || (await once(child, 'exit')) !== null;

  it.each([
    ['hears it', "process.on('SIGINT', () => process.exit())", 0, null],
    ['is deaf', "process.on('SIGINT', () => {})", null, 'SIGKILL'],
  ] as const)('is ended before its tags are put back: one that %s', async (_name, script, code, signal) => {
    const { child, path: own } = await start(script, program);
    await createJournal(own, {}).intend(MOVED);
    const memory = moved();
    const { doors, said } = doorsOf(memory);
    const open: PostDoors['open'] = async (registries) => {
      said.push(`open, ended: ${await Promise.race([ended(child), sleep(2_000, false)])}`);
      return doors.open(registries);
    };
    await finish(own, { ...doors, open, timeToEnd: 300 });
    expect([child.exitCode, child.signalCode]).toEqual([code, signal]);
    expect(said[0]).toMatch(/did not hear/);
    expect(said).toContain('open, ended: true');
    expect(memory.mirror.held.get(at('moved'))).toEqual(body('OLD'));
  });

  it('no other process is touched that has its number by now', async () => {
    const { child, path: own } = await start('');
    const { doors, said } = doorsOf(memoryDoors());
    await finish(own, { ...doors, timeToEnd: 300 });
    expect([hasEnded(child), said]).toEqual([false, ['there is no tag to put back']]);
  });

  it('this process is not ended by itself', async () => {
    const [, ...words] = readFileSync('/proc/self/cmdline', 'utf8').split('\0');
    const before = process.argv[1] ?? '';
    process.argv[1] = words.find((word) => word !== '') ?? '';
    const kill = jest.spyOn(process, 'kill').mockReturnValue(true);
    const { doors, said } = doorsOf(memoryDoors());
    try {
      await finish(join(folder, `journals/${process.pid}-1.jsonl`), { ...doors, timeToEnd: 300 });
      expect([kill.mock.calls, said]).toEqual([[], ['there is no tag to put back']]);
    } finally {
      process.argv[1] = before;
      kill.mockRestore();
    }
  });
});
