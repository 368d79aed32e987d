// Job L's images, looked at with kilobytes for megabytes: 1.2 MB instead of 1.2 GB.

import { describe, expect, it } from '@jest/globals';
import { type Content, type Image, makeLayer, OCI } from '../../bench/data/content.ts';
import { makeLarge } from '../../bench/data/large.ts';
import { needOf } from '../../bench/data/needs.ts';

const UNIT = 1_000;
const SETS = { plain: makeLarge('plain', UNIT).repositories, shared: makeLarge('shared', UNIT).repositories };
/** The layers of each image: base, language, own. */
const layersOf = (from: readonly Image[]): Content[][] =>
  from.flatMap(({ children }) => children.map(({ blobs }) => blobs.slice(1)));

describe.each(['plain', 'shared'] as const)('the data set %s', (sharing) => {
  const repositories = SETS[sharing];
  const images = repositories.flatMap((repository) => repository.images);

  it('has 20 indexes, each under a tag, and 40 images', () => {
    const indexes = new Set(images.map(({ index }) => index.digest));
    const children = images.flatMap((image) => image.children.map(({ manifest }) => manifest.digest));
    const tags = images.flatMap((image) => image.tags);
    expect([indexes.size, tags.length, new Set(children).size]).toEqual([20, 20, 40]);
  });

  it.each([
    ['base', 0, 8, 60, 80],
    ['language', 1, 14, 30, 45],
    ['own', 2, 40, 1, 4],
  ])('%s layers have their sizes', (_, at, count, least, most) => {
    const layers = layersOf(images).map(
      (entry) => [entry[at]?.digest, (entry[at]?.size ?? 0) / UNIT] as const,
    );
    const sizes = [...new Map(layers).values()];
    expect(sizes).toHaveLength(count);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(least);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
  });

  it('has about 1.2 GB of unique layers and 60 manifests', () => {
    const layers = new Map(
      layersOf(images).flatMap((entry) => entry.map(({ digest, size }) => [digest, size])),
    );
    const total = [...layers.values()].reduce((sum, size) => sum + size, 0) / UNIT;
    expect(Math.abs(total - 1_200)).toBeLessThan(50);
    expect(needOf(repositories, []).manifests).toBe(60);
  });

  it('shares a language layer between images behind the first of a repository', () => {
    const counts = repositories.map(({ images: [first, ...others] }) => {
      const had = new Set(layersOf([first as Image]).map((layers) => layers[1]?.digest));
      const languages = layersOf(others).map((layers) => layers[1]?.digest ?? '');
      const behind = languages.filter((digest) => !had.has(digest));
      return behind.length - new Set(behind).size;
    });
    expect(counts).toEqual([2, 2, 2, 0]);
  });
});

it.each([
  ['plain', 0],
  ['shared', 8],
] as const)('repositories of %s have %d bases in common', (sharing, count) => {
  const bases = SETS[sharing].map(({ images }) => [
    ...new Set(layersOf(images).map(([base]) => base?.digest)),
  ]);
  const all = bases.flat();
  expect(all.length - new Set(all).size).toBe(count);
});

it('makes large bytes anew, and the same ones', () => {
  const layer = makeLayer(OCI.layer, { seed: 'large', least: 2, most: 2 }, 1_000_000);
  const [first, second] = [layer.bytes(), layer.bytes()];
  expect(first).not.toBe(second);
  expect([first.equals(second), first.length]).toEqual([true, layer.size]);
});
