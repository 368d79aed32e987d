// The real crane behind the fence: what it asks, and that it comes through.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { createBreaker } from '../../../src/base/flow/breaker.ts';
import { OCI_MANIFEST } from '../../../src/image/manifest/manifest.ts';
import { type Digest, digestOf } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { CRANE_DEFAULTS, type Crane } from '../../../src/registry/crane/fenced.ts';
import { createLister } from '../../../src/registry/crane/lister.ts';
import { streamImage } from '../../../src/registry/crane/stream.ts';
import { createFence, type Fence } from '../../../src/registry/fence/fence.ts';
import { lacks, old, store } from '../copier/sides.ts';
import { FROM, TO } from '../fence/through.ts';
import { type MemoryClient, memoryClient } from '../memory-client.ts';
import { ENV, makeFolder, removeFolders } from './stub.ts';

const file = join(import.meta.dirname, '../../../.tools/bin/crane');

const bytes = randomBytes(300_000);
const layer = {
  bytes,
  descriptor: {
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest: digestOf(bytes),
    size: bytes.length,
  },
};
const configBytes = Buffer.from(
  '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}',
);
const config = {
  bytes: configBytes,
  descriptor: {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: digestOf(configBytes),
    size: configBytes.length,
  },
};
const manifestBytes = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: config.descriptor,
    layers: [layer.descriptor],
  }),
);
const IMAGE = {
  body: { digest: digestOf(manifestBytes), mediaType: OCI_MANIFEST, bytes: manifestBytes },
  blobs: [config, layer],
  children: [],
};
const MISSING = new Map<Digest, number>([[layer.descriptor.digest, layer.descriptor.size]]);

describe('the real crane', () => {
  const fences: Fence[] = [];
  let home = '';
  beforeAll(() => {
    home = makeFolder();
  });
  afterAll(removeFolders);
  afterEach(() => {
    for (const fence of fences.splice(0)) fence.close();
  });

  function inside(client: MemoryClient): Crane {
    const fence = createFence(client, { debug: () => undefined });
    fences.push(fence);
    const log = { debug: () => undefined, warning: () => undefined };
    const clock = { sleep: async () => undefined };
    return {
      settings: { ...CRANE_DEFAULTS, attempts: 2, file, env: { ...ENV, HOME: home } },
      deps: {
        fence,
        waits: { begin: () => undefined },
        breaker: createBreaker({ clock: { now: () => 0 }, tell: () => undefined }),
        clock,
        log,
        redact: (text) => text,
      },
    };
  }

  const copy = { from: FROM, to: TO, digest: IMAGE.body.digest, missing: MISSING };

  it('uploads what is missing and nothing else, and puts nothing', async () => {
    const client = memoryClient();
    store(client, FROM, IMAGE);
    await streamImage(inside(client), copy);
    expect(lacks(client, TO, IMAGE)).toEqual([IMAGE.body.digest, config.descriptor.digest]);
    expect([client.count('startUpload'), client.count('openBlob'), client.count('put')]).toEqual([1, 1, 0]);
  });

  it('begins a blob again that broke off', async () => {
    const client = memoryClient();
    store(client, FROM, IMAGE);
    let broken = 0;
    const { openBlob } = client;
    client.openBlob = async (name, digest) => {
      const blob = await openBlob(name, digest);
      if (blob === null || broken > 0) return blob;
      broken += 1;
      const cut = async function* () {
        yield bytes.subarray(0, 1_000);
        throw new Failure('network', 'the answer ended too early');
      };
      return { ...blob, stream: Readable.from(cut()) };
    };
    await streamImage(inside(client), copy);
    expect(client.blobs.has(lookUp(TO, layer.descriptor.digest))).toBe(true);
  });

  it('tells what the fence knows of a failure, not what crane says', async () => {
    const client = memoryClient();
    store(client, FROM, IMAGE);
    client.faults.set(
      `openBlob ${lookUp(FROM, layer.descriptor.digest)}`,
      new Failure('quota', 'the pull limit'),
    );
    await expect(streamImage(inside(client), copy)).rejects.toMatchObject({ message: 'the pull limit' });
  });

  it('copies what only it can read whole', async () => {
    const client = memoryClient();
    store(client, FROM, IMAGE);
    await streamImage(inside(client), { ...copy, missing: null });
    expect(lacks(client, TO, IMAGE)).toEqual([]);
    expect(old('x').body.mediaType).toContain('prettyjws');
  });

  it('lists page by page', async () => {
    const client = memoryClient();
    client.readPage = async (_name, query) => {
      const isLast = query.includes('last=b');
      const body = Buffer.from(JSON.stringify({ name: 'a/b', tags: isLast ? ['c'] : ['a', 'b'] }));
      return { body, next: isLast ? null : '?n=1000&last=b' };
    };
    const lister = createLister(inside(client));
    expect(await lister.list(FROM)).toEqual(['a', 'b', 'c']);
    client.readPage = async () => {
      throw new Failure('not-found', 'there is no such repository');
    };
    await expect(lister.list(FROM)).rejects.toMatchObject({ reason: 'not-found' });
  });
});
