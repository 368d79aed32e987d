import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { digestOf } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import {
  admitted,
  ask,
  BODY,
  closeFences,
  idle,
  LAYER,
  LAYER_DIGEST,
  MIRROR,
  passwordOf,
  TO,
} from './through.ts';

afterEach(closeFences);

const OTHER = digestOf(Buffer.from('another layer'));
const head = { method: 'HEAD' };

describe('where the missing blobs are known', () => {
  it('says what is missing and what is there without asking the mirror', async () => {
    const { admission, client } = await admitted();
    client.manifests.set(lookUp(TO, BODY.digest), BODY);
    expect((await ask(admission, `${MIRROR}/blobs/${LAYER_DIGEST}`, head)).status).toBe(404);
    expect((await ask(admission, `${MIRROR}/blobs/${OTHER}`, head)).status).toBe(200);
    // crane takes a manifest that is there for whole, and its blobs are what is missing.
    expect((await ask(admission, `${MIRROR}/manifests/${BODY.digest}`, head)).status).toBe(404);
    expect(client.calls).toEqual([]);
  });

  it('takes the manifest and keeps it from the mirror: the copier puts it', async () => {
    const { admission, client } = await admitted();
    const put = { method: 'PUT', body: BODY.bytes, headers: { 'content-type': BODY.mediaType } };
    const { status, headers } = await ask(admission, `${MIRROR}/manifests/${BODY.digest}`, put);
    expect([status, headers['docker-content-digest']]).toEqual([201, BODY.digest]);
    expect(client.calls).toEqual([]);
  });
});

describe('where nothing is known', () => {
  it('asks the mirror, and passes the manifest on', async () => {
    const { admission, client } = await admitted({ missing: null });
    client.blobs.set(lookUp(TO, OTHER), LAYER);
    expect((await ask(admission, `${MIRROR}/blobs/${LAYER_DIGEST}`, head)).status).toBe(404);
    expect((await ask(admission, `${MIRROR}/blobs/${OTHER}`, head)).status).toBe(200);
    expect((await ask(admission, `${MIRROR}/manifests/${BODY.digest}`, head)).status).toBe(404);
    const put = { method: 'PUT', body: BODY.bytes, headers: { 'content-type': BODY.mediaType } };
    expect((await ask(admission, `${MIRROR}/manifests/${BODY.digest}`, put)).status).toBe(201);
    expect(client.manifests.get(lookUp(TO, BODY.digest))).toEqual(BODY);
    expect((await ask(admission, `${MIRROR}/manifests/${BODY.digest}`, head)).status).toBe(200);
  });

  it('ends the command where the mirror refuses the manifest', async () => {
    const { admission, client } = await admitted({ missing: null });
    client.faults.set(`put ${lookUp(TO, BODY.digest)}`, new Failure('quota', 'full'));
    const put = { method: 'PUT', body: BODY.bytes };
    expect((await ask(admission, `${MIRROR}/manifests/${BODY.digest}`, put)).status).toBe(400);
    expect(admission.over.reason).toMatchObject({ reason: 'quota' });
  });
});

