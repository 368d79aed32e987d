// Findings 17, 19 and 20: logins that end, logins that crane has and we had not, and logins that are refused.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { push } from '../../../demo/images.mjs';
import { type Gate, type Hook, refuse, reply, startGate } from '../../fakes/network/gate.ts';
import { digestOf } from '../../fakes/registries/oracle.ts';
import { plainImage } from '../../fakes/registries/plain.ts';
import type { RunningRegistry } from '../../fakes/registries/registries.ts';
import { CLEAN_PATH } from '../../fakes/runner/places.ts';
import {
  configOf,
  endOf,
  loginOf,
  openStage,
  reasonsOf,
  runWithin,
  type Stage,
} from '../../fakes/runner/stage.ts';

const TAGS = ['1', '2', '3', '4'];
const patience = { FRESH_MIRROR_PATIENCE: '0.05' };
let stage: Stage;
let upstream: RunningRegistry;
let mirror: RunningRegistry;
beforeEach(async () => {
  stage = openStage();
  [upstream, mirror] = [await stage.registry(), await stage.registry()];
  for (const tag of TAGS) await push(upstream.url, 'lib/app', plainImage(tag), [tag]);
});
afterEach(() => stage.close());

const gate = async (target: RunningRegistry, hook: Hook): Promise<Gate> =>
  stage.keep(await startGate({ target: target.host, hook }));
const basic = (password: string): string => `Basic ${loginOf('me', password).auth}`;
const askForBasic = { 'WWW-Authenticate': 'Basic realm="r"' };
const bearer = (host: string) => ({ 'WWW-Authenticate': `Bearer realm="http://${host}/token",service="s"` });

/** What crane alone can read with a login, the action has to read. */
async function expectCraneReads(host: string, login: Record<string, string>): Promise<void> {
  expect(await digestOf(`${host}/lib/app:1`, login)).toBe(plainImage('1').index.digest);
}

/** A credential helper: a shell script that is asked for `host` alone. */
function helper(host: string, script: string): Record<string, string> {
  const folder = stage.folder();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'docker-credential-test'), `#!/bin/sh\ncat >/dev/null\n${script}\n`, {
    mode: 0o755,
  });
  return { PATH: `${bin}:${CLEAN_PATH}`, ...stage.dockerConfig({ credHelpers: { [host]: 'test' } }) };
}

const LOGIN = `printf '{"ServerURL":"x","Username":"me","Secret":"%s"}'`;

it.each(['upstream', 'the mirror'])(
  'finding 17: %s changes the password halfway: the helper is asked once more',
  async (side) => {
    const file = join(stage.folder(), 'password');
    let password = '';
    const rotate = (to: string): void => {
      password = to;
      writeFileSync(file, to);
    };
    rotate('first-password');
    let moved = 0;
    const target = await gate(mirror, ({ method, kind, reference, authorization }, response) => {
      if (side === 'the mirror' && authorization !== basic(password)) {
        return refuse(response, 401, 'UNAUTHORIZED', askForBasic);
      }
      if (method === 'PUT' && kind === 'manifest' && TAGS.includes(reference ?? '')) {
        moved += 1;
        if (moved === 1) response.on('finish', () => rotate('second-password'));
      }
      return false;
    });
    const source = await gate(
      upstream,
      ({ authorization }, response) =>
        side === 'upstream' &&
        authorization !== basic(password) &&
        refuse(response, 401, 'UNAUTHORIZED', askForBasic),
    );
    const guarded = side === 'upstream' ? source : target;
    // One request at a time, so that the others come after the first tag.
    const more = `registries: { "${target.host}": { concurrency: 1 }, "${source.host}": { concurrency: 1 } }`;
    const result = await runWithin(28, {
      config: configOf(`${source.host}/lib/app`, target.host, TAGS, more),
      env: { ...patience, ...helper(guarded.host, `${LOGIN} "$(cat ${file})"`) },
    });
    expect(reasonsOf(result, 'failed')).toEqual([]);
    expect(endOf(result)).toBe('exit 0, status synced');
    // Without a request after the change the test would prove nothing.
    const late = guarded.heard.filter(({ authorization }) => authorization === basic('second-password'));
    if (side === 'the mirror') expect(late.length).toBeGreaterThan(0);
    expect(result.stdout.includes('::add-mask::second-password')).toBe(late.length > 0);
  },
);

