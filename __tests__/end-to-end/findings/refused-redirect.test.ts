// Finding 24: an internal registry whose blobs lie at another private address. It is followed when the config names the
// address; where it is not followed the tag is denied at once, and the row says what to name.

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { push } from '../../../demo/images.mjs';
import { type Gate, reply, startGate } from '../../fakes/network/gate.ts';
import { plainImage } from '../../fakes/registries/plain.ts';
import type { RunningRegistry } from '../../fakes/registries/registries.ts';
import { configOf, endOf, openStage, reasonsOf, runWithin, type Stage } from '../../fakes/runner/stage.ts';

let stage: Stage;
let mirror: RunningRegistry;
let store: Gate;
let source: Gate;
beforeEach(async () => {
  stage = openStage();
  const upstream = await stage.registry();
  mirror = await stage.registry();
  await push(upstream.url, 'lib/app', plainImage('A', 5_000_000), ['large']);
  await push(upstream.url, 'lib/app', plainImage('B'), ['small']);
  store = stage.keep(await startGate({ target: upstream.host, address: '127.0.0.2' }));
  source = stage.keep(
    await startGate({
      target: upstream.host,
      hook: ({ kind, method, path }, response) =>
        kind === 'blob' && method === 'GET' && reply(response, 307, {}, { Location: `${store.url}${path}` }),
    }),
  );
});
afterEach(() => stage.close());

const env = { FRESH_MIRROR_PATIENCE: '0.05' };

it('finding 24: blobs at a private address that nobody named: followed, or denied at once with the address to name', async () => {
  const config = configOf(`${source.host}/lib/app`, mirror.host, ['large', 'small']);
  const result = await runWithin(25, { config, env });
  const asked = source.heard.filter(({ kind, method }) => kind === 'blob' && method === 'GET');
  // Two images of three blobs.
  expect(asked.length).toBeLessThanOrEqual(6);
  if (result.outputs.status === 'synced') return;
  expect(reasonsOf(result, 'failed')).toEqual(['large: denied', 'small: denied']);
  const { failed } = result.report as { failed: { hint?: string }[] };
  for (const { hint } of failed) expect(hint).toContain(store.host);
});

it('finding 24: blobs at a private address that the config names are followed', async () => {
  const more = `registries: { "${store.host}": { http: true } }`;
  const config = configOf(`${source.host}/lib/app`, mirror.host, ['large', 'small'], more);
  const result = await runWithin(25, { config, env });
  expect(reasonsOf(result, 'failed')).toEqual([]);
  expect(endOf(result)).toBe('exit 0, status synced');
});
