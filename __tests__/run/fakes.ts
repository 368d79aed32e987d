// Doors for `run/` that are plain objects: a registry in two maps, an engine that copies between them.

import { asFailure, Failure } from '../../src/base/errors/failure.ts';
import {
  type Descriptor,
  decodeManifest,
  isImageType,
  isIndexType,
  type ManifestBody,
} from '../../src/image/manifest/manifest.ts';
import type { Digest } from '../../src/image/names/digest.ts';
import { lookUp } from '../../src/image/names/look-up.ts';
import { formatName, type Name } from '../../src/image/names/reference.ts';
import { createAttached } from '../../src/registry/attached/attached.ts';
import type { Doors } from '../../src/registry/doors/doors.ts';
import type { Intent } from '../../src/registry/doors/journal.ts';
import type { MirrorRegistry } from '../../src/registry/doors/registry.ts';

/** A registry in memory: manifests by look-up key, with every call written down. */
export type MemoryRegistry = MirrorRegistry & {
  readonly held: Map<string, ManifestBody>;
  /** Digests whose content is all there, so that their manifest can be put. */
  readonly content: Set<string>;
  readonly calls: string[];
  /** Failures to throw, by `<call> <key>`; a function decides at the time of the call. */
  readonly faults: Map<string, Failure | (() => Failure | null)>;
};

export function memoryRegistry(): MemoryRegistry {
  const held = new Map<string, ManifestBody>();
  const content = new Set<string>();
  const calls: string[] = [];
  const faults: MemoryRegistry['faults'] = new Map();
  async function read(call: string, name: Name, reference: string): Promise<ManifestBody | null> {
    const key = lookUp(name, reference);
    note(call, key);
    return held.get(key) ?? null;
  }
  function note(call: string, key: string): void {
    calls.push(`${call} ${key}`);
    refuse(`${call} ${key}`);
  }
  function refuse(call: string): void {
    const fault = faults.get(call);
    const failure = typeof fault === 'function' ? fault() : fault;
    if (failure) throw failure;
  }
  return {
    held,
    content,
    calls,
    faults,
    async removeTag(name, tag) {
      note('remove', lookUp(name, tag));
      return held.delete(lookUp(name, tag)) ? 'done' : 'absent';
    },
    async listTags(name) {
      refuse(`list ${formatName(name)}`);
      const prefix = `${formatName(name)}:`;
      const keys = [...held.keys()].filter((key) => key.startsWith(prefix));
      return keys.length === 0 ? null : keys.map((key) => key.slice(prefix.length));
    },
    async hasBlob(name, digest) {
      return (await read('blob', name, digest)) !== null;
    },
    head: (name, reference) => read('head', name, reference),
    get: (name, reference) => read('get', name, reference),
    async getBlob(name, digest) {
      return (await read('blob', name, digest))?.bytes ?? null;
    },
    async put(name, reference, body) {
      const key = lookUp(name, reference);
      note('put', key);
      const itself = lookUp(name, body.digest);
      const parts = partsOf(body);
      const isWhole = parts.length > 0 && parts.every(({ digest }) => held.has(lookUp(name, digest)));
      if (!held.has(itself) && !content.has(itself) && !isWhole)
        throw new Failure('not-found', 'manifest blob unknown');
      held.set(itself, body).set(key, body);
    },
  };
}

/** Whichever of the two has the repository, without the referrers API. */
function eitherOf(upstream: MemoryRegistry, mirror: MemoryRegistry) {
  const of = (name: Name): MemoryRegistry =>
    [...mirror.held.keys()].some((key) => key.startsWith(formatName(name))) ? mirror : upstream;
  return {
    head: (name: Name, reference: string) => of(name).head(name, reference),
    get: (name: Name, reference: string) => of(name).get(name, reference),
    listTags: (name: Name) => of(name).listTags(name),
    recall: () => null,
    listReferrers: async () => null,
  };
}

