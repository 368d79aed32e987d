// Short ways to write the values that plan, sync and report are tested with.

import { digestOf } from '../../src/image/digest.ts';
import type { Body, Head, Observation, Seen } from '../../src/plan/observation.ts';
import { lookUp } from '../../src/plan/observation.ts';
import type { Step } from '../../src/plan/step.ts';
import type { Selection, Wanted } from '../../src/select/select.ts';

export const RUBY = { registry: 'docker.io', repository: 'library/ruby' };
export const PULL = { registry: 'registry.internal:5000', repository: 'hub/library/ruby' };
export const MIRROR = { registry: 'ghcr.io', repository: 'acme/mirror/library/ruby' };
export const INDEX = 'application/vnd.oci.image.index.v1+json';

/** A manifest whose bytes are just its name, so that equal names have equal digests. */
export function body(name: string): Body {
  const bytes = Buffer.from(name);
  return { digest: digestOf(bytes), mediaType: INDEX, bytes };
}

export function head(name: string): Head {
  return { digest: body(name).digest, mediaType: INDEX };
}

export function wanted(tag: string, more: Partial<Wanted> = {}): Wanted {
  const place = { file: 'images.yaml', line: 4, column: 12 };
  return {
    source: RUBY,
    pull: PULL,
    mirror: MIRROR,
    tag,
    pinned: null,
    origin: 'listed',
    settled: false,
    place,
    ...more,
  };
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
type Shown = string | null | Seen<Head>;

/** An observation of tags, written as `{ tag: [upstream, mirror] }`; the bodies upstream has are all there. */
export function observed(tags: Record<string, readonly [Shown, Shown]>): {
  selection: Selection;
  observation: Observation;
} {
  const upstream = new Map<string, Seen<Head>>();
  const mirror = new Map<string, Seen<Head>>();
  const bodies = new Map<string, Seen<Body>>();
  for (const [tag, [above, below]] of Object.entries(tags)) {
    upstream.set(lookUp(PULL, tag), seen(above));
    mirror.set(lookUp(MIRROR, tag), seen(below));
    if (typeof above === 'string') {
      bodies.set(lookUp(PULL, body(above).digest), { kind: 'seen', value: body(above) });
    }
  }
  const selection = { wanted: Object.keys(tags).map((tag) => wanted(tag)), unmatched: [], news: [] };
  return { selection, observation: { lists: new Map(), held: new Map(), upstream, mirror, bodies } };
}

function seen(shown: Shown): Seen<Head> {
  if (shown === null) return { kind: 'absent', doubt: null };
  return typeof shown === 'string' ? { kind: 'seen', value: head(shown) } : shown;
}
