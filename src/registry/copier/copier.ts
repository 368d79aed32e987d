// The Engine door: brings digests whole. The action itself walks manifests and moves small blobs; images that lack a
// large layer are copied by crane, as streams.

import { createLimit } from '../../base/flow/limit.ts';
import { type Engine, newLoad } from '../doors/engine.ts';
import { createByteLimit } from './byte-limit.ts';
import { bringContentOf, bringManifest } from './images.ts';
import type { Copier, CopierDeps, Moved } from './job.ts';
import { createLeases } from './leases.ts';
import { createPresence } from './presence.ts';

/** Large layers are streamed for so many images at once: with more, processes cost more than they save. */
const STREAMS = 4;
const MOST_MEMORY = 16 * 1024 * 1024;

/** An Engine; `moved` grows while it works. */
export function createCopier(deps: CopierDeps): Engine & { readonly moved: Moved } {
  const copier: Copier = {
    ...deps,
    leases: createLeases(),
    presence: createPresence(),
    memory: createByteLimit(MOST_MEMORY),
    streams: createLimit(() => STREAMS),
    brought: new Map(),
    moved: { small: 0, mounted: 0, large: 0 },
  };
  return {
    moved: copier.moved,
    bring(digest, from, to, { extent = 'whole', load = newLoad() } = {}) {
      const bring = extent === 'whole' ? bringManifest : bringContentOf;
      return bring(copier, { from, to, sure: false, load }, digest);
    },
    async bringAgain(digest, from, to, { load = newLoad() } = {}) {
      copier.presence.forget(to);
      await bringManifest(copier, { from, to, sure: true, load }, digest);
    },
  };
}
