// Finding 7: a registry that is configured for TLS is never spoken to in plain http, whatever happens to its TLS. crane
// tries http beside https at loopback and private addresses when TLS is slow (300 ms) or broken.

import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { push } from '../../../demo/images.mjs';
import { makeAuthority } from '../../fakes/network/certificates.ts';
import { type Hook, refuse, startGate } from '../../fakes/network/gate.ts';
import { startNameProxy } from '../../fakes/network/name-proxy.ts';
import { digestOf } from '../../fakes/registries/oracle.ts';
import { plainImage } from '../../fakes/registries/plain.ts';
import { configOf, endOf, loginOf, openStage, runWithin, type Stage } from '../../fakes/runner/stage.ts';

const HANDSHAKE = 0x16;
/** Milliseconds by which somebody on the path holds TLS up. */
const DELAY = 500;
let stage: Stage;
beforeEach(() => {
  stage = openStage();
});
afterEach(() => stage.close());

/** One port that takes TLS, slowly, and plain http, whose requests it notes. */
async function startTwofold(securePort: number) {
  const plain: IncomingMessage[] = [];
  const http = createHttpServer((request, response) => {
    plain.push(request);
    refuse(response, 401, 'UNAUTHORIZED', { 'WWW-Authenticate': 'Basic realm="r"' });
  });
  const plainPort = await listen(http);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (first) => {
      socket.pause();
      const secure = first[0] === HANDSHAKE;
      setTimeout(() => lead(socket, first, secure ? securePort : plainPort), secure ? DELAY : 0);
    });
  });
  const stop = async (): Promise<void> => {
    http.close();
    http.closeAllConnections();
    server.close();
  };
  return { host: `127.0.0.1:${await listen(server)}`, plain, stop };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function lead(socket: Socket, first: Buffer, port: number): void {
  const onward = connect(port, '127.0.0.1', () => {
    onward.write(first);
    socket.pipe(onward).pipe(socket);
  });
  onward.on('error', () => socket.destroy());
  socket.on('close', () => onward.destroy());
}

it.each([
  ['upstream', '127.0.0.1'],
  ['mirror', '127.0.0.1'],
  // A proxy on loopback stands for the private network.
  ['upstream', '10.11.12.13'],
  ['mirror', '192.168.7.8'],
])('finding 7: no request in clear text to a registry with `ca`: %s at %s', async (side, address) => {
  const registries = { upstream: await stage.registry(), mirror: await stage.registry() };
  const made = plainImage('A', 5_000_000);
  await push(registries.upstream.url, 'lib/app', made, ['1']);
  const authority = makeAuthority('registry');
  const target = side === 'upstream' ? registries.upstream : registries.mirror;
  const hook: Hook = ({ authorization }, response) =>
    authorization === null &&
    refuse(response, 401, 'UNAUTHORIZED', { 'WWW-Authenticate': 'Basic realm="r"' });
  const secure = stage.keep(await startGate({ target: target.host, hook, tls: authority.issue(address) }));
  const guarded = stage.keep(await startTwofold(secure.port));
  const name = guarded.host.replace('127.0.0.1', address);
  const proxy = stage.keep(await startNameProxy({ [name]: guarded.host }));
  const [from, to] = side === 'upstream' ? [name, registries.mirror.host] : [registries.upstream.host, name];
  const result = await runWithin(28, {
    config: configOf(`${from}/lib/app`, to, ['1'], `registries: { "${name}": { ca: ca.pem } }`),
    files: { 'ca.pem': authority.ca },
    env: { ...proxy.env, ...stage.dockerConfig({ auths: { [name]: loginOf('me', 'secret') } }) },
  });
  expect(guarded.plain.map(({ method, url, headers }) => [method, url, headers.authorization])).toEqual([]);
  expect(endOf(result)).toBe('exit 0, status synced');
  expect(await digestOf(`${registries.mirror.host}/m/lib/app:1`)).toBe(made.index.digest);
});
