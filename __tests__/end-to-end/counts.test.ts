// What a run asks of both registries, counted by proxies between them and the committed bundle.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Content, image, push } from '../../demo/images.mjs';
import { type RunningProxy, startProxy } from '../fakes/faults/proxy.ts';
import { largeImage } from '../fakes/findings/large.ts';
import { digestOf } from '../fakes/registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActionResult, runAction, startAction, tagsIn } from '../fakes/runner/bundle.ts';

const CONCURRENCY = 16;
const TAGS = Array.from({ length: 200 }, (_, at) => `1.${at}`);

const registries: RunningRegistry[] = [];
let upstream: RunningProxy;
let mirror: RunningProxy;
let config: string;

beforeAll(async () => {
  registries.push(await startRegistry(), await startRegistry());
  const [above, below] = registries as [RunningRegistry, RunningRegistry];
  const images = Array.from({ length: 20 }, (_, at) => image(`I${at}`));
  for (const [at, tag] of TAGS.entries())
    await push(above.url, 'lib/app', images[at % 20] ?? image('I'), [tag]);
  upstream = await startProxy(above.host);
  mirror = await startProxy(below.host);
  config = `mirror: ${mirror.host}/m\nimages:\n  - source: "${upstream.host}/lib/app"\n    tags: ["${TAGS.join('", "')}"]\n`;
});
afterAll(async () => {
  await upstream.stop();
  await mirror.stop();
  for (const registry of registries) await registry.stop();
});
beforeEach(() => {
  upstream.reset();
  mirror.reset();
});

it('the first run copies each of 20 digests once and moves 200 tags', async () => {
  const result = await runAction({ config });
  expect([result.outputs.status, result.outputs['copied-count']]).toEqual(['synced', '200']);
  expect(mirror.traffic().counts.manifestPut).toBe(20 * 2 + 200);
  expect(upstream.traffic().counts.blobGet).toBe(new Set(blobDigests()).size);
  const sizes = new Map(blobs().map((blob) => [blob.digest, blob.bytes.length]));
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  expect(movedIn(result)).toEqual([total, total, total]);
  expect(result.summary).toMatch(/<sub>.* · [\d.]+ [kM]B moved · /);
});

/** Bytes moved: of all copied rows of the report, of all rows of the output, and in total. */
function movedIn({ report, outputs }: ActionResult): number[] {
  type Row = { readonly bytes: number };
  const { copied, usage } = report as { copied: Row[]; usage: { bytesMoved: number } };
  const sumOf = (rows: readonly Row[]) => rows.reduce((sum, { bytes }) => sum + bytes, 0);
  return [sumOf(copied), sumOf(JSON.parse(outputs.copied ?? '')), usage.bytesMoved];
}

it('says how many bytes moved: none that were there, and large layers as well', async () => {
  const [above] = registries as [RunningRegistry];
  const made = largeImage('MOVED', { layers: ['moved'], small: ['little'] });
  await push(above.url, 'lib/large', made, ['1', 'latest']);
  const large = `mirror: ${mirror.host}/m2\nimages:\n  - source: "${upstream.host}/lib/large"\n    tags: ["1"`;
  const total = made.blobs.reduce((sum, { bytes }) => sum + bytes.length, 0);
  expect(movedIn(await runAction({ config: `${large}]\n` }))).toEqual([total, total, total]);
  const again = await runAction({ config: `${large}, latest]\n` });
  expect([movedIn(again), tagsIn(again, 'copied')]).toEqual([[0, 0, 0], ['latest']]);
  expect(again.summary).not.toContain(' moved');
});

/** Every blob of the twenty images: two layers and a config for each of two platforms. */
function blobs(): readonly Content[] {
  return Array.from({ length: 20 }, (_, at) => image(`I${at}`).blobs).flat();
}

function blobDigests(): string[] {
  return blobs().map(({ digest }) => digest);
}

it('a run with nothing to do makes 400 HEADs, no upstream manifest GET, and no write', async () => {
  const result = await runAction({ config });
  expect([result.outputs.status, result.summary]).toEqual(['fresh', expect.anything()]);
  const [above, below] = [upstream.traffic(), mirror.traffic()];
  expect([above.counts.manifestHead, below.counts.manifestHead]).toEqual([200, 200]);
  expect([above.counts.manifestGet, below.counts.manifestGet]).toEqual([0, 0]);
  expect([above.writes, below.writes]).toEqual([0, 0]);
  expect(above.connections).toBeLessThanOrEqual(2 * CONCURRENCY);
  expect(below.connections).toBeLessThanOrEqual(2 * CONCURRENCY);
});

it('check asks the same and writes nothing', async () => {
  const [above] = registries as [RunningRegistry];
  await push(above.url, 'lib/app', image('NEWER'), ['1.7']);
  const result = await runAction({ config, inputs: { mode: 'check' } });
  expect([result.code, result.outputs.status]).toEqual([0, 'stale']);
  expect(tagsIn(result, 'stale')).toEqual(['1.7']);
  expect([upstream.traffic().writes, mirror.traffic().writes]).toEqual([0, 0]);
  expect(result.commands.filter((one) => one.name === 'warning')).toHaveLength(1);
});

it('a tag that moves between check and copy lands at the digest that was planned', async () => {
  const [above, below] = registries as [RunningRegistry, RunningRegistry];
  const planned = image('PLANNED').index.digest;
  await push(above.url, 'lib/app', image('PLANNED'), ['1.8']);
  upstream.setFaults([
    { methods: ['GET'], place: 'blob', times: 1, effect: { kind: 'status', status: 503 } },
  ]);
  const running = startAction({ config });
  for (let turn = 0; turn < 2_000 && upstream.traffic().struck[0] !== 1; turn += 1) await sleep(5);
  await push(above.url, 'lib/app', image('LATER'), ['1.8']);
  const result = await running.result;
  upstream.setFaults([]);
  expect(result.outputs.status).toBe('synced');
  expect(await digestOf(`${below.host}/m/lib/app:1.8`)).toBe(planned);
});

it('says within ten seconds how to get crane when GitHub cannot be reached', async () => {
  const result = await runAction({ config, inputs: { 'crane-path': '' } });
  expect(result.code).toBe(1);
  const [error] = result.commands.filter((one) => one.name === 'error');
  for (const way of ['crane-path', 'tool cache', 'crane-download-url']) expect(error?.data).toContain(way);
  expect(result.seconds).toBeLessThan(10);
  expect([result.outputs.status, result.outputs.copied]).toEqual(['failed', '[]']);
});
