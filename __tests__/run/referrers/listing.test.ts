// The index that stands in for the referrers API, under writers who do not know of each other.

import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { fallbackIndex, referrerEntry } from '../../../src/image/manifest/fallback-index.ts';
import { type ManifestBody, OCI_MANIFEST } from '../../../src/image/manifest/manifest.ts';
import { fallbackTag, type ReferrerEntry, readReferrers } from '../../../src/image/manifest/referrers.ts';
import { type Digest, digestOf } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { createAttached } from '../../../src/registry/attached/attached.ts';
import { keepListed } from '../../../src/run/referrers/listing.ts';
import { type MemoryClient, memoryClient } from '../../registry/memory-client.ts';

const NAME = { registry: 'mirror.example', repository: 'm/app' };
const SUBJECT: Digest = `sha256:${'a'.repeat(64)}`;
const TAG = fallbackTag(SUBJECT);
const KEY = lookUp(NAME, TAG);
const CONFIG = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: digestOf(Buffer.from('{}')),
  size: 2,
};

function made(name: string, client: MemoryClient): ManifestBody {
  const subject = { mediaType: OCI_MANIFEST, digest: SUBJECT, size: 1 };
  const fields = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: 'x/y',
    config: CONFIG,
    layers: [],
  };
  const bytes = Buffer.from(JSON.stringify({ ...fields, subject, annotations: { name } }));
  const body = { digest: digestOf(bytes), mediaType: OCI_MANIFEST, bytes };
  client.manifests.set(lookUp(NAME, body.digest), body);
  client.blobs.set(lookUp(NAME, CONFIG.digest), Buffer.from('{}'));
  return body;
}

function doorsOf(client: MemoryClient) {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const ticks = async (milliseconds: number) => {
    for (let left = milliseconds / 20; left > 0; left -= 1) await new Promise((next) => setImmediate(next));
  };
  const clock = { sleep: ticks, now: () => 0, every: () => () => undefined, today: () => '2026-09-01' };
  const log = { info: say, warning: say, tell: say, debug: say };
  return { mirror: client, attached: createAttached(client), clock, log, turns: new Map(), lines };
}

function listed(client: MemoryClient): ReferrerEntry[] {
  const index = client.manifests.get(KEY);
  return index === undefined ? [] : (readReferrers(index.bytes) ?? []);
}
const digestsIn = (client: MemoryClient): Digest[] => listed(client).map(({ digest }) => digest);

/** What somebody else writes, over whatever is there. */
const overwrite = (client: MemoryClient, ...bodies: ManifestBody[]): void => {
  client.manifests.set(KEY, fallbackIndex(null, bodies.map(referrerEntry)));
};

