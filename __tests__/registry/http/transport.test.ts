import { getEventListeners } from 'node:events';
import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Ask, createLine } from '../../../src/registry/http/line.ts';
import { createMeter } from '../../../src/registry/http/meter.ts';
import { closeAll, DEADLINES, httpServer, rawServer, transportFor } from './raw.ts';

afterEach(closeAll);

describe('an exchange ends', () => {
  it('when the server leaves HTTP, and is not tried again', async () => {
    const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n';
    const host = await rawServer((socket) => socket.write(upgrade));
    const { transport, ask } = transportFor();
    const failure = { reason: 'unsupported', mayRetry: false };
    await expect(transport.attempt(ask(host), false)).rejects.toMatchObject(failure);
  });

  it.each([
    ['by an end', (socket: { end(): void }) => socket.end()],
    ['by a reset', (socket: { resetAndDestroy(): void }) => socket.resetAndDestroy()],
  ])('when the server closes without an answer, %s', async (_name, close) => {
    const host = await rawServer(close);
    const { transport, ask } = transportFor();
    const failure = { reason: 'network', mayRetry: true };
    await expect(transport.attempt(ask(host), false)).rejects.toMatchObject(failure);
  });

  it('by its own deadline where Node says nothing of a request that was given up', async () => {
    // A connection that never stands: Node ends such a request without an event.
    const agent = Object.assign(new Agent(), { createConnection: () => undefined });
    const route = () => ({ agent, path: '/', headers: {}, host: '127.0.0.1', port: 1 });
    const connections = { route, close: () => undefined };
    const line = createLine(DEADLINES, { connections, meter: createMeter() });
    const { ask } = transportFor();
    await expect(line.open(ask('127.0.0.1:1'))).rejects.toMatchObject({ reason: 'timeout' });
  });

  it('when the run does, with one listener on the signal for all of them', async () => {
    const controller = new AbortController();
    const host = await httpServer(() => undefined);
    const { transport, ask } = transportFor(
      { deadlines: { ...DEADLINES, firstByte: 60_000 } },
      controller.signal,
    );
    const before = getEventListeners(controller.signal, 'abort').length;
    const all = Array.from({ length: 30 }, () => transport.attempt(ask(host), false));
    await wait(100);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(before);
    controller.abort();
    const ended = await Promise.allSettled(all);
    expect(ended.map((end) => end.status === 'rejected' && end.reason.reason)).toEqual(
      Array(30).fill('cancelled'),
    );
  });

  async function unanswered(more: Partial<Ask>): Promise<string> {
    const host = await httpServer((request) => void request.resume());
    const { transport, ask } = transportFor();
    const asked = transport.attempt(ask(host, more), false).then(
      () => 'answered',
      ({ reason }) => reason,
    );
    return Promise.race([asked, wait(2_000, 'never')]);
  }

  it('when a GET is not answered', async () => {
    expect(await unanswered({})).toBe('timeout');
  });

  it('when a PUT is not answered', async () => {
    const put = { method: 'PUT', body: Buffer.from('{}'), kind: 'manifest-put' } as const;
    expect(await unanswered(put)).toBe('timeout');
  });
});

describe('a body that is read whole', () => {
  it.each([
    ['breaks off', 'network', 0],
    ['stalls', 'timeout', null],
  ] as const)('and %s is not an answer', async (_name, reason, cut) => {
    const host = await httpServer((request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('x'.repeat(100));
      if (cut !== null) setTimeout(() => request.socket.destroy(), 20);
    });
    const { transport, ask } = transportFor();
    await expect(transport.attempt(ask(host), false)).rejects.toMatchObject({ reason, mayRetry: true });
  });

  it('and trickles is not waited for', async () => {
    const host = await httpServer((_request, response) => {
      response.writeHead(200, { 'content-length': '100000' });
      const timer = setInterval(() => response.write('x'), 20);
      response.once('close', () => clearInterval(timer));
    });
    const { transport, ask } = transportFor();
    await expect(transport.attempt(ask(host), false)).rejects.toMatchObject({
      reason: 'timeout',
      message: 'it trickles: less than 4 kB a second',
    });
  });
});

describe('an upload', () => {
  const put = (body: Readable) => ({ method: 'PUT', kind: 'upload', headers: {}, body }) as const;
  const slowly = (parts: number) =>
    Readable.from(
      (async function* () {
        for (let part = 0; part < parts; part += 1) {
          await wait(60);
          yield Buffer.alloc(1_000);
        }
      })(),
    );

  const measured = (request: IncomingMessage, response: ServerResponse): void =>
    void buffer(request).then(
      (body) => response.end(String(body.length)),
      () => undefined,
    );

  it('may take its time where its source is slow', async () => {
    const host = await httpServer(measured);
    const { transport, ask } = transportFor();
    const answer = await transport.attempt(ask(host, put(slowly(10))), false);
    expect(answer.body.toString()).toBe('10000');
  });

  it('may take its time over a connection that stood already', async () => {
    const host = await httpServer(measured);
    const { transport, ask } = transportFor();
    await transport.attempt(ask(host), false);
    const answer = await transport.attempt(ask(host, put(slowly(10))), false);
    expect(answer.body.toString()).toBe('10000');
  });

  it('that nobody takes ends, and ends its source', async () => {
    const host = await rawServer((socket) => socket.pause());
    const { transport, ask } = transportFor();
    const source = Readable.from(Array.from({ length: 400 }, () => Buffer.alloc(65_536)));
    await expect(transport.attempt(ask(host, put(source)), false)).rejects.toMatchObject({
      reason: 'timeout',
    });
    expect(source.destroyed).toBe(true);
  });

  it('whose source breaks ends, and is not sent a second time', async () => {
    let requests = 0;
    const host = await httpServer((request) => {
      requests += 1;
      request.resume();
      request.on('error', () => undefined);
    });
    const { transport, ask } = transportFor();
    const source = Readable.from(
      (async function* () {
        yield Buffer.alloc(1_000);
        throw new Error('the source broke');
      })(),
    );
    await expect(transport.attempt(ask(host, put(source)), false)).rejects.toThrow('the source broke');
    await wait(50);
    expect(requests).toBeLessThanOrEqual(1);
  });
});
