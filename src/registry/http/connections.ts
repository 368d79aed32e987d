// Kept-alive connections, one agent per host: addresses, proxies and trust are decided here and nowhere else.

import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { Failure } from '../../base/errors/failure.ts';
import { isHidden } from '../network/addresses.ts';
import { checkedLookup } from '../network/lookup.ts';
import { addressOf, type ProxySettings, proxyFor, proxyHeaders } from '../network/proxies.ts';
import { asTransportError, TransportError } from './answer.ts';
import { type Endpoint, type EndpointSettings, isNamed, settingsOf } from './endpoint.ts';

/** How hosts are connected to. */
export type ConnectionSettings = EndpointSettings & {
  readonly proxy: ProxySettings;
  /** PEM texts of certificate authorities trusted beside Node's, the system's and NODE_EXTRA_CA_CERTS. */
  readonly ca: readonly string[];
  readonly concurrency: number;
  /** Milliseconds that connecting may take. */
  readonly connect: number;
};

/** How to send one request: the agent, and the path to write in the request line. */
type Route = {
  readonly agent: HttpAgent;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the socket leads: to the proxy of a plain http request, else to the host of the URL. */
  readonly host: string;
  readonly port: number;
};

/** What is the same for all requests that go one way; a proxy of plain http wants the `whole` URL. */
type KnownRoute = Omit<Route, 'path'> & { readonly whole: boolean };

/** Kept-alive connections of a run. */
export type Connections = {
  /** How to send a request to `url` on behalf of a registry. */
  route(url: URL, from: Endpoint): Route;
  /** Closes what is kept alive, so that the process can end. */
  close(): void;
};

/** What all agents of a run share. */
type Shared = {
  readonly settings: ConnectionSettings;
  /** Whose certificates a host may show. One context a kind: reading some hundred certificates costs a handshake. */
  readonly trust: (host: string) => SecureContext;
  readonly over: AbortSignal;
};