describe('a mirror without the referrers API', () => {
  it('gets an index, and keeps what is in it', async () => {
    const client = memoryClient();
    const [theirs, own] = [made('theirs', client), made('own', client)];
    overwrite(client, theirs);
    await keepListed(NAME, SUBJECT, [own], doorsOf(client));
    expect(digestsIn(client)).toEqual([theirs.digest, own.digest]);
    expect(client.count(`put ${KEY}`)).toBe(1);
  });

  it('is written once, and not at all where all is listed', async () => {
    const client = memoryClient();
    const own = made('own', client);
    await keepListed(NAME, SUBJECT, [own, own], doorsOf(client));
    await keepListed(NAME, SUBJECT, [own], doorsOf(client));
    expect([digestsIn(client), client.count(`put ${KEY}`)]).toEqual([[own.digest], 1]);
  });

  it('is written again where somebody wrote over it, with what both wrote', async () => {
    const client = memoryClient();
    const [theirs, own] = [made('theirs', client), made('own', client)];
    let reads = 0;
    client.during.set(`get ${KEY}`, () => {
      reads += 1;
      // Read before we wrote, written after: the read-back is the first to see it.
      if (reads === 3) overwrite(client, theirs);
    });
    await keepListed(NAME, SUBJECT, [own], doorsOf(client));
    expect(digestsIn(client).sort()).toEqual([theirs.digest, own.digest].sort());
  });

  it('is looked at again after a while, when a slower writer has written over it', async () => {
    const client = memoryClient();
    const [theirs, own] = [made('theirs', client), made('own', client)];
    const doors = doorsOf(client);
    let naps = 0;
    const sleep = async (): Promise<void> => {
      naps += 1;
      if (naps === 1) overwrite(client, theirs);
    };
    await keepListed(NAME, SUBJECT, [own], { ...doors, clock: { ...doors.clock, sleep } });
    expect(digestsIn(client).sort()).toEqual([theirs.digest, own.digest].sort());
  });

  it.each([2, 8])('has in the end what %i writers wrote at once', async (writers) => {
    for (let round = 0; round < 20; round += 1) {
      const client = memoryClient();
      const bodies = Array.from({ length: writers }, (_, at) => made(`${round}-${at}`, client));
      const starts = bodies.map(async (body, at) => {
        for (let left = (at * round) % 7; left > 0; left -= 1)
          await new Promise((next) => setImmediate(next));
        await keepListed(NAME, SUBJECT, [body], doorsOf(client));
      });
      await Promise.all(starts);
      expect(digestsIn(client).sort()).toEqual(bodies.map(({ digest }) => digest).sort());
    }
  });

  it('gives up where somebody writes over it each time', async () => {
    const client = memoryClient();
    const [theirs, own] = [made('theirs', client), made('own', client)];
    client.during.set(`get ${KEY}`, () => overwrite(client, theirs));
    const failing = keepListed(NAME, SUBJECT, [own], doorsOf(client));
    await expect(failing).rejects.toMatchObject({ reason: 'foreign-change' });
  });

  it('loses the entries of what is not there, which no registry takes, and nothing else', async () => {
    const client = memoryClient();
    const [gone, theirs, own] = [made('gone', client), made('theirs', client), made('own', client)];
    overwrite(client, gone, theirs);
    client.manifests.delete(lookUp(NAME, gone.digest));
    const doors = doorsOf(client);
    await keepListed(NAME, SUBJECT, [own], doors);
    expect(digestsIn(client)).toEqual([theirs.digest, own.digest]);
    expect(doors.lines).toEqual([
      expect.stringContaining(`no longer lists what is not there: ${gone.digest}`),
    ]);
  });

  it('is left alone where its tag is an image', async () => {
    const client = memoryClient();
    const image = made('image', client);
    client.manifests.set(KEY, image);
    const failing = keepListed(NAME, SUBJECT, [made('own', client)], doorsOf(client));
    await expect(failing).rejects.toMatchObject({ reason: expect.stringMatching(/corrupt|conflict/) });
    expect(client.manifests.get(KEY)).toBe(image);
  });

  it('fails as the registry does', async () => {
    const client = memoryClient();
    client.faults.set(`put ${KEY}`, new Failure('denied', 'no'));
    const failing = keepListed(NAME, SUBJECT, [made('own', client)], doorsOf(client));
    await expect(failing).rejects.toMatchObject({ reason: 'denied' });
  });
});

describe('a mirror with the referrers API', () => {
  function withApi(lists: () => readonly ManifestBody[]): MemoryClient {
    return Object.assign(memoryClient(), { listReferrers: async () => lists().map(referrerEntry) });
  }

  it('gets no index', async () => {
    const client: MemoryClient = withApi(() => [own]);
    const own = made('own', client);
    await keepListed(NAME, SUBJECT, [own], doorsOf(client));
    expect(client.calls).toEqual([]);
  });

  it('gets again what it took before it had the API', async () => {
    const client: MemoryClient = withApi(() => (client.count('put') === 0 ? [] : [own]));
    const own = made('own', client);
    await keepListed(NAME, SUBJECT, [own], doorsOf(client));
    expect(client.calls).toEqual([`put ${lookUp(NAME, own.digest)}`]);
  });

  it('that takes it and does not list it has failed', async () => {
    const client = withApi(() => []);
    const failing = keepListed(NAME, SUBJECT, [made('own', client)], doorsOf(client));
    await expect(failing).rejects.toMatchObject({
      reason: 'corrupt',
      message: expect.stringContaining('does not list it'),
    });
  });
});
