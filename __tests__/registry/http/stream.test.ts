// Bodies as streams: the place at the host is kept until their end, and given back however they end.

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeAll, httpServer, transportFor } from './raw.ts';

afterEach(closeAll);

const LARGE = Buffer.alloc(2_000_000, 'x');

async function opened(answer: (request: IncomingMessage, response: ServerResponse) => void, settings = {}) {
  const host = await httpServer(answer);
  const { transport, ask, traffic } = transportFor({ concurrency: 1, ...settings });
  /** Whether the only place at the host is free. */
  const isFree = () => Promise.race([traffic.pace.run(host, async () => true), wait(150, false)]);
  const stream = async (): Promise<Readable> => {
    const answer = await transport.stream(ask(host));
    if (!('stream' in answer)) throw new Error(`an answer ${answer.status}`);
    return answer.stream;
  };
  return { host, transport, ask, isFree, stream };
}

const sendAll = (_request: IncomingMessage, response: ServerResponse): void => void response.end(LARGE);

describe('the place at the host', () => {
  it('is kept while a body is under way, and free once it was read', async () => {
    const { isFree, stream } = await opened(sendAll);
    const body = await stream();
    expect(await isFree()).toBe(false);
    expect(await buffer(body)).toHaveLength(LARGE.length);
    expect(await isFree()).toBe(true);
  });

  it('is free after a reader that went away', async () => {
    const { isFree, stream } = await opened(sendAll);
    const body = await stream();
    await once(body, 'readable');
    body.destroy();
    expect(await isFree()).toBe(true);
  });

  it('is free after a body that broke off', async () => {
    const { isFree, stream } = await opened((request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('x'.repeat(100));
      setTimeout(() => request.socket.destroy(), 20);
    });
    await expect(buffer(await stream())).rejects.toMatchObject({
      reason: 'network',
      message: 'the answer ended too early',
    });
    expect(await isFree()).toBe(true);
  });

  it.each([
    ['an answer that is not a body', 404],
    ['a refusal', 503],
  ])('is free after %s', async (_name, status) => {
    const { host, transport, ask, isFree } = await opened((_request, response) => {
      response.writeHead(status).end('words');
    });
    const answer = await transport.stream(ask(host));
    expect([answer.status, 'body' in answer && answer.body.toString()]).toEqual([status, 'words']);
    expect(await isFree()).toBe(true);
  });

  it('is free after no answer at all', async () => {
    const { host, transport, ask, isFree } = await opened((request) => void request.socket.destroy());
    await expect(transport.stream(ask(host))).rejects.toMatchObject({ reason: 'network' });
    expect(await isFree()).toBe(true);
  });

  it('is free after a redirect to where none may go', async () => {
    const { host, transport, ask, isFree } = await opened((_request, response) => {
      response.writeHead(307, { location: 'ftp://elsewhere.example/x' }).end();
    });
    await expect(transport.stream(ask(host))).rejects.toMatchObject({ reason: 'denied' });
    expect(await isFree()).toBe(true);
  });

  it('is free after a redirect that was followed to the same host', async () => {
    const { isFree, stream } = await opened((request, response) => {
      if (request.url === '/there') sendAll(request, response);
      else response.writeHead(307, { location: '/there' }).end();
    });
    expect(await buffer(await stream())).toHaveLength(LARGE.length);
    expect(await isFree()).toBe(true);
  });
});

describe('a stream', () => {
  it('ends with a timeout when it stalls', async () => {
    const { stream, isFree } = await opened((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('x'.repeat(100));
    });
    await expect(buffer(await stream())).rejects.toMatchObject({ reason: 'timeout' });
    expect(await isFree()).toBe(true);
  });

  it('ends with a timeout when it trickles', async () => {
    const { stream } = await opened((_request, response) => {
      response.writeHead(200, { 'content-length': '100000' });
      const timer = setInterval(() => response.write('x'), 20);
      response.once('close', () => clearInterval(timer));
    });
    await expect(buffer(await stream())).rejects.toMatchObject({
      message: 'it trickles: less than 4 kB a second',
    });
  });

  it('waits for a reader that is slow', async () => {
    const { stream } = await opened(sendAll);
    const body = await stream();
    await wait(500);
    expect(await buffer(body)).toHaveLength(LARGE.length);
  });

  it('ends when the run does', async () => {
    const controller = new AbortController();
    const host = await httpServer(sendAll);
    const { transport, ask } = transportFor({}, controller.signal);
    const answer = await transport.stream(ask(host));
    controller.abort();
    await expect(buffer((answer as { stream: Readable }).stream)).rejects.toMatchObject({
      reason: 'cancelled',
    });
  });
});
