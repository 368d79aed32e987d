// What README says of other tools that no table of faults or costs shows, tried with the tools themselves: an index that lost
// a platform, and a mirror that is stale. skopeo takes part where it is installed.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { digestOf } from '../fakes/registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { tool } from '../fakes/runner/places.ts';
import { type ContestantName, contestant } from '../fakes/trials/contestants.ts';

const WHOLE = image('ruby-3.4.7');
const WITHOUT_ARM64 = image('ruby-3.4.8', { platforms: { 'linux/amd64': 'ruby-3.4.8' } });
const NAMES: readonly ContestantName[] = ['action', 'crane', 'regsync', 'skopeo'];

let upstream: RunningRegistry;
let mirror: RunningRegistry;
beforeAll(async () => {
  upstream = await startRegistry();
  await push(upstream.url, 'library/ruby', WITHOUT_ARM64, ['3.4']);
});
beforeEach(async () => {
  mirror = await startRegistry();
  await push(mirror.url, 'm/library/ruby', WHOLE, ['3.4']);
});
afterEach(() => mirror.stop());
afterAll(() => upstream.stop());

describe('an index that lost arm64', () => {
  it.each(NAMES.filter((name) => contestant(name) !== null))('as %s meets it', async (name) => {
    const ends = { source: upstream.host, mirror: mirror.host };
    const errand = { ...ends, prefix: 'm', repository: 'library/ruby', tag: '3.4' };
    const finish = await contestant(name)?.run(errand, 60_000, 1);
    const served = await digestOf(`${mirror.host}/m/library/ruby:3.4`);
    const isKept = served === WHOLE.index.digest;
    expect([finish?.code, isKept, served === WITHOUT_ARM64.index.digest]).toEqual(
      name === 'action' ? [1, true, false] : [0, false, true],
    );
  });
});

it('regsync check says 0 of a mirror that is stale', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'peers-'));
  try {
    const creds = [upstream.host, mirror.host].map((registry) => ({ registry, tls: 'disabled' }));
    const [source, target] = [`${upstream.host}/library/ruby:3.4`, `${mirror.host}/m/library/ruby:3.4`];
    const config = { version: 1, creds, sync: [{ source, target, type: 'image' }] };
    writeFileSync(join(folder, 'regsync.yml'), JSON.stringify(config));
    const ended = spawnSync(tool('regsync'), ['check', '--config', join(folder, 'regsync.yml')], {
      encoding: 'utf8',
    });
    expect([ended.status, /update|sync/i.test(ended.stderr + ended.stdout)]).toEqual([0, true]);
    expect(await digestOf(target)).toBe(WHOLE.index.digest);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
