// A token server as registries have one beside them (distribution spec, "token authentication"): it checks Basic
// credentials, lets anonymous callers pull, and signs what it grants with a key made at the start.

import { generateKeyPairSync, type JsonWebKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Access = { readonly type: string; readonly name: string; readonly actions: readonly string[] };

export type TokenServerOptions = {
  /** The one `Authorization` header that opens everything; see BASIC in registries.ts. */
  credentials: string;
  /** What a caller without credentials may do. */
  anonymous?: 'pull' | 'nothing';
};

export type TokenServer = {
  /** By name: crane refuses a realm that is a private address unless it is the registry's own. */
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** The public key, in the form that the registry's `auth.token.jwks` file has. */
  readonly jwks: { keys: readonly JsonWebKey[] };
  /** How many tokens were asked for, by what came of it. */
  counts(): { granted: number; anonymous: number; denied: number; refused: number };
  /** Answers the next `times` requests with `status`, whoever asks. */
  refuse(status: number, times?: number): void;
  /** A token without asking for it: `Authorization: Bearer <this>`. */
  mint(access: readonly Access[]): string;
  stop(): Promise<void>;
};

const SERVICE = 'registry';
const ISSUER = 'tests';
const LIFETIME_SECONDS = 300;

/** Starts a token server on loopback. Make it first, then the registry that asks for its tokens. */
export async function startTokenServer({
  credentials,
  anonymous = 'pull',
}: TokenServerOptions): Promise<TokenServer> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = randomUUID();
  const counts = { granted: 0, anonymous: 0, denied: 0, refused: 0 };
  const refusal = { status: 0, left: 0 };
  const mint = (access: readonly Access[]) => signToken(privateKey, kid, access);

  const server = createServer((request, response) => {
    if (refusal.left > 0) {
      refusal.left--;
      counts.refused++;
      return answer(response, refusal.status, problem('UNAVAILABLE', 'the token server refuses'));
    }
    if (request.method !== 'GET') return answer(response, 405, problem('UNSUPPORTED', 'GET only'));
    const given = request.headers.authorization;
    if (given !== undefined && given !== credentials) {
      counts.denied++;
      return answer(response, 401, problem('UNAUTHORIZED', 'incorrect username or password'));
    }
    counts[given === undefined ? 'anonymous' : 'granted']++;
    const allowed = given === undefined ? (anonymous === 'pull' ? ['pull'] : []) : null;
    return answer(response, 200, { token: mint(wanted(request, allowed)), expires_in: LIFETIME_SECONDS });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    realm: `http://localhost:${port}/token`,
    service: SERVICE,
    issuer: ISSUER,
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }] },
    counts: () => ({ ...counts }),
    refuse: (status, times = Number.POSITIVE_INFINITY) => Object.assign(refusal, { status, left: times }),
    mint,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// `scope=repository:library/ruby:pull,push`, repeated or joined by spaces. `allowed` null means every action.
function wanted(request: IncomingMessage, allowed: readonly string[] | null): Access[] {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const scopes = searchParams.getAll('scope').flatMap((scope) => scope.split(' '));
  return scopes.flatMap((scope) => {
    const [, type, name, actions] = /^(\w+):(.+):([^:]*)$/.exec(scope) ?? [];
    if (type === undefined || name === undefined || actions === undefined) return [];
    const granted = actions.split(',').filter((action) => allowed === null || allowed.includes(action));
    return [{ type, name, actions: granted }];
  });
}

function signToken(key: KeyObject, kid: string, access: readonly Access[]): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = encode({ typ: 'JWT', alg: 'ES256', kid });
  const times = { exp: now + LIFETIME_SECONDS, nbf: now - 10, iat: now };
  const claims = { iss: ISSUER, sub: '', aud: SERVICE, ...times, jti: randomUUID(), access };
  const signed = `${header}.${encode(claims)}`;
  // JWS wants the two numbers of the signature side by side, not the DER form (RFC 7518, 3.4).
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function problem(code: string, message: string) {
  return { errors: [{ code, message }] };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
