// Bytes on their way through: from a stream into a request or an answer, and their memory given back at once.

import { pipeline, type Readable, Writable } from 'node:stream';

/**
 * Pours all of a stream of Buffers into `into`, which it ends; `done` hears when everything has been sent, or why not:
 * whatever breaks one of both ends the other. A chunk is gone once it was sent: nobody else may keep it.
 */
export function pour(from: Readable, into: Writable, done: (error: Error | null) => void): void {
  pipeline(from, sinkBefore(into), (error) => done(error ?? null));
}

/** One chunk at a time, so that it is known when each was sent. */
function sinkBefore(into: Writable): Writable {
  const sink = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, next) {
      into.write(chunk, (error) => {
        giveBack(chunk);
        next(error);
      });
    },
    final: (next) => void into.end(next),
    destroy(error, next) {
      if (error !== null) into.destroy(error);
      next(error);
    },
  });
  into.once('error', (error) => sink.destroy(error));
  into.once('close', () => {
    if (!sink.writableFinished) sink.destroy(new Error('closed before the end'));
  });
  return sink;
}

/**
 * Lets go of the memory of a chunk that was sent. V8 counts it beside its heap and frees it only where 64 MB of it have
 * come together, and then it looks through everything to find them. Chunks that share their memory are left alone.
 */
function giveBack({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
