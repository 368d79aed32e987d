// The least that a job can cost: what the mirror lacks, each manifest and each blob once.

import type { Image, Repository } from './content.ts';

export type Need = {
  /** Distinct manifests and indexes that have to be read. */
  readonly manifests: number;
  /** Bytes of distinct blobs. */
  readonly blobs: number;
  /** Bytes from upstream: those blobs, and each manifest once. */
  readonly down: number;
  /** Bytes to the mirror: those blobs once, as others are mounted, each child once a repository, an index for each tag. */
  readonly up: number;
};

/** What a mirror host that holds the images `held` lacks of `wanted`. */
export function needOf(wanted: readonly Repository[], held: readonly Image[]): Need {
  const there = new Set(held.flatMap(({ children }) => children.flatMap(({ blobs }) => blobs)).map(digestOf));
  const blobs = new Map<string, number>();
  const manifests = new Map<string, number>();
  let puts = 0;
  for (const { images } of wanted) {
    const children = new Map<string, number>();
    for (const { index, children: parts, tags } of images) {
      manifests.set(index.digest, index.size);
      puts += index.size * tags.length;
      for (const { manifest, blobs: pieces } of parts) {
        children.set(manifest.digest, manifest.size);
        for (const { digest, size } of pieces) if (!there.has(digest)) blobs.set(digest, size);
      }
    }
    for (const [digest, size] of children) manifests.set(digest, size);
    puts += sumOf(children);
  }
  const bytes = sumOf(blobs);
  return { manifests: manifests.size, blobs: bytes, down: bytes + sumOf(manifests), up: bytes + puts };
}

function digestOf({ digest }: { readonly digest: string }): string {
  return digest;
}

function sumOf(sizes: ReadonlyMap<string, number>): number {
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
