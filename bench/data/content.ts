// What images are made of here: layers of noise, configs, manifests and indexes. The same program makes the same
// digests everywhere.

import { createCipheriv, createHash } from 'node:crypto';

export type Content = {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  /** Small ones are kept, large ones are made anew each time: 1.2 GB of layers need not stay in memory. */
  readonly bytes: () => Buffer;
};
export type Child = { readonly manifest: Content; readonly blobs: readonly Content[] };
export type Image = {
  readonly index: Content;
  readonly children: readonly Child[];
  readonly tags: readonly string[];
};
export type Repository = { readonly name: string; readonly images: readonly Image[] };
/** One image that was built again: its tags, and what they point at before and after. */
export type Moved = { readonly repository: string; readonly before: Image; readonly after: Image };
export type Data = { readonly repositories: readonly Repository[]; readonly moved: readonly Moved[] };

/** The media types of an image. */
export type Types = {
  readonly index: string;
  readonly manifest: string;
  readonly config: string;
  readonly layer: string;
};
export const OCI: Types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};
export const DOCKER: Types = {
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};

/** A layer before it is made: what tells its bytes, and between which sizes its own lies, in units of a data set. */
export type Plan = { readonly seed: string; readonly least: number; readonly most: number };
/** An image for one platform, with what an index says of it. */
export type Platformed = Child & {
  readonly platform: { readonly os: string; readonly architecture: string };
};

const LARGE = 1_000_000;
const made = new Map<string, Content>();

/** A layer of noise: a stream cipher over zeros gives bytes that do not compress, told by the seed alone. */
export function makeLayer(mediaType: string, { seed, least, most }: Plan, unit: number): Content {
  const name = `${mediaType} ${unit} ${seed}`;
  const known = made.get(name);
  if (known !== undefined) return known;
  const key = createHash('sha256').update(seed).digest();
  const size = unit * (least + (key.readUInt16BE(0) % (most - least + 1)));
  const make = (): Buffer => {
    const bytes = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
    // The first bytes of a gzip: skopeo compresses layers that do not begin like one, and digests change.
    bytes.set([0x1f, 0x8b, 8, 0]);
    return bytes;
  };
  const kept = contentOf(mediaType, make());
  const layer = size < LARGE ? kept : { ...kept, bytes: make };
  made.set(name, layer);
  return layer;
}

/** An image of one platform, with a config of its own. */
export function makeChild(types: Types, architecture: string, layers: readonly Content[]): Platformed {
  const platform = { os: 'linux', architecture };
  const config = jsonOf(types.config, {
    ...platform,
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  return { manifest: makeManifest(types, config, layers), blobs: [config, ...layers], platform };
}

/** The attestation manifest that stands beside an image. */
export function attest(types: Types, subject: Platformed): Platformed {
  const platform = { os: 'unknown', architecture: 'unknown' };
  const statement = jsonOf('application/vnd.in-toto+json', { subject: [subject.manifest.digest] });
  const config = jsonOf(types.config, {
    ...platform,
    rootfs: { type: 'layers', diff_ids: [statement.digest] },
  });
  return { manifest: makeManifest(types, config, [statement]), blobs: [config, statement], platform };
}

/** An index over images of several platforms, under its tags. */
export function makeImage(types: Types, children: readonly Platformed[], tags: readonly string[]): Image {
  const manifests = children.map(({ manifest, platform }) => ({ ...describe(manifest), platform }));
  const index = jsonOf(types.index, { schemaVersion: 2, mediaType: types.index, manifests });
  return { index, children, tags };
}

function makeManifest(types: Types, config: Content, layers: readonly Content[]): Content {
  const parts = { config: describe(config), layers: layers.map(describe) };
  return jsonOf(types.manifest, { schemaVersion: 2, mediaType: types.manifest, ...parts });
}

function jsonOf(mediaType: string, value: unknown): Content {
  return contentOf(mediaType, Buffer.from(JSON.stringify(value)));
}

function contentOf(mediaType: string, bytes: Buffer): Content {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { digest, mediaType, size: bytes.length, bytes: () => bytes };
}

function describe({ mediaType, digest, size }: Content) {
  return { mediaType, digest, size };
}
