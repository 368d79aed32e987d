// Where a registry is contacted, over which scheme, and what may be contacted at all. Pure.

import { BlockList, isIP } from 'node:net';
import { Failure } from '../../base/errors/failure.ts';
import { contactHost, DOCKER_HUB, isDockerHub, servesDockerHub } from '../../image/names/hub.ts';

/** Settings of one host that is contacted; what is absent takes the built-in. */
export type HostSettings = {
  /** Plain http is allowed; loopback hosts need no permission for it. */
  readonly http?: boolean;
  /** Requests in flight at once. */
  readonly concurrency?: number;
  readonly requestsPerSecond?: number;
  /** PEM text of further certificate authorities. */
  readonly ca?: string;
};

/** Which hosts there are settings for, and which may be contacted (`null`: all). */
export type EndpointSettings = {
  readonly registries: Readonly<Record<string, HostSettings>>;
  readonly hosts: readonly string[] | null;
};

/** A registry as it is contacted: `host` is host[:port] of `origin`, `registry` the name people use for it. */
export type Endpoint = { readonly registry: string; readonly origin: string; readonly host: string };

const PRIVATE_RANGES: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['::', 127, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
];
const PRIVATE = new BlockList();
for (const [net, bits, family] of PRIVATE_RANGES) PRIVATE.addSubnet(net, bits, family);

/** True for a hostname that always means this machine. RFC 6761, section 6.3. */
export function isLoopback(hostname: string): boolean {
  const bare = bareHost(hostname);
  return bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1' || isLoopback4(bare);
}

function isLoopback4(bare: string): boolean {
  return isIP(bare) === 4 && bare.startsWith('127.');
}

/** True for an address written as a literal that is not reachable from the public internet. */
export function isPrivateLiteral(hostname: string): boolean {
  const bare = bareHost(hostname);
  const family = isIP(bare);
  return family !== 0 && PRIVATE.check(bare, family === 6 ? 'ipv6' : 'ipv4');
}

function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').toLowerCase();
}

/** Settings of a host, found under the name people use or under the contacted one. */
export function settingsOf(host: string, { registries }: EndpointSettings): HostSettings {
  const settingsFor = (name: string): HostSettings | undefined =>
    Object.hasOwn(registries, name) ? registries[name] : undefined;
  return settingsFor(host) ?? (isDockerHub(host) ? settingsFor(DOCKER_HUB) : undefined) ?? {};
}

/**
 * How to contact a registry (`host[:port]`).
 *
 * @throws Failure `denied` for a host outside `hosts`, `unsupported` for what is not the name of a host
 */
export function endpointOf(registry: string, settings: EndpointSettings): Endpoint {
  const host = contactHost(registry);
  const url = parseOrigin(host, usesHttp(host, settings) ? 'http' : 'https');
  checkAllowed(url, settings);
  return { registry, origin: url.origin, host: url.host };
}

function parseOrigin(host: string, scheme: 'http' | 'https'): URL {
  const text = `${scheme}://${host}/`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.pathname !== '/' || url.search !== '' || url.username !== '') {
    throw new Failure('unsupported', `${host} is not the name of a registry`);
  }
  return url;
}

/** Plain http is for hosts whose settings say so, and for loopback unless a certificate authority is set for it. */
export function usesHttp(host: string, settings: EndpointSettings): boolean {
  const hostname = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host;
  const { http, ca = '' } = settingsOf(host, settings);
  return http === true || (isLoopback(hostname) && ca === '');
}

/** @throws Failure `denied` when the run was told to contact certain hosts only and this one is not among them */
export function checkAllowed(url: URL, { hosts }: EndpointSettings): void {
  if (hosts === null || hosts.some((entry) => covers(entry, url))) return;
  throw new Failure('denied', `${url.host} may not be contacted: it is not in \`hosts\``, {
    hint: `add ${url.host} to the input \`hosts\` if this registry or its token service is meant to be used`,
  });
}

function covers(entry: string, url: URL): boolean {
  if (entry === url.host || entry === url.hostname) return true;
  return entry === DOCKER_HUB && servesDockerHub(url.host);
}

/**
 * Where a request may be sent on a server's word: the realm of a challenge, or the target of a redirect. https, or
 * http where the settings have it; never a private address unless the registry itself is at one. Without these checks
 * a hostile registry makes the runner talk to its own network (go-containerregistry, validateRealmURL).
 *
 * @throws Failure `denied`
 */
export function checkSentTo(url: URL, from: Endpoint, settings: EndpointSettings): void {
  const origin = new URL(from.origin);
  if (url.origin === origin.origin) return;
  const inside = isLoopback(origin.hostname) || isPrivateLiteral(origin.hostname);
  const plain = url.protocol === 'http:' && (origin.protocol === 'http:' || usesHttp(url.host, settings));
  const scheme = url.protocol === 'https:' || plain;
  const place = inside || url.hostname === origin.hostname || !isHidden(url.hostname);
  if (scheme && place && url.username === '') return;
  throw new Failure('denied', `${from.registry} sends to ${url.origin}, which is not followed`, {
    hint: 'only https and public addresses are followed from a public registry',
  });
}

function isHidden(hostname: string): boolean {
  return isLoopback(hostname) || isPrivateLiteral(hostname);
}
