import { describe, expect, it } from '@jest/globals';
import { createLimits } from '../../../src/registry/limits/limits.ts';
import { limitHint, limitWords, readPullLimit } from '../../../src/registry/limits/pull-limit.ts';

const NOW = Date.parse('2026-09-01T00:00:00Z');
const HUB = 'registry-1.docker.io';
const hubLeft = (remaining: number, window = 21_600) => ({
  'ratelimit-limit': `100;w=${window}`,
  'ratelimit-remaining': `${remaining};w=${window}`,
});

describe('the headers of a limit', () => {
  it.each([
    ['Docker Hub', hubLeft(7), [100, 7, 21_600_000, null]],
    ['no window', { 'ratelimit-limit': '100', 'ratelimit-remaining': '0' }, [100, 0, null, null]],
    ['a reset in seconds', { 'ratelimit-remaining': '0', 'ratelimit-reset': '30' }, [null, 0, null, 30_000]],
    [
      'a reset by time of day',
      { 'ratelimit-remaining': '0', 'ratelimit-reset': `${NOW / 1000 + 90}` },
      [null, 0, null, 90_000],
    ],
    ['a policy', { 'ratelimit-limit': '10, 10;w=60', 'ratelimit-remaining': '3' }, [10, 3, 60_000, null]],
  ])('%s', (_name, headers, [limit, remaining, window, reset]) => {
    expect(readPullLimit(headers, NOW)).toEqual({ limit, remaining, window, reset, ofAccount: false });
  });

  it.each([[{}], [{ 'ratelimit-limit': '100;w=21600' }], [{ 'ratelimit-remaining': 'many' }]])(
    '%j tells nothing',
    (headers) => expect(readPullLimit(headers, NOW)).toBeNull(),
  );

  it.each([
    ['an address', '192.0.2.1', 'log in to docker.io with docker/login-action for a higher limit'],
    [
      'an account',
      '0a1b2c3d-aaaa',
      'it is the limit of the account that is logged in: the next run does the rest',
    ],
  ])('the limit of %s', (_name, source, advice) => {
    const limit = readPullLimit({ ...hubLeft(0), 'docker-ratelimit-source': source }, NOW);
    if (limit === null) throw new Error('no limit');
    expect(limitWords(HUB, limit)).toBe("Docker Hub's pull limit (0 of 100 left)");
    expect(limitHint(HUB, limit)).toBe(`the limit counts six hours; ${advice}`);
  });
});

describe('the last pulls', () => {
  const GET = { host: HUB, kind: 'manifest-get' };
  const HEAD = { host: HUB, kind: 'manifest-head' };

  /** A registry with so many pulls left; each answer comes when `answer` is called. `counts`: whether a GET is a pull. */
  function harness(pulls: number, counts = true, window = 21_600) {
    const told: string[] = [];
    const limits = createLimits({
      timeLeft: () => Number.POSITIVE_INFINITY,
      tell: (line) => told.push(line),
    });
    const state = { left: pulls, asked: 0 };
    const waiting: (() => void)[] = [];
    const head = () => limits.run(HEAD, async () => ({ headers: hubLeft(state.left, window) }));
    const get = () =>
      limits.run(GET, async () => {
        state.asked += 1;
        if (counts) state.left -= 1;
        await new Promise<void>((resume) => waiting.push(resume));
        return { headers: hubLeft(Math.max(0, state.left), window) };
      });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const answerAll = async () => {
      for (await turn(); waiting.length > 0; await turn()) waiting.shift()?.();
    };
    return { limits, told, state, head, get, answerAll };
  }

  it.each([
    ['40 at once for 5 pulls', 5, 5],
    ['40 at once for 40 pulls', 40, 40],
  ])('%s: so many are asked for, the rest ends with one failure', async (_name, pulls, asked) => {
    const { head, get, answerAll, state, told } = harness(pulls);
    await head();
    const all = Promise.allSettled(Array.from({ length: 40 }, get));
    await answerAll();
    const ends = await all;
    expect([state.asked, ends.filter(({ status }) => status === 'fulfilled').length]).toEqual([asked, asked]);
    const reasons = new Set(ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : [])));
    expect([reasons.size, told.length]).toEqual(asked < 40 ? [1, 1] : [0, 0]);
  });

  it('are not taken for gone where a registry does not count what is asked', async () => {
    const { head, get, answerAll, state } = harness(5, false);
    await head();
    const all = Promise.allSettled(Array.from({ length: 40 }, get));
    await answerAll();
    expect((await all).every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(state.asked).toBe(40);
  });

  it('of a limit that comes back in a minute are not kept from anybody', async () => {
    const { head, get, answerAll, state } = harness(0, true, 60);
    await head();
    const all = Promise.all([get(), get()]);
    await answerAll();
    await all;
    expect(state.asked).toBe(2);
  });
});

describe('a refusal', () => {
  const limitsWith = (timeLeft: number) => createLimits({ timeLeft: () => timeLeft, tell: () => undefined });
  it.each([
    ['a wait of a minute', {}, 60_000, null],
    ['no wait', {}, null, null],
    ['a wait of an hour', {}, 3_600_000, 'HOST limits requests and asks to wait 1 h 0 min: slow down'],
    ['a limit of hours', hubLeft(0), 60_000, "HOST's pull limit (0 of 100 left) is used up: slow down"],
    ['a limit of a minute', hubLeft(0, 60), null, null],
    [
      'a limit of nobody knows how long',
      { 'ratelimit-remaining': '0' },
      null,
      "HOST's pull limit (0 left) is used up: slow down",
    ],
    ['pulls that are left', hubLeft(3), 1_000, null],
  ])('with %s', (_name, headers, asked, words) => {
    const limits = limitsWith(Number.POSITIVE_INFINITY);
    const refuse = () =>
      limits.refused({ host: 'HOST', kind: 'manifest-get' }, { headers, asked, sentence: 'slow down' });
    // A wait alone is asked about once more.
    const first = refuse();
    if (words?.includes('pull limit')) expect(first?.message).toBe(words);
    else expect(first).toBeNull();
    expect(refuse()?.message ?? null).toBe(words);
  });

  it('whose wait goes beyond the time budget', () => {
    const refusal = { headers: {}, asked: 60_000, sentence: '' };
    const limits = limitsWith(30_000);
    expect(limits.refused({ host: 'HOST', kind: 'list' }, refusal)).toBeNull();
    expect(limits.waitOf(refusal)).toBeNull();
    expect(limits.refused({ host: 'HOST', kind: 'list' }, refusal)?.message).toBe(
      'HOST limits requests and asks to wait 1 min 0 s, longer than the time budget lasts',
    );
  });
});
