import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { type Digest, digestOf } from '../../../src/image/names/digest.ts';
import type { CraneDeps } from '../../../src/registry/crane/attempts.ts';
import { createEngine, ENGINE_DEFAULTS, type EngineSettings } from '../../../src/registry/crane/engine.ts';
import { createLister, LISTER_DEFAULTS } from '../../../src/registry/crane/lister.ts';
import { craneWith, DEPS, ENV, makeFolder, removeFolders } from './stub.ts';

afterEach(removeFolders);

const DIGEST: Digest = `sha256:${'a'.repeat(64)}`;
const FROM = { registry: 'up.example', repository: 'a' };
const TO = { registry: 'mirror.example', repository: 'b' };

function engine(script: string, settings: Partial<EngineSettings> = {}, deps: Partial<CraneDeps> = {}) {
  const crane = craneWith(script, deps);
  const made = createEngine({ ...ENGINE_DEFAULTS, ...crane.settings, ...settings }, crane.deps);
  return { ...crane, ...made };
}

describe('bring', () => {
  it('copies by digest', async () => {
    const { bring, called } = engine('exit 0');
    await bring(DIGEST, FROM, TO);
    expect(called()).toEqual([`copy --jobs 4 -- up.example/a@${DIGEST} mirror.example/b@${DIGEST}`]);
  });

  it('tries again what may pass, with growing waits', async () => {
    const { bring, called, slept } = engine(
      '[ $N -gt 3 ] && exit 0; echo "Error: unexpected EOF" >&2; exit 1',
    );
    await bring(DIGEST, FROM, TO);
    expect([called().length, slept]).toEqual([4, [1_500, 3_000, 6_000]]);
  });

  it.each([
    ['a crash', 'echo "panic: x" >&2; exit 2', 'internal', 5],
    ['a refusal', 'echo "Error: DENIED: no" >&2; exit 1', 'denied', 1],
    ['a digest that is gone', 'echo "Error: MANIFEST_UNKNOWN: x" >&2; exit 1', 'not-found', 2],
    ['a kill', 'kill -9 $$', 'server-error', 5],
    ['ten megabytes of words', 'head -c 10000000 /dev/zero | tr "\\0" x >&2; exit 1', 'server-error', 5],
  ])('fails truly after %s', async (_name, script, reason, calls) => {
    const { bring, called } = engine(script);
    await expect(bring(DIGEST, FROM, TO)).rejects.toMatchObject({ reason });
    expect(called()).toHaveLength(calls);
  });

  it('ends a copy that hangs', async () => {
    const { bring } = engine('sleep 20', { bringDeadline: 200, attempts: 2 });
    await expect(bring(DIGEST, FROM, TO)).rejects.toMatchObject({ reason: 'timeout' });
  });

  (existsSync('/proc/self/io') ? it : it.skip)('ends a silent copy twice, the second later', async () => {
    const { bring, called } = engine('exec sleep 20', { bringStall: 100 });
    await expect(bring(DIGEST, FROM, TO)).rejects.toThrow('moved nothing for a long time (after 2 attempts)');
    expect(called()).toHaveLength(2);
  });

  it('pauses the host that limits, and waits for it before the next attempt', async () => {
    const paused: [string, number][] = [];
    const ready: string[] = [];
    const pace = {
      ready: async (host: string) => void ready.push(host),
      pause: (host: string, milliseconds: number) => paused.push([host, milliseconds]) < 2,
    };
    const script =
      'echo "Error: GET https://up.example/v2/a: TOOMANYREQUESTS: retry-after: 9s, allowed" >&2; exit 1';
    const { bring, called, slept } = engine(script, {}, { pace });
    await expect(bring(DIGEST, FROM, TO)).rejects.toMatchObject({ reason: 'rate-limited' });
    expect(paused).toEqual([
      ['up.example', 9_000],
      ['up.example', 9_000],
    ]);
    expect([called().length, slept, ready.length]).toEqual([2, [], 4]);
  });

  it('pauses the host that limits also where its address stands after a long message', async () => {
    const paused: string[] = [];
    const pace = { ready: async () => undefined, pause: (host: string) => paused.push(host) < 1 };
    const words = `"Error: ${'x'.repeat(400)} PUT https://mirror.example/v2/b: TOOMANYREQUESTS: slow down"`;
    const { bring } = engine(`echo ${words} >&2; exit 1`, {}, { pace });
    await expect(bring(DIGEST, FROM, TO)).rejects.toMatchObject({ reason: 'rate-limited' });
    expect(paused).toEqual(['mirror.example']);
  });

  it('pauses both ends where crane names no host', async () => {
    const paused: string[] = [];
    const pace = { ready: async () => undefined, pause: (host: string) => paused.push(host) < 2 };
    const { bring } = engine('echo "Error: TOOMANYREQUESTS: slow down" >&2; exit 1', {}, { pace });
    await expect(bring(DIGEST, FROM, TO)).rejects.toMatchObject({ reason: 'rate-limited' });
    expect(paused).toEqual(['up.example', 'mirror.example']);
  });

  it('does not start where the registry may not be contacted', async () => {
    const prove = async () => Promise.reject(new Error('not allowed'));
    const { bring, called } = engine('exit 0', {}, { prove });
    await expect(bring(DIGEST, FROM, TO)).rejects.toThrow('not allowed');
    expect(called()).toEqual([]);
  });

  it('is cancelled', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 150);
    const { bring } = engine('sleep 20', {}, { signal: controller.signal });
    await expect(bring(DIGEST, FROM, TO)).rejects.toMatchObject({ reason: 'cancelled' });
  });
});