it('finding 19a: a `registrytoken` of the docker config is used', async () => {
  const source = await gate(upstream, ({ kind, host, authorization }, response) => {
    if (kind === 'token') return refuse(response, 401, 'UNAUTHORIZED');
    return authorization !== 'Bearer given-token' && refuse(response, 401, 'UNAUTHORIZED', bearer(host));
  });
  const config = configOf(`${source.host}/lib/app`, mirror.host, TAGS);
  const login = stage.dockerConfig({ auths: { [source.host]: { registrytoken: 'given-token' } } });
  await expectCraneReads(source.host, login);
  const result = await runWithin(25, { config, env: { ...patience, ...login } });
  expect(reasonsOf(result, 'failed')).toEqual([]);
  expect(endOf(result)).toBe('exit 0, status synced');
  expect(result.stdout).toContain('::add-mask::given-token');
});

it('finding 19b: a registry that hides private repositories by 404 from strangers gets the login', async () => {
  const source = await gate(upstream, ({ kind, authorization }, response) =>
    kind === 'ping'
      ? reply(response, 200)
      : authorization !== basic('secret') && refuse(response, 404, 'NAME_UNKNOWN'),
  );
  const config = configOf(`${source.host}/lib/app`, mirror.host, TAGS);
  const login = stage.dockerConfig({ auths: { [source.host]: loginOf('me', 'secret') } });
  await expectCraneReads(source.host, login);
  const result = await runWithin(25, { config, env: { ...patience, ...login } });
  expect(reasonsOf(result, 'failed')).toEqual([]);
  expect(endOf(result)).toBe('exit 0, status synced');
});

it('finding 19c: a helper that leaves a process behind has answered all the same', async () => {
  const source = await gate(
    upstream,
    ({ authorization }, response) =>
      authorization !== basic('secret') && refuse(response, 401, 'UNAUTHORIZED', askForBasic),
  );
  const config = configOf(`${source.host}/lib/app`, mirror.host, ['1']);
  // The process keeps the helper's stderr open, which is a pipe to the action.
  const script = `(sleep 20 >/dev/null </dev/null) &\n${LOGIN} secret`;
  const result = await runWithin(15, { config, env: helper(source.host, script) });
  expect(reasonsOf(result, 'failed')).toEqual([]);
  expect(endOf(result)).toBe('exit 0, status synced');
});

it.each([
  ['401', 401],
  ['403', 403],
])(
  'finding 20: a login that the token service refuses with %s is not sent for every repository',
  async (_name, status) => {
    const source = await gate(upstream, ({ kind, host }, response) =>
      kind === 'token'
        ? refuse(response, status, 'DENIED')
        : refuse(response, 401, 'UNAUTHORIZED', bearer(host)),
    );
    const entries = Array.from(
      { length: 12 },
      (_, at) => `  - { source: "${source.host}/lib/a${at}", tags: ["1"] }`,
    );
    const config = `mirror: ${mirror.host}/m\ndefaults: { new-tags: ignore }\nimages:\n${entries.join('\n')}\n`;
    const login = stage.dockerConfig({ auths: { [source.host]: loginOf('me', 'wrong') } });
    const result = await runWithin(25, { config, env: { ...patience, ...login } });
    const sent = source.heard.filter(({ kind, authorization }) => kind === 'token' && authorization !== null);
    expect(sent.length).toBeLessThanOrEqual(2);
    expect(endOf(result)).toBe('exit 1, status failed');
    expect(reasonsOf(result, 'failed')).toEqual(Array.from({ length: 12 }, () => '1: denied'));
  },
);
