// Short ways to write the values that plan, sync and report are tested with.

import { BUILT_IN, type Policies } from '../../../src/config/policies/policy.ts';
import type { ManifestBody, ManifestHead } from '../../../src/image/manifest/manifest.ts';
import { digestOf } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import type { Observation, Seen } from '../../../src/plan/observation/observation.ts';
import type { Selection, Wanted } from '../../../src/plan/select/select.ts';
import type { Step } from '../../../src/plan/steps/step.ts';

export const RUBY = { registry: 'docker.io', repository: 'library/ruby' };
export const PULL = { registry: 'registry.internal:5000', repository: 'hub/library/ruby' };
export const MIRROR = { registry: 'ghcr.io', repository: 'acme/mirror/library/ruby' };
export const INDEX = 'application/vnd.oci.image.index.v1+json';

/** An index of nothing that only has a name, so that equal names have equal digests. */
export function body(name: string): ManifestBody {
  const bytes = Buffer.from(JSON.stringify({ mediaType: INDEX, manifests: [], annotations: { name } }));
  return { digest: digestOf(bytes), mediaType: INDEX, bytes };
}

/** The name of a body. */
export function nameOf({ bytes }: ManifestBody): string {
  return (JSON.parse(Buffer.from(bytes).toString()) as { annotations: { name: string } }).annotations.name;
}

/** Policies as built in, but for these. */
export function policies(some: Partial<Policies>): Policies {
  return { ...BUILT_IN, ...some };
}

export function head(name: string): ManifestHead {
  return { digest: body(name).digest, mediaType: INDEX };
}

export function wanted(tag: string, more: Partial<Wanted> = {}): Wanted {
  const place = { file: 'images.yaml', line: 4, column: 12 };
  const names = { source: RUBY, pull: PULL, mirror: MIRROR };
  const built = { pinned: null, origin: 'listed', settled: false, policies: BUILT_IN } as const;
  return { ...names, tag, ...built, place, ...more };
}

export function step(tag: string, from: string | null, to: string, more: Partial<Step> = {}): Step {
  const expected = from === null ? null : body(from).digest;
  const manifest = body(to);
  const moves = [{ tag, expected, manifest }];
  return {
    source: RUBY,
    pull: PULL,
    mirror: MIRROR,
    bring: [manifest.digest],
    moves,
    reason: 'moved',
    ...more,
  };
}

/** What one tag shows: a manifest's name, null for absent, or any other thing that was seen. */
type Shown = string | null | Seen<ManifestHead>;

/** An observation of tags, written as `{ tag: [upstream, mirror] }`; the bodies of both sides are all there. */
export function observed(tags: Record<string, readonly [Shown, Shown]>): {
  selection: Selection;
  observation: Observation;
} {
  const upstream = new Map<string, Seen<ManifestHead>>();
  const mirror = new Map<string, Seen<ManifestHead>>();
  const bodies = new Map<string, Seen<ManifestBody>>();
  for (const [tag, [above, below]] of Object.entries(tags)) {
    upstream.set(lookUp(PULL, tag), seen(above));
    mirror.set(lookUp(MIRROR, tag), seen(below));
    for (const [name, shown] of [
      [PULL, above],
      [MIRROR, below],
    ] as const) {
      if (typeof shown !== 'string') continue;
      bodies.set(lookUp(name, body(shown).digest), { kind: 'seen', value: body(shown) });
    }
  }
  const selection = { wanted: Object.keys(tags).map((tag) => wanted(tag)), unmatched: [], news: [] };
  const more = { today: '2026-09-01', lists: new Map(), mirrorLists: new Map(), configs: new Map() };
  return { selection, observation: { ...more, upstream, mirror, bodies } };
}

function seen(shown: Shown): Seen<ManifestHead> {
  if (shown === null) return { kind: 'absent', doubt: null };
  return typeof shown === 'string' ? { kind: 'seen', value: head(shown) } : shown;
}
