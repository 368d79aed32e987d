// Doors for `sync/` that are plain objects: a registry in two maps, an engine that copies between them.

import { Failure } from '../../src/base/errors/failure.ts';
import type { ManifestBody } from '../../src/image/manifest/manifest.ts';
import type { Digest } from '../../src/image/names/digest.ts';
import { lookUp } from '../../src/image/names/look-up.ts';
import { formatName, type Name } from '../../src/image/names/reference.ts';
import type { Doors } from '../../src/registry/doors/doors.ts';
import type { Intent } from '../../src/registry/doors/journal.ts';
import type { MirrorRegistry } from '../../src/registry/doors/registry.ts';

/** A registry in memory: manifests by look-up key, with every call written down. */
export type MemoryRegistry = MirrorRegistry & {
  readonly held: Map<string, ManifestBody>;
  readonly calls: string[];
  /** Failures to throw, by `<call> <key>`; a function decides at the time of the call. */
  readonly faults: Map<string, Failure | (() => Failure | null)>;
};

export function memoryRegistry(): MemoryRegistry {
  const held = new Map<string, ManifestBody>();
  const calls: string[] = [];
  const faults: MemoryRegistry['faults'] = new Map();
  async function read(call: string, name: Name, reference: string): Promise<ManifestBody | null> {
    const key = lookUp(name, reference);
    note(call, key);
    return held.get(key) ?? null;
  }
  function note(call: string, key: string): void {
    calls.push(`${call} ${key}`);
    const fault = faults.get(`${call} ${key}`);
    const failure = typeof fault === 'function' ? fault() : fault;
    if (failure) throw failure;
  }
  return {
    held,
    calls,
    faults,
    async removeTag(name, tag) {
      note('remove', lookUp(name, tag));
      held.delete(lookUp(name, tag));
      return true;
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
      if (!held.has(lookUp(name, body.digest))) throw new Failure('not-found', 'manifest blob unknown');
      held.set(key, body);
    },
  };
}

export type MemoryDoors = Doors & {
  readonly upstream: MemoryRegistry;
  readonly mirror: MemoryRegistry;
  readonly lines: string[];
  readonly copies: string[];
  /** Repositories whose tag list cannot be read. */
  readonly unlisted: Set<string>;
  readonly cancel: AbortController;
  readonly noted: (Intent | string)[];
};

/** Both sides and an engine between them; `failCopies` names digests that cannot be brought. */
export function memoryDoors(failCopies: ReadonlyMap<Digest, Failure> = new Map()): MemoryDoors {
  const upstream = memoryRegistry();
  const mirror = memoryRegistry();
  const lines: string[] = [];
  const copies: string[] = [];
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
  const engine: Doors['engine'] = {
    refill: (digest, from, to) => engine.bring(digest, from, to),
    async bring(digest, from, to) {
      copies.push(`${formatName(to)}@${digest}`);
      const failure = failCopies.get(digest);
      if (failure) throw failure;
      const found = upstream.held.get(lookUp(from, digest));
      if (!found) throw new Failure('not-found', `no ${digest}`);
      mirror.held.set(lookUp(to, digest), found);
    },
  };
  const say = (line: string) => void lines.push(line);
  const log = { info: say, warning: say, debug: () => undefined };
  const cancel = new AbortController();
  const noted: (Intent | string)[] = [];
  const journal: Doors['journal'] = {
    intend: async (intent) => void noted.push(intent),
    settle: async (mirror) => void noted.push(`settled ${formatName(mirror)}`),
  };
  const clock = { sleep: async () => undefined, today: () => '2026-09-01' };
  const ends = { journal, stop: cancel.signal, cancel, noted, mayPull: () => true };
  return { upstream, mirror, lister, engine, log, clock, lines, copies, unlisted, ...ends };
}
