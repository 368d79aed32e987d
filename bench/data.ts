// The images that every job works on: eight repositories with the shape of Docker's official images - how many tags,
// how many tags an image has, how many platforms, and which layers images share. Layers hold noise of small sizes:
// requests and shared bytes are what is measured, not throughput. The same program makes the same digests everywhere.

import { createCipheriv, createHash } from 'node:crypto';

export type Content = { readonly digest: string; readonly mediaType: string; readonly bytes: Buffer };
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

/** Change it when the images change: stored copies of older ones are not used then. */
export const DATA_VERSION = 1;

type Types = {
  readonly index: string;
  readonly manifest: string;
  readonly config: string;
  readonly layer: string;
};
/** A series of images of one repository. `short` is the name that its tags have beside the long one. */
type Family = { readonly suffix: string; readonly base: string; readonly short?: string };
type Shape = {
  readonly name: string;
  readonly tags: number;
  readonly digests: number;
  readonly families: readonly Family[];
  readonly docker?: boolean;
  /** Two platforms, each with an attestation manifest beside it. */
  readonly attested?: boolean;
};

const OCI: Types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};
const DOCKER: Types = {
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};

const FULL: readonly Family[] = [
  { suffix: 'bookworm', base: 'bookworm', short: '' },
  { suffix: 'slim-bookworm', base: 'bookworm-slim', short: 'slim' },
  { suffix: 'alpine3.21', base: 'alpine3.21', short: 'alpine' },
  { suffix: 'trixie', base: 'trixie' },
  { suffix: 'slim-trixie', base: 'trixie-slim' },
  { suffix: 'alpine3.22', base: 'alpine3.22' },
];
const THREE: readonly Family[] = [
  { suffix: 'bookworm', base: 'bookworm-slim', short: '' },
  { suffix: 'trixie', base: 'trixie-slim', short: 'next' },
  { suffix: 'alpine3.22', base: 'alpine3.22', short: 'alpine' },
];
const SHAPES: readonly Shape[] = [
  { name: 'library/python', tags: 651, digests: 390, families: FULL },
  { name: 'library/ruby', tags: 235, digests: 120, families: FULL },
  { name: 'library/golang', tags: 195, digests: 120, families: FULL, attested: true },
  { name: 'library/node', tags: 170, digests: 105, families: FULL },
  { name: 'library/postgres', tags: 111, digests: 66, families: THREE },
  { name: 'library/nginx', tags: 104, digests: 63, families: THREE },
  { name: 'library/almalinux', tags: 78, digests: 46, families: THREE, docker: true },
  { name: 'library/debian', tags: 40, digests: 23, families: THREE, docker: true },
];
/** The repositories of a first sync. */
export const FIRST_SYNC: readonly string[] = ['library/ruby', 'library/nginx'];

// Children and tags of the images that move: 27 manifests and 15 tags in seven repositories.
const MOVES: readonly (readonly [repository: string, children: number, tags: number])[] = [
  ['library/python', 4, 4],
  ['library/ruby', 4, 2],
  ['library/golang', 4, 2],
  ['library/node', 4, 2],
  ['library/postgres', 4, 2],
  ['library/nginx', 4, 2],
  ['library/debian', 3, 1],
];

const PLATFORMS = ['amd64', 'arm64', 'ppc64le', 's390x'];
const PLATFORM_COUNTS = [3, 4, 2];
const PATCHES = 5;

/** All images, and those of job C. Throws when they are not of the shape that the documents name. */
export function makeData(): Data {
  const repositories = SHAPES.map(makeRepository);
  const moved = MOVES.map(([name, children, tags]) => moveOne(repositories, name, children, tags));
  const images = repositories.flatMap((one) => one.images);
  const counts = [
    images.flatMap((one) => one.tags).length,
    new Set(images.map((one) => one.index.digest)).size,
  ];
  if (counts.join() !== '1584,933') throw new Error(`the data has ${counts.join(' tags, ')} digests`);
  return { repositories, moved };
}

function makeRepository(shape: Shape): Repository {
  const names = nameTags(shape);
  return { name: shape.name, images: names.map((tags, at) => makeImage(shape, at, tags, 'first')) };
}

/** The tags of each image: its full one, then the floating ones that fit, newest images first. */
function nameTags({ tags, digests, families }: Shape): string[][] {
  const named: string[][] = [];
  const floating: { tag: string; at: number }[] = [];
  for (let at = 0; at < digests; at += 1) {
    const family = families[at % families.length] as Family;
    const number = Math.floor(at / families.length);
    const minor = `3.${20 - Math.floor(number / PATCHES)}`;
    const patch = `${minor}.${PATCHES - 1 - (number % PATCHES)}`;
    named.push([`${patch}-${family.suffix}`]);
    const versions = [patch];
    if (number % PATCHES === 0) versions.push(minor);
    if (number === 0) versions.push('3', '');
    const suffixes = family.short === undefined ? [family.suffix] : [family.suffix, family.short];
    for (const version of versions)
      for (const suffix of suffixes) {
        const tag = [version, suffix].filter((part) => part !== '').join('-') || 'latest';
        if (tag !== named[at]?.[0]) floating.push({ tag, at });
      }
  }
  for (let extra = 0; floating.length < tags - digests; extra += 1)
    floating.push({ tag: `${named[extra]?.[0]}-20250801`, at: extra });
  for (const { tag, at } of floating.slice(0, tags - digests)) named[at]?.push(tag);
  return named;
}

