// Bytes poured from a stream into a request: all of them, in order, and their memory is given back.

import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { pour } from '../../../src/base/flow/pour.ts';

const poured = promisify(pour);

/** So many bytes, in pieces that each have memory of their own, as a socket gives them. */
function pieces(count: number, size: number): Buffer[] {
  return Array.from({ length: count }, (_, at) => Buffer.alloc(size, at % 251));
}

/** Takes what comes, slowly enough that the next piece has to wait. */
function slowSink(taken: Buffer[]): Writable {
  return new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      taken.push(Buffer.from(chunk));
      setImmediate(done);
    },
  });
}

let echo: Server;
beforeAll(async () => {
  echo = createServer((request, response) => request.pipe(response)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
});
afterAll(() => void echo.close());

/** What a server gives back of what was poured into a request. */
async function echoed(from: Readable, headers: Record<string, string> = {}): Promise<Buffer> {
  const { port } = echo.address() as AddressInfo;
  const request = httpRequest({ host: '127.0.0.1', port, method: 'PUT', headers });
  // Read while it is sent: the server takes no more of a body than it can give back.
  const back = once(request, 'response').then(([response]) => buffer(response as IncomingMessage));
  await poured(from, request);
  return back;
}

it('every byte arrives in its place, and the memory of each piece is given back', async () => {
  const sent = pieces(200, 40_000);
  const whole = Buffer.concat(sent);
  const taken: Buffer[] = [];
  await poured(Readable.from(sent, { objectMode: false }), slowSink(taken));
  expect(Buffer.concat(taken).equals(whole)).toBe(true);
  expect(sent.filter(({ byteLength }) => byteLength > 0).length).toBe(0);
});

it.each([
  ['of a known length', { 'content-length': '8000000' }],
  ['in chunks', {}],
])('through a server and back, a body %s', async (_name, headers) => {
  const sent = pieces(200, 40_000);
  const whole = Buffer.concat(sent);
  expect((await echoed(Readable.from(sent, { objectMode: false }), headers)).equals(whole)).toBe(true);
});

it('pieces that share their memory are left alone, and arrive too', async () => {
  const memory = Buffer.alloc(100_000, 7);
  const sent = [memory.subarray(0, 40_000), memory.subarray(40_000), Buffer.from('and the pool')];
  const back = await echoed(Readable.from(sent, { objectMode: false }));
  expect(back.equals(Buffer.concat([memory, Buffer.from('and the pool')]))).toBe(true);
  expect(memory.byteLength).toBe(100_000);
});

it('a source that breaks ends what it was poured into', async () => {
  const source = new PassThrough();
  const into = slowSink([]);
  const end = poured(source, into).catch((error: unknown) => error);
  source.write(Buffer.alloc(10));
  source.destroy(new Error('cut off'));
  expect(await end).toMatchObject({ message: 'cut off' });
  expect(into.destroyed).toBe(true);
});

it.each([
  ['closes', undefined, 'closed before the end'],
  ['breaks', new Error('reset'), 'reset'],
])('what %s ends the source', async (_name, error, words) => {
  const source = new PassThrough();
  const into = slowSink([]);
  const end = poured(source, into).catch((thrown: unknown) => thrown);
  source.write(Buffer.alloc(10));
  setImmediate(() => into.destroy(error));
  expect(await end).toMatchObject({ message: words });
  expect(source.destroyed).toBe(true);
});