describe('an upload', () => {
  async function started() {
    const made = await admitted();
    const { status, headers } = await ask(made.admission, `${MIRROR}/blobs/uploads/`, { method: 'POST' });
    const location = `http://mirror.fence.invalid${headers.location}`;
    return { ...made, status, location };
  }
  const part = (text: string) => ({ method: 'PATCH', body: Buffer.from(text) });

  it('is known to crane by a name of the fence, which leads to where it really is', async () => {
    const { admission, client, status, location } = await started();
    expect(status).toBe(202);
    expect(location).toMatch(/^http:\/\/mirror\.fence\.invalid\/v2\/c\/blobs\/uploads\/[0-9a-f-]{36}$/);
    const first = await ask(admission, location, part('a '));
    expect([first.status, `http://mirror.fence.invalid${first.headers.location}`]).toEqual([202, location]);
    expect((await ask(admission, location, part('layer'))).status).toBe(202);
    const put = await ask(admission, `${location}?digest=${LAYER_DIGEST}`, { method: 'PUT' });
    expect(put.status).toBe(201);
    expect(Buffer.from(client.blobs.get(lookUp(TO, LAYER_DIGEST)) ?? '').toString()).toBe('a layer');
    // Each part goes where the answer before it led, and the digest is added to what that says.
    const sent = client.calls
      .filter((call) => /^(?:PATCH|PUT) /.test(call))
      .map((call) => call.split('?')[1]);
    expect(sent).toEqual(['state=0', 'state=1', `state=2&digest=${encodeURIComponent(LAYER_DIGEST)}`]);
  });

  it('is begun plainly where crane would mount: what can be mounted was mounted before', async () => {
    const { admission, client } = await admitted();
    const url = `${MIRROR}/blobs/uploads/?mount=${OTHER}&from=x`;
    expect((await ask(admission, url, { method: 'POST' })).status).toBe(202);
    expect(client.count('mountBlob')).toBe(0);
  });

  it('that nobody began is not there, and a command does not see those of another one', async () => {
    const { admission, fence, location } = await started();
    expect((await ask(admission, `${MIRROR}/blobs/uploads/x`, part('x'))).status).toBe(404);
    const other = await fence.admit({ source: null, mirror: TO, missing: null, mostBytes: 1 });
    expect((await ask(other, location, part('x'))).status).toBe(404);
  });

  it('whose part gets lost is begun again by crane: the command goes on', async () => {
    const { admission, client, location } = await started();
    const [call = ''] = client.calls;
    expect(call).toContain('startUpload');
    client.faults.set(
      `PATCH ${lookUp(TO, 'http://mirror.example/uploads/0?state=0')}`,
      new Failure('network', 'reset'),
    );
    expect((await ask(admission, location, part('a layer'))).status).toBe(503);
    expect([admission.failure()?.reason, admission.over.aborted]).toEqual(['network', false]);
  });

  const at = (method: string, query = ''): string =>
    `${method} ${lookUp(TO, `http://mirror.example/uploads/0?state=0${query}`)}`;

  it.each([404, 416])('that the mirror has lost (%i) is begun again by crane', async (status) => {
    const { admission, client, location } = await started();
    client.faults.set(at('PATCH'), new Failure('not-found', 'upload unknown', { status }));
    expect((await ask(admission, location, part('a layer'))).status).toBe(503);
    expect([admission.failure()?.reason, admission.over.aborted]).toEqual(['not-found', false]);
  });

  it('whose end is never answered is given up after three silences', async () => {
    const { admission, client, location } = await started();
    const url = `${location}?digest=${LAYER_DIGEST}`;
    client.faults.set(
      at('PUT', `&digest=${encodeURIComponent(LAYER_DIGEST)}`),
      new Failure('timeout', 'no answer to the upload'),
    );
    const ends: boolean[] = [];
    for (const _ of [1, 2, 3]) {
      await ask(admission, url, { method: 'PUT' });
      ends.push(admission.over.aborted);
    }
    expect(ends).toEqual([false, false, true]);
    expect(admission.over.reason).toMatchObject({ reason: 'timeout' });
  });

  it('two that are silent at the same time are one silence', async () => {
    const { admission, client } = await admitted();
    const urls: string[] = [];
    for (const at of [0, 1]) {
      const { headers } = await ask(admission, `${MIRROR}/blobs/uploads/`, { method: 'POST' });
      urls.push(`http://mirror.fence.invalid${headers.location}`);
      const call = `PATCH ${lookUp(TO, `http://mirror.example/uploads/${at}?state=0`)}`;
      client.faults.set(call, new Failure('timeout', 'no answer to the upload'));
    }
    const both = () => Promise.all(urls.map((url) => ask(admission, url, part('a layer'))));
    await both();
    await both();
    expect(admission.over.aborted).toBe(false);
    await both();
    expect(admission.over.reason).toMatchObject({ reason: 'timeout' });
  });

  it('that is refused for good ends the command', async () => {
    const { admission, client, location } = await started();
    client.faults.set(
      `PATCH ${lookUp(TO, 'http://mirror.example/uploads/0?state=0')}`,
      new Failure('quota', 'full'),
    );
    await ask(admission, location, part('a layer'));
    expect(admission.over.reason).toMatchObject({ reason: 'quota' });
  });

  it('that cannot be begun ends the command', async () => {
    const { admission, client } = await admitted();
    client.faults.set(`startUpload ${lookUp(TO, 'upload')}`, new Failure('denied', 'no'));
    expect((await ask(admission, `${MIRROR}/blobs/uploads/`, { method: 'POST' })).status).toBe(400);
    expect(admission.over.reason).toMatchObject({ reason: 'denied' });
  });

  it('that the mirror does not take to its end is refused, and crane hears so', async () => {
    const { client } = await admitted();
    const sendUpload: typeof client.sendUpload = async (_name, { body }) => {
      body.destroy(new Error('the mirror is gone'));
      throw new Failure('server-error', 'PATCH: 503');
    };
    const { admission } = await admitted({}, { ...client, sendUpload });
    const begun = await ask(admission, `${MIRROR}/blobs/uploads/`, { method: 'POST' });
    const body = Buffer.alloc(4_000_000);
    const url = `http://mirror.fence.invalid${begun.headers.location}`;
    expect((await ask(admission, url, { method: 'PATCH', body })).status).toBe(503);
    expect(admission.failure()).toMatchObject({ message: 'PATCH: 503' });
  });

  it('that crane breaks off is no fault of the mirror', async () => {
    const { admission, location } = await started();
    const { hostname, port } = new URL(admission.env.HTTP_PROXY ?? '');
    const socket = connect(Number(port), hostname);
    const headers = `host: x\r\nproxy-authorization: ${passwordOf(admission)}\r\ncontent-length: 1000`;
    socket.write(`PATCH ${location} HTTP/1.1\r\n${headers}\r\n\r\nabc`);
    while (admission.isIdle()) await new Promise((resolve) => setTimeout(resolve, 5));
    socket.destroy();
    await idle(admission);
    expect([admission.failure(), admission.over.aborted]).toEqual([null, false]);
  });
});
