// Finding 13: a host that is down is given up after a few failures in a row, for all that still waits for it. Counted in
// requests, not in seconds: each of the bounds leaves room for what is in flight when the fifth failure comes.

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { image, push } from '../../../demo/images.mjs';
import { type Gate, type Hook, refuse, reply, startGate } from '../../fakes/network/gate.ts';
import { plainImage } from '../../fakes/registries/plain.ts';
import type { RunningRegistry } from '../../fakes/registries/registries.ts';
import {
  configOf,
  endOf,
  loginOf,
  openStage,
  type Row,
  rowsOf,
  runWithin,
  type Stage,
  wordsOf,
} from '../../fakes/runner/stage.ts';

let stage: Stage;
let upstream: RunningRegistry;
let mirror: RunningRegistry;
beforeEach(async () => {
  stage = openStage();
  [upstream, mirror] = [await stage.registry(), await stage.registry()];
});
afterEach(() => stage.close());

const GIVEN_UP = /(?:given|gave) up/i;
const tagsOf = (count: number): string[] => Array.from({ length: count }, (_, at) => `1.${at}`);
const source = async (hook: Hook): Promise<Gate> =>
  stage.keep(await startGate({ target: upstream.host, hook }));
const countOf = (gate: Gate, what: string): number =>
  gate.heard.filter(({ method, kind }) => `${method} ${kind}` === what).length;
const kindsOf = (rows: readonly Row[]): string[] => [...new Set(rows.map(({ reason }) => reason))];

it('finding 13: 96 tags whose manifests are never answered', async () => {
  const dead = await source(({ kind }) => kind === 'manifest');
  const config = configOf(`${dead.host}/lib/app`, mirror.host, tagsOf(96));
  const result = await runWithin(20, { config, env: { FRESH_MIRROR_PATIENCE: '0.02' } });
  // At most 32 in flight, five times at the very most; 480 today.
  expect(countOf(dead, 'HEAD manifest')).toBeLessThanOrEqual(160);
  expect(endOf(result)).toBe('exit 1, status failed');
  const failed = rowsOf(result, 'failed');
  expect([failed.length, kindsOf(failed)]).toEqual([96, ['timeout']]);
  expect(wordsOf(result)).toMatch(GIVEN_UP);
});

it('finding 13: 60 tag lists that answer 500', async () => {
  const dead = await source(({ kind }, response) => kind !== 'ping' && refuse(response, 500, 'UNKNOWN'));
  const entries = Array.from(
    { length: 60 },
    (_, at) => `  - { source: "${dead.host}/lib/a${at}", tags: ["1.*"] }`,
  );
  const config = `mirror: ${mirror.host}/m\ndefaults: { new-tags: ignore }\nimages:\n${entries.join('\n')}\n`;
  const result = await runWithin(20, { config, env: { FRESH_MIRROR_PATIENCE: '0.02' } });
  // 300 today, four processes of crane at a time.
  expect(countOf(dead, 'GET list')).toBeLessThanOrEqual(60);
  expect(endOf(result)).toBe('exit 1, status failed');
  const failed = rowsOf(result, 'failed');
  expect([failed.length, kindsOf(failed)]).toEqual([60, ['server-error']]);
  expect(wordsOf(result)).toMatch(GIVEN_UP);
});

it.each([
  ['answers 503', 'a login', 'server-error'],
  ['answers 503', 'nobody', 'server-error'],
  ['is silent', 'a login', 'timeout'],
])('finding 13: a token service that %s, asked for 24 repositories by %s', async (how, who, reason) => {
  const dead = await source(({ host, kind }, response) => {
    if (kind === 'token') return how === 'is silent' || refuse(response, 503, 'UNAVAILABLE');
    return refuse(response, 401, 'UNAUTHORIZED', {
      'WWW-Authenticate': `Bearer realm="http://${host}/token",service="s"`,
    });
  });
  const entries = tagsOf(24).map((tag) => `  - { source: "${dead.host}/lib/a${tag}", tags: ["1"] }`);
  const config = `mirror: ${mirror.host}/m\ndefaults: { new-tags: ignore }\nimages:\n${entries.join('\n')}\n`;
  const auths = who === 'a login' ? { [dead.host]: loginOf('me', 'secret') } : {};
  const env = { FRESH_MIRROR_PATIENCE: '0.02', ...stage.dockerConfig({ auths }) };
  const result = await runWithin(20, { config, env });
  // 120 today.
  expect(countOf(dead, 'GET token')).toBeLessThanOrEqual(40);
  expect(endOf(result)).toBe('exit 1, status failed');
  const failed = rowsOf(result, 'failed');
  expect([failed.length, kindsOf(failed)]).toEqual([24, [reason]]);
  expect(wordsOf(result)).toMatch(GIVEN_UP);
});

