// Finding 9: where a registry sends its ping, another host gets no say about the login.

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { push } from '../../../demo/images.mjs';
import { makeAuthority } from '../../fakes/network/certificates.ts';
import { refuse, reply, startGate } from '../../fakes/network/gate.ts';
import { startNameProxy } from '../../fakes/network/name-proxy.ts';
import { plainImage } from '../../fakes/registries/plain.ts';
import type { RunningRegistry } from '../../fakes/registries/registries.ts';
import {
  configOf,
  endOf,
  loginOf,
  openStage,
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
  await push(upstream.url, 'lib/app', plainImage('A'), ['1']);
});
afterEach(() => stage.close());

const env = { FRESH_MIRROR_PATIENCE: '0.05' };
const BASIC = { 'WWW-Authenticate': 'Basic realm="r"' };

it.each([
  ['a realm of its own', (host: string) => ({ 'WWW-Authenticate': `Bearer realm="http://${host}/token"` })],
  ['Basic', () => BASIC],
])(
  'finding 9: the ping is redirected to a host that asks for %s: it hears no login, and the right one works',
  async (_name, challenge) => {
    const other = stage.keep(
      await startGate({
        hook: ({ kind, host }, response) =>
          kind === 'token'
            ? reply(response, 200, { token: 'theirs' })
            : refuse(response, 401, 'UNAUTHORIZED', challenge(host)),
      }),
    );
    const source = stage.keep(
      await startGate({
        target: upstream.host,
        hook({ kind, authorization }, response) {
          if (kind === 'ping')
            return reply(response, 307, {}, { Location: `http://localhost:${other.port}/v2/` });
          const right = authorization === `Basic ${loginOf('me', 'secret').auth}`;
          return !right && refuse(response, 401, 'UNAUTHORIZED', BASIC);
        },
      }),
    );
    const login = stage.dockerConfig({ auths: { [source.host]: loginOf('me', 'secret') } });
    const config = configOf(`${source.host}/lib/app`, mirror.host, ['1']);
    const result = await runWithin(25, { config, env: { ...env, ...login } });
    expect(other.heard.filter(({ authorization }) => authorization !== null)).toEqual([]);
    expect(rowsOf(result, 'failed')).toEqual([]);
    expect(endOf(result)).toBe('exit 0, status synced');
  },
);

it('finding 9: a registry with `http: true` that sends on to https at its own name: the hint names the line', async () => {
  const authority = makeAuthority('registry');
  const secure = stage.keep(
    await startGate({
      target: upstream.host,
      tls: authority.issue('registry.test'),
      hook: ({ authorization }, response) =>
        authorization === null && refuse(response, 401, 'UNAUTHORIZED', BASIC),
    }),
  );
  const plain = stage.keep(
    await startGate({
      hook: ({ path }, response) =>
        reply(response, 308, {}, { Location: `https://registry.test:5443${path}` }),
    }),
  );
  const proxy = stage.keep(
    await startNameProxy({ 'registry.test:5000': plain.host, 'registry.test:5443': secure.host }),
  );
  const login = stage.dockerConfig({ auths: { 'registry.test:5000': loginOf('me', 'secret') } });
  const more = 'registries: { "registry.test:5000": { http: true }, "registry.test:5443": { ca: ca.pem } }';
  const result = await runWithin(25, {
    config: configOf('registry.test:5000/lib/app', mirror.host, ['1'], more),
    files: { 'ca.pem': authority.ca },
    env: { ...env, ...proxy.env, ...login },
  });
  expect(secure.heard.filter(({ authorization }) => authorization !== null)).toEqual([]);
  expect(rowsOf(result, 'failed')).toHaveLength(1);
  expect(wordsOf(result)).toMatch(/leave out `?http: true/);
});
