// The parent's side of a proxy, and how many requests a proxy can pass on at most.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { NODE } from '../../__tests__/fakes/runner/places.ts';
import type { Order, Setting, Traffic, Word } from './proxy.ts';

export type Gate = {
  /** `127.0.0.1:port`, the same for the whole run. */
  readonly host: string;
  /** From now on the proxy stands before that registry, and has counted nothing. */
  set(setting: Setting): Promise<void>;
  traffic(): Promise<Traffic>;
  stop(): void;
};

/** Starts a proxy in a process of its own; it ends with this one. */
export async function startGate(): Promise<Gate> {
  const child = fork(join(import.meta.dirname, 'proxy.ts'), [], { execPath: NODE, execArgv: [] });
  const hear = async (): Promise<Word> => (await once(child, 'message'))[0] as Word;
  const order = (what: Order): Promise<Word> => {
    child.send(what);
    return hear();
  };
  const first = await hear();
  if (first.kind !== 'listens') throw new Error('the proxy does not listen');
  return {
    host: `127.0.0.1:${first.port}`,
    async set(setting) {
      await order({ kind: 'set', ...setting });
    },
    async traffic() {
      const word = await order({ kind: 'tell' });
      if (word.kind !== 'traffic') throw new Error('the proxy did not count');
      return word.traffic;
    },
    stop: () => child.disconnect(),
  };
}

/** Requests a second through `host` over 16 connections, asked by raw sockets that cost next to nothing themselves. */
export async function measureCeiling(host: string, path: string, seconds: number): Promise<number> {
  const started = performance.now();
  const until = started + seconds * 1000;
  const answers = await Promise.all(Array.from({ length: 16 }, () => askUntil(host, path, until)));
  const total = answers.reduce((sum, one) => sum + one, 0);
  return Math.round(total / ((performance.now() - started) / 1000));
}

async function askUntil(host: string, path: string, until: number): Promise<number> {
  const [address = '', port = ''] = host.split(':');
  const socket = connect(Number(port), address);
  let answers = 0;
  const send = (): boolean => socket.write(`HEAD ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: */*\r\n\r\n`);
  socket.on('connect', send);
  // A HEAD is answered in one packet here.
  socket.on('data', () => {
    answers += 1;
    if (performance.now() < until) send();
    else socket.end();
  });
  await once(socket, 'close');
  return answers;
}
