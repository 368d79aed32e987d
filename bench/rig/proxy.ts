// A counting proxy in a process of its own, between a tool and a registry: it adds latency by a timer, slows bodies down
// to the speed of a line where one is set, counts what passes and changes nothing. Started by gate.ts, which talks to it
// over the process's own channel.

import { Agent, request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { classify, counterOf, noCounts } from '../../__tests__/fakes/faults/requests.ts';
import { type Line, makeLine, throughLine } from './line.ts';

export type Setting = {
  /** Of the registry behind the proxy. */
  readonly port: number;
  /** Milliseconds added to each request. */
  readonly latency: number;
  /** Round trips that each new connection costs beside that. */
  readonly handshake: number;
  /** Megabits a second for the bodies of both directions together; 0 does not slow them down. */
  readonly line: number;
};
/** What the parent may say. `set` also forgets all counts and connections to the registry. */
export type Order = ({ readonly kind: 'set' } & Setting) | { readonly kind: 'tell' };
/** All that passed since the last `set`; bytes are those of bodies, up to the registry and down from it. */
export type Traffic = ReturnType<typeof noTraffic>;
export type Word =
  | { readonly kind: 'listens'; readonly port: number }
  | { readonly kind: 'traffic'; readonly traffic: Traffic };

function noTraffic() {
  return {
    counts: noCounts(),
    requests: 0,
    connections: 0,
    bytesUp: 0,
    bytesDown: 0,
    flying: 0,
    mostFlying: 0,
  };
}

let traffic = noTraffic();
let target: Setting = { port: 0, latency: 0, handshake: 0, line: 0 };
let line: Line | null = null;
let agent = new Agent({ keepAlive: true });
const fresh = new WeakSet<Socket>();

const server = createServer((request, response) => {
  const { latency, handshake } = target;
  // A new connection costs round trips of its own before its first request: TCP, TLS.
  const wait = latency * (fresh.delete(request.socket) ? 1 + handshake : 1);
  count(request, response);
  if (wait === 0) forward(request, response);
  else setTimeout(forward, wait, request, response);
});
server.on('connection', (socket: Socket) => {
  traffic.connections += 1;
  fresh.add(socket);
});
// crane tries TLS first on loopback. A real server says in plain words that it speaks none; one that only hangs up is
// asked again after 300 ms, twice.
server.on('clientError', (_error, socket) =>
  socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
);
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => say({ kind: 'listens', port: (server.address() as AddressInfo).port }));

process.on('message', (order: Order) => {
  if (order.kind === 'tell') return say({ kind: 'traffic', traffic });
  agent.destroy();
  agent = new Agent({ keepAlive: true });
  target = order;
  line = order.line === 0 ? null : makeLine((order.line * 1e6) / 8);
  traffic = noTraffic();
  say({ kind: 'traffic', traffic });
});
process.on('disconnect', () => process.exit());

function say(word: Word): void {
  process.send?.(word);
}

function count({ method = 'GET', url = '/' }: IncomingMessage, response: ServerResponse): void {
  const own = traffic;
  own.counts[counterOf(classify(method, url))] += 1;
  own.requests += 1;
  own.flying += 1;
  own.mostFlying = Math.max(own.mostFlying, own.flying);
  response.on('close', () => {
    own.flying -= 1;
  });
}

// Raw headers both ways, Host included: the registry writes the proxy's own name into what it sends back.
function forward(request: IncomingMessage, response: ServerResponse): void {
  const { method, url: path, rawHeaders: headers } = request;
  const onward = ask({ host: '127.0.0.1', port: target.port, method, path, headers, agent }, (answer) => {
    response.sendDate = false;
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders);
    answer.on('data', (part: Buffer) => {
      traffic.bytesDown += part.length;
    });
    slowed(answer).pipe(response);
  });
  onward.on('error', (error) => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end(`proxy: ${error.message}`);
  });
  response.on('close', () => {
    if (!response.writableFinished) onward.destroy();
  });
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) {
    onward.end();
    return;
  }
  request.on('data', (part: Buffer) => {
    traffic.bytesUp += part.length;
  });
  slowed(request).pipe(onward);
}

function slowed(body: IncomingMessage): Readable {
  return line === null ? body : body.pipe(throughLine(line));
}
