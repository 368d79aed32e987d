import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { blob, copierWith, FROM, image, index, lacks, old, small, store, TO } from './sides.ts';

const CHILD = image('child', small('one'), small('two'));
const OTHER = image('other', small('one'), small('three'));
const WHOLE = index(CHILD, OTHER);
const at = (name: typeof FROM, { body }: typeof WHOLE) => lookUp(name, body.digest);

function ready(tree = WHOLE, ...rest: Parameters<typeof copierWith>) {
  const made = copierWith(...rest);
  store(made.client, FROM, tree);
  return made;
}

describe('bring', () => {
  it('leaves a digest whole, each blob moved once, children before their index', async () => {
    const { bring, client, moved } = ready();
    await bring(WHOLE.body.digest, FROM, TO);
    expect(lacks(client, TO, WHOLE)).toEqual([]);
    expect(moved).toEqual({ small: 5, mounted: 0, large: 0 });
    expect([client.count('getBlob'), client.count('putBlob')]).toEqual([5, 5]);
    const puts = client.calls.filter((call) => call.startsWith('put '));
    expect(puts).toHaveLength(3);
    expect(puts.at(-1)).toBe(`put ${at(TO, WHOLE)}`);
  });

  it('does everything once for all who ask for it, at once or later', async () => {
    const { bring, client } = ready();
    await Promise.all([CHILD, WHOLE, WHOLE].map(({ body }) => bring(body.digest, FROM, TO)));
    const before = client.calls.length;
    await bring(CHILD.body.digest, FROM, TO);
    await bring(WHOLE.body.digest, FROM, TO);
    expect([client.count('put'), client.count('putBlob'), client.calls.length]).toEqual([3, 5, before]);
  });

  it('reads no manifest again that was read in this run', async () => {
    const { bring, client } = ready();
    await client.get(FROM, WHOLE.body.digest);
    await client.get(FROM, CHILD.body.digest);
    await bring(WHOLE.body.digest, FROM, TO);
    expect(client.calls.filter((call) => call.startsWith('get '))).toEqual(
      [WHOLE, CHILD, OTHER].map((tree) => `get ${at(FROM, tree)}`),
    );
  });

  it('finds a child that is there and whole, and moves nothing of it', async () => {
    const { bring, client } = ready();
    store(client, TO, CHILD);
    await bring(WHOLE.body.digest, FROM, TO);
    expect(lacks(client, TO, WHOLE)).toEqual([]);
    expect(client.count(`put ${at(TO, CHILD)}`)).toBe(0);
    // The config and the layer of its own; the third is shared.
    expect(client.count('putBlob')).toBe(2);
    expect(client.count(`get ${at(FROM, CHILD)}`)).toBe(0);
  });

  it('looks into a child that is there, and brings the blob that was lost', async () => {
    const { bring, client } = ready();
    store(client, TO, WHOLE);
    client.blobs.delete(lookUp(TO, small('two').descriptor.digest));
    await bring(WHOLE.body.digest, FROM, TO);
    expect(lacks(client, TO, WHOLE)).toEqual([]);
    expect([client.count('putBlob'), client.count('put')]).toEqual([1, 0]);
  });

  it('leaves out the manifest itself where only its content is wanted, and puts it when it is wanted whole', async () => {
    const { bring, client } = ready();
    await bring(WHOLE.body.digest, FROM, TO, { extent: 'content' });
    expect(lacks(client, TO, WHOLE)).toEqual([WHOLE.body.digest]);
    await bring(WHOLE.body.digest, FROM, TO);
    expect([lacks(client, TO, WHOLE), client.count(`put ${at(TO, WHOLE)}`)]).toEqual([[], 1]);
  });

  it('asks nothing of a repository that listed nothing', async () => {
    const { bring, client } = ready(WHOLE, [TO]);
    await bring(WHOLE.body.digest, FROM, TO);
    expect(lacks(client, TO, WHOLE)).toEqual([]);
    expect([client.count('head'), client.count('hasBlob')]).toEqual([0, 0]);
  });

  it('takes a mirror that refuses to show itself for one that lacks everything', async () => {
    const { bring, client } = ready(CHILD);
    client.faults.set(`head ${at(TO, CHILD)}`, new Failure('denied', 'no'));
    await bring(CHILD.body.digest, FROM, TO);
    expect(lacks(client, TO, CHILD)).toEqual([]);
    client.faults.set(`head ${at(TO, OTHER)}`, new Failure('server-error', '500'));
    await expect(bring(OTHER.body.digest, FROM, TO)).rejects.toMatchObject({ reason: 'server-error' });
  });

  it('walks an index in an index, and not for ever', async () => {
    const nested = index(index(CHILD), OTHER);
    const { bring, client } = ready(nested);
    await bring(nested.body.digest, FROM, TO);
    expect(lacks(client, TO, nested)).toEqual([]);
    let deep = CHILD;
    for (let depth = 0; depth < 12; depth += 1) deep = index(deep);
    store(client, FROM, deep);
    await expect(bring(deep.body.digest, FROM, TO)).rejects.toMatchObject({ reason: 'unsupported' });
  });

  it('leaves foreign layers where they lie', async () => {
    const type = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    const foreign = image('windows', blob('elsewhere', 5, type), small('own'));
    const { bring, client } = ready(foreign);
    client.blobs.delete(lookUp(FROM, blob('elsewhere').descriptor.digest));
    await bring(foreign.body.digest, FROM, TO);
    expect(client.count('putBlob')).toBe(2);
  });

  it('gives a kind that it cannot read to crane whole, and puts nothing itself', async () => {
    const tree = index(old('ancient'), CHILD);
    const { bring, client, streams } = ready(tree);
    await bring(tree.body.digest, FROM, TO);
    expect(streams).toEqual([{ digest: old('ancient').body.digest, missing: null }]);
    expect(client.count(`put ${at(TO, old('ancient'))}`)).toBe(0);
    expect(lacks(client, TO, tree)).toEqual([]);
  });
});

