// Who we are at a registry: Basic or Bearer, tokens kept for a run, and no second try with a wrong password.

import type { Answer } from '../http/answer.ts';
import type { Endpoint, EndpointSettings } from '../http/endpoint.ts';
import type { Ask } from '../http/line.ts';
import { type Challenge, chooseChallenge } from './challenge.ts';
import {
  type AuthDeps,
  askLoginAnew,
  checkLogin,
  fetchToken,
  type HostAuth,
  isGivenToken,
  newHostAuth,
  refuseLogin,
  renewLogin,
  scopesFor,
  widen,
} from './login.ts';
import {
  decodeToken,
  loginHeader,
  MAX_TOKEN_BYTES,
  type Need,
  strangerAsk,
  type Token,
  tokenServiceOf,
} from './tokens.ts';

type Auth = {
  /** The Authorization header for a repository, `null` for none. Asks the registry how it wants it, once. */
  authorize(need: Need): Promise<string | null>;
  /**
   * What to send after a 401 on `used`; `null` when nothing better is to be had. `round` 0 takes what another request
   * may have fetched meanwhile; round 1 fetches a token for this request alone, since some are good for one use, with
   * a login that is asked for anew, since some live for an hour.
   */
  renew(need: Need, used: string | null, refusal: Answer, round: number): Promise<string | null>;
  /** Hears that a request with this header was granted. */
  granted(endpoint: Endpoint, used: string): void;
  /** Whether there is a login for this registry; null where it was not greeted yet. */
  hasLogin(endpoint: Endpoint): boolean | null;
  /** What a registry said of itself when it was greeted, in its headers; null where it was not greeted yet. */
  introduction(endpoint: Endpoint): string | null;
  /** A token for a stranger at another registry that `from` redirected to; null where the refusal is `from`'s own. */
  admit(refusal: Answer, from: Endpoint): Promise<string | null>;
};

/** @throws Failure out of its functions: `denied` for a wrong login, else what `send` throws */
export function createAuth(settings: EndpointSettings, deps: AuthDeps): Auth {
  const hosts = new Map<string, Promise<HostAuth>>();
  const logins = new Map<string, boolean>();
  const introductions = new Map<string, string>();
  const hostOf = (endpoint: Endpoint): Promise<HostAuth> => {
    const known = hosts.get(endpoint.host);
    if (known !== undefined) return known;
    const fresh = greet(endpoint, settings, deps);
    hosts.set(endpoint.host, fresh);
    // A registry that could not be reached may be there again for the next tag.
    fresh.then(
      ({ credentials, introduction }) => {
        logins.set(endpoint.host, credentials !== null);
        introductions.set(endpoint.host, introduction);
      },
      () => hosts.delete(endpoint.host),
    );
    return fresh;
  };
  return {
    hasLogin: ({ host }) => logins.get(host) ?? null,
    introduction: ({ host }) => introductions.get(host) ?? null,
    async authorize(need) {
      return headerFor(await hostOf(need.endpoint), need, null);
    },
    async renew(need, used, refusal, round) {
      // Another origin, reached by a redirect, gets no say about our login.
      if (refusal.url.origin !== need.endpoint.origin) return null;
      const host = await hostOf(need.endpoint);
      // A refusal of a token that says nothing of how to get another one is meant as before.
      const own = chooseChallenge(refusal.headers['www-authenticate']);
      const challenge = own ?? (used === null ? null : host.challenge);
      if (challenge === null) return null;
      const isWider = challenge.scheme === 'bearer' && widen(host, need, challenge, round);
      if (challenge.scheme === 'bearer' && !isWider && lacksRight(challenge, used)) return null;
      host.challenge = challenge;
      if (challenge.scheme === 'basic' || isGivenToken(host.credentials))
        return renewLogin(host, need, used, round);
      if (round === 0) return headerFor(host, need, used);
      await askLoginAnew(host, need);
      return (await fetchToken(host, need, challenge)).header;
    },
    granted(endpoint, used) {
      const prove = (host: HostAuth): void => {
        host.proven ||= used === loginHeader(host.credentials);
      };
      hosts
        .get(endpoint.host)
        ?.then(prove)
        .catch(() => undefined);
    },
    async admit(refusal, from) {
      if (refusal.url.origin === from.origin) return null;
      const challenge = chooseChallenge(refusal.headers['www-authenticate']);
      if (challenge?.scheme !== 'bearer') return null;
      return strangerToken(refusal.url, challenge, from, { settings, deps });
    },
  };
}

