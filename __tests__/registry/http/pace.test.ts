import { expect, it } from '@jest/globals';
import { createPace } from '../../../src/registry/http/pace.ts';
import { fastClock } from '../client/server.ts';

const SETTINGS = {
  registries: {},
  hosts: null,
  concurrency: 4,
  pauseTotal: { 'rate-limited': 60_000, busy: 10_000 },
};

function harness(settings = {}) {
  const clock = fastClock();
  const pace = createPace({ ...SETTINGS, ...settings }, clock);
  let now = 0;
  let most = 0;
  const order: number[] = [];
  const work = (id: number) => async () => {
    now += 1;
    most = Math.max(most, now);
    order.push(id);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
  };
  const all = (count: number, host = 'r.example') =>
    Promise.all(Array.from({ length: count }, (_, id) => pace.run(host, work(id))));
  const restart = () => {
    most = 0;
  };
  return { clock, pace, all, work, order, most: () => most, restart };
}

it('never has more in flight than allowed, and serves in order', async () => {
  const { all, most, order } = harness();
  await all(20);
  expect(most()).toBe(4);
  expect(order).toEqual([...order].sort((a, b) => a - b));
});

it("takes a host's own settings, under any name of Docker Hub", async () => {
  const { all, most } = harness({ registries: { 'docker.io': { concurrency: 2 } } });
  await Promise.all([all(5, 'registry-1.docker.io'), all(5, 'docker.io')]);
  expect(most()).toBe(2);
});

it.each([
  [{ concurrency: 8, sharedBy: 2 }, 4],
  [{ concurrency: 8, sharedBy: 3 }, 2],
  [{ concurrency: 2, sharedBy: 8 }, 1],
  [{ sharedBy: 2 }, 2],
])('shares a host with other jobs: %j has %i in flight', async (own, expected) => {
  const { all, most } = harness({ registries: { 'r.example': own } });
  await all(20);
  expect(most()).toBe(expected);
});

it.each([
  [{ requestsPerSecond: 10, sharedBy: 5 }, 500],
  [{ requestsPerSecond: 40, sharedBy: 8 }, 200],
  // Slower than that no job would end; what a person set is never exceeded by one job alone.
  [{ requestsPerSecond: 10, sharedBy: 256 }, 5_000],
  [{ requestsPerSecond: 0.1, sharedBy: 2 }, 10_000],
])('shares the rate of a host: %j asks every %i milliseconds', async (own, expected) => {
  const { all, clock } = harness({ registries: { 'r.example': own } });
  const start = clock.now();
  await all(5);
  expect(clock.now() - start).toBeCloseTo(expected * 4, -1);
});

it("shares Docker Hub's built-in limits", async () => {
  const { all, most } = harness({ concurrency: 32, registries: { 'docker.io': { sharedBy: 4 } } });
  await all(20, 'registry-1.docker.io');
  expect(most()).toBe(4);
});

it('spaces requests', async () => {
  const { all, clock } = harness({ registries: { 'r.example': { requestsPerSecond: 10 } } });
  const start = clock.now();
  await all(11);
  expect(clock.now() - start).toBeGreaterThanOrEqual(1_000);
});

it('holds everybody in a pause, halves the rate and finds back', async () => {
  const { all, pace, clock, most, restart } = harness();
  const start = clock.now();
  expect(pace.pause('r.example', 5_000, 'rate-limited')).toBe(true);
  expect(pace.pause('r.example', 3_000, 'rate-limited')).toBe(true);
  await Promise.all([all(6), pace.enter('r.example').then((leave) => leave()), all(3, 'other.example')]);
  expect(clock.now() - start).toBe(5_000);
  restart();
  await all(2);
  restart();
  await all(60);
  expect(most()).toBe(4);
});

it('lets a retry go first', async () => {
  const { pace, work, order } = harness({ concurrency: 1 });
  await Promise.all([pace.run('r', work(0)), pace.run('r', work(1)), pace.run('r', work(2), true)]);
  expect(order).toEqual([0, 2, 1]);
});

it('refuses pauses that add up to too much', () => {
  const { pace } = harness();
  expect(pace.pause('r.example', 50_000, 'rate-limited')).toBe(true);
  expect(pace.pause('r.example', 55_000, 'rate-limited')).toBe(true);
  expect(pace.pause('r.example', 65_000, 'rate-limited')).toBe(false);
});

it('ends waits when the run is cancelled', async () => {
  const controller = new AbortController();
  const clock = fastClock();
  const pace = createPace(SETTINGS, clock, controller.signal);
  controller.abort();
  await expect(pace.run('r.example', async () => 1)).rejects.toMatchObject({ reason: 'cancelled' });
  await expect(pace.enter('r.example')).rejects.toMatchObject({ reason: 'cancelled' });
});

it('frees its place when work fails', async () => {
  const { pace, all, most } = harness({ concurrency: 1 });
  await expect(pace.run('r.example', async () => Promise.reject(new Error('x')))).rejects.toThrow('x');
  await all(2);
  expect(most()).toBe(1);
});

it('counts a place that was entered until it is left, once', async () => {
  const { pace, all, order } = harness({ concurrency: 1 });
  const leave = await pace.enter('r.example');
  const others = all(1);
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual([]);
  leave();
  leave();
  await others;
  expect(order).toEqual([0]);
});

it('lets a place be entered in its turn, after a pause', async () => {
  const { pace, clock } = harness({ concurrency: 1 });
  const start = clock.now();
  pace.pause('r.example', 5_000, 'rate-limited');
  const leave = await pace.enter('r.example');
  expect(clock.now() - start).toBe(5_000);
  let hasEntered = false;
  const second = pace.enter('r.example').then((next) => {
    hasEntered = true;
    next();
  });
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(hasEntered).toBe(false);
  leave();
  await second;
});

it('waits less for a host that is busy than for one that limits the rate', () => {
  const { pace } = harness();
  expect(pace.pause('r.example', 15_000, 'busy')).toBe(false);
  expect(pace.pause('r.example', 15_000, 'rate-limited')).toBe(true);
});
