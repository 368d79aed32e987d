import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { createTurns } from '../../../src/base/flow/turns.ts';
import { type Digest, digestOf } from '../../../src/image/names/digest.ts';
import { createCredentials } from '../../../src/registry/crane/credentials.ts';
import {
  createEngine,
  ENGINE_DEFAULTS,
  type EngineDeps,
  type EngineSettings,
} from '../../../src/registry/crane/engine.ts';
import { ENV, makeFolder, removeFolders, stubCrane } from './stub.ts';

afterEach(removeFolders);

const DIGEST: Digest = `sha256:${'a'.repeat(64)}`;
const FROM = { registry: 'up.example', repository: 'a' };
const TO = { registry: 'mirror.example', repository: 'b' };

function engine(script: string, settings: Partial<EngineSettings> = {}, deps: Partial<EngineDeps> = {}) {
  const { file, calls } = stubCrane(script);
  const lines: string[] = [];
  const slept: number[] = [];
  const log = {
    debug: (line: string) => void lines.push(line),
    warning: (line: string) => void lines.push(line),
  };
  const clock = { sleep: async (milliseconds: number) => void slept.push(milliseconds) };
  const made = createEngine(
    { ...ENGINE_DEFAULTS, file, env: ENV, temp: makeFolder(), usesHttp: () => false, ...settings },
    { clock, log, random: () => 0, ...deps },
  );
  const called = () => readFileSync(calls, 'utf8').split('\n').slice(0, -1);
  return { ...made, called, lines, slept };
}

describe('list', () => {
  it('gives every tag, and leaves out what is none', async () => {
    const { list, called, lines } = engine("printf '1.0\\r\\n2.0\\n1.0\\n-rf\\n::error::x\\n3.0'");
    expect(await list(FROM)).toEqual(['1.0', '2.0', '3.0']);
    expect(called()).toEqual(['ls -- up.example/a']);
    expect(lines).toEqual(['list up.example/a: 2 names are no tags and were left out']);
  });

  it.each([
    ['no name', 'exit 0', 'not-found', 1],
    ['a list that goes round', 'while :; do echo a; echo b; done', 'server-error', 1],
    ['a list that breaks off', 'echo 1.0; echo "Error: unexpected EOF" >&2; exit 1', 'network', 5],
    ['a list that may not be read', 'echo "Error: UNAUTHORIZED: no" >&2; exit 1', 'denied', 1],
    ['no repository', 'echo "Error: NAME_UNKNOWN: no" >&2; exit 1', 'not-found', 2],
    ['silence', 'sleep 20', 'timeout', 2],
  ])('is unknown for %s', async (_name, script, reason, calls) => {
    const attempts = reason === 'timeout' ? 2 : 5;
    const { list, called } = engine(script, { attempts, listDeadline: reason === 'timeout' ? 200 : 5_000 });
    await expect(list(FROM)).rejects.toMatchObject({ reason });
    expect(called()).toHaveLength(calls);
  });
});

it('lists so many repositories at once and no more', async () => {
  const file = join(makeFolder(), 'running');
  // Each list leaves a line when it begins and one when it ends.
  const { list } = engine(`echo begin >> '${file}'; sleep 0.05; echo end >> '${file}'; echo 1.0`, {
    lists: 3,
  });
  const names = Array.from({ length: 10 }, (_, at) => ({ registry: 'up.example', repository: `a${at}` }));
  const lists = await Promise.all(names.map((name) => list(name)));
  expect(lists).toEqual(names.map(() => ['1.0']));
  let running = 0;
  const seen = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (running += line === 'begin' ? 1 : -1));
  expect([seen.length, Math.max(...seen)]).toEqual([20, 3]);
});

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

describe('turns', () => {
  async function watch(repositories: readonly string[], fails: readonly number[] = []) {
    const turns = createTurns(4);
    const running = new Map<string, number>();
    const most = { all: 0, before: new Map<string, number>() };
    let now = 0;
    const work = (repository: string, id: number) => async () => {
      now += 1;
      running.set(repository, (running.get(repository) ?? 0) + 1);
      most.all = Math.max(most.all, now);
      if (!done.has(repository))
        most.before.set(repository, Math.max(most.before.get(repository) ?? 0, running.get(repository) ?? 0));
      await new Promise((resolve) => setTimeout(resolve, 5));
      now -= 1;
      running.set(repository, (running.get(repository) ?? 0) - 1);
      if (fails.includes(id)) throw new Error('x');
      done.add(repository);
    };
    const done = new Set<string>();
    const ended = await Promise.allSettled(
      repositories.map((repository, id) => turns.take(repository, work(repository, id))),
    );
    return { most, ended };
  }

  it('lets the first of a repository go alone, four in all', async () => {
    const { most } = await watch(['a', 'a', 'a', 'a', 'a', 'a', 'b', 'b', 'c', 'd', 'e']);
    expect([most.all, Math.max(...most.before.values())]).toEqual([4, 1]);
  });

  it('makes the next the first when one fails', async () => {
    const { most, ended } = await watch(['a', 'a', 'a', 'a'], [0, 1]);
    expect(most.before.get('a')).toBe(1);
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });
});

describe('credentials', () => {
  const find = (script: string) => {
    const { file, calls } = stubCrane(script);
    const secrets: string[] = [];
    const look = createCredentials({ file, env: ENV, deadline: 500 }, (secret) => void secrets.push(secret));
    return { look, secrets, calls: () => readFileSync(calls, 'utf8') };
  };

  it('are looked up once per registry, and told before they are used', async () => {
    const { look, secrets, calls } = find(`echo '{"Username":"u","Secret":"p w"}'`);
    expect(await Promise.all([look('ghcr.io'), look('ghcr.io')])).toEqual(
      Array(2).fill({ username: 'u', secret: 'p w' }),
    );
    expect(calls()).toBe('auth get -- ghcr.io\n');
    expect(secrets).toEqual(['p w', btoa('u:p w')]);
  });

  it.each([['echo "credentials not found in native keychain"; exit 1'], ["echo '{}'"], ["echo 'nonsense'"]])(
    'are none after %s',
    async (script) => expect(await find(script).look('ghcr.io')).toBeNull(),
  );

  it.each([['echo "Error: helper: broken" >&2; exit 1'], ['sleep 20']])(
    'cannot be read after %s',
    async (script) => {
      await expect(find(script).look('ghcr.io')).rejects.toMatchObject({ reason: 'denied' });
    },
  );
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
    const log = { debug: () => undefined, warning: () => undefined };
    const clock = { sleep: async () => undefined };
    const temp = makeFolder();
    // Without leave to use http for `here`, which crane takes for plain http unasked, it counts as an https end.
    const usesHttp = (registry: string) => registry === there;
    const settings = {
      ...ENGINE_DEFAULTS,
      file: crane,
      env: { ...ENV, HOME: makeFolder() },
      temp,
      attempts: 1,
      usesHttp,
    };
    const { list, bring } = createEngine(settings, { clock, log });
    const from = { registry: here, repository: 'up/a' };
    expect(await list(from)).toEqual(['1.0']);
    await bring(digestOf(image), from, { registry: there, repository: 'mirror/a' });
    const answer = await fetch(`http://${there}/v2/mirror/a/manifests/${digestOf(image)}`);
    expect(digestOf(Buffer.from(await answer.arrayBuffer()))).toBe(digestOf(image));
    expect(readdirSync(temp)).toEqual([]);
    await expect(list({ ...from, repository: 'nowhere' })).rejects.toMatchObject({ reason: 'not-found' });
  });
});
