// Fetches what lies at an address outside of any registry, by the rules of everything else that is contacted.

import { failureOf } from '../http/answer.ts';
import { endpointOf } from '../http/endpoint.ts';
import { createExchange, type ExchangeDeps, type ExchangeSettings } from '../http/exchange.ts';

/**
 * The body at an address, of at most so many bytes; the status where that is 403 or 404. @throws Failure for every other
 * answer, and where none may be asked for
 */
export type Fetch = (url: string, maxBytes: number) => Promise<Uint8Array | number>;

const NOT_THERE = [403, 404];

/** Fetches by https over the traffic of a run; redirects lead to no host that may not be contacted. */
export function createFetch(settings: ExchangeSettings, deps: ExchangeDeps): Fetch {
  const { send } = createExchange(settings, deps);
  return async (address, maxBytes) => {
    const url = new URL(address);
    const endpoint = endpointOf(url.host, settings);
    const what = `GET ${url.host}${url.pathname}`;
    const ask = { endpoint, method: 'GET', url, headers: {}, kind: 'file', maxBytes } as const;
    const answer = await send(what, ask);
    if (NOT_THERE.includes(answer.status)) return answer.status;
    if (answer.status !== 200) throw failureOf(what, answer);
    return answer.body;
  };
}
