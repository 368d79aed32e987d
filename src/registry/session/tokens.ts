// Tokens of the Bearer scheme, and the login as the Basic scheme writes it.
// The flows are those of distribution/distribution, docs/spec/auth (token.md, oauth.md).

import { Failure } from '../../base/errors/failure.ts';
import { parseObject } from '../../base/text/json.ts';
import type { Answer } from '../http/answer.ts';
import { checkAllowed, checkSentTo, type Endpoint, type EndpointSettings } from '../http/endpoint.ts';
import type { Ask } from '../http/line.ts';
import type { Challenge } from './challenge.ts';

/**
 * A login. The user name `<token>` marks `secret` as a refresh token of the OAuth2 flow (docker/cli), an empty one as a
 * token that the registry itself takes (`registrytoken` of the docker config).
 */
export type Credentials = { readonly username: string; readonly secret: string };

/** What may be done in a repository; `push` includes `pull`, `delete` includes both, `metadata-read` neither (Azure). */
export type Access = 'pull' | 'push' | 'delete' | 'metadata-read';

/** What a request is to be allowed. */
export type Need = {
  readonly endpoint: Endpoint;
  readonly repository: string;
  readonly access: Access;
  /** Another repository of the registry that is read by the same request. */
  readonly mounts?: string;
};

/** An Authorization header that is good until the clock shows `until`. */
export type Token = { readonly header: string; readonly until: number };

/** The longest answer that is read of a token service, in bytes. */
export const MAX_TOKEN_BYTES = 65_536;
const CLIENT_ID = 'fresh-mirror';

/** The Authorization header of a login itself: of the Basic scheme, or a token that needs no exchange; null without one. */
export function loginHeader(credentials: Credentials | null): string | null {
  if (credentials === null) return null;
  if (credentials.username === '') return `Bearer ${credentials.secret}`;
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.secret}`).toString('base64')}`;
}

const ACTIONS: Readonly<Record<Access, string>> = {
  pull: 'pull',
  push: 'pull,push',
  delete: 'pull,push,delete',
  'metadata-read': 'metadata_read',
};

/** The scopes that a token for this need must have, with a blank between two. */
export function scopeOf({ repository, access, mounts }: Need): string {
  const actions = ACTIONS[access];
  const mounted = mounts === undefined ? '' : ` repository:${mounts}:pull`;
  return `repository:${repository}:${actions}${mounted}`;
}

/**
 * What a challenge wants beyond `scope`, empty where that covers all of it. A registry behind another, or one that keeps
 * repositories under other names, knows better what its tokens are for (distribution, docs/spec/auth/scope.md).
 */
export function scopeBeyond(scope: string, { parameters }: Challenge): string {
  const wanted = parameters.get('scope') ?? '';
  if (wanted.length > MAX_SCOPE || !/^[\x20-\x7e]*$/.test(wanted)) return '';
  const covered = scope.split(' ').map(splitScope);
  const isCovered = ([place, actions]: Scope): boolean =>
    covered.some(([own, may]) => own === place && actions.every((action) => may.includes(action)));
  return wanted
    .split(' ')
    .filter((part) => part !== '' && !isCovered(splitScope(part)))
    .join(' ');
}

const MAX_SCOPE = 1_000;

type Scope = readonly [place: string, actions: readonly string[]];

/** `repository:lib/app:pull,push` as its place and its actions; a host in a place may have a port. */
function splitScope(scope: string): Scope {
  const at = scope.lastIndexOf(':');
  return [scope.slice(0, at), scope.slice(at + 1).split(',')];
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

/**
 * The request for the token that a challenge asks for, as nobody: where `from` sent us to another registry. Made on
 * behalf of `from`, since it was named by nobody else.
 */
export function strangerAsk({ parameters }: Challenge, { realm }: TokenService, from: Endpoint): Ask {
  const url = new URL(realm);
  for (const name of ['service', 'scope']) {
    const value = parameters.get(name);
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return { endpoint: from, kind: 'token', maxBytes: MAX_TOKEN_BYTES, method: 'GET', url, headers: {} };
}

/** The refresh token that an answer puts in the place of the one it was asked with; null where there is none. */
export function decodeRefreshToken(answer: Answer): string | null {
  const { refresh_token: token } = parseObject(answer.body.toString('utf8')) ?? {};
  return typeof token === 'string' && token !== '' ? token : null;
}

/** Who gives out tokens for a host: the realm of its challenge, and the `service` to name there. */
export type TokenService = {
  readonly endpoint: Endpoint;
  readonly realm: URL;
  readonly service: string | null;
};

/** The service that a challenge names. @throws Failure when it names none, or one that may not be contacted */
export function tokenServiceOf(
  challenge: Challenge,
  endpoint: Endpoint,
  settings: EndpointSettings,
): TokenService {
  const service = challenge.parameters.get('service') ?? null;
  return { endpoint, realm: realmOf(challenge, endpoint, settings), service };
}

/**
 * The request for a token: a GET with the login, or a POST for a refresh token. Without a scope (null) it only shows
 * whether the login is right, as `docker login` finds out.
 */
export function tokenAsk(
  { endpoint, realm, service }: TokenService,
  scope: string | null,
  login: Credentials | null,
): Ask {
  const base = { endpoint, kind: 'token', maxBytes: MAX_TOKEN_BYTES } as const;
  const fields = new URLSearchParams(service === null ? {} : { service });
  if (scope !== null) fields.set('scope', scope);
  if (login?.username === '<token>') {
    const grant = { grant_type: 'refresh_token', refresh_token: login.secret, client_id: CLIENT_ID };
    for (const [name, value] of Object.entries(grant)) fields.set(name, value);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { ...base, method: 'POST', url: realm, headers, body: Buffer.from(fields.toString()) };
  }
  const url = new URL(realm);
  for (const [name, value] of fields) {
    // A GET names each scope by itself (distribution, docs/spec/auth/token.md), a POST all in one text (oauth.md).
    for (const part of name === 'scope' ? value.split(' ') : [value]) url.searchParams.append(name, part);
  }
  const authorization = loginHeader(login);
  return { ...base, method: 'GET', url, headers: authorization === null ? {} : { authorization } };
}

/** The token that an answer holds, `null` when it holds none that a header could carry. `now` is the clock's. */
export function decodeToken(answer: Answer, now: number): Token | null {
  const { token, access_token, expires_in } = parseObject(answer.body.toString('utf8')) ?? {};
  const text = [token, access_token].find((value) => typeof value === 'string' && value !== '');
  // A header may hold visible characters only; anything else cannot be a token. RFC 6750, section 2.1.
  if (typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text)) return null;
  const seconds = typeof expires_in === 'number' && expires_in > 0 ? expires_in : 60;
  return { header: `Bearer ${text}`, until: now + Math.max(seconds * 900, 1000) };
}
