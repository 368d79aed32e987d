// A host whose SYNs are dropped: a listener that is stopped and whose queue is full. Linux answers no further SYN then.

import { spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { NODE } from '../runner/places.ts';

export type DeafHost = { readonly host: string; stop(): void };

const SCRIPT = `
const server = require('node:net').createServer();
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));
process.stdin.on('end', () => process.exit()).resume();`;

/** Starts it and waits until a connection is not answered any more. */
export async function startDeafHost(): Promise<DeafHost> {
  // It ends with this process: its standard input does, and that is looked at even when it was stopped before.
  const child = spawn(NODE, ['-e', SCRIPT], { stdio: ['pipe', 'pipe', 'ignore'] });
  const port = await new Promise<number>((resolve) => {
    child.stdout.once('data', (data: Buffer) => resolve(Number(data.toString())));
  });
  child.kill('SIGSTOP');
  const sockets: Socket[] = [];
  for (let turn = 0; turn < 20; turn += 1) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    const answered = await Promise.race([
      new Promise<boolean>((resolve) => socket.once('connect', () => resolve(true))),
      sleep(300, false),
    ]);
    if (!answered) break;
  }
  return {
    host: `127.0.0.1:${port}`,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      child.kill('SIGKILL');
    },
  };
}
