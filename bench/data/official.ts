// The images that most jobs work on: eight repositories with the shape of Docker's official images - how many tags, how
// many tags an image has, how many platforms, and which layers images share. Layers are small: requests and shared bytes
// are what is measured, not throughput. Two sets have the same tags. In `plain` an image shares its base and the layer of
// its series; in `shared` also a language layer with the images of the same version in all other series, which are copied
// at the same time: who only copies the first image of a repository alone sends those again and again.

import {
  attest,
  type Data,
  DOCKER,
  type Image,
  type Moved,
  makeChild,
  makeImage,
  makeLayer,
  OCI,
  type Platformed,
  type Repository,
} from './content.ts';

export type Sharing = 'plain' | 'shared';

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
type Move = readonly [repository: string, children: number, tags: number];
const MOVES: readonly Move[] = [
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

const KIBIBYTE = 1024;

/** All images, and those of job C. Throws when they are not of the shape that the documents name. */
export function makeOfficial(sharing: Sharing): Data {
  const repositories = SHAPES.map((shape) => makeRepository(shape, sharing));
  const moved = MOVES.map((move) => moveOne(repositories, move, sharing));
  const images = repositories.flatMap((repository) => repository.images);
  const counts = [
    images.flatMap((image) => image.tags).length,
    new Set(images.map((image) => image.index.digest)).size,
  ];
  if (counts.join() !== '1584,933') throw new Error(`the data has ${counts.join(' tags, ')} digests`);
  return { repositories, moved };
}

function makeRepository(shape: Shape, sharing: Sharing): Repository {
  const images = nameTags(shape).map((tags, at) => build({ shape, at, tags, made: 'first', sharing }));
  return { name: shape.name, images };
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

function moveOne(repositories: readonly Repository[], move: Move, sharing: Sharing): Moved {
  const [name, children, tags] = move;
  const shape = SHAPES.find((entry) => entry.name === name) as Shape;
  const { images } = repositories.find((entry) => entry.name === name) as Repository;
  const at = images.findIndex((image) => image.children.length === children && image.tags.length === tags);
  const before = images[at];
  if (before === undefined) throw new Error(`no image of ${name} has ${children} children and ${tags} tags`);
  const after = build({ shape, at, tags: before.tags, made: 'rebuilt', sharing });
  return { repository: name, before, after };
}

type Order = {
  readonly shape: Shape;
  /** Which image of its repository, newest first. */
  readonly at: number;
  readonly tags: readonly string[];
  readonly made: 'first' | 'rebuilt';
  readonly sharing: Sharing;
};

function build(order: Order): Image {
  const { shape, at, tags } = order;
  const types = shape.docker ? DOCKER : OCI;
  const place = at % shape.families.length;
  const many = shape.attested ? 2 : (PLATFORM_COUNTS[place % PLATFORM_COUNTS.length] ?? 2);
  const children = PLATFORMS.slice(0, many).map((platform) => buildFor(platform, order));
  const notes = shape.attested ? children.map((child) => attest(types, child)) : [];
  return makeImage(types, [...children, ...notes], tags);
}

/** For one platform: a base that repositories share, a layer that its series shares, one of its own; see above. */
function buildFor(platform: string, { shape, at, made, sharing }: Order): Platformed {
  const types = shape.docker ? DOCKER : OCI;
  const family = shape.families[at % shape.families.length] as Family;
  const version = Math.floor(at / shape.families.length);
  // Older images stand on older bases: a base is built again every two minor versions.
  const era = made === 'rebuilt' ? made : `era ${Math.floor(version / (PATCHES * 2))}`;
  const language = { seed: `language ${shape.name} ${version} ${made} ${platform}`, least: 40, most: 90 };
  const plans = [
    { seed: `base ${family.base} ${era} ${platform}`, least: 100, most: 150 },
    ...(sharing === 'shared' ? [language] : []),
    { seed: `series ${shape.name} ${family.suffix} ${era} ${platform}`, least: 24, most: 70 },
    { seed: `own ${shape.name} ${at} ${made} ${platform}`, least: 4, most: 26 },
  ];
  return makeChild(
    types,
    platform,
    plans.map((plan) => makeLayer(types.layer, plan, KIBIBYTE)),
  );
}
