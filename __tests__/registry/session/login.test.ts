// Which logins are tried, how often, and when the helper is asked once more. Without a network.

import { describe, expect, it } from '@jest/globals';
import type { Answer } from '../../../src/registry/http/answer.ts';
import type { Ask } from '../../../src/registry/http/line.ts';
import { createAuth } from '../../../src/registry/session/auth.ts';
import type { Credentials } from '../../../src/registry/session/tokens.ts';

const ORIGIN = 'https://a.example';
const ENDPOINT = { registry: 'a.example', origin: ORIGIN, host: 'a.example' };
const BEARER = { 'www-authenticate': `Bearer realm="${ORIGIN}/token",service="s"` };
const BASIC = { 'www-authenticate': 'Basic realm="r"' };
const need = (repository: string) => ({ endpoint: ENDPOINT, repository, access: 'pull' }) as const;
const basicOf = ({ username, secret }: Credentials) => `Basic ${btoa(`${username}:${secret}`)}`;

type Reply = { status: number; headers?: Record<string, string>; body?: object };

function answer(url: URL, { status, headers = {}, body = {} }: Reply): Answer {
  return { status, phrase: '', headers, body: Buffer.from(JSON.stringify(body)), url };
}

const refusal = (headers: Record<string, string>, url = `${ORIGIN}/v2/x`): Answer =>
  answer(new URL(url), { status: 401, headers });

function auth(logins: readonly (Credentials | null)[], reply: (ask: Ask) => Reply) {
  const sent: Ask[] = [];
  let looked = 0;
  const settings = { registries: {}, hosts: null };
  const made = createAuth(settings, {
    send: async (_what, ask) => {
      sent.push(ask);
      return answer(ask.url, reply(ask));
    },
    // As a helper that is asked again has it; what was found before is given back otherwise.
    credentials: async (_registry, anew = false) => {
      looked += anew || looked === 0 ? 1 : 0;
      return logins[Math.min(looked, logins.length) - 1] ?? null;
    },
    onSecret: () => undefined,
    now: () => 0,
  });
  const logged = () =>
    sent.filter(({ kind, headers }) => kind === 'token' && headers.authorization !== undefined);
  return { ...made, sent, logged, looked: () => looked };
}

const [FIRST, SECOND] = [
  { username: 'u', secret: '1' },
  { username: 'u', secret: '2' },
];

describe('a login that the token service answers with 403', () => {
  const scoped = ({ url }: Ask): boolean => url.searchParams.has('scope');
  const bearer = (ofToken: (ask: Ask) => Reply) => (ask: Ask) =>
    ask.kind === 'ping' ? { status: 401, headers: BEARER } : ofToken(ask);

  it('is not tried again where the service wants nothing of it without a scope either', async () => {
    const { authorize, logged } = auth(
      [FIRST],
      bearer(() => ({ status: 403 })),
    );
    for (const repository of ['a', 'b', 'c']) {
      await expect(authorize(need(repository))).rejects.toThrow(
        'refuses the login: wrong user name or password',
      );
    }
    expect(logged()).toHaveLength(2);
  });

  it('is right where it opens something, and is then refused for the repository alone', async () => {
    const open = (ask: Ask): boolean =>
      !scoped(ask) || (ask.url.searchParams.get('scope') ?? '').includes(':mine:');
    const { authorize, logged } = auth(
      [FIRST],
      bearer((ask) => (open(ask) ? { status: 200, body: { token: 't' } } : { status: 403 })),
    );
    for (const repository of ['a', 'b', 'c', 'd']) {
      await expect(authorize(need(repository))).rejects.toThrow(`token for a.example/${repository}: 403`);
    }
    expect(await authorize(need('mine'))).toBe('Bearer t');
    expect(logged().filter((ask) => !scoped(ask))).toHaveLength(1);
  });
});

