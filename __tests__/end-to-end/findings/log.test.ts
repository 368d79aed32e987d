// What a person sees in the log while a run goes on: waits and retries as they begin, copies that take their time, and
// how far it is. A run that is quick says little.

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { image } from '../../../demo/images.mjs';
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

/** Real seconds between two lines where fifteen take three quarters of one. */
const BEAT = 0.75;

describe('copies', () => {
  it('that take long are told as they begin, then how far they are, and as they end', async () => {
    const images = { '3.4-slim': image('RUBY', { layerBytes: 3_000_000 }) };
    const upstream = await store(images, ({ kind, method, reference }, _request, response) => {
      const blob = images['3.4-slim'].blobs.find(({ digest }) => digest === reference);
      if (kind !== 'blob' || method !== 'GET' || blob === undefined || blob.bytes.length < 1_000_000)
        return false;
      response.writeHead(200, { 'Content-Length': blob.bytes.length });
      let at = 0;
      const flow = setInterval(() => {
        response.write(blob.bytes.subarray(at, at + 200_000));
        at += 200_000;
        if (at < blob.bytes.length) return;
        clearInterval(flow);
        response.end();
      }, 100);
      response.on('close', () => clearInterval(flow));
      return true;
    });
    const config = oneEntry(upstream.host, mirror.host, ['3.4-slim']);
    // Fifteen seconds are three quarters of one.
    const result = await runWithin({ config, env: { FRESH_MIRROR_PATIENCE: '0.05' } });
    expect(result.outputs.status).toBe('synced');
    const digest = images['3.4-slim'].index.digest;
    const seen = seenLines(result.stdout).filter((line) => /^cop/.test(line));
    expect(seen[0]).toBe(`copying ${upstream.host}/lib/app:3.4-slim (12 MB, 2 platforms)`);
    expect(seen.at(-1)).toMatch(
      new RegExp(
        `^copied ${mirror.host}/m/lib/app:3\\.4-slim@${digest} \\(12 MB, [\\d.]+ (?:s|min \\d+ s)\\)$`,
      ),
    );
    const between = seen.slice(1, -1);
    expect(between[0]).toMatch(/^copied 0 of 1 tag, .+ of 12 MB, /);
    expect(between.length).toBeLessThanOrEqual(result.seconds / BEAT);
    // The last beat may fall between the end of the copy and the line that tells it.
    for (const line of between) expect(line).toMatch(/^copied (?:0 of 1 tag, .+ of 12 MB, |1 of 1 tag$)/);
  });

  it('of large layers, which crane moves, are counted as they come', async () => {
    const images = { big: image('BIG', { platforms: { 'linux/amd64': 'BIG' }, layerBytes: 8_000_000 }) };
    const upstream = await store(images, ({ kind, method, reference }, _request, response) => {
      const blob = images.big.blobs.find(({ digest }) => digest === reference);
      if (kind !== 'blob' || method !== 'GET' || blob === undefined || blob.bytes.length < 1_000_000)
        return false;
      response.writeHead(200, { 'Content-Length': blob.bytes.length });
      let at = 0;
      const flow = setInterval(() => {
        response.write(blob.bytes.subarray(at, at + 400_000));
        at += 400_000;
        if (at < blob.bytes.length) return;
        clearInterval(flow);
        response.end();
      }, 100);
      response.on('close', () => clearInterval(flow));
      return true;
    });
    const config = oneEntry(upstream.host, mirror.host, ['big']);
    const result = await runWithin({ config, env: { FRESH_MIRROR_PATIENCE: '0.05' } });
    expect(result.outputs.status).toBe('synced');
    const seen = seenLines(result.stdout).filter((line) => /^cop/.test(line));
    expect(seen[0]).toBe(`copying ${upstream.host}/lib/app:big (16 MB, 1 platform)`);
    expect(seen.at(-1)).toMatch(/^copied \S+ \(16 MB, /);
    const sizes = seen.slice(1, -1).map((line) => / ([\d.]+) MB of 16 MB, /.exec(line)?.[1]);
    // On a busy machine the first line may come before the first byte.
    const moved = sizes.filter((size) => size !== undefined).map(Number);
    expect(moved.length).toBeGreaterThanOrEqual(1);
    expect(moved).toEqual([...moved].sort((a, b) => a - b));
    expect(moved.every((size) => size > 0 && size <= 16)).toBe(true);
  });

  it('that fail are seen, with the words of their annotation, and once for one cause', async () => {
    const images = manyImages(6);
    const upstream = await store(images, ({ kind, method }, _request, response) => {
      if (kind !== 'blob' || method !== 'GET') return false;
      refuse(response, 403, { code: 'DENIED', message: 'not for you' });
      return true;
    });
    const config = oneEntry(upstream.host, mirror.host, Object.keys(images));
    const result = await runWithin({ config });
    const errors = result.annotations.filter(({ name }) => name === 'error').map(({ data }) => data);
    const seen = seenLines(result.stdout).filter((line) => line.startsWith('failed '));
    expect([result.outputs['failed-count'], seen.length]).toEqual(['6', 1]);
    expect(
      seenLines(result.stdout).filter((line) => /^5 more tags failed as \S+ did/.test(line)),
    ).toHaveLength(1);
    for (const line of seen) {
      expect(errors).toContain(line.replace(/^failed \S+: /, ''));
      expect(line).toContain(`failed ${mirror.host}/m/lib/app:t`);
    }
  });
});

it('two tags that are broken for good are told while they are tried, and tried five times', async () => {
  const images = manyImages(12);
  const broken = new Set(['t3', 't7'].flatMap((tag) => images[tag]?.blobs.map(({ digest }) => digest) ?? []));
  const upstream = await store(images, ({ kind, method, reference }, _request, response) => {
    if (kind !== 'blob' || method !== 'GET' || !broken.has(reference ?? '')) return false;
    refuse(response, 500, { code: 'UNKNOWN', message: 'injected' });
    return true;
  });
  const config = oneEntry(upstream.host, mirror.host, Object.keys(images));
  const result = await runWithin({ config, env: { FRESH_MIRROR_PATIENCE: '0.1' } });
  expect([result.outputs['copied-count'], result.outputs['failed-count']]).toEqual(['10', '2']);
  const seen = seenLines(result.stdout);
  expect(seen).toContain(`${upstream.host} answered 500, trying again in 2 s`);
  for (const tag of ['t3', 't7']) {
    expect(seen.filter((line) => line.startsWith(`copying ${upstream.host}/lib/app:${tag} (`))).toHaveLength(
      1,
    );
  }
  // They fail alike, so the second is counted with the first.
  expect(seen.filter((line) => line.startsWith(`failed ${mirror.host}/m/lib/app:t`))).toHaveLength(1);
  expect(seen.filter((line) => /^1 more tag failed as \S+ did/.test(line))).toHaveLength(1);
  expect(seen.filter((line) => /^copied 10 of 12 tags, .+ of /.test(line)).length).toBeGreaterThanOrEqual(1);
  for (const digest of broken) {
    expect(upstream.count('GET', new RegExp(`blobs/${digest}$`))).toBeLessThanOrEqual(5);
  }
});

it('a quick run says little, in both directions', async () => {
  const images = manyImages(20);
  const upstream = await store(images, () => false);
  const config = oneEntry(upstream.host, mirror.host, Object.keys(images));
  const first = await runWithin({ config });
  expect([first.outputs.status, first.outputs['copied-count']]).toEqual(['synced', '20']);
  // The last line, and nothing else.
  expect(seenLines(first.stdout)).toHaveLength(2);
  const folded = first.stdout.split('\n').filter((line) => line.startsWith('copied '));
  expect(folded).toHaveLength(20);
  const second = await runWithin({ config });
  expect(second.outputs.status).toBe('fresh');
  expect(
    second.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('::')).length,
  ).toBeLessThan(8);
});