/** Connections of a run; agents are made when a host is first asked. */
export function createConnections(settings: ConnectionSettings): Connections {
  const agents = new Map<string, HttpAgent>();
  const over = new AbortController();
  const shared: Shared = { settings, trust: createTrust(settings), over: over.signal };
  // Names that led to a private network: who is there may send to others there.
  const inside = new Set<string>();
  const mayBePrivate = (url: URL, { origin }: Endpoint): boolean => {
    if (isNamed(url, settings)) return true;
    const { hostname } = new URL(origin);
    return url.origin === origin || isHidden(hostname) || inside.has(hostname);
  };
  const routes = new Map<string, KnownRoute>();
  const note = (name: string): void => {
    // What is known of a name decides the routes of others.
    if (!inside.has(name)) routes.clear();
    inside.add(name);
  };
  const agentFor = (url: URL, from: Endpoint, via: URL | null): HttpAgent => {
    // A proxy looks names up by itself: through one only addresses can be checked, and they were.
    const rules = { mayBePrivate: mayBePrivate(url, from), onPrivate: note };
    const key = `${url.origin} ${via?.origin ?? rules.mayBePrivate}`;
    const agent = agents.get(key) ?? newAgent(url, via ?? checkedLookup(rules), shared);
    agents.set(key, agent);
    return agent;
  };
  const routeOf = (url: URL, from: Endpoint) => {
    const key = `${url.origin} ${from.origin}`;
    const known = routes.get(key);
    if (known !== undefined) return known;
    const via = proxyFor(url, settings.proxy);
    const plain = via !== null && url.protocol === 'http:' ? via : null;
    const headers = plain === null ? {} : proxyHeaders(plain);
    const route = {
      agent: agentFor(url, from, via),
      headers,
      ...addressOf(plain ?? url),
      whole: plain !== null,
    };
    routes.set(key, route);
    return route;
  };
  return {
    route(url, from) {
      const { whole, ...route } = routeOf(url, from);
      return { ...route, path: whole ? url.href : `${url.pathname}${url.search}` };
    },
    close() {
      over.abort();
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

/** `way` is the proxy, or how names are looked up without one. */
function newAgent(url: URL, way: URL | LookupFunction, shared: Shared): HttpAgent {
  const { settings, trust } = shared;
  const maxSockets = settingsOf(url.host, settings).concurrency ?? settings.concurrency;
  const options = { keepAlive: true, maxSockets, maxFreeSockets: maxSockets };
  if (!(way instanceof URL)) {
    const direct = { ...options, lookup: way };
    return url.protocol === 'http:'
      ? new HttpAgent(direct)
      : new HttpsAgent({ ...direct, secureContext: trust(url.host) });
  }
  if (url.protocol === 'https:')
    return tunnelAgent({ ...options, secureContext: trust(url.host) }, url, way, shared);
  return way.protocol === 'https:' ? secureProxyAgent(options, way, shared) : new HttpAgent(options);
}

/**
 * Every certificate authority that is trusted, as PEM texts: Node's own, the system store (which Node leaves out and
 * which Go programs use), NODE_EXTRA_CA_CERTS, and `more`.
 */
function trustedCertificates(more: readonly string[]): readonly string[] {
  const stores = [
    ...getCACertificates('default'),
    ...getCACertificates('system'),
    ...getCACertificates('extra'),
  ];
  return [...new Set([...stores, ...more])];
}

/** The authority of a host counts for that host alone. */
function createTrust(settings: ConnectionSettings): Shared['trust'] {
  const contexts = new Map<string, SecureContext>();
  return (host) => {
    const ca = settingsOf(host, settings).ca ?? '';
    const own = ca === '' ? [] : [ca];
    const context =
      contexts.get(ca) ?? createSecureContext({ ca: [...trustedCertificates(settings.ca), ...own] });
    contexts.set(ca, context);
    return context;
  };
}

/** How to speak TLS to a proxy. */
function proxyTls(via: URL, { trust }: Shared) {
  const address = addressOf(via);
  // Node would take the name in the Host header, which is the target's.
  return {
    ...address,
    servername: isIP(address.host) === 0 ? address.host : '',
    secureContext: trust(via.host),
  };
}

/** For plain http through a proxy that speaks TLS. */
function secureProxyAgent(options: object, via: URL, shared: Shared): HttpAgent {
  const createConnection = (own: object): Duplex => connect({ ...own, ...proxyTls(via, shared) });
  return Object.assign(new HttpAgent(options), { createConnection });
}

/** An https agent whose sockets go through CONNECT. */
function tunnelAgent(options: object, url: URL, via: URL, shared: Shared): HttpsAgent {
  const createConnection = (own: object, done?: (error: Error | null, socket: Duplex) => void): undefined => {
    openTunnel(url, via, shared).then(
      (socket) => done?.(null, connect({ ...own, socket })),
      (error: Error) => done?.(error, undefined as unknown as Duplex),
    );
  };
  return Object.assign(new HttpsAgent(options), { createConnection });
}

/** A socket that leads to `url`, within one deadline for all that a proxy does. RFC 9110, section 9.3.6. */
function openTunnel(url: URL, via: URL, shared: Shared): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  const target = `${url.hostname}:${url.port === '' ? '443' : url.port}`;
  const options = { method: 'CONNECT', path: target, headers: { host: target, ...proxyHeaders(via) } };
  const common = { ...options, agent: false, signal: shared.over } as const;
  const request =
    via.protocol === 'https:'
      ? httpsRequest({ ...common, ...proxyTls(via, shared) })
      : httpRequest({ ...common, ...addressOf(via) });
  const seconds = shared.settings.connect / 1000;
  const timer = setTimeout(() => {
    reject(new TransportError('timeout', `no answer of the proxy ${via.host} within ${seconds} s`, true));
    request.destroy();
  }, shared.settings.connect);
  request.once('connect', ({ statusCode = 0, statusMessage = '' }, socket) => {
    if (statusCode === 200) return resolve(socket);
    socket.destroy();
    return reject(refusal(via, statusCode, `${statusCode} ${statusMessage}`.trimEnd()));
  });
  request.on('error', (error) => reject(explain(via, error)));
  request.once('close', () => reject(explain(via, new Error('closed without an answer'))));
  request.end();
  return promise.finally(() => clearTimeout(timer));
}

function explain(via: URL, thrown: Error): TransportError {
  const { reason, message, mayRetry } = asTransportError(thrown);
  return new TransportError(reason, `the proxy ${via.host}: ${message}`, mayRetry, thrown);
}

function refusal(via: URL, status: number, words: string): TransportError {
  const message = `the proxy ${via.host} answered ${words} to CONNECT`;
  const cause = new Failure('network', message, { hint: PROXY_HINTS[status] });
  return new TransportError('network', message, status >= 500 || status === 408 || status === 429, cause);
}

const PROXY_HINTS: Readonly<Record<number, string>> = {
  403: 'ask whoever runs the proxy to let this host through, or add it to NO_PROXY',
  407: 'write the login for the proxy into its variable: http://user:password@host:port',
};
