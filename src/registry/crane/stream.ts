// Large layers, streamed by crane: one process an image.

import { asFailure } from '../../base/errors/failure.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import { copyArgs } from './argv.ts';
import { type Crane, runFenced } from './fenced.ts';

/** One image. `missing` are the blobs to stream with their sizes; null where crane has to find out by itself. */
export type LargeCopy = {
  readonly from: Name;
  readonly to: Name;
  readonly digest: Digest;
  readonly missing: ReadonlyMap<Digest, number> | null;
  /** Hears of bytes as they come from the source. */
  readonly onBytes?: (bytes: number) => void;
};

/** Blobs at once in one process. */
const JOBS = 4;

/**
 * Copies one image by digest; no tag moves. What breaks in the middle of a layer is no failed request, so a way on which
 * image after image fails is given up here. @throws Failure
 */
export async function streamImage(crane: Crane, copy: LargeCopy): Promise<void> {
  const { breaker } = crane.deps;
  const way = { host: copy.to.registry, kind: `large layers from ${copy.from.registry}` };
  breaker.check(way);
  const trial = breaker.begin(way);
  try {
    await copyImage(crane, copy);
    trial.answered();
  } catch (thrown) {
    trial.failed(asFailure(thrown));
    throw thrown;
  } finally {
    trial.end();
  }
}

async function copyImage(crane: Crane, { from, to, digest, missing, onBytes }: LargeCopy): Promise<void> {
  const bytes = [...(missing?.values() ?? [])].reduce((sum, size) => sum + size, 0);
  await runFenced(crane, {
    what: `copy from ${formatName(from)} to ${formatName(to)}`,
    args: copyArgs(digest, from, to, JOBS),
    errand: {
      source: from,
      mirror: to,
      missing: missing === null ? null : new Set(missing.keys()),
      mostBytes: missing === null ? Number.POSITIVE_INFINITY : 2 * bytes,
      onBytes,
    },
  });
}
