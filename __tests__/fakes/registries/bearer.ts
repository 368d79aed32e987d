// Bearer tokens in front of a registry that has none, each good for a number of requests: a token that ends in the
// middle of a run. The registry behind stays open, so the header is taken off on the way.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BearerRule } from '../faults/fault.ts';
import type { Asked } from '../faults/requests.ts';

export type Bearer = {
  /** True when the request was answered here: a token was given or asked for. */
  guard(asked: Asked, request: IncomingMessage, response: ServerResponse): boolean;
};

/** A gate with its own `/token`, on the host that the client already speaks to. */
export function makeBearer({ uses, endpointFails = 0 }: BearerRule): Bearer {
  const left = new Map<string, number>();
  let fails = endpointFails;
  let made = 0;

  function give(response: ServerResponse): void {
    if (fails > 0) {
      fails--;
      reply(response, 503, { errors: [{ code: 'UNAVAILABLE', message: 'injected' }] });
      return;
    }
    const token = `token-${++made}`;
    left.set(token, uses);
    reply(response, 200, { token, access_token: token, expires_in: 300 });
  }

  function spend(header: string | undefined): boolean {
    const token = header?.replace(/^bearer /i, '') ?? '';
    const rest = left.get(token) ?? 0;
    if (rest > 0) left.set(token, rest - 1);
    return rest > 0;
  }

  return {
    guard(asked, request, response) {
      const spent = asked.kind !== 'token' && spend(request.headers.authorization);
      delete request.headers.authorization;
      if (spent) return false;
      request.resume();
      if (asked.kind === 'token') give(response);
      else challenge(asked, request.headers.host ?? '', response);
      return true;
    },
  };
}

function challenge({ repository }: Asked, host: string, response: ServerResponse): void {
  const scope = repository === null ? '' : `,scope="repository:${repository}:pull"`;
  response.setHeader('WWW-Authenticate', `Bearer realm="http://${host}/token",service="proxy"${scope}`);
  reply(response, 401, { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] });
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
