// Finding 12: an index of many entries is judged in a moment, and signals are heard meanwhile.

import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type Gate, reply, startGate } from '../../fakes/network/gate.ts';
import type { RunningRegistry } from '../../fakes/registries/registries.ts';
import { startAction } from '../../fakes/runner/bundle.ts';
import { configOf, openStage, reasonsOf, runWithin, type Stage } from '../../fakes/runner/stage.ts';

const env = { FRESH_MIRROR_PATIENCE: '0.05' };
const TYPE = 'application/vnd.oci.image.index.v1+json';
let stage: Stage;
let mirror: RunningRegistry;
beforeEach(async () => {
  stage = openStage();
  mirror = await stage.registry();
});
afterEach(() => stage.close());

const hash = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** An index without media types in its entries; each of them has a platform of its own. */
function indexOf(entries: number, salt = ''): Buffer {
  const manifests = Array.from({ length: entries }, (_, at) => ({
    digest: hash(`${salt}${at}`),
    size: 1,
    platform: { os: 'linux', architecture: `a${at}` },
  }));
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: TYPE, manifests }));
}

/** A registry that serves one index under every tag; `served` ends when its bytes were asked for. */
async function serve(body: Buffer): Promise<{ gate: Gate; served: Promise<void> }> {
  let tell = (): void => undefined;
  const served = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const gate = stage.keep(
    await startGate({
      hook({ kind, method, reference }, response) {
        if (kind === 'ping') return reply(response, 200);
        if (kind !== 'manifest' || (reference?.includes(':') && reference !== digest)) return false;
        const headers = { 'content-type': TYPE, 'docker-content-digest': digest };
        response.writeHead(200, { ...headers, 'content-length': body.length });
        response.end(method === 'HEAD' ? undefined : body);
        if (method === 'GET') response.on('finish', tell);
        return true;
      },
    }),
  );
  return { gate, served };
}

it('finding 12: three tags with an index of 10,000 platforms each cost seconds, and are refused by name', async () => {
  const { gate } = await serve(indexOf(10_000));
  const config = configOf(`${gate.host}/lib/app`, mirror.host, ['1', '2', '3']);
  const result = await runWithin(20, { config, env, inputs: { mode: 'check' } });
  expect(result.hung).toBe(false);
  expect(result.seconds).toBeLessThan(6);
  expect(reasonsOf(result, 'failed')).toEqual(['1: unsupported', '2: unsupported', '3: unsupported']);
});

it('finding 12: a moved tag of 900 platforms against 900 others is judged at once', async () => {
  const [source, target] = [await serve(indexOf(900)), await serve(indexOf(900, 'old'))];
  const config = configOf(`${source.gate.host}/lib/app`, target.gate.host, ['1', '2', '3', '4']);
  const result = await runWithin(20, { config, env, inputs: { mode: 'check' } });
  expect(result.hung).toBe(false);
  expect(result.seconds).toBeLessThan(6);
  expect(result.outputs['stale-count']).toBe('4');
});

it('finding 12: SIGINT is heard while a hostile index is read', async () => {
  const { gate, served } = await serve(indexOf(20_000));
  const config = configOf(`${gate.host}/lib/app`, mirror.host, ['1']);
  const running = startAction({ config, env, inputs: { mode: 'check' } });
  await Promise.race([served, running.result]);
  // Late enough for the bytes to be there and judged.
  await sleep(700);
  const struck = performance.now();
  running.kill('SIGINT');
  const timer = setTimeout(() => running.kill('SIGKILL'), 10_000);
  const result = await running.result;
  clearTimeout(timer);
  expect(result.signal).toBeNull();
  expect((performance.now() - struck) / 1000).toBeLessThan(5);
  expect(result.outputs.status).toMatch(/^(?:cancelled|failed)$/);
});
