// Finding 18: a registry that sends its readers on to another registry, which wants an anonymous token of its own, as
// after a move to another host. The login of the first is never seen there.

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { push } from '../../../demo/images.mjs';
import { type Gate, refuse, reply, startGate } from '../../fakes/network/gate.ts';
import { digestOf } from '../../fakes/registries/oracle.ts';
import { plainImage } from '../../fakes/registries/plain.ts';
import type { RunningRegistry } from '../../fakes/registries/registries.ts';
import {
  configOf,
  endOf,
  loginOf,
  openStage,
  reasonsOf,
  runWithin,
  type Stage,
} from '../../fakes/runner/stage.ts';

// One layer for the action and, in the second image, one for crane.
const SIZES = { small: 1024, large: 5_000_000 };
let stage: Stage;
let mirror: RunningRegistry;
let first: Gate;
let second: Gate;
let secondName: string;
beforeEach(async () => {
  stage = openStage();
  const upstream = await stage.registry();
  mirror = await stage.registry();
  for (const [tag, size] of Object.entries(SIZES))
    await push(upstream.url, 'lib/app', plainImage(tag, size), [tag]);
  const challenge = (host: string) => ({
    'WWW-Authenticate': `Bearer realm="http://${host}/token",service="s"`,
  });
  second = stage.keep(
    await startGate({
      target: upstream.host,
      hook({ kind, host, authorization }, response) {
        if (kind === 'token') {
          if (authorization !== null) return refuse(response, 401, 'UNAUTHORIZED');
          return reply(response, 200, { token: 'of-the-second' });
        }
        return (
          authorization !== 'Bearer of-the-second' && refuse(response, 401, 'UNAUTHORIZED', challenge(host))
        );
      },
    }),
  );
  secondName = `localhost:${second.port}`;
  first = stage.keep(
    await startGate({
      hook({ kind, host, path, authorization }, response) {
        if (kind === 'token') return reply(response, 200, { token: 'of-the-first' });
        if (authorization !== 'Bearer of-the-first')
          return refuse(response, 401, 'UNAUTHORIZED', challenge(host));
        if (kind === 'ping') return reply(response, 200);
        return reply(response, 307, {}, { Location: `http://${secondName}${path}` });
      },
    }),
  );
});
afterEach(() => stage.close());

const env = { FRESH_MIRROR_PATIENCE: '0.05' };

it.each(['nobody', 'a login'])(
  'finding 18: read by %s, the second registry gives a token to nobody',
  async (who) => {
    const login =
      who === 'a login' ? stage.dockerConfig({ auths: { [first.host]: loginOf('me', 'secret') } }) : {};
    // crane alone reads it.
    expect(await digestOf(`${first.host}/lib/app:small`, login)).toBe(plainImage('small').index.digest);
    const config = configOf(`${first.host}/lib/app`, mirror.host, Object.keys(SIZES));
    const result = await runWithin(25, { config, env: { ...env, ...login } });
    const given = new Set(second.heard.map(({ authorization }) => authorization));
    expect([...given].filter((one) => one !== null && one !== 'Bearer of-the-second')).toEqual([]);
    expect(reasonsOf(result, 'failed')).toEqual([]);
    expect(endOf(result)).toBe('exit 0, status synced');
    for (const [tag, size] of Object.entries(SIZES)) {
      expect(await digestOf(`${mirror.host}/m/lib/app:${tag}`)).toBe(plainImage(tag, size).index.digest);
    }
  },
);

it('finding 18: the second registry has to be among `hosts`', async () => {
  const config = configOf(`${first.host}/lib/app`, mirror.host, Object.keys(SIZES));
  const inputs = { hosts: `${first.host}\n${mirror.host}` };
  const result = await runWithin(25, { config, inputs, env });
  expect(second.connections()).toBe(0);
  expect(reasonsOf(result, 'failed')).toEqual(['large: denied', 'small: denied']);
});
