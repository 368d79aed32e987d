// Who we are at a registry: Basic or Bearer, tokens kept for a run, and no second try with a wrong password.

import { Failure } from '../../base/errors/failure.ts';
import { type Answer, failureOf } from '../http/answer.ts';
import type { Endpoint, EndpointSettings } from '../http/endpoint.ts';
import type { Ask } from '../http/transport.ts';
import { type Challenge, chooseChallenge } from './challenge.ts';
import {
  basicHeader,
  type Credentials,
  decodeToken,
  MAX_TOKEN_BYTES,
  type Need,
  realmOf,
  scopeOf,
  type Token,
  tokenAsk,
} from './tokens.ts';

type AuthDeps = {
  /** Sends one request with all its retries; gives back any answer that is final. */
  readonly send: (what: string, ask: Ask) => Promise<Answer>;
  readonly credentials: (registry: string) => Promise<Credentials | null>;
  /** Hears every token before it is used. */
  readonly onSecret: (secret: string) => void;
  readonly now: () => number;
};

type Auth = {
  /** The Authorization header for a repository, `null` for none. Asks the registry how it wants it, once. */
  authorize(need: Need): Promise<string | null>;
  /**
   * What to send after a 401 on `used`; `null` when nothing better is to be had. `round` 0 takes what another request
   * may have fetched meanwhile; round 1 fetches a token for this request alone, since some are good for one use.
   */
  renew(need: Need, used: string | null, refusal: Answer, round: number): Promise<string | null>;
};

/** What is known of one host, and what its requests need. */
type HostAuth = {
  readonly settings: EndpointSettings;
  readonly deps: AuthDeps;
  readonly tokens: Map<string, Promise<Token>>;
  readonly credentials: Credentials | null;
  challenge: Challenge | null;
  /** Set once a login worked; a later refusal is then about one repository, not about the password. */
  proven: boolean;
  /** The request that tries the login first, while it is under way. */
  trial: Promise<unknown> | null;
  refusals: number;
};

// A second try tells a flaky token service from a wrong password; a third may lock the account.
const MAX_REFUSALS = 2;

/** @throws Failure out of both functions: `denied` for a wrong login, else what `send` throws */
export function createAuth(settings: EndpointSettings, deps: AuthDeps): Auth {
  const hosts = new Map<string, Promise<HostAuth>>();
  const hostOf = (endpoint: Endpoint): Promise<HostAuth> => {
    const known = hosts.get(endpoint.host);
    if (known !== undefined) return known;
    const fresh = greet(endpoint, settings, deps);
    hosts.set(endpoint.host, fresh);
    // A registry that could not be reached may be there again for the next tag.
    fresh.catch(() => hosts.delete(endpoint.host));
    return fresh;
  };
  return {
    async authorize(need) {
      return headerFor(await hostOf(need.endpoint), need, null);
    },
    async renew(need, used, refusal, round) {
      // Another origin, reached by a redirect, gets no say about our login.
      if (refusal.url.origin !== need.endpoint.origin) return null;
      const host = await hostOf(need.endpoint);
      const challenge = chooseChallenge(refusal.headers['www-authenticate']);
      if (challenge === null) return null;
      if (challenge.scheme === 'bearer' && lacksRight(challenge, used)) return null;
      host.challenge = challenge;
      if (challenge.scheme === 'basic') return round === 0 ? basicHeader(host.credentials) : null;
      if (round === 0) return headerFor(host, need, used);
      return (await fetchToken(host, need, challenge)).header;
    },
  };
}

// `insufficient_scope` says that the token is valid and the right is missing: another token changes nothing. RFC 6750.
function lacksRight(challenge: Challenge, used: string | null): boolean {
  return used !== null && challenge.parameters.get('error') === 'insufficient_scope';
}

async function greet(endpoint: Endpoint, settings: EndpointSettings, deps: AuthDeps): Promise<HostAuth> {
  const answer = await ping(endpoint, {}, deps);
  const challenge = answer.status === 401 ? chooseChallenge(answer.headers['www-authenticate']) : null;
  const credentials = await deps.credentials(endpoint.registry);
  const known = { settings, deps, tokens: new Map(), credentials, challenge, trial: null };
  const authorization = basicHeader(credentials);
  if (challenge?.scheme !== 'basic' || authorization === null)
    return { ...known, proven: false, refusals: 0 };
  // One request tries the login before the others start, as for tokens.
  const retry = await ping(endpoint, { authorization }, deps);
  const proven = retry.status !== 401;
  return { ...known, proven, refusals: proven ? 0 : MAX_REFUSALS };
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
  if (challenge === null) return null;
  if (challenge.scheme === 'basic') return basicHeader(host.credentials);
  return (await tokenFor(host, need, challenge, stale)).header;
}

function checkLogin(host: HostAuth, { registry }: Endpoint): void {
  if (host.refusals < MAX_REFUSALS) return;
  throw new Failure('denied', `${registry} refuses the login: wrong user name or password`, {
    hint: `log in to ${registry} again; it is not asked any more in this run`,
  });
}

async function tokenFor(
  host: HostAuth,
  need: Need,
  challenge: Challenge,
  stale: string | null,
): Promise<Token> {
  const own = scopeOf(need);
  const push = scopeOf({ ...need, access: 'push' });
  // A token for push serves reads of the same repository too.
  const key = need.access !== 'delete' && host.tokens.has(push) ? push : own;
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

async function fetchToken(host: HostAuth, need: Need, challenge: Challenge): Promise<Token> {
  const { credentials, deps, settings } = host;
  const realm = realmOf(challenge, need.endpoint, settings);
  const service = challenge.parameters.get('service') ?? null;
  const what = `token for ${need.endpoint.registry}/${need.repository}`;
  return afterTrial(host, async () => {
    checkLogin(host, need.endpoint);
    const answer = await deps.send(what, tokenAsk(need, realm, service, credentials));
    const unproven = credentials !== null && !host.proven;
    if (answer.status === 401 && unproven) host.refusals += 1;
    if (answer.status !== 200) throw failureOf(what, answer);
    const token = decodeToken(answer, deps.now());
    if (token === null) throw new Failure('server-error', `${what}: ${realm.host} sent no token`);
    host.proven ||= credentials !== null;
    deps.onSecret(token.header.slice('Bearer '.length));
    return token;
  });
}

// Until a login has worked it is tried by one request at a time: many wrong passwords at once lock an account.
async function afterTrial<T>(host: HostAuth, work: () => Promise<T>): Promise<T> {
  const settled = (): boolean => host.proven || host.credentials === null;
  while (!settled() && host.trial !== null) await host.trial.catch(() => undefined);
  if (settled()) return work();
  const trial = work();
  host.trial = trial;
  try {
    return await trial;
  } finally {
    host.trial = null;
  }
}
