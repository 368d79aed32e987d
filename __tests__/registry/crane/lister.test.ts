import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createLister } from '../../../src/registry/crane/lister.ts';
import { craneWith, makeFolder, removeFolders } from './stub.ts';

afterEach(removeFolders);

const FROM = { registry: 'up.example', repository: 'a' };

function lister(script: string, settings = {}) {
  const made = craneWith(script, { settings });
  return { ...made, ...createLister(made.crane) };
}

describe('list', () => {
  it('gives every tag, and leaves out what is none', async () => {
    const { list, called, lines } = lister("printf '1.0\\r\\n2.0\\n1.0\\n-rf\\n::error::x\\n3.0'");
    expect(await list(FROM)).toEqual(['1.0', '2.0', '3.0']);
    expect(called()).toEqual(['ls --insecure -- source.fence.invalid/a']);
    expect(lines).toEqual(['list up.example/a: 2 names are not valid tags and were left out']);
  });

  it('begins with nothing in each attempt', async () => {
    const { list } = lister('echo $N; [ $N -gt 2 ] || exit 1');
    expect(await list(FROM)).toEqual(['3']);
  });

  it.each([
    ['no name', 'exit 0', 'not-found', 1],
    ['a list that goes round', 'while :; do echo a; echo b; done', 'server-error', 1],
    ['a list that breaks off', 'echo 1.0; echo "Error: unexpected EOF" >&2; exit 1', 'corrupt', 5],
    ['silence', 'exec sleep 20', 'timeout', 2],
  ])('is unknown for %s', async (_name, script, reason, calls) => {
    const settings = reason === 'timeout' ? { attempts: 2, stall: 200 } : {};
    const { list, called } = lister(script, settings);
    await expect(list(FROM)).rejects.toMatchObject({ reason });
    expect(called()).toHaveLength(calls);
  });
});

it('lists two repositories at once and no more', async () => {
  const file = join(makeFolder(), 'running');
  // Each list leaves a line when it begins and one when it ends.
  const { list } = lister(`echo begin >> '${file}'; sleep 0.05; echo end >> '${file}'; echo 1.0`);
  const names = Array.from({ length: 10 }, (_, at) => ({ registry: 'up.example', repository: `a${at}` }));
  const lists = await Promise.all(names.map((name) => list(name)));
  expect(lists).toEqual(names.map(() => ['1.0']));
  let running = 0;
  const seen = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (running += line === 'begin' ? 1 : -1));
  expect([seen.length, Math.max(...seen)]).toEqual([20, 2]);
});
