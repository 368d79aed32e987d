// What a job needs at least is what "of the unique bytes" is held against.

import { expect, it } from '@jest/globals';
import { makeChild, makeImage, makeLayer, OCI } from '../../bench/data/content.ts';
import { needOf } from '../../bench/data/needs.ts';

const layer = (seed: string) => makeLayer(OCI.layer, { seed, least: 1, most: 1 }, 1_000);
const base = layer('base');
const one = makeChild(OCI, 'amd64', [base, layer('one')]);
const two = makeChild(OCI, 'amd64', [base, layer('two')]);
const first = makeImage(OCI, [one], ['1', 'latest']);
const second = makeImage(OCI, [two], ['2']);
const configs = (one.blobs[0]?.size ?? 0) + (two.blobs[0]?.size ?? 0);
const children = one.manifest.size + two.manifest.size;

it('counts each blob and each manifest once, and an index for each tag of the mirror', () => {
  expect(needOf([{ name: 'app', images: [first, second] }], [])).toEqual({
    manifests: 4,
    blobs: 3_000 + configs,
    down: 3_000 + configs + children + first.index.size + second.index.size,
    up: 3_000 + configs + children + 2 * first.index.size + second.index.size,
  });
});

it('counts a blob once over all repositories, and a child in each', () => {
  const need = needOf(
    ['app', 'copy'].map((name) => ({ name, images: [first] })),
    [],
  );
  const blobs = 2_000 + (one.blobs[0]?.size ?? 0);
  expect(need).toEqual({
    manifests: 2,
    blobs,
    down: blobs + one.manifest.size + first.index.size,
    up: blobs + 2 * one.manifest.size + 4 * first.index.size,
  });
});

it('leaves out blobs that the mirror has', () => {
  expect(needOf([{ name: 'app', images: [second] }], [first]).blobs).toBe(1_000 + (two.blobs[0]?.size ?? 0));
});

it('is nothing where nothing is wanted', () => {
  expect(needOf([], [first])).toEqual({ manifests: 0, blobs: 0, down: 0, up: 0 });
});
