import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { runCommand } from '../../../src/registry/crane/exec.ts';
import { ENV, removeFolders, stubCrane } from './stub.ts';

afterEach(removeFolders);

const run = (script: string, more = {}) => {
  const { file } = stubCrane(script);
  return runCommand({ file, args: ['a', '$(id)'], env: ENV, deadline: 5_000, grace: 200, ...more });
};

it('captures what is said and how it ended', async () => {
  expect(await run('echo "$2"; echo no >&2; exit 3')).toEqual({
    how: 'exit',
    code: 3,
    stdout: '$(id)\n',
    stderr: 'no\n',
  });
});

it('gives a child nothing but the environment given', async () => {
  const { stdout } = await run('env', { env: { ...ENV, ONLY: 'this' } });
  expect(
    stdout
      .split('\n')
      .filter((line) => !/^(PWD|SHLVL|_|OLDPWD)=/.test(line))
      .sort(),
  ).toEqual(['', 'ONLY=this', `PATH=${ENV.PATH}`]);
});

it('keeps 64 KiB of ten megabytes', async () => {
  const ended = await run(
    'head -c 10000000 /dev/zero | tr "\\0" x; head -c 10000000 /dev/zero | tr "\\0" y >&2',
  );
  expect([ended.code, ended.stdout.length, ended.stderr.length]).toEqual([0, 65_536, 65_536]);
});

it('ends a command at its deadline, gently first', async () => {
  const gentle = await run('trap "echo bye; exit 1" INT; while :; do sleep 0.05; done', { deadline: 300 });
  expect(gentle).toMatchObject({ how: 'deadline', stdout: 'bye\n' });
  expect(await run('trap "" INT; while :; do sleep 0.05; done', { deadline: 300 })).toMatchObject({
    how: 'deadline',
    code: null,
  });
});

it('ends a command while nothing is under way for it, and no other', async () => {
  const idle = { stall: 300, isIdle: () => true };
  expect(await run('exec sleep 20', idle)).toMatchObject({ how: 'stalled', code: null });
  const busy = { stall: 300, isIdle: () => false };
  expect(await run('sleep 0.8', busy)).toMatchObject({ how: 'exit', code: 0 });
  // The count begins again whenever something is under way.
  let looks = 0;
  const isIdle = () => {
    looks += 1;
    return looks % 5 !== 0;
  };
  expect(await run('sleep 0.8', { stall: 300, isIdle })).toMatchObject({ how: 'exit', code: 0 });
});

it('ends what the command started, too', async () => {
  const { file, calls } = stubCrane(
    'trap "" INT; sh -c \'trap "" INT; while :; do echo x >> "$0"; sleep 0.05; done\' "$0.beat"; true',
  );
  await runCommand({ file, args: [], env: ENV, deadline: 300, grace: 200 });
  await sleep(200);
  const beat = () => readFileSync(`${file}.beat`).length;
  const before = beat();
  await sleep(300);
  expect(beat()).toBe(before);
  expect(calls).toBeDefined();
});

it('is cancelled by a signal, before it starts or later', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 200);
  expect((await run('sleep 20', { signal: controller.signal })).how).toBe('cancelled');
  expect((await run('echo x', { signal: controller.signal })).stdout).toBe('');
});

it('hands out lines and stops when told to', async () => {
  const lines: string[] = [];
  const onLine = (line: string): boolean => lines.push(line) < 3;
  expect((await run('while :; do echo "line"; done', { onLine })).how).toBe('stopped');
  expect(lines).toEqual(['line', 'line', 'line']);
});

it('reads a last line without an end, and cuts endless ones', async () => {
  const lines: string[] = [];
  const onLine = (line: string): boolean => lines.push(line) > 0;
  await run('printf "a\\nb"', { onLine });
  expect(lines).toEqual(['a', 'b']);
  const long: number[] = [];
  await run('head -c 10000000 /dev/zero | tr "\\0" x', {
    onLine: (line: string) => long.push(line.length) > 0,
  });
  expect(long).toEqual([4096]);
});

it('says that a command cannot be started', async () => {
  expect((await runCommand({ file: '/bin/sh', args: ['\0'], env: {}, deadline: 100 })).how).toBe('unstarted');
  expect(await runCommand({ file: '/nowhere/crane', args: [], env: {}, deadline: 100 })).toMatchObject({
    how: 'unstarted',
    stderr: expect.stringContaining('ENOENT'),
  });
});
