// A host that is down costs minutes, whatever the number of tags, and is told once: after a few failures of one kind in a
// row the rest of that host ends with the same reason and the words that it was given up.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type LimitedResult, oneEntry, reasonsOf, runWithin } from '../../fakes/findings/limited.ts';
import { type Loopback, listen, refuse } from '../../fakes/findings/loopback.ts';
import { type Hook, manyImages, startStore } from '../../fakes/findings/store.ts';
import { type RunningRegistry, startRegistry } from '../../fakes/registries/registries.ts';

/** Of what users wait: five minutes are six seconds. */
const FAST = { FRESH_MIRROR_PATIENCE: '0.02' };
/** What may be under way at one host when its breaker opens, attempts apart. */
const IN_FLIGHT = 32;
const ATTEMPTS = 5;
const GIVEN_UP = /\bg(?:ave|iven) up\b/i;

let mirror: RunningRegistry;
const open: Loopback[] = [];
beforeAll(async () => {
  mirror = await startRegistry();
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});
afterAll(() => mirror.stop());

async function store(tags: number, hook: Hook): Promise<Loopback> {
  const started = await startStore(manyImages(tags), hook);
  open.push(started);
  return started;
}

function tagsOf(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `t${at}`);
}

/** The host is named as given up once among the annotations, and the log does not repeat it for each tag. */
function expectToldOnce({ annotations, stdout }: LimitedResult, host: string): void {
  const told = annotations.filter(({ data, properties }) => GIVEN_UP.test(`${properties.title} ${data}`));
  expect(told.map(({ data }) => data.includes(host))).toEqual([true]);
  const lines = stdout.split('\n').filter((line) => GIVEN_UP.test(line) && line.includes(host));
  expect(lines.length).toBeLessThanOrEqual(3);
}

it.each([24, 612])('%d tags of a blob store that answers 500', async (count) => {
  const upstream = await store(count, ({ kind }, _request, response) => {
    if (kind !== 'blob') return false;
    refuse(response, 500, { code: 'UNKNOWN', message: 'no disk' });
    return true;
  });
  const config = oneEntry(upstream.host, `${mirror.host}/blobs${count}`, tagsOf(count));
  const result = await runWithin({ config, env: FAST });
  expect([result.hung, result.code, reasonsOf(result)]).toEqual([false, 1, { 'server-error': count }]);
  expect(upstream.count('GET', /blobs/)).toBeLessThanOrEqual(IN_FLIGHT * ATTEMPTS);
  expectToldOnce(result, upstream.host);
});

it.each([96, 1584])('%d tags of a registry that never answers', async (count) => {
  const upstream = await store(1, ({ kind }) => kind !== 'ping');
  const config = oneEntry(upstream.host, `${mirror.host}/silent${count}`, tagsOf(count));
  const result = await runWithin({ config, env: FAST });
  expect([result.hung, result.code, reasonsOf(result)]).toEqual([false, 1, { timeout: count }]);
  expect(upstream.seen.length).toBeLessThanOrEqual(IN_FLIGHT * ATTEMPTS);
  expectToldOnce(result, upstream.host);
});

it.each([96, 600])('%d tags with 503 and Retry-After', async (count) => {
  const upstream = await store(1, ({ kind }, _request, response) => {
    if (kind === 'ping') return false;
    refuse(response, 503, { code: 'UNAVAILABLE', message: 'later' }, { 'Retry-After': '10' });
    return true;
  });
  const config = oneEntry(upstream.host, `${mirror.host}/later${count}`, tagsOf(count));
  const result = await runWithin({ config, env: FAST });
  expect([result.hung, result.code]).toEqual([false, 1]);
  expect(result.outputs['failed-count']).toBe(`${count}`);
  expect(Object.keys(reasonsOf(result))).toEqual([expect.stringMatching(/^(?:server-error|rate-limited)$/)]);
  expect(upstream.seen.length).toBeLessThanOrEqual(IN_FLIGHT * ATTEMPTS);
  // The pause is the host's and not each tag's: 10 s a round (0.2 s here), not a queue of them.
  expect(result.seconds).toBeLessThan(15);
  expectToldOnce(result, upstream.host);
});

/** A config of so many upstream repositories with a tag each. */
function repositories(host: string, prefix: string, count: number, tag: string): string {
  const entries = tagsOf(count).map((name) => `  - { source: "${host}/lib/${name}", tags: ["${tag}"] }`);
  return `mirror: ${mirror.host}/${prefix}\nimages:\n${entries.join('\n')}\n`;
}

