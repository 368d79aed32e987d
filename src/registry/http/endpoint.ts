// Where a registry is contacted, over which scheme, and what may be contacted at all. Pure.

import { Failure } from '../../base/errors/failure.ts';
import { contactHost, DOCKER_HUB, isDockerHub, servesDockerHub } from '../../image/names/hub.ts';
import { isHidden, isLoopback, reachOf } from '../network/addresses.ts';
import { forbidden } from '../network/lookup.ts';

/** Settings of one host that is contacted; what is absent takes the built-in. */
export type HostSettings = {
  /** Plain http is allowed; loopback hosts need no permission for it. */
  readonly http?: boolean;
  /** Requests in flight at once. */
  readonly concurrency?: number;
  readonly requestsPerSecond?: number;
  /** How many jobs of one run share both. */
  readonly sharedBy?: number;
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

/** Settings of a host, found under the name people use, the contacted one, or either with its default port. */
export function settingsOf(host: string, settings: EndpointSettings): HostSettings {
  return findSettings(host, settings.registries) ?? {};
}

/** True where there are settings for a host, under whatever spelling. */
export function hasSettings(host: string, registries: EndpointSettings['registries']): boolean {
  return findSettings(host, registries) !== undefined;
}

function findSettings(host: string, registries: EndpointSettings['registries']): HostSettings | undefined {
  const settingsFor = (name: string): HostSettings | undefined =>
    Object.hasOwn(registries, name) ? registries[name] : undefined;
  const own = settingsFor(host) ?? (isDockerHub(host) ? settingsFor(DOCKER_HUB) : undefined);
  if (own !== undefined) return own;
  const [, bare = host, port] = /^(.+?)(?::(443|80))?$/.exec(host) ?? [];
  // `host` is `host:443`, or `host:80` where it is spoken to in plain http.
  const fits = (found: HostSettings | undefined, spelledPort: string): HostSettings | undefined =>
    found !== undefined && isPlain(bare, found) === (spelledPort === '80') ? found : undefined;
  if (port !== undefined) return fits(settingsFor(bare), port);
  return fits(settingsFor(`${bare}:443`), '443') ?? fits(settingsFor(`${bare}:80`), '80');
}

/**
 * How to contact a registry (`host[:port]`).
 *
 * @throws Failure `denied` for a host outside `hosts` or at a forbidden address, `unsupported` for what is not the name of a host
 */
export function endpointOf(registry: string, settings: EndpointSettings): Endpoint {
  const known = KNOWN.get(settings) ?? new Map<string, Endpoint>();
  const before = known.get(registry);
  if (before !== undefined) return before;
  const endpoint = resolveEndpoint(registry, settings);
  KNOWN.set(settings, known.set(registry, endpoint));
  return endpoint;
}

// Each request asks, and reading addresses anew costs as much as the rest of our part in it.
const KNOWN = new WeakMap<EndpointSettings, Map<string, Endpoint>>();

function resolveEndpoint(registry: string, settings: EndpointSettings): Endpoint {
  const host = contactHost(registry);
  const url = parseOrigin(host, usesHttp(host, settings) ? 'http' : 'https');
  checkAllowed(url, settings);
  checkNotForbidden(url);
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
function usesHttp(host: string, settings: EndpointSettings): boolean {
  const hostname = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host;
  return isPlain(hostname, settingsOf(host, settings));
}

function isPlain(hostname: string, { http, ca = '' }: HostSettings): boolean {
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
  if (entry === url.hostname) return true;
  // Read with the same scheme, `host:443` and `host` are one.
  const spelled = `${url.protocol}//${entry}`;
  if (URL.canParse(spelled) && new URL(spelled).host === url.host) return true;
  return entry === DOCKER_HUB && servesDockerHub(url.host);
}

/** True for a host that the person who runs this named: in `hosts`, where that is given, else in the config. */
export function isNamed(url: URL, settings: EndpointSettings): boolean {
  if (settings.hosts !== null) return settings.hosts.some((entry) => covers(entry, url));
  return hasSettings(url.host, settings.registries);
}

/**
 * Where a request may be sent on a server's word: the realm of a challenge, or the target of a redirect. https, or
 * http where the settings have it; a private address only where it is named or the registry itself is at one; a
 * link-local or metadata address never. Without these checks a hostile registry makes the runner talk to its own
 * network (go-containerregistry, validateRealmURL). What a name leads to is checked when it is looked up.
 *
 * @throws Failure `denied`
 */
export function checkSentTo(url: URL, from: Endpoint, settings: EndpointSettings): void {
  checkNotForbidden(url);
  const origin = new URL(from.origin);
  if (url.origin === origin.origin) return;
  const isSameHost = origin.protocol === 'http:' && url.hostname === origin.hostname;
  const plain = url.protocol === 'http:' && (isSameHost || usesHttp(url.host, settings));
  const scheme = url.protocol === 'https:' || plain;
  const neighbour = isHidden(origin.hostname) || url.hostname === origin.hostname;
  const place = neighbour || !isHidden(url.hostname) || isNamed(url, settings);
  if (scheme && place && url.username === '' && url.password === '') return;
  throw new Failure('denied', `${from.registry} points to ${url.origin}, which is not followed`, {
    hint: hintAgainst(url, from, place ? (scheme ? 'login' : 'scheme') : 'place', settings),
  });
}

function hintAgainst(
  { host }: URL,
  { registry }: Endpoint,
  wrong: 'place' | 'scheme' | 'login',
  settings: EndpointSettings,
): string {
  switch (wrong) {
    case 'place':
      return `only public addresses are followed; name ${host} ${whereToName(settings)} if it is meant to be used`;
    case 'scheme':
      return `only https is followed; set \`http: true\` for ${host} in \`registries\` if plain http is meant`;
    case 'login':
      return `ask who runs ${registry}: an address with a user name or a password in it is not followed`;
  }
}

function whereToName({ hosts }: EndpointSettings): string {
  return hosts === null ? 'in `registries` of the config' : 'in the input `hosts`';
}

/** @throws Failure `denied` */
function checkNotForbidden({ hostname }: URL): void {
  if (reachOf(hostname) === 'forbidden') throw forbidden(hostname);
}
