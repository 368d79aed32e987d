// Finding 6: `hosts` holds for crane too, and a login goes to the realm that the registry named to the action, no other.

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { image, push } from '../../../demo/images.mjs';
import {
  type Gate,
  type GateOptions,
  type Heard,
  type Hook,
  refuse,
  reply,
  startGate,
} from '../../fakes/network/gate.ts';
import { digestOf } from '../../fakes/registries/oracle.ts';
import type { RunningRegistry } from '../../fakes/registries/registries.ts';
import { configOf, loginOf, openStage, runWithin, type Stage } from '../../fakes/runner/stage.ts';

// Layers that are large enough to be crane's.
const made = image('LARGE', { platforms: { 'linux/amd64': 'LARGE' }, layerBytes: 5_000_000 });
const env = { FRESH_MIRROR_PATIENCE: '0.05' };
let stage: Stage;
let upstream: RunningRegistry;
let mirror: RunningRegistry;
/** A host that nobody named. */
let third: Gate;
let thirdName: string;
beforeEach(async () => {
  stage = openStage();
  [upstream, mirror] = [await stage.registry(), await stage.registry()];
  await push(upstream.url, 'lib/app', made, ['1']);
  third = await gate({ target: upstream.host });
  // By name: crane itself refuses addresses.
  thirdName = `localhost:${third.port}`;
});
afterEach(() => stage.close());

async function gate(options: GateOptions): Promise<Gate> {
  return stage.keep(await startGate(options));
}

const elsewhere: Hook = ({ path }, response) =>
  reply(response, 307, {}, { Location: `http://${thirdName}${path}` });

it.each([
  ['crane alone', ({ byCrane }: Heard) => byCrane],
  ['whoever asks a second time', (_heard: Heard, asked: number) => asked > 1],
])('finding 6a: manifests redirected for %s lead to no host outside `hosts`', async (_name, strikes) => {
  let asked = 0;
  const source = await gate({
    target: upstream.host,
    hook(heard, response, request) {
      if (heard.kind !== 'manifest' || heard.method !== 'GET') return false;
      asked += 1;
      return strikes(heard, asked) && elsewhere(heard, response, request);
    },
  });
  const result = await runWithin(25, {
    config: configOf(`${source.host}/lib/app`, mirror.host, ['1']),
    inputs: { hosts: `${source.host}\n${mirror.host}` },
    env,
  });
  expect(third.connections()).toBe(0);
  expect(result.hung).toBe(false);
  const landed = await digestOf(`${mirror.host}/m/lib/app:1`);
  expect(landed === made.index.digest).toBe(result.outputs.status === 'synced');
});

it.each(['the mirror', 'upstream'])(
  'finding 6b: a realm that %s names to crane alone never hears the login',
  async (side) => {
    const hook: Hook = (heard, response) => {
      const { host, authorization, byCrane, kind } = heard;
      if (kind === 'token') return reply(response, 200, { token: 'opened', expires_in: 300 });
      if (authorization === 'Bearer opened') return false;
      const realm = `http://${byCrane ? thirdName : host}/token`;
      return refuse(response, 401, 'UNAUTHORIZED', {
        'WWW-Authenticate': `Bearer realm="${realm}",service="s"`,
      });
    };
    const guarded = await gate({ target: side === 'upstream' ? upstream.host : mirror.host, hook });
    const [from, to] = side === 'upstream' ? [guarded.host, mirror.host] : [upstream.host, guarded.host];
    const login = stage.dockerConfig({ auths: { [guarded.host]: loginOf('me', 'secret') } });
    const result = await runWithin(25, {
      config: configOf(`${from}/lib/app`, to, ['1']),
      env: { ...env, ...login },
    });
    expect(third.heard.map(({ authorization }) => authorization)).toEqual([]);
    expect(result.hung).toBe(false);
  },
);