it.each([
  [500, 'UNKNOWN', 'server-error'],
  [503, 'UNAVAILABLE', 'server-error'],
] as const)('finding 13: 48 tags of one repository whose blobs answer %s', async (status, code, reason) => {
  for (const tag of tagsOf(48)) await push(upstream.url, 'lib/app', plainImage(tag), [tag]);
  const dead = await source(
    ({ kind, method }, response) => kind === 'blob' && method === 'GET' && refuse(response, status, code),
  );
  const config = configOf(`${dead.host}/lib/app`, mirror.host, tagsOf(48));
  const result = await runWithin(20, { config, env: { FRESH_MIRROR_PATIENCE: '0.02' } });
  // 48 tags, three blobs, five attempts of crane, each with retries of its own: over a thousand today.
  expect(countOf(dead, 'GET blob')).toBeLessThanOrEqual(160);
  expect(endOf(result)).toBe('exit 1, status failed');
  const failed = rowsOf(result, 'failed');
  expect([failed.length, kindsOf(failed)]).toEqual([48, [reason]]);
  expect(wordsOf(result)).toMatch(GIVEN_UP);
});

it('finding 13: 24 tags of one repository whose blobs are not there fail side by side, each once', async () => {
  for (const tag of tagsOf(24)) await push(upstream.url, 'lib/app', plainImage(tag), [tag]);
  const dead = await source(
    ({ kind, method }, response) =>
      kind === 'blob' && method === 'GET' && refuse(response, 404, 'BLOB_UNKNOWN'),
  );
  const config = configOf(`${dead.host}/lib/app`, mirror.host, tagsOf(24));
  const result = await runWithin(20, { config, env: { FRESH_MIRROR_PATIENCE: '0.1' } });
  expect(endOf(result)).toBe('exit 1, status failed');
  expect(rowsOf(result, 'failed')).toHaveLength(24);
  // A second look is fair: 24 tags of three blobs.
  expect(countOf(dead, 'GET blob')).toBeLessThanOrEqual(150);
  expect(result.seconds).toBeLessThan(12);
});

it('finding 13: 600 tags answered by 503 with Retry-After share one pause', async () => {
  const busy = await source(
    ({ kind }, response) =>
      kind === 'manifest' && refuse(response, 503, 'UNAVAILABLE', { 'Retry-After': '60' }),
  );
  const config = configOf(`${busy.host}/lib/app`, mirror.host, tagsOf(600));
  const result = await runWithin(20, { config, env: { FRESH_MIRROR_PATIENCE: '0.01' } });
  // 3000 today.
  expect(countOf(busy, 'HEAD manifest')).toBeLessThanOrEqual(200);
  expect(result.hung).toBe(false);
  // The rows of the output are cut at 100,000 bytes; its count is of all.
  const { 'failed-count': failed, 'deferred-count': deferred } = result.outputs;
  expect(Number(failed) + Number(deferred)).toBe(600);
  expect(wordsOf(result)).toMatch(GIVEN_UP);
});

it('finding 13: one registry that is down takes nothing from another', async () => {
  await push(upstream.url, 'lib/app', image('A'), ['1']);
  const dead = await source((_heard, response) => refuse(response, 500, 'UNKNOWN'));
  const entries = tagsOf(40).map((tag) => `  - { source: "${dead.host}/lib/a${tag}", tags: ["1"] }`);
  const config = `mirror: ${mirror.host}/m\ndefaults: { new-tags: ignore }\nimages:\n${entries.join('\n')}\n  - { source: "${upstream.host}/lib/app", tags: ["1"] }\n`;
  const result = await runWithin(20, { config, env: { FRESH_MIRROR_PATIENCE: '0.02' } });
  expect([result.outputs.status, result.outputs['copied-count']]).toEqual(['partial', '1']);
  expect(rowsOf(result, 'failed')).toHaveLength(40);
  // A ping for each repository, five times: 200 today.
  expect(dead.heard.length).toBeLessThanOrEqual(60);
});

it('finding 13: a few failures before a success give nobody up', async () => {
  await push(upstream.url, 'lib/app', image('A'), ['1', '2']);
  let faults = 3;
  const flaky = await source(({ kind }, response) => {
    if (kind !== 'manifest' || faults === 0) return false;
    faults -= 1;
    return reply(response, 502);
  });
  const config = configOf(`${flaky.host}/lib/app`, mirror.host, ['1', '2']);
  const result = await runWithin(20, { config, env: { FRESH_MIRROR_PATIENCE: '0.05' } });
  expect(result.outputs.status).toBe('synced');
});
