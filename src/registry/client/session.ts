// Requests for a registry with everything that belongs to them: who we are, how fast, how often, how long.

import type { Answer } from '../http/answer.ts';
import type { Endpoint } from '../http/endpoint.ts';
import { createExchange, type ExchangeDeps, type ExchangeSettings } from '../http/exchange.ts';
import type { Kind } from '../http/meter.ts';
import type { Ask } from '../http/transport.ts';
import { createAuth } from './auth.ts';
import type { Access, Credentials, Need } from './tokens.ts';

/** What a session needs beside its settings; whatever hides a secret cannot be left out. */
export type SessionDeps = Omit<ExchangeDeps, 'log'> & {
  readonly log: { debug(line: string): void; warning(line: string): void };
  /** The login for a registry, asked once per registry; `null` is anonymous. */
  readonly credentials: (registry: string) => Promise<Credentials | null>;
  /** Hears every token before it is used. */
  readonly onSecret: (secret: string) => void;
};

/** One request of a repository; `path` begins with `/v2/`. */
export type Call = {
  readonly endpoint: Endpoint;
  readonly repository: string;
  readonly access: Access;
  readonly method: Ask['method'];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly kind: Kind;
  readonly maxBytes: number;
};

export type Session = {
  /** The final answer to a call, whatever its status. @throws Failure */
  call(what: string, call: Call): Promise<Answer>;
  /** Greets a registry and gets a token: proves host, realm and login before other tools go there. @throws Failure */
  prove(need: Need): Promise<void>;
};

// After a 401: first what another request may have fetched meanwhile, then a token of its own.
const RENEWALS = 2;

/** A session with registries, over the traffic in `deps`; each host is greeted once. */
export function createSession(settings: ExchangeSettings, deps: SessionDeps): Session {
  const exchange = createExchange(settings, deps);
  const { credentials, onSecret, clock } = deps;
  const auth = createAuth(settings, { send: exchange.send, credentials, onSecret, now: () => clock.now() });
  const attempt = async (call: Call, urgent: boolean): Promise<Answer> => {
    let header = await auth.authorize(call);
    let answer = await exchange.attempt(toAsk(call, header), urgent);
    for (let round = 0; answer.status === 401 && round < RENEWALS; round += 1) {
      const next = await auth.renew(call, header, answer, round);
      if (next === null) return answer;
      header = next;
      answer = await exchange.attempt(toAsk(call, header), true);
    }
    return answer;
  };
  return {
    call: (what, call) =>
      exchange.persist({ what, host: call.endpoint.host, once: (tried) => attempt(call, tried > 1) }),
    async prove(need) {
      await auth.authorize(need);
    },
  };
}

function toAsk(
  { endpoint, method, path, headers, kind, maxBytes, body }: Call,
  authorization: string | null,
): Ask {
  const all = authorization === null ? headers : { ...headers, authorization };
  return { endpoint, method, url: new URL(path, endpoint.origin), headers: all, kind, maxBytes, body };
}
