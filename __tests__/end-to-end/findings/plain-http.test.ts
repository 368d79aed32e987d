// Finding 16: a registry with `http: true` is mirrored over plain http whatever its name is, `*.local` too.

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { push } from '../../../demo/images.mjs';
import { startGate } from '../../fakes/network/gate.ts';
import { startNameProxy } from '../../fakes/network/name-proxy.ts';
import { digestOf } from '../../fakes/registries/oracle.ts';
import { plainImage } from '../../fakes/registries/plain.ts';
import { configOf, endOf, openStage, runWithin, type Stage } from '../../fakes/runner/stage.ts';

const made = plainImage('A', 5_000_000);
let stage: Stage;
beforeEach(() => {
  stage = openStage();
});
afterEach(() => stage.close());

it.each([
  ['registry.local:5000', 'upstream'],
  ['registry.local:5000', 'the mirror'],
  ['registry.local:80', 'upstream'],
  ['harbor.example:5000', 'upstream'],
  ['harbor.example:5000', 'the mirror'],
])('finding 16: %s as %s', async (name, side) => {
  const [upstream, mirror] = [await stage.registry(), await stage.registry()];
  await push(upstream.url, 'lib/app', made, ['1']);
  const behind = side === 'upstream' ? upstream : mirror;
  const gate = stage.keep(await startGate({ target: behind.host }));
  const proxy = stage.keep(await startNameProxy({ [name]: gate.host }));
  const [from, to] = side === 'upstream' ? [name, mirror.host] : [upstream.host, name];
  const config = configOf(`${from}/lib/app`, to, ['1'], `registries: { "${name}": { http: true } }`);
  const result = await runWithin(25, { config, env: { ...proxy.env, FRESH_MIRROR_PATIENCE: '0.05' } });
  expect(endOf(result)).toBe('exit 0, status synced');
  expect(await digestOf(`${mirror.host}/m/lib/app:1`)).toBe(made.index.digest);
});
