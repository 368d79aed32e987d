import { afterEach, describe, expect, it } from '@jest/globals';
import {
  client,
  DIGEST,
  type Handler,
  healthy,
  startServer,
  status,
  type TestClient,
  type TestServer,
} from '../client/server.ts';

const open: (TestServer | TestClient)[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await ('stop' in one ? one.stop() : one.close());
});

const BASIC = `Basic ${Buffer.from('u:p').toString('base64')}`;
const login = async () => ({ username: 'u', secret: 'p' });
const wrongLogin = async () => ({ username: 'u', secret: 'wrong' });

type BearerOptions = {
  /** Requests that one token is good for. */
  uses?: number;
  expiresIn?: number;
  /** Answers to the first token requests. */
  tokenSteps?: Handler[];
  needsLogin?: boolean;
  realm?: string;
  error?: string;
  /** What a token must be for; without it any token will do. */
  scope?: string;
};

async function bearer(options: BearerOptions = {}) {
  const { uses = 1e9, expiresIn = 300, tokenSteps = [], needsLogin = false, realm, error } = options;
  const scopes = new Map<string, string>();
  const left = new Map<string, number>();
  const steps = [...tokenSteps];
  const server: TestServer = await startServer((request, response, seen) => {
    if (request.url?.startsWith('/token')) {
      const step = steps.shift();
      if (step !== undefined) return step(request, response, seen);
      if (needsLogin && seen.authorization !== BASIC) return status(401)(request, response, seen);
      scopes.set(`t${left.size}`, new URL(request.url, 'http://x').searchParams.getAll('scope').join(' '));
      left.set(`t${left.size}`, uses);
      return void response.end(JSON.stringify({ token: `t${left.size - 1}`, expires_in: expiresIn }));
    }
    const token = seen.authorization.replace('Bearer ', '');
    const good = left.get(token) ?? 0;
    if (good > 0 && request.url !== '/v2/' && (scopes.get(token) ?? '').includes(options.scope ?? '')) {
      left.set(token, good - 1);
      return healthy(request, response, seen);
    }
    const scope = options.scope ?? `repository:${request.url?.split('/').slice(2, -2).join('/')}:pull`;
    const why = error === undefined ? '' : `,error="${error}"`;
    const challenge = `Bearer realm="${realm ?? `${server.origin}/token`}",service="s",scope="${scope}"${why}`;
    return status(401, { 'www-authenticate': challenge })(request, response, seen);
  });
  open.push(server);
  return { server, name: { registry: server.host, repository: 'team/app' } };
}

async function basic(good = BASIC) {
  const server = await startServer((request, response, seen) => {
    if (seen.authorization === good) return healthy(request, response, seen);
    return status(401, { 'www-authenticate': 'Basic realm="r"' })(request, response, seen);
  });
  open.push(server);
  return { server, name: { registry: server.host, repository: 'team/app' } };
}

function use(...args: Parameters<typeof client>): TestClient {
  const made = client(...args);
  open.push(made);
  return made;
}