/** What another registry gives to anybody. Our login is for the one that was asked, and stays with it. */
async function strangerToken(
  url: URL,
  challenge: Challenge,
  from: Endpoint,
  { settings, deps }: { settings: EndpointSettings; deps: AuthDeps },
): Promise<string | null> {
  const service = tokenServiceOf(challenge, strangerAt(url), settings);
  const answer = await deps.send(`token for ${url.host}`, strangerAsk(challenge, service, from));
  const token = answer.status === 200 ? decodeToken(answer, deps.now()) : null;
  if (token !== null) deps.onSecret(token.header.slice('Bearer '.length));
  return token?.header ?? null;
}

function strangerAt({ host, origin }: URL): Endpoint {
  return { registry: host, origin, host };
}

// `insufficient_scope` says that the token is valid and the right is missing: another token changes nothing. RFC 6750.
function lacksRight(challenge: Challenge, used: string | null): boolean {
  return used !== null && challenge.parameters.get('error') === 'insufficient_scope';
}

async function greet(endpoint: Endpoint, settings: EndpointSettings, deps: AuthDeps): Promise<HostAuth> {
  const answer = await ping(endpoint, {}, deps);
  // What another origin says after a redirect is not about this registry, and gets no login.
  const own = answer.status === 401 && answer.url.origin === endpoint.origin;
  const challenge = own ? chooseChallenge(answer.headers['www-authenticate']) : null;
  const credentials = await deps.credentials(endpoint.registry);
  const { server = '', 'www-authenticate': words = '' } = answer.headers;
  const introduction = own ? `${server} ${words}` : '';
  const known = newHostAuth({ settings, deps, credentials, challenge, introduction });
  const authorization = loginHeader(credentials);
  if (challenge?.scheme !== 'basic' || authorization === null) return known;
  // One request tries the login before the others start, as for tokens.
  const retry = await ping(endpoint, { authorization }, deps);
  const proven = retry.status !== 401;
  return proven ? { ...known, proven } : refuseLogin(known);
}

function ping(endpoint: Endpoint, headers: Record<string, string>, deps: AuthDeps): Promise<Answer> {
  const url = new URL('/v2/', endpoint.origin);
  const ask: Ask = { endpoint, method: 'GET', url, headers, kind: 'ping', maxBytes: MAX_TOKEN_BYTES };
  return deps.send(`GET ${endpoint.registry}/v2/`, ask);
}

// `stale` is the header that was just refused: whoever has another one may use it.
async function headerFor(host: HostAuth, need: Need, stale: string | null): Promise<string | null> {
  checkLogin(host, need.endpoint);
  const { challenge } = host;
  // A registry that asks for nothing may still show its private repositories to those with a login alone.
  if (challenge === null || challenge.scheme === 'basic') return loginHeader(host.credentials);
  if (isGivenToken(host.credentials)) return loginHeader(host.credentials);
  return (await tokenFor(host, need, challenge, stale)).header;
}

async function tokenFor(
  host: HostAuth,
  need: Need,
  challenge: Challenge,
  stale: string | null,
): Promise<Token> {
  const own = scopesFor(host, need);
  const push = scopesFor(host, { ...need, access: 'push' });
  // A token for push serves reads of the same repository too.
  const covers = need.access === 'pull' || need.access === 'push';
  const key = covers && host.tokens.has(push) ? push : own;
  for (;;) {
    const known = host.tokens.get(key);
    if (known === undefined) break;
    const token = await known;
    if (token.header !== stale && host.deps.now() < token.until) return token;
    if (host.tokens.get(key) === known) host.tokens.delete(key);
  }
  const fetching = fetchToken(host, need, challenge);
  host.tokens.set(own, fetching);
  fetching.catch(() => host.tokens.delete(own));
  return fetching;
}
