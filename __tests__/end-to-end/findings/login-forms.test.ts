// Logins of uncommon forms: a password of several lines, and a refresh token that its service replaces at every use.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { image, push } from '../../../demo/images.mjs';
import { type Decide, refusal, startGate } from '../../fakes/findings/gate.ts';
import { oneEntry, runWithin } from '../../fakes/findings/limited.ts';
import { type Loopback, listen } from '../../fakes/findings/loopback.ts';
import { type RunningRegistry, startRegistry } from '../../fakes/registries/registries.ts';

const folder = mkdtempSync(join(tmpdir(), 'docker-config-'));
const env = { FRESH_MIRROR_PATIENCE: '0.04', DOCKER_CONFIG: folder };

let upstream: RunningRegistry;
let mirror: RunningRegistry;
const open: Loopback[] = [];
beforeAll(async () => {
  [upstream, mirror] = await Promise.all([startRegistry(), startRegistry()]);
  for (const name of ['one', 'two', 'app']) await push(upstream.url, `lib/${name}`, image('F'), ['1']);
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([upstream.stop(), mirror.stop()]);
});

function login(host: string, entry: object): void {
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: entry } }));
}

async function gated(decide: Decide): Promise<Loopback> {
  const gate = await startGate(upstream.host, decide);
  open.push(gate);
  return gate;
}

it('a password of several lines masks no brace: every JSON output would be dropped as a secret', async () => {
  const password = '{\n  "type": "service_account",\n  "private_key": "correct-horse-battery"\n}';
  const basic = `Basic ${Buffer.from(`_json_key:${password}`).toString('base64')}`;
  const gate = await gated(({ authorization }) =>
    authorization === basic
      ? null
      : refusal(401, 'UNAUTHORIZED', 'log in', { 'www-authenticate': 'Basic realm="x"' }),
  );
  login(gate.host, { auth: basic.slice('Basic '.length) });
  const result = await runWithin({ config: oneEntry(gate.host, `${mirror.host}/json`, ['1']), env });
  expect([result.outputs.status, result.failed]).toEqual(['synced', []]);
  const masked = result.commands
    .filter(({ name }) => name === 'add-mask')
    // As the runner does: the value, and each of its lines.
    .flatMap(({ data }) => [data, ...data.split(/\r?\n/)])
    .map((line) => line.trim());
  expect(masked.filter((line) => /^[\s{}[\]",:]*$/.test(line))).toEqual([]);
  expect(masked.join()).toContain('correct-horse-battery');
});

it('a refresh token that is replaced at every use is replaced here too', async () => {
  const state = { refresh: 'refresh-0', uses: 0, refused: 0 };
  const service = await listen((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      const given = new URLSearchParams(text).get('refresh_token');
      if (request.method !== 'POST' || given !== state.refresh) {
        state.refused += 1;
        return void response.writeHead(401).end('{}');
      }
      state.uses += 1;
      state.refresh = `refresh-${state.uses}`;
      const tokens = { access_token: 'good', refresh_token: state.refresh, expires_in: 300 };
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(tokens));
    });
  });
  open.push(service);
  const realm = service.url.replace('127.0.0.1', 'localhost');
  const gate = await gated(({ authorization, repository }) => {
    if (authorization === 'Bearer good') return null;
    const scope = repository === null ? '' : `,scope="repository:${repository}:pull"`;
    const challenge = `Bearer realm="${realm}/oauth2/token",service="x"${scope}`;
    return refusal(401, 'UNAUTHORIZED', 'token', { 'www-authenticate': challenge });
  });
  login(gate.host, {
    auth: Buffer.from('00000000-0000-0000-0000-000000000000:').toString('base64'),
    identitytoken: 'refresh-0',
  });
  const config = `mirror: ${mirror.host}/rotated\nimages:\n  - "${gate.host}/lib/one:1"\n  - "${gate.host}/lib/two:1"\n`;
  const result = await runWithin({ config, env, inputs: { mode: 'check' } });
  expect([result.outputs['stale-count'], result.failed]).toEqual(['2', []]);
  expect([state.uses >= 2, state.refused]).toEqual([true, 0]);
});
