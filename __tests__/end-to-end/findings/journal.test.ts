// Findings 3 and 4: the post step puts back what a killed all-or-nothing run had moved, whatever another step of the job
// did meanwhile, and whatever became of the config.

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { image, push } from '../../../demo/images.mjs';
import { type Authority, makeAuthority } from '../../fakes/network/certificates.ts';
import { startGate } from '../../fakes/network/gate.ts';
import { snapshotOf } from '../../fakes/registries/oracle.ts';
import type { RunningRegistry } from '../../fakes/registries/registries.ts';
import { runAction, startAction } from '../../fakes/runner/bundle.ts';
import { configOf, endOf, openStage, runWithin, type Stage } from '../../fakes/runner/stage.ts';

const TAGS = ['1', '2', '3'];
const OLD = Object.fromEntries(TAGS.map((tag) => [tag, image(`OLD${tag}`).index.digest]));
let stage: Stage;
let upstream: RunningRegistry;
let mirror: RunningRegistry;
beforeEach(async () => {
  stage = openStage();
  [upstream, mirror] = [await stage.registry(), await stage.registry({ deletes: true })];
  for (const tag of TAGS) {
    await push(upstream.url, 'lib/app', image(`NEW${tag}`), [tag]);
    await push(mirror.url, 'm/lib/app', image(`OLD${tag}`), [tag]);
  }
  await push(upstream.url, 'lib/other', image('OTHER'), ['1']);
});
afterEach(() => stage.close());

const state = async () => (await snapshotOf(mirror.host, ['m/lib/app']))['m/lib/app'];

type Killed = {
  readonly config: string;
  readonly gateHost: string;
  readonly env: Record<string, string>;
  readonly state: Record<string, string>;
};

/** Kills a run when one tag has moved and the next is on its way; what it leaves stands in a temp folder of the job. */
async function killHalfway(authority?: Authority): Promise<Killed> {
  let moves = 0;
  let halfway = (): void => undefined;
  const struck = new Promise<void>((resolve) => {
    halfway = resolve;
  });
  const gate = stage.keep(
    await startGate({
      target: mirror.host,
      ...(authority === undefined ? {} : { tls: authority.issue('127.0.0.1') }),
      hook({ method, kind, reference }) {
        if (method !== 'PUT' || kind !== 'manifest' || !TAGS.includes(reference ?? '')) return false;
        moves += 1;
        if (moves === 2) halfway();
        return moves === 2;
      },
    }),
  );
  const settings = `concurrency: 1${authority === undefined ? '' : ', ca: ca.pem'}`;
  const more = `registries: { "${gate.host}": { ${settings} } }`;
  const config = configOf(`${upstream.host}/lib/app`, gate.host, TAGS, more);
  const env = { RUNNER_TEMP: stage.folder() };
  const files: Record<string, string> = authority === undefined ? {} : { 'ca.pem': authority.ca };
  const running = startAction({ config, env, files, inputs: { 'on-failure': 'rollback' } });
  await Promise.race([struck, running.result]);
  running.kill('SIGKILL');
  const result = await running.result;
  expect([result.signal, (await state()) ?? {}]).not.toEqual(['SIGKILL', OLD]);
  return { config, gateHost: gate.host, env, state: { ...result.state } };
}

it('finding 3: a second use with another config leaves the journal of the first to its post step', async () => {
  const killed = await killHalfway();
  const second = await runAction({
    config: configOf(`${upstream.host}/lib/other`, mirror.host, ['1']),
    env: killed.env,
  });
  expect(second.outputs.status).toBe('synced');
  const post = await runWithin(25, { ...killed, inputs: { 'on-failure': 'rollback' } });
  expect(await state()).toEqual(OLD);
  expect([post.hung, post.code]).toEqual([false, 0]);
});

it('finding 3: a second use with the same config goes forward, and is not put back', async () => {
  const killed = await killHalfway();
  const second = await runAction({ config: killed.config, env: killed.env });
  expect(second.outputs.status).toBe('synced');
  await runWithin(25, { ...killed, inputs: { 'on-failure': 'rollback' } });
  expect(await state()).toEqual(
    Object.fromEntries(TAGS.map((tag) => [tag, image(`NEW${tag}`).index.digest])),
  );
});

it.each([
  ['is gone', undefined],
  ['is another one', 'mirror: 127.0.0.1:9/other\nimages:\n  - { source: "127.0.0.1:9/a", tags: ["1"] }\n'],
  ['is broken', 'images: [\n'],
])('finding 4: the post step puts back although the config %s', async (_name, config) => {
  const killed = await killHalfway();
  const { env, state: saved } = killed;
  const post = await runWithin(25, { env, state: saved, ...(config === undefined ? {} : { config }) });
  expect(await state()).toEqual(OLD);
  expect(endOf(post)).toMatch(/^exit 0/);
});

it('finding 4: the post step still knows the certificate authority of a config that is gone', async () => {
  const { env, state: saved } = await killHalfway(makeAuthority('mirror'));
  const post = await runWithin(25, { env, state: saved });
  expect(await state()).toEqual(OLD);
  expect(endOf(post)).toMatch(/^exit 0/);
});
