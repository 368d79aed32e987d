// Blobs on their way: mounted where that can be had, and large ones streamed by crane, one stream for each of them.

import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { copierWith, FROM, image, index, lacks, large, small, store, TO } from './sides.ts';

const IMAGE = image('image', small('one'), small('two'));
const HOME = { ...TO, repository: 'home' };
const HERE = { ...TO, repository: 'source' };

describe('mounts', () => {
  it('come from the source where it is on the same host', async () => {
    const { bring, client, moved } = copierWith();
    store(client, HERE, IMAGE);
    await bring(IMAGE.body.digest, HERE, TO);
    expect(lacks(client, TO, IMAGE)).toEqual([]);
    expect([client.count('getBlob'), client.count('putBlob'), moved.mounted]).toEqual([0, 0, 3]);
  });

  it('come from another repository of the mirror that was given the blob in this run', async () => {
    const { bring, client, moved } = copierWith();
    store(client, FROM, IMAGE);
    await bring(IMAGE.body.digest, FROM, HOME);
    await bring(IMAGE.body.digest, FROM, TO);
    expect(lacks(client, TO, IMAGE)).toEqual([]);
    expect([client.count('getBlob'), moved]).toEqual([3, { small: 3, mounted: 3, large: 0 }]);
  });

  it('come from there for two repositories that ask at the same time, too', async () => {
    const { bring, client, moved } = copierWith();
    store(client, FROM, IMAGE);
    await Promise.all([HOME, TO].map((to) => bring(IMAGE.body.digest, FROM, to)));
    expect([...lacks(client, TO, IMAGE), ...lacks(client, HOME, IMAGE)]).toEqual([]);
    expect(moved).toEqual({ small: 3, mounted: 3, large: 0 });
  });

  it.each(['no', 'says yes and does nothing'] as const)(
    'that a registry answers "%s" move the blob',
    async (mounts) => {
      const { bring, client, moved } = copierWith();
      client.mounts = mounts;
      store(client, HERE, IMAGE);
      await bring(IMAGE.body.digest, HERE, TO);
      expect(lacks(client, TO, IMAGE)).toEqual([]);
      expect(moved).toEqual({ small: 3, mounted: 0, large: 0 });
    },
  );

  it('and pushes decide where the mirror shows no blob', async () => {
    const { bring, client } = copierWith();
    store(client, FROM, IMAGE);
    for (const { descriptor } of [...IMAGE.blobs]) {
      client.faults.set(`hasBlob ${lookUp(TO, descriptor.digest)}`, new Failure('denied', 'not shown'));
    }
    await bring(IMAGE.body.digest, FROM, TO);
    expect(client.count('putBlob')).toBe(3);
  });

  it('are not asked for where nobody is known to have the blob', async () => {
    const { bring, client } = copierWith();
    store(client, FROM, IMAGE);
    await bring(IMAGE.body.digest, FROM, TO);
    expect(client.count('mountBlob')).toBe(0);
  });
});

describe('large layers', () => {
  it('are streamed, small ones are not, and what is there neither', async () => {
    const tree = image('x', small('s'), large('L1'), large('L2'));
    const { bring, client, streams, moved } = copierWith();
    store(client, FROM, tree);
    client.blobs.set(lookUp(TO, large('L1').descriptor.digest), large('L1').bytes);
    await bring(tree.body.digest, FROM, TO);
    expect(lacks(client, TO, tree)).toEqual([]);
    expect(streams).toEqual([{ digest: tree.body.digest, missing: [large('L2').descriptor.digest] }]);
    expect(moved).toEqual({ small: 2, mounted: 0, large: 1 });
  });

  it('are mounted before anything is streamed', async () => {
    const tree = image('x', large('L1'));
    const { bring, client, streams } = copierWith([TO]);
    store(client, HERE, tree);
    await bring(tree.body.digest, HERE, TO);
    expect([lacks(client, TO, tree), streams]).toEqual([[], []]);
  });

  it('that two images share are never streamed by both', async () => {
    const trees = [
      image('a', large('L1'), large('L2')),
      image('b', large('L2'), large('L3')),
      image('c', large('L3'), large('L1')),
    ];
    const { bring, client, streams, seen } = copierWith([TO]);
    const tree = index(...trees);
    store(client, FROM, tree);
    await bring(tree.body.digest, FROM, TO);
    expect(lacks(client, TO, tree)).toEqual([]);
    expect(seen.shared).toEqual([]);
    expect(streams.flatMap(({ missing }) => missing)).toHaveLength(3);
  });

  it('that two repositories of the mirror want are streamed once and mounted once', async () => {
    const tree = image('x', large('L1'));
    const { bring, client, streams, moved } = copierWith();
    store(client, FROM, tree);
    await Promise.all([HOME, TO].map((to) => bring(tree.body.digest, FROM, to)));
    expect([...lacks(client, TO, tree), ...lacks(client, HOME, tree)]).toEqual([]);
    expect([streams.length, moved.large]).toEqual([1, 1]);
  });

  it('of images that share one which is there already are streamed at the same time, four at most', async () => {
    const trees = Array.from({ length: 20 }, (_, at) => image(`${at}`, large('base'), large(`own ${at}`)));
    const { bring, client, seen } = copierWith();
    const tree = index(...trees);
    store(client, FROM, tree);
    client.blobs.set(lookUp(TO, large('base').descriptor.digest), large('base').bytes);
    await bring(tree.body.digest, FROM, TO);
    expect(lacks(client, TO, tree)).toEqual([]);
    expect(seen.most).toBe(4);
  });

  it('wait for a stream that fails, and the next image brings them', async () => {
    const trees = [image('a', large('L1')), image('b', large('L1'))];
    const { bring, client, streams, faults } = copierWith();
    for (const tree of trees) store(client, FROM, tree);
    faults.push(new Failure('network', 'reset'));
    const ended = await Promise.allSettled(trees.map(({ body }) => bring(body.digest, FROM, TO)));
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(streams).toHaveLength(2);
  });
});
