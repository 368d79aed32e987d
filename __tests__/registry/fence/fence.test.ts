import { once } from 'node:events';
import { connect } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { digestOf } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { admitted, ask, BODY, closeFences, FROM, idle, LAYER, MIRROR, open, SOURCE, TO } from './through.ts';

afterEach(closeFences);

describe('the way in', () => {
  it('is told by every variable that a program may read, and none leads past it', async () => {
    const { admission } = await admitted();
    const { HTTP_PROXY = '' } = admission.env;
    expect(HTTP_PROXY).toMatch(/^http:\/\/crane:[0-9a-f]{48}@127\.0\.0\.1:\d+$/);
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'];
    const expected = Object.fromEntries(names.map((name) => [name, HTTP_PROXY]));
    expect(admission.env).toEqual({ ...expected, NO_PROXY: '', no_proxy: '' });
  });

  it.each([
    ['no password', ''],
    ['another password', `Basic ${btoa('crane:0')}`],
    ['another scheme', 'Bearer x'],
  ])('is closed with %s', async (_name, authorization) => {
    const { admission, client } = await admitted();
    const headers = { 'proxy-authorization': authorization };
    expect((await ask(admission, `${SOURCE}/manifests/1`, { headers })).status).toBe(407);
    expect(client.calls).toEqual([]);
  });

  it('is closed once the command has ended', async () => {
    const { admission } = await admitted();
    expect((await ask(admission, 'http://source.fence.invalid/v2/')).status).toBe(200);
    admission.close();
    expect((await ask(admission, 'http://source.fence.invalid/v2/')).status).toBe(407);
  });

  it('leads each command to its own repositories alone', async () => {
    const { fence, admission, client } = await admitted();
    const none = { missing: null, mostBytes: 1 };
    const other = await fence.admit({ source: { ...FROM, repository: 'else' }, mirror: null, ...none });
    client.manifests.set(lookUp(FROM, '1'), BODY);
    expect((await ask(admission, `${SOURCE}/manifests/1`)).status).toBe(200);
    expect((await ask(other, `${SOURCE}/manifests/1`)).status).toBe(404);
    expect((await ask(other, `${MIRROR}/manifests/1`)).status).toBe(403);
  });

  it.each([
    ['http://up.example/v2/a/b/manifests/1', 403],
    ['http://169.254.169.254/v2/a/b/manifests/1', 403],
    ['http://source.fence.invalid:81/v2/a/b/manifests/1', 403],
    ['https://source.fence.invalid/v2/a/b/manifests/1', 403],
    ['http://source.fence.invalid/token', 403],
    ['http://source.fence.invalid/v2/other/manifests/1', 404],
    ['http://source.fence.invalid/v2/a/bb/manifests/1', 404],
    ['http://source.fence.invalid/v2/x/y/manifests/1', 404],
    ['http://source.fence.invalid/v2/a/b/../../other/manifests/1', 404],
    ['http://source.fence.invalid/v2/a/b/referrers/1', 404],
    ['http://source.fence.invalid/v2/a/b/blobs/uploads/', 404],
    ['http://mirror.fence.invalid/v2/a/b/manifests/1', 404],
    ['http://mirror.fence.invalid/v2/c/tags/list', 404],
    ['http://mirror.fence.invalid/v2/_catalog', 404],
  ])('does not lead to %s', async (url, status) => {
    const { admission, client } = await admitted();
    expect((await ask(admission, url)).status).toBe(status);
    expect(client.calls).toEqual([]);
  });

  it.each(['PUT', 'POST', 'PATCH', 'DELETE'])('never lets %s through to the source', async (method) => {
    const { admission, client } = await admitted();
    for (const path of ['manifests/1', `blobs/${BODY.digest}`, 'blobs/uploads/'])
      expect((await ask(admission, `${SOURCE}/${path}`, { method })).status).toBe(404);
    expect(client.calls).toEqual([]);
  });

  it('refuses a tunnel', async () => {
    const { admission } = await admitted();
    const { port } = new URL(admission.env.HTTP_PROXY ?? '');
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('CONNECT up.example:443 HTTP/1.1\r\nhost: up.example:443\r\n\r\n');
    const [chunk] = await once(socket, 'data');
    socket.destroy();
    expect(String(chunk)).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('ends for all when the fence is closed', async () => {
    const { admission, fence, client } = await admitted();
    client.during.set(`get ${lookUp(FROM, '1')}`, () => new Promise(() => undefined));
    const hanging = ask(admission, `${SOURCE}/manifests/1`).catch(() => 'ended');
    while (client.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    fence.close();
    expect(await hanging).toBe('ended');
    await expect(ask(admission, `${SOURCE}/manifests/1`)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('an admission', () => {
  it('knows whether something is under way', async () => {
    const { admission, client } = await admitted();
    const busy: boolean[] = [];
    client.during.set(`get ${lookUp(FROM, '1')}`, () => void busy.push(admission.isIdle()));
    expect(admission.isIdle()).toBe(true);
    await ask(admission, `${SOURCE}/manifests/1`);
    expect([busy, admission.isIdle()]).toEqual([[false], true]);
  });

  it('ends its command at a failure, which crane is told to be final and nothing more', async () => {
    const { admission, client } = await admitted();
    client.faults.set(
      `get ${lookUp(FROM, '1')}`,
      new Failure('denied', 'GET up.example/a/b:1: secret words'),
    );
    const { status, body } = await ask(admission, `${SOURCE}/manifests/1`);
    expect([status, JSON.parse(String(body)).errors[0].code]).toEqual([400, 'UNSUPPORTED']);
    expect(String(body)).not.toContain('secret');
    expect(admission.failure()).toMatchObject({ reason: 'denied' });
    expect(admission.over.reason).toBe(admission.failure());
  });

  it('does not take "not there" for a failure', async () => {
    const { admission } = await admitted();
    expect((await ask(admission, `${SOURCE}/manifests/1`)).status).toBe(404);
    expect([admission.failure(), admission.over.aborted]).toEqual([null, false]);
  });
});

describe('the source', () => {
  it('gives a manifest that this run has read without asking for it again', async () => {
    const { admission, client } = await admitted();
    client.manifests.set(lookUp(FROM, BODY.digest), BODY);
    await client.get(FROM, BODY.digest);
    const url = `${SOURCE}/manifests/${BODY.digest}`;
    const { status, headers, body } = await ask(admission, url);
    expect([status, digestOf(body)]).toEqual([200, BODY.digest]);
    expect(headers).toMatchObject({
      'content-type': BODY.mediaType,
      'docker-content-digest': BODY.digest,
      'content-length': String(BODY.bytes.length),
    });
    expect((await ask(admission, url, { method: 'HEAD' })).body).toHaveLength(0);
    expect(client.calls).toHaveLength(1);
  });

  it('gives pages of its list, each leading to the next one here', async () => {
    const memory = await admitted();
    const readPage = async (_name: typeof FROM, query: string) => ({
      body: Buffer.from(`{"tags":["${query}"]}`),
      next: query === '?n=2' ? '?n=2&last=b' : null,
    });
    const { admission } = await admitted({}, { ...memory.client, readPage });
    const first = await ask(admission, `${SOURCE}/tags/list?n=2`);
    expect(first.headers.link).toBe('</v2/a/b/tags/list?n=2&last=b>; rel="next"');
    const last = await ask(admission, `${SOURCE}/tags/list?n=2&last=b`);
    expect([String(last.body), last.headers.link]).toEqual(['{"tags":["?n=2&last=b"]}', undefined]);
  });
});

describe('a blob', () => {
  const digest = digestOf(LAYER);
  const url = `${SOURCE}/blobs/${digest}`;

  it('comes as a stream, with its length', async () => {
    const { admission, client } = await admitted();
    client.blobs.set(lookUp(FROM, digest), LAYER);
    const { status, headers, body } = await ask(admission, url);
    expect([status, headers['content-length'], String(body)]).toEqual([200, '7', 'a layer']);
  });

  it('that is not there ends the command', async () => {
    const { admission } = await admitted();
    expect((await ask(admission, url)).status).toBe(400);
    expect(admission.over.reason).toMatchObject({ reason: 'not-found' });
  });

  async function broken(failure: Failure) {
    const { client } = await admitted();
    const stream = Readable.from(
      (async function* () {
        yield Buffer.from('a la');
        await new Promise((resolve) => setTimeout(resolve, 20));
        throw failure;
      })(),
    );
    const openBlob = async () => ({ length: '7', stream, explain: () => failure });
    const made = await admitted({}, { ...client, openBlob });
    await expect(ask(made.admission, url)).rejects.toThrow('aborted');
    await idle(made.admission);
    return made.admission;
  }

  it('that breaks off is begun again by crane: the command goes on', async () => {
    const admission = await broken(new Failure('network', 'the answer ended too early'));
    expect([admission.over.aborted, admission.failure()?.reason]).toEqual([false, 'network']);
  });

  it('that breaks off for good ends the command', async () => {
    const admission = await broken(new Failure('cancelled', 'the run was cancelled'));
    expect([admission.over.aborted, admission.failure()?.reason]).toEqual([true, 'cancelled']);
  });

  it('that nobody wants any more is no fault of the source', async () => {
    const memory = await admitted();
    const stream = new PassThrough();
    stream.write('a la');
    const explain = () => new Failure('network', 'broken');
    const openBlob = async () => ({ length: '7', stream, explain });
    const { admission } = await admitted({}, { ...memory.client, openBlob });
    const response = await open(admission, url);
    response.on('error', () => undefined).destroy();
    await idle(admission);
    expect([admission.failure(), stream.destroyed]).toEqual([null, true]);
  });

  it('is not fetched for ever: more than there can be ends the command', async () => {
    const { admission, client } = await admitted({ mostBytes: 15 });
    client.blobs.set(lookUp(FROM, digest), LAYER);
    expect((await ask(admission, url)).status).toBe(200);
    expect((await ask(admission, url)).status).toBe(200);
    await ask(admission, url).catch(() => undefined);
    await idle(admission);
    expect(admission.over.reason).toMatchObject({ reason: 'unsupported' });
  });
});

it('answers for nobody where a command has no business', async () => {
  const { admission, client } = await admitted({ mirror: null });
  client.manifests.set(lookUp(TO, '1'), BODY);
  expect((await ask(admission, `${MIRROR}/manifests/1`)).status).toBe(403);
});