it.each([
  ['answers 500', 500, 'server-error'],
  ['never answers', null, 'timeout'],
  ['hangs up', 0, 'network'],
] as const)('24 repositories behind a token service that %s, with a login', async (_name, status, reason) => {
  const folder = mkdtempSync(join(tmpdir(), 'docker-config-'));
  const upstream = await listen((request, response) => {
    if (!request.url?.startsWith('/token')) {
      const realm = `Bearer realm="http://${request.headers.host}/token",service="x"`;
      refuse(response, 401, { code: 'UNAUTHORIZED', message: 'token' }, { 'WWW-Authenticate': realm });
    } else if (status === 0) request.socket.destroy();
    else if (status !== null) refuse(response, status, { code: 'UNKNOWN', message: 'down' });
  });
  open.push(upstream);
  try {
    const auth = Buffer.from('mirror:correct-horse').toString('base64');
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [upstream.host]: { auth } } }));
    const config = repositories(upstream.host, 'tokens', 24, '1');
    const result = await runWithin({ config, env: { ...FAST, DOCKER_CONFIG: folder } });
    expect([result.hung, result.code, reasonsOf(result)]).toEqual([false, 1, { [reason]: 24 }]);
    expect(upstream.count('GET', /^\/token/)).toBeLessThanOrEqual(16 * ATTEMPTS);
    expectToldOnce(result, upstream.host);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it.each([
  ['answers 500', 500, 'server-error'],
  ['never answers', null, 'timeout'],
] as const)('24 tag lists of a registry that %s', async (_name, status, reason) => {
  const upstream = await store(1, ({ kind }, _request, response) => {
    if (kind !== 'list') return false;
    if (status !== null) refuse(response, status, { code: 'UNKNOWN', message: 'down' });
    return true;
  });
  const result = await runWithin({ config: repositories(upstream.host, 'lists', 24, '*'), env: FAST });
  expect([result.hung, result.code, reasonsOf(result)]).toEqual([false, 1, { [reason]: 24 }]);
  // crane asks three times by itself in each attempt.
  expect(upstream.count('GET', /tags\/list/)).toBeLessThanOrEqual(3 * ATTEMPTS * 8);
  expectToldOnce(result, upstream.host);
});

it('a mirror that refuses every upload with 500 is given up, and leaves no crowd of upload sessions', async () => {
  const upstream = await store(60, () => false);
  const sessions = { opened: 0 };
  const down = await listen((request, response) => {
    if (request.method === 'POST') {
      sessions.opened += 1;
      response.writeHead(202, { Location: `${request.url}${sessions.opened}` }).end();
    } else if (request.method === 'PUT' || request.method === 'PATCH') {
      refuse(response, 500, { code: 'UNKNOWN', message: 'no disk' });
    } else response.writeHead(request.url === '/v2/' ? 200 : 404).end();
  });
  open.push(down);
  const result = await runWithin({ config: oneEntry(upstream.host, down.host, tagsOf(60)), env: FAST });
  expect([result.hung, result.code, reasonsOf(result)]).toEqual([false, 1, { 'server-error': 60 }]);
  expect(sessions.opened).toBeLessThanOrEqual(IN_FLIGHT * ATTEMPTS);
  expectToldOnce(result, down.host);
});

it('a host that fails now and then is not given up', async () => {
  let asked = 0;
  const upstream = await store(120, ({ kind }, _request, response) => {
    asked += kind === 'manifest' ? 1 : 0;
    if (kind !== 'manifest' || asked % 3 !== 0) return false;
    refuse(response, 503, { code: 'UNAVAILABLE', message: 'now and then' });
    return true;
  });
  const config = oneEntry(upstream.host, `${mirror.host}/flaky`, tagsOf(120));
  const result = await runWithin({ config, env: FAST, inputs: { mode: 'check' } });
  expect([result.outputs.status, result.outputs['stale-count'], result.failed]).toEqual(['stale', '120', []]);
});

it('one host that is down takes nothing from the tags of another', async () => {
  const [silent, sound] = [await store(1, ({ kind }) => kind !== 'ping'), await store(20, () => false)];
  const entries = [
    `  - { source: "${silent.host}/lib/down", tags: ${JSON.stringify(tagsOf(200))} }`,
    `  - { source: "${sound.host}/lib/app", tags: ${JSON.stringify(tagsOf(20))} }`,
  ];
  const config = `mirror: ${mirror.host}/both\nimages:\n${entries.join('\n')}\n`;
  const result = await runWithin({ config, env: FAST });
  expect([result.hung, result.outputs.status, result.outputs['copied-count']]).toEqual([
    false,
    'partial',
    '20',
  ]);
  expect(reasonsOf(result)).toEqual({ timeout: 200 });
  expectToldOnce(result, silent.host);
});
