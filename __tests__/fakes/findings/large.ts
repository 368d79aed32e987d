// Images whose layers are large: crane moves those, the action itself moves what is small.

import { createCipheriv, createHash } from 'node:crypto';
import type { Child, Content, Image } from '../../../demo/images.mjs';

const MIB = 1024 * 1024;
/** Above what the action moves by itself (4 MiB). */
export const LARGE = 5 * MIB;
const OCI = 'application/vnd.oci.image';

export type LargeOptions = {
  /** Names of large layers; images that name the same one share it. */
  readonly layers: readonly string[];
  /** Names of small layers (a few kilobytes), beside the image's own config. */
  readonly small?: readonly string[];
  /** Architectures on linux; amd64 alone unless they are given. */
  readonly platforms?: readonly string[];
};

/** An image whose platforms have the same layers. Their configs are their own, so that two names never give one manifest. */
export function largeImage(name: string, options: LargeOptions): Image {
  const children = (options.platforms ?? ['amd64']).map((architecture) => child(name, architecture, options));
  const index = json(`${OCI}.index.v1+json`, {
    schemaVersion: 2,
    mediaType: `${OCI}.index.v1+json`,
    manifests: children.map(({ manifest, architecture }) => ({
      ...describe(manifest),
      platform: { os: 'linux', architecture },
    })),
  });
  const blobs = new Map(children.flatMap((one) => one.blobs).map((blob) => [blob.digest, blob]));
  return { index, manifests: children.map(({ manifest }) => manifest), blobs: [...blobs.values()] };
}

type Made = { readonly manifest: Child; readonly architecture: string; readonly blobs: readonly Content[] };

function child(name: string, architecture: string, { layers, small = [] }: LargeOptions): Made {
  const made = [...layers.map((one) => layer(one, LARGE)), ...small.map((one) => layer(one, 3_000))];
  const config = json(`${OCI}.config.v1+json`, {
    architecture,
    os: 'linux',
    config: { Env: [`SYMBOL=${name}`] },
    rootfs: { type: 'layers', diff_ids: made.map(({ digest }) => digest) },
  });
  const manifest = json(`${OCI}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: describe(config),
    layers: made.map(describe),
  });
  const platform = `linux/${architecture}`;
  return { manifest: { ...manifest, platform, symbol: name }, architecture, blobs: [config, ...made] };
}

/** The layer of that name and size; the same on every machine. */
export function layer(name: string, bytes: number): Content {
  const key = createHash('sha256').update(name).digest();
  const noise = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
  return content(`${OCI}.layer.v1.tar+gzip`, noise);
}

function json(mediaType: string, value: object): Content {
  return content(mediaType, Buffer.from(JSON.stringify(value)));
}

function content(mediaType: string, bytes: Buffer): Content {
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, mediaType, bytes };
}

function describe({ mediaType, digest, bytes }: Content): object {
  return { mediaType, digest, size: bytes.length };
}
