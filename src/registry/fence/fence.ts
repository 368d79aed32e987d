// The only way out that crane has: a proxy of this action on loopback, with a password for each command. crane speaks
// plain http to two names that exist nowhere else; behind them this program asks the two registries, with its own login,
// trust, pace, redirect rules and `hosts`. So crane never sees a login, a certificate or any other host.

import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asFailure, type Failure } from '../../base/errors/failure.ts';
import type { RegistryClient } from '../client/client.ts';
import { answerMirror } from './mirror.ts';
import { type Errand, Pass } from './pass.ts';
import { replyEmpty, replyFinal } from './reply.ts';
import { answerSource } from './source.ts';

/** The ends of a command as crane names them. RFC 6761, section 6.4: `.invalid` resolves nowhere, proxy or not. */
export const SOURCE_HOST = 'source.fence.invalid';
export const MIRROR_HOST = 'mirror.fence.invalid';

/** One command inside the fence. */
export type Admission = {
  /** The variables that lead crane here, and nowhere else. */
  readonly env: Readonly<Record<string, string>>;
  /** What went wrong last, in this program's words and not in crane's; null where nothing did. */
  failure(): Failure | null;
  /** True while nothing is under way for the command: then it waits for nobody but itself. */
  isIdle(): boolean;
  /** Fires when the command cannot succeed any more. */
  readonly over: AbortSignal;
  close(): void;
};

/** Admits one command after the other, many at once. */
export type Fence = {
  admit(errand: Errand): Promise<Admission>;
  close(): void;
};

/** A fence before `client`. It listens from the first command on, until it is closed. */
export function createFence(client: RegistryClient, log: { debug(line: string): void }): Fence {
  const passes = new Map<string, Pass>();
  let listening: Promise<Server> | null = null;
  return {
    async admit(errand) {
      listening ??= listen((request, response) => void serve({ passes, client, log }, request, response));
      const { port } = (await listening).address() as AddressInfo;
      const secret = randomBytes(24).toString('hex');
      const pass = new Pass(errand);
      passes.set(authorization(secret), pass);
      return {
        env: proxyVariables(`http://crane:${secret}@127.0.0.1:${port}`),
        failure: () => pass.failure,
        isIdle: () => pass.open === 0,
        over: pass.over.signal,
        close: () => void passes.delete(authorization(secret)),
      };
    },
    close() {
      void listening?.then((server) => {
        server.close();
        server.closeAllConnections();
      });
    },
  };
}

function authorization(secret: string): string {
  return `Basic ${Buffer.from(`crane:${secret}`).toString('base64')}`;
}

/** In both spellings, since Go takes the first that is not empty. NO_PROXY would lead past the fence. */
function proxyVariables(proxy: string): Record<string, string> {
  const names = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy, NO_PROXY: '' };
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, value]) => [
      [name, value],
      [name.toLowerCase(), value],
    ]),
  );
}

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 0 }, answer);
  // crane tries TLS first with every registry. The refusal sends it to plain http, which ends in this process.
  server.on('connect', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
  server.on('clientError', (_error, socket) => socket.destroy());
  const { promise, resolve, reject } = Promise.withResolvers<Server>();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => resolve(server));
  return promise;
}

type Gate = {
  readonly passes: ReadonlyMap<string, Pass>;
  readonly client: RegistryClient;
  readonly log: { debug(line: string): void };
};

async function serve(gate: Gate, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pass = gate.passes.get(request.headers['proxy-authorization'] ?? '');
  if (pass === undefined) return replyEmpty(response, 407);
  pass.open += 1;
  try {
    await answer(gate, pass, request, response);
  } catch (thrown) {
    pass.fail(asFailure(thrown));
    replyFinal(response);
  } finally {
    pass.open -= 1;
  }
}

/** Only the two ends of the command are answered for; whatever else crane would ask is not asked by anybody. */
async function answer(
  gate: Gate,
  pass: Pass,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { url = '' } = request;
  const [, host = '', path = ''] = /^http:\/\/([^/]+)\/v2\/(.*)$/.exec(url) ?? [];
  const { source, mirror } = pass.errand;
  const [name, answerAs] = host === SOURCE_HOST ? [source, answerSource] : [mirror, answerMirror];
  if ((host !== SOURCE_HOST && host !== MIRROR_HOST) || name === null) {
    gate.log.debug(`the fence lets no one through to ${url}`);
    return replyEmpty(response, 403);
  }
  if (path === '') return replyEmpty(response, 200);
  if (!path.startsWith(`${name.repository}/`)) return replyEmpty(response, 404);
  const rest = path.slice(name.repository.length + 1);
  await answerAs({ client: gate.client, name, pass }, rest, request, response);
}
