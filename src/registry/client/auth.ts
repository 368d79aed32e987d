// Who we are at a registry: Basic or Bearer, tokens kept for a run, and no second try with a wrong password.
// The flows are those of distribution/distribution, docs/spec/auth (token.md, oauth.md).

import { Failure } from '../../base/errors/failure.ts';
import { type Answer, failureOf } from '../http/answer.ts';
import { checkAllowed, checkSentTo, type Endpoint, type EndpointSettings } from '../http/endpoint.ts';
import type { Ask } from '../http/transport.ts';
import { type Challenge, chooseChallenge } from './challenge.ts';

/** A login. The user name `<token>` marks `secret` as a refresh token of the OAuth2 flow (docker/cli). */
export type Credentials = { readonly username: string; readonly secret: string };

export type Access = 'pull' | 'push' | 'delete';

export type AuthDeps = {
  /** Sends one request with all its retries; gives back any answer that is final. */
  readonly send: (ask: Ask, what: string) => Promise<Answer>;
  readonly credentials: (registry: string) => Promise<Credentials | null>;
  /** Hears every token before it is used. */
  readonly onSecret: (secret: string) => void;
  readonly now: () => number;
};

export type Auth = {
  /** The Authorization header for a repository, `null` for none. Asks the registry how it wants it, once. */
  authorize(endpoint: Endpoint, repository: string, access: Access): Promise<string | null>;
  /**
   * What to send after a 401 on `used`; `null` when nothing better is to be had. `round` 0 takes what another request
   * may have fetched meanwhile; round 1 fetches a token for this request alone, since some are good for one use.
   */
  renew(need: Need, used: string | null, refusal: Answer, round: number): Promise<string | null>;
};

export type Need = { readonly endpoint: Endpoint; readonly repository: string; readonly access: Access };

type Token = { readonly header: string; readonly until: number };

type HostAuth = {
  readonly tokens: Map<string, Promise<Token>>;
  readonly credentials: Credentials | null;
  challenge: Challenge | null;
  /** Set once a login worked; a later refusal is then about one repository, not about the password. */
  proven: boolean;
  /** The request that tries the login first, while it is under way. */
  trial: Promise<unknown> | null;
  refusals: number;
};

const MAX_TOKEN_BYTES = 65_536;
// A second try tells a flaky token service from a wrong password; a third may lock the account.
const MAX_REFUSALS = 2;
const CLIENT_ID = 'fresh-mirror';

/** @throws Failure out of both functions: `denied` for a wrong login, else what `send` throws */
export function createAuth(settings: EndpointSettings, deps: AuthDeps): Auth {
  const hosts = new Map<string, Promise<HostAuth>>();
  const hostOf = (endpoint: Endpoint): Promise<HostAuth> => {
    const known = hosts.get(endpoint.host);
    if (known !== undefined) return known;
    const fresh = greet(endpoint, deps);
    hosts.set(endpoint.host, fresh);
    // A registry that could not be reached may be there again for the next tag.
    fresh.catch(() => hosts.delete(endpoint.host));
    return fresh;
  };
  const headerFor = async (need: Need, host: HostAuth, stale: string | null): Promise<string | null> => {
    checkLogin(host, need.endpoint);
    const { challenge } = host;
    if (challenge === null) return null;
    if (challenge.scheme === 'basic') return basicHeader(host.credentials);
    return (await tokenFor(need, host, challenge, stale, settings, deps)).header;
  };
  return {
    async authorize(endpoint, repository, access) {
      const host = await hostOf(endpoint);
      return headerFor({ endpoint, repository, access }, host, null);
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
      if (round === 0) return headerFor(need, host, used);
      return (await fetchToken(need, host, challenge, settings, deps)).header;
    },
  };
}

// `insufficient_scope` says that the token is sound and the right is missing: another token changes nothing. RFC 6750.
function lacksRight(challenge: Challenge, used: string | null): boolean {
  return used !== null && challenge.parameters.get('error') === 'insufficient_scope';
}

async function greet(endpoint: Endpoint, deps: AuthDeps): Promise<HostAuth> {
  const answer = await ping(endpoint, {}, deps);
  const challenge = answer.status === 401 ? chooseChallenge(answer.headers['www-authenticate']) : null;
  const credentials = await deps.credentials(endpoint.registry);
  const host: HostAuth = {
    tokens: new Map(),
    credentials,
    challenge,
    proven: false,
    trial: null,
    refusals: 0,
  };
  if (challenge?.scheme !== 'basic' || credentials === null) return host;
  // The same here: one request tries the login before the others start.
  const retry = await ping(endpoint, { authorization: basicHeader(credentials) ?? '' }, deps);
  return { ...host, proven: retry.status !== 401, refusals: retry.status === 401 ? MAX_REFUSALS : 0 };
}

function ping(endpoint: Endpoint, headers: Record<string, string>, deps: AuthDeps): Promise<Answer> {
  const url = new URL('/v2/', endpoint.origin);
  const ask: Ask = { endpoint, method: 'GET', url, headers, kind: 'ping', maxBytes: MAX_TOKEN_BYTES };
  return deps.send(ask, `GET ${endpoint.registry}/v2/`);
}