describe('a login that worked and does not any more', () => {
  it('is asked for anew, once for all who were refused', async () => {
    const all = auth([FIRST, SECOND], () => ({ status: 401, headers: BASIC }));
    // The ping takes whatever it gets.
    const made = auth([FIRST, SECOND], ({ headers }) =>
      headers.authorization === undefined ? { status: 401, headers: BASIC } : { status: 200 },
    );
    const used = await made.authorize(need('a'));
    expect(used).toBe(basicOf(FIRST));
    const renewed = await Promise.all([1, 2, 3].map(() => made.renew(need('a'), used, refusal(BASIC), 0)));
    expect(renewed).toEqual(Array(3).fill(basicOf(SECOND)));
    expect(made.looked()).toBe(2);
    await expect(all.authorize(need('a'))).rejects.toThrow('refuses the login');
  });

  it('is not asked for without end where the helper knows no other', async () => {
    const made = auth([FIRST], ({ headers }) =>
      headers.authorization === undefined ? { status: 401, headers: BASIC } : { status: 200 },
    );
    const used = await made.authorize(need('a'));
    for (let tag = 0; tag < 10; tag += 1) {
      // It is sent once more all the same.
      expect(await made.renew(need('a'), used, refusal(BASIC), 0)).toBe(used);
      expect(await made.renew(need('a'), used, refusal(BASIC), 1)).toBeNull();
    }
    expect(made.looked()).toBe(1 + 3);
  });

  it('is asked for anew where the token service refuses it', async () => {
    let good = FIRST;
    const made = auth([FIRST, SECOND], ({ kind, headers }) => {
      if (kind === 'ping') return { status: 401, headers: BEARER };
      if (headers.authorization !== basicOf(good)) return { status: 401 };
      return { status: 200, body: { token: `t${good.secret}` } };
    });
    expect(await made.authorize(need('a'))).toBe('Bearer t1');
    good = SECOND;
    expect(await made.authorize(need('b'))).toBe('Bearer t2');
  });
});

describe('a registry whose ping wants nothing', () => {
  const open = () => ({ status: 200 });

  it('gets the login with the first request, and is believed when it grants it', async () => {
    const made = auth([FIRST, SECOND], open);
    const used = (await made.authorize(need('a'))) ?? '';
    expect(used).toBe(basicOf(FIRST));
    made.granted(ENDPOINT, used);
    expect(await made.renew(need('a'), used, refusal(BASIC), 0)).toBe(basicOf(SECOND));
  });

  it('hears a wrong login twice at most', async () => {
    const made = auth([FIRST], open);
    const used = await made.authorize(need('a'));
    for (const _try of [1, 2]) expect(await made.renew(need('a'), used, refusal(BASIC), 0)).toBeNull();
    await expect(made.authorize(need('b'))).rejects.toThrow('refuses the login');
  });
});

it('a token of the docker config is used as it is, and never shown to a token service', async () => {
  const made = auth([{ username: '', secret: 'given' }], ({ kind }) =>
    kind === 'ping' ? { status: 401, headers: BEARER } : { status: 200, body: { token: 'other' } },
  );
  const used = await made.authorize(need('a'));
  expect(used).toBe('Bearer given');
  expect(await made.renew(need('a'), used, refusal(BEARER), 0)).toBeNull();
  expect(made.logged()).toEqual([]);
});

it('another registry gets a token of its own and never our login', async () => {
  const made = auth([FIRST], ({ kind }) =>
    kind === 'token' ? { status: 200, body: { token: 'theirs' } } : { status: 200 },
  );
  const theirs = { 'www-authenticate': 'Bearer realm="https://b.example/token",service="b"' };
  const refused = refusal(theirs, 'https://b.example/v2/x');
  expect(await made.admit(refused, ENDPOINT)).toBe('Bearer theirs');
  expect(await made.renew(need('a'), null, refused, 0)).toBeNull();
  expect(await made.admit(refusal(theirs), ENDPOINT)).toBeNull();
  expect(made.logged()).toEqual([]);
});

it('a refresh token that is replaced at every use is used by one request at a time', async () => {
  let good = 0;
  let refused = 0;
  const made = auth([{ username: '<token>', secret: 'r0' }], ({ kind, body }) => {
    if (kind === 'ping') return { status: 401, headers: BEARER };
    const given = new URLSearchParams(Buffer.from(body as Uint8Array).toString()).get('refresh_token');
    if (given !== `r${good}`) {
      refused += 1;
      return { status: 401 };
    }
    good += 1;
    return { status: 200, body: { access_token: `t${good}`, refresh_token: `r${good}` } };
  });
  const headers = await Promise.all(
    ['a', 'b', 'c', 'd'].map((repository) => made.authorize(need(repository))),
  );
  expect(headers.toSorted()).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t3', 'Bearer t4']);
  expect(refused).toBe(0);
});
