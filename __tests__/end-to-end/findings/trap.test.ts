// With `hosts` given nobody else hears of the run, whatever the registries on both sides send us to, and no login goes where
// it does not belong. Counted by listeners: what the action asks and what its crane asks alike.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { image, push } from '../../../demo/images.mjs';
import { type StubCrane, stubCrane } from '../../fakes/findings/crane.ts';
import { type Decide, type Exchange, refusal, startGate } from '../../fakes/findings/gate.ts';
import { largeImage } from '../../fakes/findings/large.ts';
import { runWithin } from '../../fakes/findings/limited.ts';
import { type Loopback, listen, refuse } from '../../fakes/findings/loopback.ts';
import { type RunningRegistry, startRegistry } from '../../fakes/registries/registries.ts';

const FAST = { FRESH_MIRROR_PATIENCE: '0.02' };
const METADATA = '169.254.169.254';
const EMPTY = Buffer.alloc(0);

let upstream: RunningRegistry;
let mirror: RunningRegistry;
let outside: Loopback;
let proxy: Loopback;
let folder: string;
let watched: StubCrane;
const gates: Loopback[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'docker-config-'));
  [upstream, mirror] = await Promise.all([startRegistry(), startRegistry()]);
  await push(upstream.url, 'lib/app', image('TRAP'), ['small']);
  await push(upstream.url, 'lib/app', largeImage('TRAP', { layers: ['trap'], small: ['s'] }), ['large']);
});
beforeEach(async () => {
  watched = stubCrane();
  // Whoever comes here was sent; whatever is asked is asked for again, with a login.
  outside = await listen((_request, response) =>
    refuse(
      response,
      401,
      { code: 'UNAUTHORIZED', message: 'log in' },
      { 'WWW-Authenticate': 'Basic realm="outside"' },
    ),
  );
  // What is not on loopback has to pass here.
  proxy = await listen((_request, response) => void response.writeHead(502).end());
});
afterEach(async () => {
  watched.remove();
  for (const one of [outside, proxy, ...gates.splice(0)]) await one.stop();
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([upstream.stop(), mirror.stop()]);
});

type Trap = { above?: Decide; below?: Decide; tags?: readonly string[]; anyHost?: boolean };

/** Both registries want the login, so that it is there to be lost. */
function locked(trap: Decide): Decide {
  return async (exchange) => {
    const sent = await trap(exchange);
    if (sent !== null || exchange.authorization !== null) return sent;
    return refusal(401, 'UNAUTHORIZED', 'log in', { 'www-authenticate': 'Basic realm="gate"' });
  };
}

/** One sync of both images between two gates, both with a login; `hosts` names the two and nobody else. */
async function run({
  above = () => null,
  below = () => null,
  tags = ['small', 'large'],
  anyHost = false,
}: Trap) {
  const [source, target] = [
    await startGate(upstream.host, locked(above)),
    await startGate(mirror.host, locked(below)),
  ];
  gates.push(source, target);
  const auth = Buffer.from('mirror:correct-horse').toString('base64');
  const auths = { [source.host]: { auth }, [target.host]: { auth } };
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths }));
  const repository = `p${gates.length}-${Math.random().toString(36).slice(2)}`;
  const config = `mirror: ${target.host}/${repository}\nimages:\n  - { source: "${source.host}/lib/app", tags: ${JSON.stringify(tags)} }\n`;
  const hosts = anyHost ? '' : `${source.host}\n${target.host}`;
  const inputs = { hosts, 'crane-path': watched.path };
  const env = { ...FAST, DOCKER_CONFIG: folder, HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
  return { result: await runWithin({ config, inputs, env }), source, target };
}

/** Nobody outside was contacted: no connection, and no request for a metadata address on its way out. */
function expectNobodyOutside(): void {
  expect(outside.seen.map(({ method, url, authorization }) => [method, url, authorization])).toEqual([]);
  expect(outside.connections()).toBe(0);
  expect(proxy.seen.filter(({ url }) => url.includes(METADATA))).toEqual([]);
}

function sendTo(path: string, status = 307): ReturnType<Decide> {
  return { status, headers: { location: path }, body: EMPTY };
}

/** What is asked after a tag was found to be all well. */
const isChild = ({ kind, reference, method }: Exchange): boolean =>
  kind === 'manifest' && method === 'GET' && (reference?.startsWith('sha256:') ?? false);

const TRAPS: readonly (readonly [string, () => Trap])[] = [
  [
    'redirects manifests',
    () => ({ above: (one) => (isChild(one) ? sendTo(`${outside.url}${one.path}`) : null) }),
  ],
  [
    'redirects HEADs by tag',
    () => ({
      above: ({ kind, path }) => (kind === 'manifest' ? sendTo(`${outside.url}${path}`) : null),
    }),
  ],
  [
    'redirects tag lists',
    () => ({
      tags: ['*'],
      above: ({ kind, path }) => (kind === 'list' ? sendTo(`${outside.url}${path}`) : null),
    }),
  ],
  [
    'continues its tag list elsewhere',
    () => ({
      tags: ['*'],
      above: async ({ kind, path, forward }) => {
        if (kind !== 'list') return null;
        const answer = await forward();
        const link = `<${outside.url}${path}?n=1&last=a>; rel="next"`;
        return { ...answer, headers: { ...answer.headers, link } };
      },
    }),
  ],
  [
    'names a realm elsewhere for what is asked by digest',
    () => ({
      above: (one) =>
        isChild(one) || one.kind === 'blob'
          ? refusal(401, 'UNAUTHORIZED', 'token', {
              'www-authenticate': `Bearer realm="${outside.url}/token",service="x",scope="repository:lib/app:pull"`,
            })
          : null,
    }),
  ],
  [
    'redirects its ping',
    () => ({ above: ({ kind }) => (kind === 'ping' ? sendTo(`${outside.url}/v2/`) : null) }),
  ],
  [
    'sends uploads elsewhere',
    () => ({
      below: ({ method, kind, path }) =>
        method === 'POST' && kind === 'upload' ? sendTo(`${outside.url}${path}1`, 202) : null,
    }),
  ],
  [
    'redirects uploads',
    () => ({
      below: ({ method, kind, path }) =>
        kind === 'upload' && method !== 'POST' ? sendTo(`${outside.url}${path}`) : null,
    }),
  ],
  [
    'redirects what is written',
    () => ({
      below: ({ method, kind, path }) =>
        method === 'PUT' && kind === 'manifest' ? sendTo(`${outside.url}${path}`) : null,
    }),
  ],
  [
    'sends manifests to a metadata address',
    () => ({ above: (one) => (isChild(one) ? sendTo(`http://${METADATA}/latest/meta-data/`) : null) }),
  ],
  [
    'sends layers to a metadata address',
    () => ({
      above: ({ kind }) => (kind === 'blob' ? sendTo(`http://${METADATA}/latest/meta-data/`) : null),
    }),
  ],
];

