// The login at one host: tried with care until it has worked, asked for anew when it does not any more, and exchanged
// for tokens where the registry wants those.

import { Failure } from '../../base/errors/failure.ts';
import { GivenUp } from '../../base/flow/breaker.ts';
import { createLimit, type Limit } from '../../base/flow/limit.ts';
import { type Answer, failureOf, wrongAnswer } from '../http/answer.ts';
import type { Endpoint, EndpointSettings } from '../http/endpoint.ts';
import type { Ask } from '../http/line.ts';
import type { Challenge } from './challenge.ts';
import {
  type Credentials,
  decodeRefreshToken,
  decodeToken,
  loginHeader,
  type Need,
  scopeBeyond,
  scopeOf,
  type Token,
  type TokenService,
  tokenAsk,
  tokenServiceOf,
} from './tokens.ts';

/** What logging in needs of the rest of a session. */
export type AuthDeps = {
  /** Sends one request with all its retries; gives back any answer that is final. */
  readonly send: (what: string, ask: Ask) => Promise<Answer>;
  readonly credentials: (registry: string, anew?: boolean) => Promise<Credentials | null>;
  /** Hears every token before it is used. */
  readonly onSecret: (secret: string) => void;
  readonly now: () => number;
};

/** What is known of one host, and what its requests need. */
export type HostAuth = {
  readonly settings: EndpointSettings;
  readonly deps: AuthDeps;
  readonly tokens: Map<string, Promise<Token>>;
  /** Token requests under way: each repository needs one, and a token service takes less than a registry. */
  readonly turns: Limit;
  credentials: Credentials | null;
  challenge: Challenge | null;
  /** Scopes that the registry asked for beyond those of a need, by the scopes of the need. */
  readonly wider: Map<string, string>;
  /** What the registry said of itself when it was greeted. */
  readonly introduction: string;
  /** Set once a login worked; a later refusal is then about one repository, not about the password. */
  proven: boolean;
  /** Set where each use of a refresh token puts another in its place: it can be used by one request at a time. */
  rotates: boolean;
  /** The request that tries the login first, while it is under way. */
  trial: Promise<unknown> | null;
  /** The login being asked for anew, while that is under way, and how often that gave the same one in a row. */
  asking: Promise<void> | null;
  unchanged: number;
  /** How often the login was refused before it had worked: as wrong, or without saying for what. */
  refusals: number;
  forbidden: number;
  /** Why the token service could not be asked when the login was tried. */
  silence: Failure | null;
};

// A second try tells a flaky token service from a wrong password; a third may lock the account. A 403 may be about one
// repository; where the service does not say which, and three are refused like this and none was not, it is the login.
const MAX_REFUSALS = 2;
const MAX_FORBIDDEN = 3;
/** A helper that gives the same login each time knows no better one; it is a process every time. */
const MAX_UNCHANGED = 3;
const TOKENS_AT_ONCE = 16;
/** Characters of scopes that a registry may add to those of one need. */
const MAX_WIDER = 2_000;

type Greeting = Pick<HostAuth, 'settings' | 'deps' | 'credentials' | 'challenge' | 'introduction'>;

/** A host whose login has not been tried yet. */
export function newHostAuth(greeting: Greeting): HostAuth {
  return {
    ...greeting,
    tokens: new Map(),
    wider: new Map(),
    turns: createLimit(() => TOKENS_AT_ONCE),
    proven: false,
    rotates: false,
    trial: null,
    asking: null,
    unchanged: 0,
    refusals: 0,
    forbidden: 0,
    silence: null,
  };
}

/** @throws Failure where the login is known to be wrong */
export function checkLogin(host: HostAuth, { registry }: Endpoint): void {
  if (host.proven || (host.refusals < MAX_REFUSALS && host.forbidden < MAX_FORBIDDEN)) return;
  throw wrongAnswer('wrong-login', `${registry} refuses the login: wrong user name or password`);
}

/** Takes note that the login was refused as wrong, by the registry itself. */
export function refuseLogin(host: HostAuth): HostAuth {
  return { ...host, refusals: MAX_REFUSALS };
}

/** A token that the registry itself takes: no token service has a use for it. */
export function isGivenToken(credentials: Credentials | null): boolean {
  return credentials?.username === '';
}

/**
 * The login itself, after a refusal of `used`; null where there is no other. One that worked is sent once more, in
 * round 0: some registries refuse a request in the middle of others.
 */
export async function renewLogin(
  host: HostAuth,
  need: Need,
  used: string | null,
  round: number,
): Promise<string | null> {
  const known = loginHeader(host.credentials);
  if (known !== used || known === null) return known;
  if (!host.proven) host.refusals += 1;
  await askLoginAnew(host, need);
  const header = loginHeader(host.credentials);
  return header !== used || (host.proven && round === 0) ? header : null;
}

/** A login that worked and does not any more may have come from a helper whose passwords live for an hour. */
export function askLoginAnew(host: HostAuth, { endpoint }: Pick<Need, 'endpoint'>): Promise<void> {
  host.asking ??= replaceLogin(host, endpoint).finally(() => {
    host.asking = null;
  });
  return host.asking;
}

