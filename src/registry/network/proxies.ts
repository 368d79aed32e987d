// Proxies as the environment names them, read as curl and Go do. Pure.

import { BlockList, isIP } from 'node:net';
import type { Mistake } from '../../base/errors/mistake.ts';
import { bareHost, isLoopback } from './addresses.ts';

/** Proxies for https and for plain http; an empty text is none. `no` is a comma list, `*` for all hosts. */
export type ProxySettings = { readonly https: string; readonly http: string; readonly no: string };

type Environment = Readonly<Record<string, string>>;

/** The proxies of an environment; a mistake names the variable, and never its value, which may hold a password. */
export function readProxies(environment: Environment): ProxySettings | Mistake {
  const [https, http] = [variable(environment, 'https_proxy'), variable(environment, 'http_proxy')];
  for (const { name, value } of [https, http]) {
    const mistake = value === '' ? null : proxyMistake(value);
    if (mistake !== null)
      return { mistake: `${name} ${mistake}`, hint: 'write http://host:port or https://host:port' };
  }
  return { https: https.value, http: http.value, no: variable(environment, 'no_proxy').value };
}

/** The first spelling that is not empty, lower case before upper case. */
function variable(environment: Environment, lower: string): { name: string; value: string } {
  const names = [lower, lower.toUpperCase()];
  const name = names.find((spelling) => (environment[spelling] ?? '').trim() !== '') ?? lower;
  return { name, value: (environment[name] ?? '').trim() };
}

function proxyMistake(text: string): string | null {
  const url = parseProxy(text);
  if (url === null) return 'is not the address of a proxy';
  if (url.protocol === 'http:' || url.protocol === 'https:') return null;
  return `names a proxy that speaks ${url.protocol.slice(0, -1)}: only http and https proxies can be used`;
}

function parseProxy(text: string): URL | null {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : null;
  return url === null || url.hostname === '' ? null : url;
}

/** The proxy for a URL or `null`; loopback never has one. Rules of Go's `httpproxy`. */
export function proxyFor(url: URL, proxy: ProxySettings): URL | null {
  const text = url.protocol === 'https:' ? proxy.https : proxy.http;
  if (text === '' || isLoopback(url.hostname) || isExempt(url, proxy.no)) return null;
  return parseProxy(text);
}

/** Host and port of a proxy or a plain server, in the form of request options. */
export function addressOf(via: URL): { host: string; port: number } {
  const builtIn = via.protocol === 'https:' ? 443 : 80;
  return { host: via.hostname.replace(/^\[|\]$/g, ''), port: via.port === '' ? builtIn : Number(via.port) };
}

/** The login for a proxy as a header; none without one. */
export function proxyHeaders(via: URL): Record<string, string> {
  const login = loginIn(via);
  return login === null ? {} : { 'proxy-authorization': login };
}

/** The login that an address holds, as a header of the Basic scheme has it; null where it holds none. */
export function loginIn({ username, password }: URL): string | null {
  const pair = `${decode(username)}:${decode(password)}`;
  return username === '' ? null : `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** An address as it may be shown: without a login. */
export function withoutLogin(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1');
}

/** A password with a bare `%` was meant as written. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isExempt(url: URL, list: string): boolean {
  const entries = list.split(/[\s,]+/).filter((entry) => entry !== '');
  return entries.some((entry) => exempts(entry.toLowerCase(), url));
}

function exempts(entry: string, url: URL): boolean {
  const hostname = bareHost(url.hostname);
  if (entry === '*' || entry === url.host.toLowerCase()) return true;
  if (entry.includes('/')) return inSubnet(hostname, entry);
  const [name, port] = splitPort(entry);
  if (port !== '' && Number(port) !== portOf(url)) return false;
  if (isIP(name) !== 0)
    return isIP(hostname) === isIP(name) && inSubnet(hostname, `${name}/${isIP(name) === 6 ? 128 : 32}`);
  const suffix = name.replace(/^\*(?=\.)/, '');
  return suffix.startsWith('.')
    ? hostname.endsWith(suffix)
    : hostname === suffix || hostname.endsWith(`.${suffix}`);
}

/** `host`, `host:port`, `[IPv6]`, `[IPv6]:port`, and an IPv6 address without brackets, which has no port. */
function splitPort(entry: string): readonly [name: string, port: string] {
  if (isIP(entry) === 6) return [entry, ''];
  const [, name = entry, port = ''] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  return [bareHost(name), port];
}

function portOf(url: URL): number {
  return addressOf(url).port;
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
