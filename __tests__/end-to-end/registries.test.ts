// The committed bundle against distribution v3: open, with Basic, with tokens. Verdicts are read by crane and a hash.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { digestOf, list, snapshotOf } from '../fakes/registries/oracle.ts';
import {
  BASIC,
  PASSWORD,
  type RunningRegistry,
  startRegistry,
  USER,
} from '../fakes/registries/registries.ts';
import { startTokenServer, type TokenServer } from '../fakes/registries/token-server.ts';
import { runAction, tagsIn } from '../fakes/runner/bundle.ts';

const folder = mkdtempSync(join(tmpdir(), 'docker-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function configFor(upstream: RunningRegistry, mirror: RunningRegistry, tags: string): string {
  return `mirror: ${mirror.host}/m\nimages:\n  - { source: "${upstream.host}/lib/app", tags: ${tags} }\n`;
}

/** A docker config with a login for each host, as docker/login-action leaves it. */
function login(...hosts: readonly (readonly [RunningRegistry, string])[]): Record<string, string> {
  const auths = Object.fromEntries(
    hosts.map(([registry, password]) => [
      registry.host,
      { auth: Buffer.from(`${USER}:${password}`).toString('base64') },
    ]),
  );
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths }));
  return { DOCKER_CONFIG: folder };
}

