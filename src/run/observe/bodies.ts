// Manifests as long as a run holds them. They are small, but whoever owns an upstream may make each of a thousand tags
// as large as a registry takes: so large ones are held packed, fewer of them are read at once, and all have one bound.

import { promisify } from 'node:util';
import { deflate, inflateSync } from 'node:zlib';
import { Failure } from '../../base/errors/failure.ts';
import { createLimit } from '../../base/flow/limit.ts';
import type { ManifestBody } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';

/** Takes in manifests as they are read. */
export type BodyStore = {
  /** The manifest that `read` gives, or null; throws a Failure `unsupported` where there is no room for it. */
  hold(read: () => Promise<ManifestBody | null>): Promise<ManifestBody | null>;
};

/** What all manifests of a run may take, as they are held. */
const MOST_BYTES = 256 * 1024 * 1024;
/** No image that people use has a manifest of this size. */
const LARGE = 256 * 1024;
/** Read at once at first, and when large ones were met; else as many as the transport lets through. */
const CAREFUL = 8;
const CARELESS = 64;

/** An empty store of so many bytes. */
export function createBodyStore(mostBytes = MOST_BYTES): BodyStore {
  const state = { bytes: 0, small: 0, hasLarge: false };
  const room = createLimit(() => (state.hasLarge ? CAREFUL : Math.min(CAREFUL + state.small, CARELESS)));
  const take = async (body: ManifestBody): Promise<ManifestBody> => {
    const isLarge = body.bytes.length >= LARGE;
    state.hasLarge ||= isLarge;
    state.small += 1;
    const stored = isLarge ? await pack(body) : body;
    state.bytes += stored instanceof PackedBody ? stored.size : stored.bytes.length;
    if (state.bytes > mostBytes) throw full(mostBytes);
    return stored;
  };
  return {
    hold: (read) =>
      room.run(async () => {
        if (state.bytes > mostBytes) throw full(mostBytes);
        const body = await read();
        return body === null ? null : take(body);
      }),
  };
}

const packBytes = promisify(deflate);

async function pack({ digest, mediaType, bytes }: ManifestBody): Promise<PackedBody> {
  return new PackedBody(digest, mediaType, await packBytes(bytes, { level: 1 }));
}

/** A manifest whose bytes are unpacked each time they are asked for. */
class PackedBody implements ManifestBody {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly #packed: Uint8Array;

  constructor(digest: Digest, mediaType: string, packed: Uint8Array) {
    this.digest = digest;
    this.mediaType = mediaType;
    this.#packed = packed;
  }

  get size(): number {
    return this.#packed.length;
  }

  get bytes(): Uint8Array {
    return inflateSync(this.#packed);
  }
}

function full(mostBytes: number): Failure {
  const most = `${Math.round(mostBytes / 1024 / 1024)} MiB`;
  return new Failure(
    'unsupported',
    `the manifests that this run has to compare take more than ${most} of memory`,
    {
      hint: 'look at what upstream published: manifests are small; or split the config into several runs',
    },
  );
}
