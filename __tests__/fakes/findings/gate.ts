// A registry behind a gate that may think about every exchange: answer by itself, let it pass, or send on something else
// than the registry said. For troubles that need a memory ("after the tag was written", "the second time").

import { Agent, type IncomingMessage, request as requestUpstream, type ServerResponse } from 'node:http';
import type { Answer } from '../faults/fault.ts';
import { readAll, send } from '../faults/inject.ts';
import { type Asked, classify } from '../faults/requests.ts';
import { type Loopback, listen } from './loopback.ts';

export type Exchange = Asked & {
  readonly url: URL;
  readonly authorization: string | null;
  /** The client's own name for itself. */
  readonly agent: string;
  /** Lets the registry answer; the answer is whole. */
  forward(): Promise<Answer>;
};

/** What the client gets; null for the registry's own answer. */
export type Decide = (exchange: Exchange) => Promise<Answer | null> | Answer | null;

/** Stands before `target` (`host:port`); authorization headers end here. */
export async function startGate(target: string, decide: Decide): Promise<Loopback> {
  const keptAlive = new Agent({ keepAlive: true });
  const server = await listen((request, response) => {
    pass(request, response).catch((error: Error) => {
      if (response.headersSent) request.socket.destroy();
      else response.writeHead(502).end(`gate: ${error.message}`);
    });
  });

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request);
    const asked = classify(request.method ?? '', request.url ?? '/');
    const forward = (): Promise<Answer> => ask(request, body);
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
    const authorization = request.headers.authorization ?? null;
    const agent = request.headers['user-agent'] ?? '';
    const exchange = { ...asked, url, authorization, agent, forward };
    const answer = (await decide(exchange)) ?? (await forward());
    send(response, request.method === 'HEAD' ? { ...answer, body: Buffer.alloc(0) } : answer);
  }

  // The Host header stays the client's, so that the registry writes the gate's name into what it sends back.
  function ask(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const [host = '', port = ''] = target.split(':');
    const { authorization: _, ...headers } = request.headers;
    const { method, url: path } = request;
    return new Promise((resolve, reject) => {
      const upstream = requestUpstream({ host, port, method, path, headers, agent: keptAlive }, (answer) => {
        readAll(answer).then(
          (read) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: read }),
          reject,
        );
      });
      upstream.on('error', reject);
      upstream.end(body);
    });
  }

  const stop = async (): Promise<void> => {
    keptAlive.destroy();
    await server.stop();
  };
  return { ...server, stop };
}

/** A structured error as an answer. */
export function refusal(status: number, code: string, message: string, headers = {}): Answer {
  const body = Buffer.from(JSON.stringify({ errors: [{ code, message }] }));
  return { status, headers: { 'content-type': 'application/json', ...headers }, body };
}
