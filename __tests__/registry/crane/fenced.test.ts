import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { digestOf } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { runFenced } from '../../../src/registry/crane/fenced.ts';
import { streamImage } from '../../../src/registry/crane/stream.ts';
import { BODY, FROM, LAYER_DIGEST, SOURCE, TO } from '../fence/through.ts';
import { memoryClient } from '../memory-client.ts';
import { craneWith, removeFolders } from './stub.ts';

afterEach(removeFolders);

const ERRAND = { source: FROM, mirror: TO, missing: new Set([LAYER_DIGEST]), mostBytes: 1_000 };
const COMMAND = { what: 'copy it', args: ['copy', 'x'], errand: ERRAND };

/** A request through the fence, as a shell can make it: node stands in for crane. */
const asking = (path: string) => `'${process.execPath}' -e '
  const { hostname, port, username, password } = new URL(process.env.HTTP_PROXY);
  const headers = { "proxy-authorization": "Basic " + btoa(username + ":" + password) };
  require("http").get({ hostname, port, path: "${SOURCE}/${path}", headers }, (r) => r.resume())
'`;

const ASK = asking('manifests/1');

const run = (script: string, own: Parameters<typeof craneWith>[1] = {}) => {
  const made = craneWith(script, own);
  return { ...made, ended: runFenced(made.crane, COMMAND) };
};

describe('a command', () => {
  it('sees the way to the fence and nothing else of the network', async () => {
    const { ended, crane, client } = run('env | grep -ci "^[a-z]*_proxy=" >&2; exit 1', {
      settings: { attempts: 1 },
    });
    await expect(ended).rejects.toMatchObject({ detail: expect.stringContaining('8') });
    expect([Object.keys(crane.settings.env), client.calls]).toEqual([['PATH'], []]);
  });

  it('is tried again where that may help, with growing waits and another password each time', async () => {
    const { ended, called, slept, lines } = run(
      '[ $N -gt 3 ] && exit 0; echo "Error: $HTTP_PROXY" >&2; exit 1',
    );
    await ended;
    expect([called().length, slept]).toEqual([4, [1_500, 3_000, 6_000]]);
    expect(new Set(lines).size).toBe(3);
  });

  it.each([
    ['a crash', 'echo "panic: x" >&2; exit 2', 'internal', 5],
    ['a kill', 'kill -9 $$', 'server-error', 5],
    ['content that is not what its digest says', 'echo "Error: DIGEST_INVALID: x" >&2; exit 1', 'corrupt', 5],
    ['an unknown flag', 'echo "Error: unknown flag: --x" >&2; exit 1', 'unsupported', 1],
    ['ten megabytes of words', 'head -c 10000000 /dev/zero | tr "\\0" x >&2; exit 1', 'server-error', 5],
  ])('fails truly after %s', async (_name, script, reason, calls) => {
    const { ended, called } = run(script);
    await expect(ended).rejects.toMatchObject({ reason });
    expect(called()).toHaveLength(calls);
  });

  it('is quoted with the names of the registries, not with those of the fence', async () => {
    const { ended } = run('echo "Error: from source.fence.invalid/a to mirror.fence.invalid/b" >&2; exit 1');
    await expect(ended).rejects.toMatchObject({
      detail: expect.stringContaining(`from ${FROM.registry}/a to ${TO.registry}/b`),
    });
  });

  it('says how often it was tried', async () => {
    await expect(run('exit 1').ended).rejects.toMatchObject({
      message: 'copy it: crane failed',
      detail: 'crane failed with exit code 1 (after 5 attempts)',
    });
  });

  it('that does nothing while nothing is under way for it is ended', async () => {
    const { ended, called } = run('exec sleep 20', { settings: { stall: 200, attempts: 2 } });
    await expect(ended).rejects.toMatchObject({ reason: 'timeout' });
    expect(called()).toHaveLength(2);
  });

  it('is not ended while something is under way for it', async () => {
    const client = memoryClient();
    client.manifests.set(lookUp(FROM, '1'), BODY);
    client.during.set(`get ${lookUp(FROM, '1')}`, () => new Promise((resolve) => setTimeout(resolve, 1_500)));
    const { ended, called } = run(ASK, { client, settings: { stall: 1_000 } });
    await ended;
    expect(called()).toHaveLength(1);
  });

  it('is ended by what the fence knows to be final, and that is what is told', async () => {
    const client = memoryClient();
    client.faults.set(`get ${lookUp(FROM, '1')}`, new Failure('denied', 'GET up.example: 403'));
    const { ended, called } = run(`${ASK}; sleep 20`, { client });
    await expect(ended).rejects.toMatchObject({ reason: 'denied', message: 'GET up.example: 403' });
    expect(called()).toHaveLength(1);
  });

  it('that fails after something broke on its way is told by that, and tried again', async () => {
    const client = memoryClient();
    const failure = new Failure('network', 'the answer ended too early');
    client.openBlob = async () => {
      const stream = new PassThrough();
      stream.write('a la');
      setTimeout(() => stream.destroy(failure), 50);
      return { length: '7', stream, explain: () => failure };
    };
    const { ended, called } = run(`${asking(`blobs/${LAYER_DIGEST}`)}; exit 1`, {
      client,
      settings: { attempts: 2 },
    });
    await expect(ended).rejects.toMatchObject({
      reason: 'network',
      message: 'the answer ended too early',
      detail: 'the answer ended too early (after 2 attempts)',
    });
    expect(called()).toHaveLength(2);
  });

  it('keeps secrets out of what crane says', async () => {
    const redact = (text: string) => text.replaceAll('secret', '***');
    const { ended } = run('echo "Error: a secret" >&2; exit 1', { redact });
    await expect(ended).rejects.toMatchObject({ detail: 'a *** (after 5 attempts)' });
  });

  it('is cancelled, while it runs and before it is tried again', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 150);
    const { ended, called } = run('sleep 20', { signal: controller.signal });
    await expect(ended).rejects.toMatchObject({ reason: 'cancelled' });
    expect(called()).toHaveLength(1);
    await expect(run('exit 0', { signal: controller.signal }).ended).rejects.toMatchObject({
      reason: 'cancelled',
    });
  });
});

it('copies an image by digest between the two names of the fence', async () => {
  const { crane, called } = craneWith('exit 0');
  await streamImage(crane, {
    from: FROM,
    to: TO,
    digest: BODY.digest,
    missing: new Map([[LAYER_DIGEST, 7]]),
  });
  const ends = `source.fence.invalid/a/b@${BODY.digest} mirror.fence.invalid/c@${BODY.digest}`;
  expect(called()).toEqual([`copy --jobs 4 --insecure -- ${ends}`]);
});

describe('image after image', () => {
  const image = (at: number) => ({
    from: FROM,
    to: TO,
    digest: digestOf(Buffer.from(String(at))),
    missing: new Map([[LAYER_DIGEST, 7]]),
  });

  it.each([
    ['fails because the network does: the rest is given up', 'exit 1', 5],
    ['fails by itself: each is tried', 'echo "Error: DIGEST_INVALID: x" >&2; exit 1', 8],
    ['fails but for one in between: each is tried', '[ $N -eq 4 ] && exit 0; exit 1', 8],
  ])('%s', async (_name, script, tried) => {
    const { crane, called } = craneWith(script, { settings: { attempts: 1 } });
    for (let at = 0; at < 8; at += 1) await streamImage(crane, image(at)).catch(() => undefined);
    expect(called()).toHaveLength(tried);
  });
});
