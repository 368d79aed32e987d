// What a person sees in the log while a run goes on: waits and retries as they begin, copies that take their time, and
// how far it is. A run that is quick says little.

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { oneEntry, runWithin } from '../../fakes/findings/limited.ts';
import { type Loopback, refuse } from '../../fakes/findings/loopback.ts';
import { type Hook, manyImages, startStore } from '../../fakes/findings/store.ts';
import { type RunningRegistry, startRegistry } from '../../fakes/registries/registries.ts';

let mirror: RunningRegistry;
const open: { stop(): Promise<unknown> }[] = [];
beforeEach(async () => {
  mirror = await startRegistry();
  open.push(mirror);
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});

async function store(images: Parameters<typeof startStore>[0], hook: Hook): Promise<Loopback> {
  const started = await startStore(images, hook);
  open.push(started);
  return started;
}

/** The lines that are seen without opening a group, annotations and debug lines left out. */
function seenLines(stdout: string): string[] {
  let isFolded = false;
  return stdout.split('\n').filter((line) => {
    if (/^::(?:end)?group::/.test(line)) isFolded = line.startsWith('::group');
    return !isFolded && line !== '' && !line.startsWith('::');
  });
}

describe('waits and retries', () => {
  it('are told as they begin, once for all that wait for the same', async () => {
    const images = manyImages(60);
    let refused = 0;
    const upstream = await store(images, ({ kind }, _request, response) => {
      if (kind !== 'manifest' || refused === 30) return false;
      refused += 1;
      refuse(response, 503, { code: 'UNAVAILABLE', message: 'a moment' }, { 'Retry-After': '4' });
      return true;
    });
    const config = oneEntry(upstream.host, mirror.host, Object.keys(images));
    const result = await runWithin({
      config,
      env: { FRESH_MIRROR_PATIENCE: '0.1' },
      inputs: { mode: 'check' },
    });
    expect(result.outputs['stale-count']).toBe('60');
    const told = seenLines(result.stdout).filter((line) => line.includes('503'));
    expect(told[0]).toBe(`${upstream.host} answered 503, trying again in 4 s`);
    expect(told).toHaveLength(1);
  });

  it('for a limit say whose it is and how many pulls are left', async () => {
    const images = manyImages(3);
    const limit = { 'ratelimit-limit': '100;w=60', 'ratelimit-remaining': '0;w=60', 'Retry-After': '60' };
    let refused = 0;
    const upstream = await store(images, ({ kind, method }, _request, response) => {
      if (kind !== 'manifest' || method !== 'GET' || refused > 0) return false;
      refused += 1;
      refuse(response, 429, { code: 'TOOMANYREQUESTS', message: 'slow down' }, limit);
      return true;
    });
    const config = oneEntry(upstream.host, mirror.host, Object.keys(images));
    const result = await runWithin({ config, env: { FRESH_MIRROR_PATIENCE: '0.02' } });
    expect(result.outputs.status).toBe('synced');
    const told = seenLines(result.stdout).filter((line) => line.startsWith('waiting'));
    expect(told).toEqual([`waiting 60 s: ${upstream.host}'s pull limit (0 of 100 left)`]);
  });
});
