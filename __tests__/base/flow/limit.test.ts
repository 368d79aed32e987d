import { expect, it } from '@jest/globals';
import { createLimit, inParallel } from '../../../src/base/flow/limit.ts';

const moment = () => new Promise((resolve) => setImmediate(resolve));

it('gives results in the order of the items, with no more at once than the width', async () => {
  let running = 0;
  let most = 0;
  const results = await inParallel([5, 4, 3, 2, 1], 2, async (item, index) => {
    running += 1;
    most = Math.max(most, running);
    for (let turn = 0; turn < item; turn += 1) await moment();
    running -= 1;
    return `${index}:${item}`;
  });
  expect([results, most]).toEqual([['0:5', '1:4', '2:3', '3:2', '4:1'], 2]);
});

it('starts no more work after the first error, and throws it', async () => {
  const started: number[] = [];
  const ended = inParallel([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 2, async (item) => {
    started.push(item);
    await moment();
    if (item === 0) throw new Error('the first');
  });
  await expect(ended).rejects.toThrow('the first');
  for (let turn = 0; turn < 20; turn += 1) await moment();
  expect(started).toEqual([0, 1]);
});

it('gives nothing for no items', async () => {
  expect(await inParallel([], 2, async () => 1)).toEqual([]);
});

it('follows a limit that shrinks and grows, and lets urgent work go first', async () => {
  let most = 1;
  let running = 0;
  const seen: [string, number][] = [];
  const limit = createLimit(() => most);
  const work = (name: string) => async () => {
    running += 1;
    seen.push([name, running]);
    await moment();
    running -= 1;
  };
  const first = limit.run(work('first'));
  const others = ['a', 'b', 'c'].map((name) => limit.run(work(name)));
  const urgent = limit.run(work('urgent'), true);
  await first;
  most = 2;
  await Promise.all([...others, urgent]);
  expect(seen).toEqual([
    ['first', 1],
    ['urgent', 1],
    ['a', 1],
    ['b', 2],
    ['c', 2],
  ]);
});

it('makes room again after work that failed', async () => {
  const limit = createLimit(() => 1);
  const failed = limit.run(async () => Promise.reject(new Error('x')));
  const next = limit.run(async () => 'next');
  await expect(failed).rejects.toThrow('x');
  expect(await next).toBe('next');
});
