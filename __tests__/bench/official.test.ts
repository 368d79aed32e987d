// The figures of docs/benchmarks.md are about images of this shape; another shape would make other figures.

import { describe, expect, it } from '@jest/globals';
import type { Image } from '../../bench/data/content.ts';
import { needOf } from '../../bench/data/needs.ts';
import { FIRST_SYNC, makeOfficial, type Sharing } from '../../bench/data/official.ts';

const SETS = { plain: makeOfficial('plain'), shared: makeOfficial('shared') };
const tagsOf = (images: readonly Image[]): string[] => images.flatMap((image) => image.tags);
const childrenOf = (images: readonly Image[]): number => images.flatMap((image) => image.children).length;
const firstSync = (sharing: Sharing) =>
  SETS[sharing].repositories.filter(({ name }) => FIRST_SYNC.includes(name));

describe.each(['plain', 'shared'] as const)('the data set %s', (sharing) => {
  const data = SETS[sharing];

  it('has 1,584 tags in eight repositories, no tag twice', () => {
    const tags = data.repositories.flatMap(({ name, images }) =>
      tagsOf(images).map((tag) => `${name}:${tag}`),
    );
    expect([data.repositories.length, tags.length, new Set(tags).size]).toEqual([8, 1_584, 1_584]);
  });

  it('has 339 tags, 183 digests and 549 children in the first sync', () => {
    const images = firstSync(sharing).flatMap((repository) => repository.images);
    expect([tagsOf(images).length, images.length, childrenOf(images)]).toEqual([339, 183, 549]);
  });

  it('moves 15 tags to seven new digests with 27 children', () => {
    const after = data.moved.map((move) => move.after);
    expect([tagsOf(after).length, after.length, childrenOf(after)]).toEqual([15, 7, 27]);
    const old = new Set(data.repositories.flatMap(({ images }) => images.map((image) => image.index.digest)));
    expect(after.filter((image) => old.has(image.index.digest))).toEqual([]);
  });

  it('describes layers in the media types of their image', () => {
    const kinds = data.repositories.flatMap(({ images }) =>
      images.flatMap(({ index, children }) =>
        children.map(({ blobs }) => `${index.mediaType} ${blobs.at(-1)?.mediaType}`),
      ),
    );
    expect([...new Set(kinds)].filter((kind) => /docker.* .*oci|oci.* .*docker/.test(kind))).toEqual([]);
  });
});

it.each([
  ['plain', 'sha256:b8dec200658e1dff2d672f34a238c370f8e85bb28262c5c2ed6dfc8c2c41c596'],
  ['shared', 'sha256:3260c4fea8c42e3a64b1faef1fd70c8fc9e5adee3e9b975b3fac1adff715f87a'],
] as const)('%s is the same on every machine', (sharing, digest) => {
  expect(SETS[sharing].repositories[0]?.images[0]?.index.digest).toBe(digest);
});

/** How many layers at least two of the images have that `first` has not. */
function sharedBeside(first: Image, images: readonly Image[]): number {
  const layersOf = ({ children }: Image): Set<string> =>
    new Set(children.flatMap(({ blobs }) => blobs.slice(1).map(({ digest }) => digest)));
  const had = layersOf(first);
  const others = images.flatMap((image) => [...layersOf(image)]).filter((digest) => !had.has(digest));
  return new Set(others.filter((digest, at) => others.indexOf(digest) !== at)).size;
}

it('has a layer that neighbouring series share beside the first image, in `shared` alone', () => {
  const shared = (sharing: Sharing): number[] =>
    firstSync(sharing).map(({ images: [first, ...others] }) =>
      sharedBeside(first as Image, others.slice(6, 8)),
    );
  expect(shared('plain')).toEqual([0, 0]);
  expect(shared('shared')).toEqual([2, 2]);
});

it.each([
  ['plain', 17_420_478, 17_940_488, 18_049_008],
  ['shared', 28_545_904, 29_151_558, 29_260_078],
] as const)('a first sync of %s needs 732 manifests and %d bytes of blobs', (sharing, blobs, down, up) => {
  expect(needOf(firstSync(sharing), [])).toEqual({ manifests: 732, blobs, down, up });
});
