import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { image, push } from '../../../demo/images.mjs';
import { tool } from '../runner/places.ts';
import { digestOf, list, snapshotOf } from './oracle.ts';
import { available, BASIC, type RegistryOptions, type RunningRegistry, startRegistry } from './registries.ts';
import { startTokenServer } from './token-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'docker-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

const made = image('A');
const everything = [{ type: 'repository', name: 'lib/app', actions: ['pull', 'push'] }];

async function start(options: RegistryOptions): Promise<RunningRegistry> {
  const registry = await startRegistry(options);
  running.unshift(registry);
  return registry;
}

async function tokens(anonymous: 'pull' | 'nothing' = 'pull') {
  const server = await startTokenServer({ credentials: BASIC, anonymous });
  running.push(server);
  return server;
}

function login({ host }: RunningRegistry, authorization: string): Record<string, string> {
  const auth = authorization.slice('Basic '.length);
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  return { DOCKER_CONFIG: folder };
}

function copy(from: string, to: string, env: Record<string, string>): Promise<number | null> {
  return new Promise((resolve) => {
    const options = { env: { HOME: '/nonexistent', ...env }, timeout: 20_000 };
    const child = execFile(tool('crane'), ['copy', from, to], options, () => resolve(child.exitCode));
  });
}

describe('a registry', () => {
  const rows: [string, RegistryOptions][] = [
    ['v3 in memory', {}],
    ['v3 on disk', { storage: 'filesystem', deletes: true }],
    ['v3 with Basic', { auth: 'basic' }],
    ['crane', { kind: 'crane' }],
  ];
  if (available('debian')) rows.push(['2.8.2', { kind: 'debian', auth: 'basic' }]);

  it.each(rows)('%s takes a push, and crane copies within it', async (_name, options) => {
    const registry = await start(options);
    const env = options.auth === 'basic' ? login(registry, BASIC) : {};
    const headers: Record<string, string> = options.auth === 'basic' ? { Authorization: BASIC } : {};
    await push(registry.url, 'lib/app', made, ['1', '2'], { headers });
    expect(await copy(`${registry.host}/lib/app:1`, `${registry.host}/lib/copy:1`, env)).toBe(0);
    expect(await snapshotOf(registry.host, ['lib/app', 'lib/copy', 'lib/absent'], env)).toEqual({
      'lib/app': { 1: made.index.digest, 2: made.index.digest },
      'lib/copy': { 1: made.index.digest },
      'lib/absent': {},
    });
  });

  it('with tokens lets anybody pull, and the login alone push', async () => {
    const server = await tokens();
    const registry = await start({ auth: server });
    const headers = { Authorization: `Bearer ${server.mint(everything)}` };
    await push(registry.url, 'lib/app', made, ['1'], { headers });
    expect(await digestOf(`${registry.host}/lib/app:1`)).toBe(made.index.digest);
    expect(await copy(`${registry.host}/lib/app:1`, `${registry.host}/lib/copy:1`, {})).toBe(1);
    const env = login(registry, BASIC);
    expect(await copy(`${registry.host}/lib/app:1`, `${registry.host}/lib/copy:1`, env)).toBe(0);
    const { granted, anonymous, denied } = server.counts();
    expect([granted > 0, anonymous > 0, denied]).toEqual([true, true, 0]);
  });

  it('with tokens turns away a wrong password, and everybody while its server refuses', async () => {
    const server = await tokens('nothing');
    const registry = await start({ auth: server });
    const wrong = login(registry, `Basic ${Buffer.from('mirror:wrong').toString('base64')}`);
    await expect(list(`${registry.host}/lib/app`, wrong)).rejects.toThrow(/UNAUTHORIZED/);
    await expect(list(`${registry.host}/lib/app`)).rejects.toThrow(/UNAUTHORIZED|DENIED/);
    server.refuse(403);
    await expect(list(`${registry.host}/lib/app`, login(registry, BASIC))).rejects.toThrow(/refuses/);
    expect(server.counts()).toMatchObject({ denied: 1, granted: 0 });
    expect(server.counts().refused).toBeGreaterThan(0);
  });

  it('is gone after stop, with all that it stored', async () => {
    const registry = await startRegistry({ storage: 'filesystem' });
    const before = existsSync(`/proc/${registry.pid}`);
    await registry.stop();
    expect([before, existsSync(`/proc/${registry.pid}`)]).toEqual([true, false]);
    await expect(fetch(registry.url)).rejects.toThrow();
  });
});
