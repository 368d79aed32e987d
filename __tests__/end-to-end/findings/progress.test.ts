// Findings 14 and 15: what moves may take its time, what only seems to move may not.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { push } from '../../../demo/images.mjs';
import { reply, startGate } from '../../fakes/network/gate.ts';
import { digestOf } from '../../fakes/registries/oracle.ts';
import { plainImage } from '../../fakes/registries/plain.ts';
import type { RunningRegistry } from '../../fakes/registries/registries.ts';
import { tagsIn } from '../../fakes/runner/bundle.ts';
import {
  configOf,
  endOf,
  openStage,
  reasonsOf,
  rowsOf,
  runWithin,
  type Stage,
} from '../../fakes/runner/stage.ts';

// Of ten minutes for a copy eighteen seconds are left, of two minutes for a list 3.6, of thirty seconds of silence 0.9.
const env = { FRESH_MIRROR_PATIENCE: '0.03' };
let stage: Stage;
let mirror: RunningRegistry;
beforeEach(async () => {
  stage = openStage();
  mirror = await stage.registry();
});
afterEach(() => stage.close());

it.each(['HTTP/1.1 200 Connection established', 'HTTP/1.1 502 Bad Gateway'])(
  'finding 14: a proxy that dribbles "%s" to CONNECT is given up',
  async (line) => {
    const proxy = createServer();
    proxy.on('connect', (_request, socket) => {
      let at = 0;
      const text = `${line}\r\nX-Filler: `;
      const timer = setInterval(() => socket.write(text[at++] ?? 'x'), 100);
      socket.on('error', () => undefined).on('close', () => clearInterval(timer));
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    stage.keep({ stop: async () => void proxy.close() });
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const config = configOf('registry.example/lib/app', mirror.host, ['1']);
    const result = await runWithin(15, { config, env: { ...env, HTTPS_PROXY: url } });
    expect(endOf(result)).toBe('exit 1, status failed');
    expect(reasonsOf(result, 'failed')).toEqual(['1: timeout']);
    expect(rowsOf(result, 'failed')[0]?.message).toContain('proxy');
  },
);

it('finding 15: a layer that arrives steadily is not cut off, however long it takes', async () => {
  const upstream = await stage.registry();
  const made = plainImage('LAYER', 5_000_000);
  await push(upstream.url, 'lib/app', made, ['1']);
  const layers = new Map(made.blobs.slice(-1).map(({ digest, bytes }) => [digest, bytes]));
  let gets = 0;
  const slow = stage.keep(
    await startGate({
      target: upstream.host,
      hook({ kind, method, reference }, response) {
        const bytes = layers.get(reference ?? '');
        if (kind !== 'blob' || method !== 'GET' || bytes === undefined) return false;
        gets += 1;
        // A tenth of a second between two parts, twenty seconds for all.
        void (async () => {
          response.writeHead(200, { 'content-length': bytes.length });
          const part = Math.ceil(bytes.length / 200);
          for (let at = 0; at < bytes.length && !response.destroyed; at += part) {
            response.write(bytes.subarray(at, at + part));
            await sleep(100);
          }
          response.end();
        })();
        return true;
      },
    }),
  );
  const config = configOf(`${slow.host}/lib/app`, mirror.host, ['1']);
  const result = await runWithin(35, { config, env });
  expect([endOf(result), gets]).toEqual(['exit 0, status synced', 1]);
  expect(await digestOf(`${mirror.host}/m/lib/app:1`)).toBe(made.index.digest);
}, 40_000);

it('finding 15: a list whose pages come steadily is read to its end', async () => {
  const upstream = await stage.registry();
  await push(upstream.url, 'lib/app', plainImage('LAST'), ['9.0']);
  const PAGES = 20;
  let lists = 0;
  const slow = stage.keep(
    await startGate({
      target: upstream.host,
      hook({ kind }, response, request) {
        if (kind !== 'list') return false;
        const { searchParams } = new URL(request.url ?? '/', 'http://host');
        const page = Number(searchParams.get('last') ?? 0) + 1;
        lists += 1;
        const link = `</v2/lib/app/tags/list?n=100&last=${page}>; rel="next"`;
        const tags = page === PAGES ? ['9.0'] : Array.from({ length: 100 }, (_, at) => `0.${page}.${at}`);
        setTimeout(() => reply(response, 200, { tags }, page === PAGES ? {} : { Link: link }), 300);
        return true;
      },
    }),
  );
  const config = configOf(`${slow.host}/lib/app`, mirror.host, ['9.*']);
  const result = await runWithin(28, { config, env });
  expect([endOf(result), lists]).toEqual(['exit 0, status synced', PAGES]);
  expect(tagsIn(result, 'copied')).toEqual(['9.0']);
});
