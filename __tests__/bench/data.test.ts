// The figures of docs/benchmarks.md are about images of this shape; another shape would make other figures.

import { expect, it } from '@jest/globals';
import { median } from '../../bench/bars.ts';
import { FIRST_SYNC, type Image, makeData } from '../../bench/data.ts';

const data = makeData();
const tagsOf = (images: readonly Image[]): string[] => images.flatMap((image) => image.tags);
const childrenOf = (images: readonly Image[]): number => images.flatMap((image) => image.children).length;

it('has 1,584 tags in eight repositories, no tag twice', () => {
  const tags = data.repositories.flatMap(({ name, images }) => tagsOf(images).map((tag) => `${name}:${tag}`));
  expect([data.repositories.length, tags.length, new Set(tags).size]).toEqual([8, 1_584, 1_584]);
});

it('has 339 tags, 183 digests and 549 children in the first sync', () => {
  const images = data.repositories
    .filter(({ name }) => FIRST_SYNC.includes(name))
    .flatMap((one) => one.images);
  expect([tagsOf(images).length, images.length, childrenOf(images)]).toEqual([339, 183, 549]);
});

it('moves 15 tags to seven new digests with 27 children', () => {
  const after = data.moved.map((one) => one.after);
  expect([tagsOf(after).length, after.length, childrenOf(after)]).toEqual([15, 7, 27]);
  const old = new Set(data.repositories.flatMap(({ images }) => images.map((image) => image.index.digest)));
  expect(after.filter((image) => old.has(image.index.digest))).toEqual([]);
});

it('is the same on every machine', () => {
  const [first] = data.repositories[0]?.images ?? [];
  expect(first?.index.digest).toBe('sha256:b8dec200658e1dff2d672f34a238c370f8e85bb28262c5c2ed6dfc8c2c41c596');
});

it.each([
  [[3], 3],
  [[5, 1, 3], 3],
  [[4, 1, 3, 2], 2.5],
])('the median of %j is %d', (numbers, middle) => {
  expect(median(numbers)).toBe(middle);
});