async function replaceLogin(host: HostAuth, { registry }: Endpoint): Promise<void> {
  // What a service put in the place of the helper's token is newer than what the helper has.
  if (!host.proven || host.rotates || host.unchanged >= MAX_UNCHANGED) return;
  const credentials = await host.deps.credentials(registry, true);
  const same = loginHeader(credentials) === loginHeader(host.credentials);
  host.unchanged = same ? host.unchanged + 1 : 0;
  if (same) return;
  host.credentials = credentials;
  host.tokens.clear();
}

/** A token for a need, exchanged for the login if there is one. @throws Failure */
export async function fetchToken(host: HostAuth, need: Need, challenge: Challenge): Promise<Token> {
  const service = tokenServiceOf(challenge, need.endpoint, host.settings);
  const what = `token for ${need.endpoint.registry}/${need.repository}`;
  return afterTrial(host, need.endpoint, async () => {
    checkLogin(host, need.endpoint);
    const answer = await askToken(host, service, what, need);
    if (answer.status !== 200) throw failureOf(what, answer);
    const token = decodeToken(answer, host.deps.now());
    if (token === null) throw wrongAnswer('no-token', `${what}: ${service.realm.host} sent no token`);
    host.proven ||= host.credentials !== null;
    keepRefreshToken(host, answer);
    host.deps.onSecret(token.header.slice('Bearer '.length));
    return token;
  });
}

/** The scopes of a token for a need, with those that this registry wants for it besides. */
export function scopesFor({ wider }: HostAuth, need: Need): string {
  const own = scopeOf(need);
  const more = wider.get(own);
  return more === undefined ? own : `${own} ${more}`;
}

/**
 * Takes note of what a challenge wants beyond what was asked for; false where that is nothing, and in round 0 where no
 * other request took note of it either.
 */
export function widen(host: HostAuth, need: Need, challenge: Challenge, round: number): boolean {
  const own = scopeOf(need);
  const isKnown = round === 0 && host.wider.has(own);
  const more = scopeBeyond(scopesFor(host, need), challenge);
  const all = [host.wider.get(own) ?? '', more].join(' ').trim();
  if (more === '' || all.length > MAX_WIDER) return isKnown;
  host.wider.set(own, all);
  return true;
}

/** The final answer of a token service; what a refusal says about the login is noted. @throws Failure for a wrong one */
async function askToken(host: HostAuth, service: TokenService, what: string, need: Need): Promise<Answer> {
  const { credentials, deps } = host;
  const scope = scopesFor(host, need);
  const ask = (): Promise<Answer> =>
    host.turns.run(() => deps.send(what, tokenAsk(service, scope, host.credentials)));
  const answer = await ask();
  // A login that may pull need not read metadata: that refusal says nothing about it.
  if (need.access === 'metadata-read') return answer;
  if (credentials === null || (answer.status !== 401 && answer.status !== 403)) return answer;
  if (host.proven) {
    if (answer.status === 403) return answer;
    await askLoginAnew(host, service);
    const changed = loginHeader(host.credentials) !== loginHeader(credentials);
    return changed ? ask() : answer;
  }
  if (answer.status === 401) host.refusals += 1;
  else await judgeLogin(host, service, what);
  return answer;
}

/** A 403 says "not you" or "not this": the login is tried without a scope, as `docker login` does. */
async function judgeLogin(host: HostAuth, service: TokenService, what: string): Promise<void> {
  const { status } = await host.deps.send(what, tokenAsk(service, null, host.credentials));
  if (status === 200) host.proven = true;
  else if (status === 401 || status === 403) host.refusals = MAX_REFUSALS;
  else host.forbidden += 1;
  checkLogin(host, service.endpoint);
}

function keepRefreshToken(host: HostAuth, answer: Answer): void {
  const refresh = host.credentials?.username === '<token>' ? decodeRefreshToken(answer) : null;
  if (refresh === null || refresh === host.credentials?.secret) return;
  host.deps.onSecret(refresh);
  host.rotates = true;
  host.credentials = { username: '<token>', secret: refresh };
}

// Until a login has worked it is tried by one request at a time: many wrong passwords at once lock an account. So is a
// refresh token that is good for one use.
async function afterTrial<T>(host: HostAuth, endpoint: Endpoint, work: () => Promise<T>): Promise<T> {
  const settled = (): boolean => (host.proven && !host.rotates) || host.credentials === null;
  while (!settled() && host.trial !== null) await host.trial.catch(() => undefined);
  if (settled()) return work();
  if (host.silence !== null) throw host.silence;
  const trial = work();
  host.trial = trial;
  try {
    return await trial;
  } catch (thrown) {
    if (!host.proven) host.silence = silenceOf(endpoint, thrown);
    throw thrown;
  } finally {
    host.trial = null;
  }
}

/** A token service that could not be asked with the login is not asked by each who waits, one after the other. */
function silenceOf({ registry }: Endpoint, thrown: unknown): Failure | null {
  if (!(thrown instanceof Failure) || !SILENT.includes(thrown.reason)) return null;
  const detail = `not tried: ${registry} was given up: its token service could not be asked: ${thrown.message}`;
  return new GivenUp(thrown.reason, thrown.message, { hint: thrown.hint, detail, cause: thrown });
}

const SILENT: readonly string[] = ['network', 'timeout', 'tls', 'server-error', 'rate-limited'];