function moveOne(repositories: readonly Repository[], name: string, children: number, tags: number): Moved {
  const shape = SHAPES.find((one) => one.name === name) as Shape;
  const { images } = repositories.find((one) => one.name === name) as Repository;
  const at = images.findIndex((one) => one.children.length === children && one.tags.length === tags);
  const before = images[at];
  if (before === undefined) throw new Error(`no image of ${name} has ${children} children and ${tags} tags`);
  return { repository: name, before, after: makeImage(shape, at, before.tags, 'rebuilt') };
}

/** An image: per platform a base that repositories share, a layer that its series shares, and one of its own. */
function makeImage(shape: Shape, at: number, tags: readonly string[], build: string): Image {
  const types = shape.docker ? DOCKER : OCI;
  const place = at % shape.families.length;
  const family = shape.families[place] as Family;
  // Older images stand on older bases: a base is built again every two minor versions.
  const era = build === 'rebuilt' ? build : `era ${Math.floor(at / shape.families.length / (PATCHES * 2))}`;
  const many = shape.attested ? 2 : (PLATFORM_COUNTS[place % PLATFORM_COUNTS.length] ?? 2);
  const children = PLATFORMS.slice(0, many).map((platform) => {
    const seeds = [
      { seed: `base ${family.base} ${era} ${platform}`, least: 100, most: 150 },
      { seed: `series ${shape.name} ${family.suffix} ${era} ${platform}`, least: 24, most: 70 },
      { seed: `own ${shape.name} ${at} ${build} ${platform}`, least: 4, most: 26 },
    ];
    return makeChild(
      types,
      platform,
      seeds.map(({ seed, least, most }) => noise(types.layer, seed, least, most)),
    );
  });
  const notes = shape.attested ? children.map((one) => attest(types, one)) : [];
  const all = [...children, ...notes];
  const manifests = all.map(({ manifest, platform }) => ({ ...describe(manifest), platform }));
  return {
    index: json(types.index, { schemaVersion: 2, mediaType: types.index, manifests }),
    children: all,
    tags,
  };
}

type Made = Child & { readonly platform: { readonly os: string; readonly architecture: string } };

function makeChild(types: Types, architecture: string, layers: readonly Content[]): Made {
  const platform = { os: 'linux', architecture };
  const config = json(types.config, {
    ...platform,
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
    rootfs: { type: 'layers', diff_ids: layers.map((one) => one.digest) },
  });
  return { manifest: makeManifest(types, config, layers), blobs: [config, ...layers], platform };
}

function attest(types: Types, subject: Made): Made {
  const platform = { os: 'unknown', architecture: 'unknown' };
  const statement = json('application/vnd.in-toto+json', { subject: [subject.manifest.digest] });
  const config = json(types.config, {
    ...platform,
    rootfs: { type: 'layers', diff_ids: [statement.digest] },
  });
  return { manifest: makeManifest(types, config, [statement]), blobs: [config, statement], platform };
}

function makeManifest(types: Types, config: Content, layers: readonly Content[]): Content {
  const parts = { config: describe(config), layers: layers.map(describe) };
  return json(types.manifest, { schemaVersion: 2, mediaType: types.manifest, ...parts });
}

// A stream cipher over zeros: bytes that do not compress, told by the seed alone.
function noise(mediaType: string, seed: string, least: number, most: number): Content {
  const known = layers.get(seed);
  if (known !== undefined) return known;
  const key = createHash('sha256').update(seed).digest();
  const size = 1024 * (least + (key.readUInt16BE(0) % (most - least + 1)));
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  const bytes = cipher.update(Buffer.alloc(size));
  // The first bytes of a gzip: skopeo compresses layers that do not begin like one, and digests change.
  bytes.set([0x1f, 0x8b, 8, 0]);
  const made = content(mediaType, bytes);
  layers.set(seed, made);
  return made;
}
const layers = new Map<string, Content>();

function json(mediaType: string, value: unknown): Content {
  return content(mediaType, Buffer.from(JSON.stringify(value)));
}

function content(mediaType: string, bytes: Buffer): Content {
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, mediaType, bytes };
}

function describe({ mediaType, digest, bytes }: Content) {
  return { mediaType, digest, size: bytes.length };
}