it.each(TRAPS)('a registry that %s: nobody outside hears of it, and it is told', async (name, trap) => {
  const { result } = await run(trap());
  expectNobodyOutside();
  expect(result.hung).toBe(false);
  // A ping proves nothing by itself: a run may go on without its answer.
  if (!name.endsWith('its ping')) expect([result.code, result.outputs['copied-count']]).toEqual([1, '0']);
  expect(JSON.stringify(result.failed)).not.toContain('internal error');
});

it.each<[string, Decide]>([
  ['manifests', ({ kind }) => (kind === 'manifest' ? sendTo(`http://${METADATA}/latest/meta-data/`) : null)],
  ['layers', ({ kind }) => (kind === 'blob' ? sendTo(`http://${METADATA}/latest/meta-data/`) : null)],
  [
    'logins',
    () =>
      refusal(401, 'UNAUTHORIZED', 'token', {
        'www-authenticate': `Bearer realm="http://${METADATA}/token",service="x"`,
      }),
  ],
])('without `hosts` too no metadata address is asked: %s', async (_name, above) => {
  const { result } = await run({ above, anyHost: true });
  expectNobodyOutside();
  expect([result.hung, result.code]).toEqual([false, 1]);
});

/** By name: crane follows nobody to a private address. */
function outsideByName(): string {
  return outside.url.replace('127.0.0.1', 'localhost');
}

const isCrane = ({ agent }: Exchange): boolean => agent.includes('go-containerregistry');

/** Registries that treat crane in another way than the action, so that a look of the action's own proves nothing. */
const SLY: readonly (readonly [string, Decide])[] = [
  [
    'redirects manifests',
    (one) => (isCrane(one) && isChild(one) ? sendTo(`${outsideByName()}${one.path}`) : null),
  ],
  [
    'names a realm elsewhere',
    (one) =>
      isCrane(one)
        ? refusal(401, 'UNAUTHORIZED', 'token', {
            'www-authenticate': `Bearer realm="${outsideByName()}/token",service="x",scope="repository:lib/app:pull"`,
          })
        : null,
  ],
  [
    'redirects its ping',
    (one) => (isCrane(one) && one.kind === 'ping' ? sendTo(`${outsideByName()}/v2/`) : null),
  ],
];

it.each(SLY)('a registry that %s for crane alone: nobody outside hears of it', async (_name, above) => {
  const { result } = await run({ above });
  expectNobodyOutside();
  // It may well work: where crane sends nothing by itself, nobody is treated in another way.
  expect([result.hung, ['synced', 'partial', 'failed']]).toEqual([
    false,
    expect.arrayContaining([result.outputs.status]),
  ]);
});

it('layers may be elsewhere, and nobody there sees a login', async () => {
  const { result } = await run({
    above: ({ kind, path }) => (kind === 'blob' ? sendTo(`${outside.url}${path}`) : null),
  });
  expect(result.hung).toBe(false);
  expect(outside.seen.filter(({ authorization }) => authorization !== null)).toEqual([]);
});

describe('crane', () => {
  it('has no way out but a loopback proxy, and no login of its own', async () => {
    const { result, source, target } = await run({ tags: ['large'] });
    expect([result.outputs.status, result.failed]).toEqual(['synced', []]);
    const environments = watched.environments();
    expect(environments.length).toBeGreaterThan(0);
    for (const text of environments) {
      const env = Object.fromEntries(text.split('\n').map((line) => line.split(/=(.*)/s, 2)));
      for (const name of ['HTTP_PROXY', 'HTTPS_PROXY'])
        expect(env[name] ?? env[name.toLowerCase()]).toMatch(/^http:\/\/(?:[^@]*@)?127\.0\.0\.1:\d+\/?$/);
      expect(env.HTTP_PROXY ?? env.http_proxy).not.toContain(proxy.host);
      expect(`${env.NO_PROXY ?? ''}${env.no_proxy ?? ''}`).toBe('');
      expect(env.DOCKER_CONFIG).not.toBe(folder);
    }
    const moving = watched.calls().filter(([command]) => ['copy', 'push', 'pull'].includes(command ?? ''));
    expect(moving.length).toBeGreaterThan(0);
    // The registries themselves are none of its business: Go sends nothing on loopback through a proxy.
    expect(moving.flat().filter((arg) => arg.includes(source.host) || arg.includes(target.host))).toEqual([]);
  });
});