describe('Bearer', () => {
  it('takes one token per repository and one request per tag', async () => {
    const { server, name } = await bearer();
    const registry = use();
    await Promise.all(Array.from({ length: 40 }, (_, n) => registry.head(name, `t${n}`)));
    await registry.head({ ...name, repository: 'other' }, '1');
    expect(server.count('GET /token')).toBe(2);
    expect(server.count('HEAD')).toBe(41);
    expect(server.seen[1]?.path).toBe('/token?service=s&scope=repository%3Ateam%2Fapp%3Apull');
  });

  it('asks for push when it pushes, and reads with that token then', async () => {
    const { server, name } = await bearer({ needsLogin: true });
    const registry = use({}, { credentials: login });
    await registry.put(name, '1', { digest: DIGEST, mediaType: 'a/b', bytes: Buffer.from('{}') });
    await registry.head(name, '1');
    expect(server.count('GET /token')).toBe(1);
    expect(server.count('pull%2Cpush')).toBe(1);
    expect(server.seen[1]?.authorization).toBe(BASIC);
  });

  it.each([4, 1])('survives tokens good for %i requests', async (uses) => {
    const { name } = await bearer({ uses });
    const registry = use();
    for (let n = 0; n < 8; n += 1) expect((await registry.head(name, `t${n}`))?.digest).toBe(DIGEST);
    const together = await Promise.all(Array.from({ length: 12 }, (_, n) => registry.head(name, `t${n}`)));
    expect(together.every((head) => head?.digest === DIGEST)).toBe(true);
  });

  it('renews a token before it ends', async () => {
    const { server, name } = await bearer({ expiresIn: 2 });
    const clock = { now: () => time, sleep: async () => undefined };
    let time = 0;
    const registry = use({}, { clock });
    await registry.head(name, '1');
    time = 1_900;
    await registry.head(name, '1');
    expect([server.count('GET /token'), server.count('HEAD')]).toEqual([2, 2]);
  });

  it.each([undefined, 'insufficient_scope'])(
    'asks for what the challenge names where that is more than the repository (%s), once for all tags',
    async (error) => {
      const { server, name } = await bearer({
        scope: 'repository:proxy/team/app:pull',
        ...(error === undefined ? {} : { error }),
      });
      const registry = use();
      for (const tag of ['1', '2', '3']) expect((await registry.head(name, tag))?.digest).toBe(DIGEST);
      expect([server.count('/token'), server.count('HEAD')]).toEqual([2, 4]);
      const [, wider] = server.seen.filter(({ path }) => path.startsWith('/token'));
      expect(new URL(wider?.path ?? '', 'http://x').searchParams.getAll('scope')).toEqual([
        'repository:team/app:pull',
        'repository:proxy/team/app:pull',
      ]);
    },
  );

  it('is not led on by challenges that never have enough', async () => {
    const { server, name } = await bearer({ scope: `repository:x:pull ${'y'.repeat(2_000)}` });
    await expect(use().head(name, '1')).rejects.toMatchObject({ reason: 'denied' });
    expect(server.count('/token')).toBeLessThan(4);
  });

  it.each([
    ['a page of the network', '<html>wait</html>'],
    ['nothing', ''],
    ['half of it', '{"token":"t'],
    ['no token', '{"expires_in":300}'],
  ])('asks the token service again after 200 with %s', async (_name, body) => {
    const { server, name } = await bearer({ tokenSteps: [status(200, {}, body)] });
    expect((await use().get(name, '1'))?.digest).toBe(DIGEST);
    expect(server.count('/token')).toBe(2);
  });

  it('ends a loop of 401', async () => {
    const { server, name } = await bearer({ uses: 0 });
    await expect(use().head(name, '1')).rejects.toMatchObject({ reason: 'denied' });
    expect(server.count('HEAD')).toBe(3);
  });

  it('asks no second token where the right is missing', async () => {
    const { server, name } = await bearer({ uses: 0, error: 'insufficient_scope' });
    await expect(use().head(name, '1')).rejects.toMatchObject({ reason: 'denied' });
    expect([server.count('HEAD'), server.count('GET /token')]).toEqual([1, 1]);
  });

  it('tries the token service again after 503 and 429', async () => {
    const { name } = await bearer({ tokenSteps: [status(503), status(429), status(503)] });
    expect((await use().head(name, '1'))?.digest).toBe(DIGEST);
  });

  it('stops after two wrong logins, however many ask', async () => {
    const { server, name } = await bearer({ needsLogin: true });
    const registry = use({}, { credentials: wrongLogin });
    const all = Array.from({ length: 20 }, (_, n) => registry.head({ ...name, repository: `r${n}` }, '1'));
    const ended = await Promise.allSettled(all);
    expect(ended.every((one) => one.status === 'rejected' && one.reason.reason === 'denied')).toBe(true);
    expect(server.count('GET /token')).toBe(2);
    expect(server.count('HEAD')).toBe(0);
  });

  it('sends a refresh token as the OAuth2 flow wants it', async () => {
    const { server, name } = await bearer();
    await use({}, { credentials: async () => ({ username: '<token>', secret: 'r+1' }) }).head(name, '1');
    const grant = server.seen.find(({ method }) => method === 'POST');
    const fields = Object.fromEntries(new URLSearchParams(grant?.body));
    expect(fields).toMatchObject({ grant_type: 'refresh_token', refresh_token: 'r+1', service: 's' });
    expect(grant?.path).toBe('/token');
  });

  it.each(['ftp://x/', 'nonsense', 'http://user:pw@127.0.0.1/'])(
    'does not ask the realm %s',
    async (realm) => {
      const { server, name } = await bearer({ realm });
      await expect(use().head(name, '1')).rejects.toMatchObject({
        reason: expect.stringMatching(/denied|unsupported/),
      });
      expect(server.count('/token')).toBe(0);
    },
  );

  it('does not ask a realm outside `hosts`', async () => {
    const { server, name } = await bearer({ realm: 'http://localhost:1/token' });
    const registry = use({ hosts: [server.host] });
    await expect(registry.head(name, '1')).rejects.toMatchObject({ reason: 'denied' });
  });

  it('takes no token that could break a header', async () => {
    const bad: Handler = (_request, response) => void response.end('{"token":"a\\r\\nb"}');
    const { server, name } = await bearer({ tokenSteps: [bad] });
    await expect(use().get(name, '1')).rejects.toMatchObject({ reason: 'server-error' });
    expect(server.count('GET /v2/team')).toBe(0);
  });
});

describe('Basic', () => {
  it('proves the login once and asks for it once', async () => {
    const { server, name } = await basic();
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      return login();
    };
    const registry = use({}, { credentials });
    await Promise.all(Array.from({ length: 20 }, (_, n) => registry.head(name, `t${n}`)));
    expect([asked, server.count('GET /v2/'), server.count('HEAD')]).toEqual([1, 2, 20]);
  });

  it('tries a wrong password once', async () => {
    const { server, name } = await basic();
    const registry = use({}, { credentials: wrongLogin });
    const ended = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => registry.head(name, `t${n}`)),
    );
    expect(ended.every((one) => one.status === 'rejected' && one.reason.reason === 'denied')).toBe(true);
    expect(server.seen.filter(({ authorization }) => authorization !== '')).toHaveLength(1);
  });

  it('without a login is denied', async () => {
    const { server, name } = await basic();
    await expect(use().head(name, '1')).rejects.toMatchObject({ reason: 'denied' });
    expect(server.count('HEAD')).toBe(1);
  });

  it('survives one 401 midway', async () => {
    let left = 1;
    const { server, name } = await basic();
    const odd = await startServer((request, response, seen) => {
      const refuse = seen.authorization !== BASIC || (request.method === 'PUT' && left-- > 0);
      if (!refuse) return healthy(request, response, seen);
      return status(401, { 'www-authenticate': 'Basic realm=x' })(request, response, seen);
    });
    open.push(odd);
    const registry = use({}, { credentials: login });
    await registry.put({ ...name, registry: odd.host }, '1', {
      digest: DIGEST,
      mediaType: 'a/b',
      bytes: Buffer.from('{}'),
    });
    expect(odd.count('PUT')).toBe(2);
    expect(server.seen).toHaveLength(0);
  });
});

it('passes on that credentials cannot be read', async () => {
  const { name } = await basic();
  const broken = async () => Promise.reject(new Error('helper'));
  await expect(use({}, { credentials: broken }).head(name, '1')).rejects.toThrow('helper');
});
