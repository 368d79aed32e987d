// A network in which nothing but this machine answers, and that remembers who was called: for an upstream registry
// that cannot be reached. Node programs are caught at the name look-up, crane at the proxy that it honours.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Blackhole = {
  /** To be added to the environment of the action. */
  readonly env: Readonly<Record<string, string>>;
  /** Every host name that was called, once for each call. */
  called(): readonly string[];
  stop(): Promise<void>;
};

export async function startBlackhole(): Promise<Blackhole> {
  const folder = mkdtempSync(join(tmpdir(), 'lookups-'));
  const file = join(folder, 'names');
  const proxied: string[] = [];
  const server = createServer((request, response) => {
    proxied.push(new URL(request.url ?? '/', `http://${request.headers.host}`).hostname);
    response.writeHead(502).end();
  });
  server.on('connect', (request, socket) => {
    proxied.push((request.url ?? '').split(':', 1)[0] ?? '');
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const looked = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []);
  return {
    env: {
      HTTP_PROXY: url,
      HTTPS_PROXY: url,
      NO_PROXY: 'localhost,127.0.0.1',
      LOOKUPS_FILE: file,
      NODE_OPTIONS: `--import=${join(import.meta.dirname, 'lookups.ts')}`,
    },
    called: () => [...looked(), ...proxied],
    stop: () => {
      rmSync(folder, { recursive: true, force: true });
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
