import { describe, expect, it } from '@jest/globals';
import { Failure, type Reason } from '../../../src/base/errors/failure.ts';
import { createBreaker, GivenUp } from '../../../src/base/flow/breaker.ts';

const SERVICE = { host: 'r.example', kind: 'manifests' };

function harness(signal?: AbortSignal) {
  const lines: string[] = [];
  const time = { now: 0 };
  const clock = { now: () => time.now };
  const breaker = createBreaker({ clock, tell: (line) => void lines.push(line), ...(signal && { signal }) });
  const fail = (...reasons: Reason[]) => {
    for (const reason of reasons) {
      const request = breaker.begin(SERVICE);
      request.failed(new Failure(reason, `${reason} here`));
      request.end();
    }
  };
  const answer = () => {
    const request = breaker.begin(SERVICE);
    request.answered();
    request.end();
  };
  const isOpen = (service = SERVICE) => {
    try {
      breaker.check(service);
      return false;
    } catch {
      return true;
    }
  };
  return { breaker, lines, time, fail, answer, isOpen };
}

const four = (reason: Reason): Reason[] => Array(4).fill(reason);
const moment = () => new Promise((resolve) => setImmediate(resolve));

describe('a service is given up', () => {
  it('after five failures in a row for one reason, with words that it was, said once', () => {
    const { breaker, lines, fail, isOpen } = harness();
    fail(...four('network'));
    expect([isOpen(), breaker.signal(SERVICE).aborted]).toEqual([false, false]);
    fail('network', 'network');
    expect(() => breaker.check(SERVICE)).toThrow(GivenUp);
    const words =
      'r.example was given up for manifests after 5 failures in a row, the last of them: network here';
    // The same cause for those that were not tried, so that they stand together.
    expect(breaker.signal(SERVICE).reason).toMatchObject({
      message: 'network here',
      detail: `not tried: ${words}`,
    });
    expect(lines).toEqual([words]);
    expect(breaker.signal(SERVICE).reason).toMatchObject({ reason: 'network' });
  });

  it('by itself: other hosts, and other things of this one, are asked', () => {
    const { fail, isOpen } = harness();
    fail(...four('network'), 'network');
    expect(isOpen()).toBe(true);
    expect(isOpen({ host: 'other.example', kind: 'manifests' })).toBe(false);
    expect(isOpen({ host: 'r.example', kind: 'blobs' })).toBe(false);
  });

  it('not for failures of several reasons', () => {
    const { fail, isOpen } = harness();
    fail(...four('network'), ...four('timeout'), ...four('network'));
    expect(isOpen()).toBe(false);
  });

  it('not for what a healthy host answers', () => {
    const { fail, isOpen } = harness();
    fail(...four('denied'), ...four('denied'), ...four('not-found'), ...four('quota'));
    expect(isOpen()).toBe(false);
  });

  it('not where an answer came in between', () => {
    const { answer, fail, isOpen } = harness();
    fail(...four('network'));
    answer();
    fail(...four('network'));
    expect(isOpen()).toBe(false);
  });
});

describe('a service that was given up', () => {
  function givenUp() {
    const made = harness();
    made.fail(...four('network'), 'network');
    return made;
  }

  it('is asked again by one request after half a minute, and by all once that was answered', () => {
    const { breaker, answer, time, isOpen } = givenUp();
    const before = breaker.signal(SERVICE);
    time.now = 29_999;
    expect(isOpen()).toBe(true);
    time.now = 30_000;
    expect([isOpen(), isOpen()]).toEqual([false, true]);
    answer();
    expect([isOpen(), isOpen()]).toEqual([false, false]);
    expect([before.aborted, breaker.signal(SERVICE).aborted]).toEqual([true, false]);
  });

  it('waits anew when the probe fails, and says nothing a second time', () => {
    const { time, fail, isOpen, lines } = givenUp();
    time.now = 30_000;
    expect(isOpen()).toBe(false);
    fail('network');
    time.now = 59_999;
    expect(isOpen()).toBe(true);
    time.now = 60_000;
    expect([isOpen(), isOpen()]).toEqual([false, true]);
    expect(lines).toHaveLength(1);
  });
});

describe('a service in doubt', () => {
  /** So many requests that have stumbled once; `turns` are those that may try again. */
  async function stumbling(count: number, signal?: AbortSignal) {
    const made = harness(signal);
    const turns: number[] = [];
    const requests = Array.from({ length: count }, () => made.breaker.begin(SERVICE));
    requests.forEach((request, at) => void request.stumbled().then(() => turns.push(at)));
    await moment();
    return { ...made, requests, turns };
  }

  it('is found out about by five, while new requests wait and the others wait for a turn', async () => {
    const { breaker, requests, turns } = await stumbling(12);
    expect(turns).toEqual([0, 1, 2, 3, 4]);
    expect(breaker.isDoubtful(SERVICE)).toBe(true);
    let isClear = false;
    void breaker.clear(SERVICE).then(() => {
      isClear = true;
    });
    requests[0]?.end();
    await moment();
    expect([turns, isClear]).toEqual([[0, 1, 2, 3, 4, 5], false]);
    requests[1]?.answered();
    await moment();
    expect([turns.length, isClear, breaker.isDoubtful(SERVICE)]).toEqual([12, true, false]);
  });

  it('lets all go who wait when it is given up', async () => {
    const { breaker, fail, turns } = await stumbling(12);
    const cleared = breaker.clear(SERVICE);
    fail(...four('network'), 'network');
    await cleared;
    expect(turns).toHaveLength(12);
  });

  it('holds up nobody once the run is over', async () => {
    const controller = new AbortController();
    const { breaker, turns } = await stumbling(12, controller.signal);
    const cleared = breaker.clear(SERVICE);
    controller.abort();
    await cleared;
    expect([turns.length, breaker.isDoubtful(SERVICE)]).toEqual([12, false]);
  });

  it('is not one where few attempts went wrong', async () => {
    const { breaker } = await stumbling(3);
    expect(breaker.isDoubtful(SERVICE)).toBe(false);
    await breaker.clear(SERVICE);
  });
});
