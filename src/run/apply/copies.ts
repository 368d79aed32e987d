// Phase 1: content comes to the mirror by digest, while no tag moves; and the proof, before a tag moves, that its images
// are there.

import { Failure } from '../../base/errors/failure.ts';
import { onceEach } from '../../base/flow/limit.ts';
import {
  type Descriptor,
  decodeManifest,
  isIndexType,
  type ManifestBody,
} from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import type { Move, Step } from '../../plan/steps/step.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import type { Extent } from '../../registry/doors/engine.ts';
import { NOT_STORED } from './read-back.ts';
import type { Teller } from './teller.ts';

type Copies = {
  /** Who changes a list of what is attached, by list: one at a time. */
  readonly turns: Map<string, Promise<void>>;
  /** Copies a digest into a repository the first time it is asked for; a failure is the same for all its tags. */
  once(step: Step, digest: Digest, extent: Extent): Promise<void>;
  /** Moves a tag that several images may share, once. */
  tagOnce(step: Step, move: Move, work: () => Promise<unknown>): Promise<void>;
  /** Copies all that a step brings once more, believing nothing that was known of it. */
  bringAgain(step: Step): Promise<void>;
  /**
   * Asks for each image of an index, and of the indexes in it, before a tag moves to it: there are registries that take an
   * index without its images. What is missing is brought again, once. Throws a Failure `corrupt` where it stays missing.
   */
  prove(step: Step, manifest: ManifestBody): Promise<void>;
};

/** What applying a plan works with: the doors of the run, what was copied so far, and who logs it. */
export type ApplyDoors = Doors & { readonly copies: Copies; readonly teller: Teller };

/** Starts with nothing copied and nothing proven. */
export function createCopies({ engine, mirror }: Pick<Doors, 'engine' | 'mirror'>, teller: Teller): Copies {
  const started = new Map<string, Promise<void>>();
  const proven = new Map<string, Promise<void>>();
  const bringAgain = async (step: Step): Promise<void> => {
    const { bring, pull, mirror: to } = step;
    for (const digest of bring)
      await teller.copying(step, (load) => engine.bringAgain(digest, pull, to, { load }));
  };
  const missing = async (name: Name, manifest: ManifestBody, seen = new Set<Digest>()): Promise<Digest[]> => {
    const fresh = childrenOf(manifest).filter(({ digest }) => !seen.has(digest));
    for (const { digest } of fresh) seen.add(digest);
    const lost = await Promise.all(
      fresh.map(async ({ digest, mediaType }) => {
        if (!isIndexType(mediaType)) return (await mirror.head(name, digest)) === null ? [digest] : [];
        const inner = await mirror.get(name, digest);
        return inner === null ? [digest] : missing(name, inner, seen);
      }),
    );
    return lost.flat();
  };
  const prove = async (step: Step, manifest: ManifestBody): Promise<void> => {
    if ((await missing(step.mirror, manifest)).length === 0) return;
    await bringAgain(step);
    const lost = await missing(step.mirror, manifest);
    if (lost.length > 0) throw incomplete(step, lost);
  };
  return {
    turns: new Map(),
    bringAgain,
    once: (step, digest, extent) =>
      onceEach(started, `${lookUp(step.mirror, digest)} ${extent}`, () =>
        teller.copying(step, (load) => engine.bring(digest, step.pull, step.mirror, { extent, load })),
      ),
    tagOnce: (step, { tag, manifest }, work) =>
      onceEach(started, `${lookUp(step.mirror, tag)} ${manifest.digest}`, async () => void (await work())),
    prove: (step, manifest) =>
      onceEach(proven, lookUp(step.mirror, manifest.digest), () => prove(step, manifest)),
  };
}

/** Each once. */
function childrenOf({ bytes, mediaType }: ManifestBody): Descriptor[] {
  const manifest = decodeManifest(bytes, mediaType);
  if (manifest.kind !== 'index') return [];
  return [...new Map(manifest.entries.map((entry) => [entry.digest, entry])).values()];
}

function incomplete({ mirror }: Step, lost: readonly Digest[]): Failure {
  const message = `${formatName(mirror)} accepted every image of the index but does not have ${lost.join(', ')}`;
  return new Failure('corrupt', message, {
    hint: NOT_STORED,
  });
}