describe('open registries', () => {
  let upstream: RunningRegistry;
  let mirror: RunningRegistry;
  beforeAll(async () => {
    [upstream, mirror] = await Promise.all([startRegistry(), startRegistry()]);
  });
  afterAll(() => Promise.all([upstream.stop(), mirror.stop()]));

  it('brings a stale tag and a missing one, and leaves the rest as it is', async () => {
    await push(upstream.url, 'lib/app', image('A'), ['1', 'same']);
    await push(upstream.url, 'lib/app', image('B'), ['2']);
    await push(mirror.url, 'm/lib/app', image('OLD'), ['1', 'unlisted']);
    await push(mirror.url, 'm/lib/app', image('A'), ['same']);
    const result = await runAction({ config: configFor(upstream, mirror, '["1", "2", same]') });
    expect([result.code, result.outputs.status]).toEqual([0, 'synced']);
    expect(tagsIn(result, 'copied')).toEqual(['1', '2']);
    expect((await snapshotOf(mirror.host, ['m/lib/app']))['m/lib/app']).toEqual({
      1: image('A').index.digest,
      2: image('B').index.digest,
      same: image('A').index.digest,
      unlisted: image('OLD').index.digest,
    });
    expect(result.summary).toContain('<summary>Copied (2)</summary>');
    expect(result.stdout).toContain('node v24.');
  });

  it('names the tag that failed while the others arrive', async () => {
    await push(upstream.url, 'lib/app', image('C'), ['3']);
    const result = await runAction({ config: configFor(upstream, mirror, '["3", "9.9"]') });
    expect([result.code, result.outputs.status, result.outputs['failed-count']]).toEqual([1, 'partial', '1']);
    expect(JSON.parse(result.outputs.failed ?? '')).toMatchObject([{ tag: '9.9', reason: 'not-found' }]);
    expect(await digestOf(`${mirror.host}/m/lib/app:3`)).toBe(image('C').index.digest);
    expect(result.summary).toMatch(/### What needs you\n\n- \*\*1 tag of [^\n]*`not-found`[\s\S]*9\.9/);
    expect(result.commands.filter((one) => one.name === 'error').map((one) => one.properties)).toContainEqual(
      expect.objectContaining({
        file: 'images.yaml',
        line: '3',
        title: expect.stringContaining(':9.9: not-found'),
      }),
    );
  });

  it('fails no step that was told to pass, and says so in warnings', async () => {
    const config = configFor(upstream, mirror, '["3", "9.9"]');
    const result = await runAction({ config, inputs: { 'fail-on': 'failed' } });
    expect([result.code, result.outputs.status]).toEqual([0, 'partial']);
    expect(result.commands.map((one) => one.name)).toContain('warning');
  });

  it('says gone, and keeps the copy, when upstream removed a listed tag', async () => {
    await push(mirror.url, 'm/lib/app', image('KEPT'), ['old']);
    const result = await runAction({ config: configFor(upstream, mirror, '["3", old]') });
    expect(JSON.parse(result.outputs.failed ?? '')).toMatchObject([{ tag: 'old', reason: 'gone' }]);
    expect(await digestOf(`${mirror.host}/m/lib/app:old`)).toBe(image('KEPT').index.digest);
  });

  it('selects by glob, from the list that crane reads', async () => {
    await push(upstream.url, 'lib/globbed', image('A'), ['3.1', '3.2', '4.0', '3.1-windows']);
    const source = `${upstream.host}/lib/globbed`;
    const config = `mirror: ${mirror.host}/m\nimages:\n  - { source: "${source}", tags: ["3.*"], exclude: ["*-windows"] }\n`;
    const result = await runAction({ config });
    expect(result.outputs.status).toBe('synced');
    expect(await list(`${mirror.host}/m/lib/globbed`)).toEqual(['3.1', '3.2']);
  });

  it('holds a pinned tag at its digest, whatever the tag does upstream', async () => {
    const pin = image('PIN').index.digest;
    await push(upstream.url, 'lib/pinned', image('PIN'), ['v1']);
    await push(upstream.url, 'lib/pinned', image('NEWER'), ['v1']);
    const config = `mirror: ${mirror.host}/m\nimages:\n  - "${upstream.host}/lib/pinned:v1@${pin}"\n`;
    const result = await runAction({ config });
    expect(result.outputs.status).toBe('synced');
    expect(await digestOf(`${mirror.host}/m/lib/pinned:v1`)).toBe(pin);
  });
});

describe('with a login', () => {
  const running: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop();
  });

  async function start(auth: 'basic' | TokenServer): Promise<RunningRegistry> {
    const registry = await startRegistry({ auth });
    running.unshift(registry);
    return registry;
  }

  it('copies between registries that ask for Basic', async () => {
    const [upstream, mirror] = [await start('basic'), await start('basic')];
    await push(upstream.url, 'lib/app', image('A'), ['1'], { headers: { Authorization: BASIC } });
    const env = login([upstream, PASSWORD], [mirror, PASSWORD]);
    const result = await runAction({ config: configFor(upstream, mirror, '["1"]'), env });
    expect([result.code, result.outputs.status]).toEqual([0, 'synced']);
    expect(await digestOf(`${mirror.host}/m/lib/app:1`, env)).toBe(image('A').index.digest);
    expect(result.stdout.replaceAll(`::add-mask::${PASSWORD}`, '')).not.toContain(PASSWORD);
  });

  it('copies with tokens: anonymous upstream, a login at the mirror', async () => {
    const tokens = await startTokenServer({ credentials: BASIC });
    running.push(tokens);
    const [upstream, mirror] = [await startRegistry(), await start(tokens)];
    running.push(upstream);
    await push(upstream.url, 'lib/app', image('A'), ['1']);
    const env = login([mirror, PASSWORD]);
    const result = await runAction({ config: configFor(upstream, mirror, '["1"]'), env });
    expect([result.code, result.outputs.status]).toEqual([0, 'synced']);
    expect(await digestOf(`${mirror.host}/m/lib/app:1`, env)).toBe(image('A').index.digest);
  });

  it('calls a wrong password denied at once, and locks no account by trying on', async () => {
    const tokens = await startTokenServer({ credentials: BASIC });
    running.push(tokens);
    const [upstream, mirror] = [await startRegistry(), await start(tokens)];
    running.push(upstream);
    await push(upstream.url, 'lib/app', image('A'), ['1', '2', '3']);
    const env = login([mirror, 'wrong']);
    const result = await runAction({ config: configFor(upstream, mirror, '["1", "2", "3"]'), env });
    expect([result.code, result.outputs.status]).toEqual([1, 'failed']);
    const reasons = (JSON.parse(result.outputs.failed ?? '') as { reason: string }[]).map(
      (row) => row.reason,
    );
    expect(reasons).toEqual(['denied', 'denied', 'denied']);
    expect(tokens.counts().denied).toBeLessThanOrEqual(2);
  });
});