describe('the real crane', () => {
  const crane = join(import.meta.dirname, '../../../.tools/bin/crane');
  const servers: ChildProcess[] = [];
  const config = Buffer.from(
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}',
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const configType = 'application/vnd.oci.image.config.v1+json';
  const descriptor = { mediaType: configType, digest: digestOf(config), size: config.length };
  const image = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config: descriptor, layers: [] }));

  async function serve(address: string): Promise<string> {
    const server = spawn(crane, ['registry', 'serve', '--address', `${address}:0`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    servers.push(server);
    return new Promise((resolve) => {
      let text = '';
      server.stderr?.on('data', (chunk) => {
        text += String(chunk);
        const port = /serving on port (\d+)/.exec(text)?.[1];
        if (port !== undefined) resolve(`${address}:${port}`);
      });
    });
  }
  afterAll(() => {
    for (const server of servers) server.kill('SIGKILL');
  });

  it.each([
    ['in one copy', '127.0.0.1'],
    // crane does not take this for plain http by itself, so the two ends are kept apart.
    ['by way of a folder', '127.0.0.2'],
  ])('lists, and brings %s', async (_name, address) => {
    const [here, there] = [await serve('127.0.0.1'), await serve(address)];
    const base = `http://${here}/v2/up/a`;
    await fetch(`${base}/blobs/uploads/?digest=${digestOf(config)}`, { method: 'POST', body: config });
    await fetch(`${base}/manifests/1.0`, {
      method: 'PUT',
      body: image,
      headers: { 'content-type': mediaType },
    });
    const temp = makeFolder();
    // Without leave to use http for `here`, which crane takes for plain http unasked, it counts as an https end.
    const usesHttp = (registry: string) => registry === there;
    const settings = {
      file: crane,
      env: { ...ENV, HOME: makeFolder() },
      temp,
      usesHttp,
    };
    const { bring } = createEngine({ ...ENGINE_DEFAULTS, ...settings, attempts: 1 }, DEPS);
    const { list } = createLister({ ...LISTER_DEFAULTS, ...settings, attempts: 1 }, DEPS);
    const from = { registry: here, repository: 'up/a' };
    expect(await list(from)).toEqual(['1.0']);
    await bring(digestOf(image), from, { registry: there, repository: 'mirror/a' });
    const answer = await fetch(`http://${there}/v2/mirror/a/manifests/${digestOf(image)}`);
    expect(digestOf(Buffer.from(await answer.arrayBuffer()))).toBe(digestOf(image));
    expect(readdirSync(temp)).toEqual([]);
    await expect(list({ ...from, repository: 'nowhere' })).rejects.toMatchObject({ reason: 'not-found' });
  });
});
