// A registry on loopback that goes by a well-known name and refuses in its words: what it says stands in a data file. In
// front of a real registry, which answers whatever the dialect lets pass.

import type { ServerResponse } from 'node:http';
import { type Gate, type Heard, startGate } from '../network/gate.ts';

/** Where a dialect refuses: at the token, at every read, at the first byte that is pushed, at the tag, or everywhere. */
type At = 'token' | 'token-push' | 'read' | 'blob' | 'upload' | 'tag' | 'all';

export type Dialect = {
  /** How it lets people in: to everybody, by tokens, or by name and password. */
  readonly auth: 'open' | 'bearer' | 'basic';
  readonly at: At;
  readonly status: number;
  readonly code?: string;
  readonly message?: string;
  readonly body?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Starts the dialect before `target` (`host:port`). */
export function startDialect(dialect: Dialect, target: string): Promise<Gate> {
  return startGate({
    target,
    hook: (heard, response) => {
      if (heard.kind === 'token') return giveToken(dialect, heard, response);
      if (isRefused(dialect, heard)) return refuse(dialect, response);
      if (dialect.auth === 'open' || heard.authorization !== null) return false;
      const scheme =
        dialect.auth === 'basic'
          ? 'Basic realm="r"'
          : `Bearer realm="http://${heard.host}/token",service="r"`;
      response.writeHead(401, { 'WWW-Authenticate': scheme }).end();
      return true;
    },
  });
}

function giveToken(dialect: Dialect, heard: Heard, response: ServerResponse): boolean {
  const pushes = heard.scope.includes('push');
  if (dialect.at === 'token' || (dialect.at === 'token-push' && pushes)) return refuse(dialect, response);
  response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"token":"t"}');
  return true;
}

function isRefused({ at, auth }: Dialect, { kind, method, authorization, reference }: Heard): boolean {
  const writes = method !== 'GET' && method !== 'HEAD';
  // A login is asked for first, and of an anonymous request nothing else is said.
  if (kind === 'ping') return at === 'all' && (auth === 'open' || authorization !== null);
  if (auth !== 'open' && authorization === null) return false;
  const places: Readonly<Record<At, boolean>> = {
    token: false,
    'token-push': false,
    read: !writes && (kind === 'manifest' || kind === 'list'),
    blob: !writes && kind === 'blob',
    upload: kind === 'upload',
    tag: kind === 'manifest' && method === 'PUT' && !(reference ?? '').startsWith('sha256:'),
    all: true,
  };
  return places[at];
}

function refuse(
  { status, code, message, body, type, headers = {} }: Dialect,
  response: ServerResponse,
): true {
  response.req.resume();
  const text = body ?? JSON.stringify({ errors: [{ code, message }] });
  response.writeHead(status, { 'Content-Type': type ?? 'application/json', ...headers }).end(text);
  return true;
}
