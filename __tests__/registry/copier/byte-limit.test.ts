import { expect, it } from '@jest/globals';
import { createByteLimit } from '../../../src/registry/copier/byte-limit.ts';

const moment = () => new Promise((resolve) => setImmediate(resolve));

function harness(most: number) {
  const limit = createByteLimit(most);
  const seen = { now: 0, most: 0, order: [] as number[] };
  const move = (bytes: number) =>
    limit.run(bytes, async () => {
      seen.order.push(bytes);
      seen.now += bytes;
      seen.most = Math.max(seen.most, seen.now);
      await moment();
      seen.now -= bytes;
    });
  return { limit, move, seen };
}

it('never holds more than it may, and makes use of its room', async () => {
  const { move, seen } = harness(100);
  await Promise.all(Array.from({ length: 50 }, (_, at) => move(10 + (at % 5) * 10)));
  expect(seen.most).toBeLessThanOrEqual(100);
  expect(seen.most).toBeGreaterThan(50);
});

it('lets what is larger than all the room go by itself', async () => {
  const { move, seen } = harness(100);
  await Promise.all([move(60), move(500), move(60)]);
  expect([seen.most, seen.order]).toEqual([500, [60, 500, 60]]);
});

it('lets nothing small overtake what waits, so that the large one has its turn', async () => {
  const { move, seen } = harness(100);
  await Promise.all([move(60), move(90), move(10), move(10)]);
  expect(seen.order).toEqual([60, 90, 10, 10]);
});

it('gives its room back after work that failed', async () => {
  const { limit, move, seen } = harness(100);
  const failed = limit.run(100, async () => Promise.reject(new Error('lost')));
  const next = move(100);
  await expect(failed).rejects.toThrow('lost');
  await next;
  expect(seen.order).toEqual([100]);
});
