// Loaded into a process before its program (`--import`): writes a line into COUNTED_FILE for each connection, name look-up
// and child process that the program begins, whatever library it uses for that.

import child from 'node:child_process';
import dgram from 'node:dgram';
import dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const file = process.env.COUNTED_FILE ?? '';

type Call = (this: unknown, ...parameters: unknown[]) => unknown;

function count(owner: object, name: string): void {
  const methods = owner as Record<string, Call>;
  const original = methods[name];
  if (original === undefined) throw new Error(`there is no ${name}`);
  methods[name] = function (...parameters) {
    appendFileSync(file, `${name}\n`);
    return original.apply(this, parameters);
  };
}

count(net.Socket.prototype, 'connect');
count(dgram, 'createSocket');
for (const name of ['lookup', 'resolve']) count(dns, name);
for (const name of ['lookup', 'resolve']) count(dns.promises, name);
for (const name of ['spawn', 'execFile', 'exec', 'fork', 'spawnSync']) count(child, name);
syncBuiltinESMExports();