function checkLogin(host: HostAuth, { registry }: Endpoint): void {
  if (host.refusals < MAX_REFUSALS) return;
  throw new Failure('denied', `${registry} refuses the login: wrong user name or password`, {
    hint: `log in to ${registry} again; it is not asked any more in this run`,
  });
}

function basicHeader(credentials: Credentials | null): string | null {
  if (credentials === null) return null;
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.secret}`).toString('base64')}`;
}

async function tokenFor(
  need: Need,
  host: HostAuth,
  challenge: Challenge,
  stale: string | null,
  settings: EndpointSettings,
  deps: AuthDeps,
): Promise<Token> {
  const own = scopeOf(need);
  const push = scopeOf({ ...need, access: 'push' });
  // A token for push serves reads of the same repository too.
  const key = need.access !== 'delete' && host.tokens.has(push) ? push : own;
  for (;;) {
    const known = host.tokens.get(key);
    if (known === undefined) break;
    const token = await known;
    if (token.header !== stale && deps.now() < token.until) return token;
    if (host.tokens.get(key) === known) host.tokens.delete(key);
  }
  const fetching = fetchToken(need, host, challenge, settings, deps);
  host.tokens.set(own, fetching);
  fetching.catch(() => host.tokens.delete(own));
  return fetching;
}

function scopeOf({ repository, access }: Need): string {
  const actions = { pull: 'pull', push: 'pull,push', delete: 'pull,push,delete' }[access];
  return `repository:${repository}:${actions}`;
}

async function fetchToken(
  need: Need,
  host: HostAuth,
  challenge: Challenge,
  settings: EndpointSettings,
  deps: AuthDeps,
): Promise<Token> {
  const realm = realmOf(challenge, need.endpoint, settings);
  const service = challenge.parameters.get('service') ?? null;
  const what = `token for ${need.endpoint.registry}/${need.repository}`;
  return oneTrial(host, async () => {
    checkLogin(host, need.endpoint);
    const answer = await askToken(need, realm, service, host.credentials, what, deps);
    const unproven = host.credentials !== null && !host.proven;
    if (answer.status === 401 && unproven) host.refusals += 1;
    if (answer.status !== 200) throw failureOf(what, answer);
    const token = decodeToken(answer, deps.now());
    if (token === null) throw new Failure('server-error', `${what}: ${realm.host} sent no token`);
    host.proven ||= host.credentials !== null;
    deps.onSecret(token.header.slice('Bearer '.length));
    return token;
  });
}

// Until a login has worked it is tried by one request at a time: many wrong passwords at once lock an account.
async function oneTrial<T>(host: HostAuth, work: () => Promise<T>): Promise<T> {
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

function realmOf({ parameters }: Challenge, endpoint: Endpoint, settings: EndpointSettings): URL {
  const text = parameters.get('realm') ?? '';
  if (!URL.canParse(text)) {
    throw new Failure('unsupported', `${endpoint.registry}: its login challenge names no token service`);
  }
  const realm = new URL(text);
  checkSentTo(realm, endpoint, settings);
  checkAllowed(realm, settings);
  return realm;
}

async function askToken(
  need: Need,
  realm: URL,
  service: string | null,
  credentials: Credentials | null,
  what: string,
  deps: AuthDeps,
): Promise<Answer> {
  const base = { endpoint: need.endpoint, kind: 'token', maxBytes: MAX_TOKEN_BYTES } as const;
  const fields = new URLSearchParams(service === null ? {} : { service });
  fields.set('scope', scopeOf(need));
  if (credentials?.username === '<token>') {
    const grant = { grant_type: 'refresh_token', refresh_token: credentials.secret, client_id: CLIENT_ID };
    for (const [name, value] of Object.entries(grant)) fields.set(name, value);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = Buffer.from(fields.toString());
    return deps.send({ ...base, method: 'POST', url: realm, headers, body }, what);
  }
  const url = new URL(realm);
  for (const [name, value] of fields) url.searchParams.set(name, value);
  const authorization = basicHeader(credentials);
  const headers: Record<string, string> = authorization === null ? {} : { authorization };
  return deps.send({ ...base, method: 'GET', url, headers }, what);
}

function decodeToken(answer: Answer, now: number): Token | null {
  const fields = decodeObject(answer.body.toString('utf8'));
  const token = [fields.token, fields.access_token].find(
    (value) => typeof value === 'string' && value !== '',
  );
  // A header may hold visible characters only; what else comes as a token is none. RFC 6750, section 2.1.
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) return null;
  const seconds = typeof fields.expires_in === 'number' && fields.expires_in > 0 ? fields.expires_in : 60;
  return { header: `Bearer ${token}`, until: now + Math.max(seconds * 900, 1000) };
}

function decodeObject(text: string): { token?: unknown; access_token?: unknown; expires_in?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
