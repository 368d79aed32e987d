import { expect, it, jest } from '@jest/globals';
import { inParallel } from '../../../src/base/flow/limit.ts';
import { unlessStopped } from '../../../src/base/flow/stop.ts';

it('ends all that waits with the reason of the signal, through one listener', async () => {
  const stop = new AbortController();
  const listen = jest.spyOn(stop.signal, 'addEventListener');
  const never = () => new Promise<void>(() => undefined);
  const waiting = Array.from({ length: 100 }, () => unlessStopped(never, stop.signal));
  const ended = Promise.allSettled(waiting);
  stop.abort(new Error('the end'));
  for (const end of await ended) {
    expect(end).toMatchObject({
      status: 'rejected',
      reason: expect.objectContaining({ message: 'the end' }),
    });
  }
  expect(listen).toHaveBeenCalledTimes(1);
  await expect(unlessStopped(never, stop.signal)).rejects.toThrow('the end');
});

it('gives the result, and hears nothing of a signal that fires later', async () => {
  const stop = new AbortController();
  expect(await unlessStopped(async () => 7, stop.signal)).toBe(7);
  stop.abort(new Error('late'));
});

it('works on a hundred thousand items without touching those that wait', async () => {
  let touched = 0;
  const items = new Proxy(
    Array.from({ length: 100_000 }, (_, at) => at),
    {
      get(target, key, receiver) {
        if (typeof key === 'string' && /^\d+$/.test(key)) touched += 1;
        return Reflect.get(target, key, receiver);
      },
    },
  );
  const ended = inParallel(items, 64, async (item) => item);
  expect(touched).toBe(64);
  expect((await ended).at(-1)).toBe(99_999);
});
