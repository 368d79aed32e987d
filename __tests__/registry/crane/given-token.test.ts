// What the docker config gives beside user name and password, and logins that end.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { createCredentials } from '../../../src/registry/crane/credentials.ts';
import { ENV, removeFolders, stubCrane } from './stub.ts';

const folder = mkdtempSync(join(tmpdir(), 'docker-config-'));
afterEach(removeFolders);
afterEach(() => rmSync(join(folder, 'config.json'), { force: true }));

function find(config: string, script: string) {
  writeFileSync(join(folder, 'config.json'), config);
  const { file, calls } = stubCrane(script);
  const secrets: string[] = [];
  const env = { ...ENV, DOCKER_CONFIG: folder };
  const look = createCredentials({ file, env, deadline: 5_000 }, (secret) => void secrets.push(secret));
  return { look, secrets, calls: () => readFileSync(calls, 'utf8') };
}

const LOGIN = `echo '{"Username":"u","Secret":"p"}'`;

it.each([
  ['ghcr.io', 'ghcr.io'],
  ['https://ghcr.io/v2/', 'ghcr.io'],
  ['https://index.docker.io/v1/', 'docker.io'],
])('a registrytoken under %s goes before the login for %s', async (key, registry) => {
  const { look, secrets } = find(JSON.stringify({ auths: { [key]: { registrytoken: 'given' } } }), LOGIN);
  expect(await look(registry)).toEqual({ username: '', secret: 'given' });
  expect(secrets).toEqual(['given']);
});

it.each([
  ['another host', '{"auths":{"quay.io":{"registrytoken":"given"}}}'],
  ['an empty token', '{"auths":{"ghcr.io":{"registrytoken":""}}}'],
  ['a list', '{"auths":["ghcr.io"]}'],
  ['no JSON', '{'],
])('%s changes nothing', async (_name, config) => {
  expect(await find(config, LOGIN).look('ghcr.io')).toEqual({ username: 'u', secret: 'p' });
});

it('asks once more where that is wanted, and keeps what it got', async () => {
  const { look, calls } = find('{}', `printf '{"Username":"u","Secret":"%s"}' "$N"`);
  const [first, again, later] = [await look('ghcr.io'), await look('ghcr.io', true), await look('ghcr.io')];
  expect(again).toBe(later);
  expect(first).not.toBe(again);
  expect(calls().match(/auth get/g)).toHaveLength(2);
});