export type MemoryDoors = Doors & {
  readonly upstream: MemoryRegistry;
  readonly mirror: MemoryRegistry;
  readonly lines: string[];
  readonly copies: string[];
  /** How much of each copy was asked for. */
  readonly extents: string[];
  /** Upstream repositories whose tag list cannot be read. */
  readonly unlisted: Set<string>;
  /** Stops the run; where the reason is `cancelled` the job is, else its time is up. */
  readonly cancel: AbortController;
  readonly noted: (Intent | string)[];
};

function partsOf(body: ManifestBody): readonly Descriptor[] {
  if (!isIndexType(body.mediaType) && !isImageType(body.mediaType)) return [];
  const manifest = decodeManifest(body.bytes, body.mediaType);
  if (manifest.kind === 'index') return manifest.entries;
  return manifest.kind === 'image' ? [manifest.config, ...manifest.layers] : [];
}

/** Both sides and an engine between them; `failCopies` names digests that cannot be brought. */
export function memoryDoors(failCopies: ReadonlyMap<Digest, Failure> = new Map()): MemoryDoors {
  const upstream = memoryRegistry();
  const mirror = memoryRegistry();
  const lines: string[] = [];
  const copies: string[] = [];
  const extents: string[] = [];
  const unlisted = new Set<string>();
  const lister: Doors['lister'] = {
    async list(name) {
      const prefix = `${formatName(name)}:`;
      const keys = [...upstream.held.keys(), ...mirror.held.keys()].filter((key) => key.startsWith(prefix));
      if (unlisted.has(formatName(name))) throw new Failure('server-error', 'no list');
      if (keys.length === 0) throw new Failure('not-found', 'no such repository');
      return [...new Set(keys)].map((key) => key.slice(prefix.length));
    },
  };
  /** A manifest and all that it refers to, as far as it is there. */
  const withContent = (digest: Digest, from: Name): ManifestBody[] => {
    const body = upstream.held.get(lookUp(from, digest));
    if (body === undefined) return [];
    return [body, ...partsOf(body).flatMap((part) => withContent(part.digest, from))];
  };
  const engine: Doors['engine'] = {
    bringAgain: (digest, from, to) => engine.bring(digest, from, to),
    async bring(digest, from, to, { extent = 'whole' } = {}) {
      copies.push(`${formatName(to)}@${digest}`);
      extents.push(extent);
      const failure = failCopies.get(digest);
      if (failure) throw failure;
      if (!upstream.held.has(lookUp(from, digest))) throw new Failure('not-found', `no ${digest}`);
      const parts = withContent(digest, from).slice(extent === 'whole' ? 0 : 1);
      mirror.content.add(lookUp(to, digest));
      for (const part of parts) mirror.held.set(lookUp(to, part.digest), part);
    },
  };
  const say = (line: string) => void lines.push(line);
  const log = { info: say, warning: say, tell: say, debug: () => undefined };
  const cancel = new AbortController();
  const noted: (Intent | string)[] = [];
  const journal: Doors['journal'] = {
    intend: async (intent) => void noted.push(intent),
    settle: async (mirror) => void noted.push(`settled ${formatName(mirror)}`),
    adopt: async () => undefined,
  };
  const clock = {
    ...{ sleep: async () => undefined, today: () => '2026-09-01' },
    ...{ now: () => 0, every: () => () => undefined },
  };
  const job = new AbortController();
  cancel.signal.addEventListener('abort', () => {
    if (asFailure(cancel.signal.reason).reason === 'cancelled') job.abort(cancel.signal.reason);
  });
  const signatures: Doors['signatures'] = async () => Promise.reject(new Error('nobody has to sign here'));
  const ends = {
    signatures,
    journal,
    stop: cancel.signal,
    cancelled: job.signal,
    cancel,
    noted,
    hasLogin: async () => false,
    mayPull: () => true,
    pullsLeft: () => null,
  };
  const attached = createAttached(eitherOf(upstream, mirror));
  // Registries that list no digests, as most do.
  const listings: Doors['listings'] = { pageSize: () => null, read: async () => null };
  return {
    upstream,
    mirror,
    lister,
    engine,
    attached,
    listings,
    log,
    clock,
    lines,
    copies,
    extents,
    unlisted,
    ...ends,
  };
}