describe('what fails', () => {
  it('says what upstream does not have, after asking for a blob again', async () => {
    const { bring, client, slept } = ready(CHILD);
    await expect(bring(OTHER.body.digest, FROM, TO)).rejects.toMatchObject({ reason: 'not-found' });
    client.blobs.delete(lookUp(FROM, small('two').descriptor.digest));
    await expect(bring(CHILD.body.digest, FROM, TO)).rejects.toMatchObject({
      reason: 'not-found',
      message: expect.stringContaining('which its manifest lists'),
    });
    expect(slept).toEqual([1_500]);
  });

  it('may be asked for again', async () => {
    const { bring, client } = ready(CHILD);
    const call = `putBlob ${lookUp(TO, small('two').descriptor.digest)}`;
    client.faults.set(call, new Failure('network', 'reset'));
    await expect(bring(CHILD.body.digest, FROM, TO)).rejects.toMatchObject({ reason: 'network' });
    client.faults.clear();
    await bring(CHILD.body.digest, FROM, TO);
    expect([lacks(client, TO, CHILD), client.count('putBlob')]).toEqual([[], 4]);
  });

  it('waits for all that is under way, so that nothing goes on behind its back', async () => {
    const { bring, client } = ready();
    client.faults.set(`putBlob ${lookUp(TO, small('two').descriptor.digest)}`, new Failure('quota', 'full'));
    await expect(bring(WHOLE.body.digest, FROM, TO)).rejects.toMatchObject({ reason: 'quota' });
    const before = client.calls.length;
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect([client.calls.length, client.manifests.has(at(TO, WHOLE))]).toEqual([before, false]);
    expect(lacks(client, TO, OTHER)).toEqual([]);
  });

  it('lets another one bring a blob that the first of those who wait could not', async () => {
    const { bring, client } = ready();
    const call = `putBlob ${lookUp(TO, small('one').descriptor.digest)}`;
    const failures = [new Failure('network', 'reset'), null];
    client.faults.set(call, () => failures.shift() ?? null);
    const both = [CHILD, OTHER].map(({ body }) => bring(body.digest, FROM, TO));
    const ended = (await Promise.allSettled(both)).map(({ status }) => status);
    expect([ended.sort(), client.count(call)]).toEqual([['fulfilled', 'rejected'], 2]);
  });

  it('by a PUT that lacks something is walked once more, and nothing is believed then', async () => {
    const { bring, client } = ready(CHILD, [TO]);
    const lost = lookUp(TO, small('two').descriptor.digest);
    const call = `put ${at(TO, CHILD)}`;
    client.during.set(call, () => {
      if (client.count(call) === 1) client.blobs.delete(lost);
    });
    await bring(CHILD.body.digest, FROM, TO);
    expect(lacks(client, TO, CHILD)).toEqual([]);
    expect([client.count(call), client.count(`putBlob ${lost}`), client.count('hasBlob')]).toEqual([2, 2, 3]);
  });

  it('by a PUT that lacks something each time is a failure after the second', async () => {
    const { bring, client } = ready(CHILD);
    const call = `put ${at(TO, CHILD)}`;
    client.faults.set(call, new Failure('not-found', 'blob unknown'));
    await expect(bring(CHILD.body.digest, FROM, TO)).rejects.toMatchObject({ reason: 'not-found' });
    expect(client.count(call)).toBe(2);
  });
});

it('brings again without believing anything that was known before', async () => {
  const { bring, bringAgain, client } = ready(WHOLE, [TO]);
  await bring(WHOLE.body.digest, FROM, TO);
  client.blobs.delete(lookUp(TO, small('one').descriptor.digest));
  client.manifests.delete(at(TO, OTHER));
  await bring(WHOLE.body.digest, FROM, TO);
  expect(lacks(client, TO, WHOLE)).toHaveLength(3);
  await bringAgain(WHOLE.body.digest, FROM, TO);
  expect(lacks(client, TO, WHOLE)).toEqual([]);
});
