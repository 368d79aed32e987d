// Kept-alive connections, one agent per host: proxies and trust are decided here and nowhere else.

import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { BlockList, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { TransportError } from './answer.ts';
import { type EndpointSettings, isLoopback, settingsOf } from './endpoint.ts';

/** Proxies as the environment names them; an empty text is none. `no` is a comma list, `*` for all hosts. */
type ProxySettings = { readonly https: string; readonly http: string; readonly no: string };

/** How hosts are connected to. */
export type ConnectionSettings = EndpointSettings & {
  readonly proxy: ProxySettings;
  /** PEM texts of certificate authorities trusted beside Node's, the system's and NODE_EXTRA_CA_CERTS. */
  readonly ca: readonly string[];
  readonly concurrency: number;
  /** Milliseconds until a connection must stand. */
  readonly connect: number;
};

/** How to send one request: the agent, and the path to write in the request line. */
export type Route = {
  readonly agent: HttpAgent;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the socket leads when it is not the host of the URL: the proxy of a plain http request. */
  readonly via: URL | null;
};

/** Kept-alive connections of a run. */
export type Connections = {
  route(url: URL): Route;
  /** Closes what is kept alive, so that the process can end. */
  close(): void;
};

/** Connections of a run; agents are made when a host is first asked. */
export function createConnections(settings: ConnectionSettings): Connections {
  const agents = new Map<string, HttpAgent>();
  const contexts = new Map<string, SecureContext>();
  const agentFor = (url: URL, via: URL | null): HttpAgent => {
    const key = `${url.origin} via ${via?.origin ?? 'none'}`;
    const agent = agents.get(key) ?? newAgent(url, via, settings, contexts);
    agents.set(key, agent);
    return agent;
  };
  return {
    route(url) {
      const via = proxyFor(url, settings.proxy);
      const agent = agentFor(url, via);
      const path = `${url.pathname}${url.search}`;
      if (via === null || url.protocol === 'https:') return { agent, path, headers: {}, via: null };
      return { agent, path: url.href, headers: proxyHeaders(via), via };
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

function newAgent(
  url: URL,
  via: URL | null,
  settings: ConnectionSettings,
  contexts: Map<string, SecureContext>,
): HttpAgent {
  const maxSockets = settingsOf(url.host, settings).concurrency ?? settings.concurrency;
  const options = { keepAlive: true, maxSockets, maxFreeSockets: maxSockets };
  if (url.protocol === 'http:') return new HttpAgent(options);
  const ca = settingsOf(url.host, settings).ca ?? '';
  const trusted = [...trustedCertificates(settings.ca), ...(ca === '' ? [] : [ca])];
  const secureContext = contexts.get(ca) ?? createSecureContext({ ca: trusted });
  contexts.set(ca, secureContext);
  // One context for all connections: reading some hundred certificates again for each costs more than its handshake.
  const secure = { ...options, secureContext };
  return via === null ? new HttpsAgent(secure) : tunnelAgent(secure, url, via, settings.connect);
}

/**
 * Every certificate authority that is trusted, as PEM texts: Node's own, the system store (which Node leaves out and
 * which Go programs use), NODE_EXTRA_CA_CERTS, and `more`.
 */
export function trustedCertificates(more: readonly string[]): readonly string[] {
  const stores = [
    ...getCACertificates('default'),
    ...getCACertificates('system'),
    ...getCACertificates('extra'),
  ];
  return [...new Set([...stores, ...more])];
}

// An https agent whose sockets go through CONNECT. RFC 9110, section 9.3.6.
function tunnelAgent(options: object, url: URL, via: URL, timeout: number): HttpsAgent {
  const agent = new HttpsAgent(options);
  const target = `${url.hostname}:${url.port === '' ? '443' : url.port}`;
  const createConnection = (own: object, done?: (error: Error | null, socket: Duplex) => void): undefined => {
    const fail = (error: Error): void => done?.(error, undefined as unknown as Duplex);
    const request = httpRequest({
      ...addressOf(via),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...proxyHeaders(via) },
      agent: false,
      timeout,
    });
    request.once('connect', (answer, socket) => {
      if (answer.statusCode === 200) return done?.(null, connect({ ...own, socket }));
      socket.destroy();
      return fail(refusal(via, answer.statusCode ?? 0));
    });
    request.once('timeout', () =>
      request.destroy(new TransportError('timeout', 'the proxy does not answer', true)),
    );
    request.once('error', fail);
    request.end();
  };
  return Object.assign(agent, { createConnection });
}

function refusal(via: URL, status: number): TransportError {
  return new TransportError('network', `the proxy ${via.host} answered ${status} to CONNECT`, status >= 500);
}

/** Host and port of a proxy, in the form of request options. */
export function addressOf(via: URL): { host: string; port: number } {
  return { host: via.hostname.replace(/^\[|\]$/g, ''), port: via.port === '' ? 80 : Number(via.port) };
}

function proxyHeaders(via: URL): Record<string, string> {
  if (via.username === '') return {};
  const pair = `${decodeURIComponent(via.username)}:${decodeURIComponent(via.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** The proxy for a URL or `null`; loopback never has one. Rules of Go's `httpproxy`, which crane follows too. */
export function proxyFor(url: URL, proxy: ProxySettings): URL | null {
  const text = url.protocol === 'https:' ? proxy.https : proxy.http;
  if (text === '' || isLoopback(url.hostname) || isExempt(url, proxy.no)) return null;
  const full = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  return URL.canParse(full) ? new URL(full) : null;
}

function isExempt(url: URL, list: string): boolean {
  const entries = list.split(/[\s,]+/).filter((entry) => entry !== '');
  return entries.some((entry) => exempts(entry.toLowerCase(), url));
}

function exempts(entry: string, url: URL): boolean {
  const hostname = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (entry === '*' || entry === url.host.toLowerCase()) return true;
  if (entry.includes('/')) return inSubnet(hostname, entry);
  const [name = '', port = ''] = entry.replace(/^\*?\./, '.').split(/:(?=\d+$)/);
  const defaultPort = url.protocol === 'https:' ? '443' : '80';
  if (port !== '' && port !== (url.port === '' ? defaultPort : url.port)) return false;
  return name.startsWith('.') ? hostname.endsWith(name) : hostname === name || hostname.endsWith(`.${name}`);
}

function inSubnet(hostname: string, entry: string): boolean {
  const [net = '', bits = ''] = entry.split('/');
  const family = isIP(net);
  if (family === 0 || family !== isIP(hostname) || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (family === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  const name = family === 6 ? 'ipv6' : 'ipv4';
  list.addSubnet(net, Number(bits), name);
  return list.check(hostname, name);
}
