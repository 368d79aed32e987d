// Small worlds made from a number: registries in memory, a config over them, and what goes wrong there. The same number
// gives the same world, so that one run and the parts of it see the same.

import { createHash } from 'node:crypto';
import { Failure, type Reason } from '../../../src/base/errors/failure.ts';
import type { Build } from '../../../src/config/builds/build.ts';
import type { Config } from '../../../src/config/images/config.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import type { ManifestBody } from '../../../src/image/manifest/manifest.ts';
import { digestOf } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { formatName, type Name } from '../../../src/image/names/reference.ts';
import { type MemoryDoors, memoryDoors } from '../fakes.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** Numbers from a seed, the same ones every time (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed * 2_654_435_761;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(most: number): number {
    return Math.floor(this.next() * most);
  }

  one<T>(of: readonly [T, ...T[]]): T {
    return of[this.below(of.length)] ?? of[0];
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  some<T>(of: readonly T[], share: number): T[] {
    return of.filter(() => this.chance(share));
  }
}

/** Puts a manifest where it is found by its digest. */
type Put = (body: ManifestBody) => void;

function manifestOf(mediaType: string, value: object): ManifestBody {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...value }));
  return { digest: digestOf(bytes), mediaType, bytes };
}

function blob(mediaType: string, name: string, size: number) {
  return { mediaType, digest: `sha256:${createHash('sha256').update(name).digest('hex')}`, size };
}

/** What is made once is the same for the nine runs over a world. */
const MADE = new Map<string, readonly ManifestBody[]>();

/** An index for these architectures; images of one `base` share their first layer. */
function imageOf(name: string, archs: readonly string[], base: string, put: Put): ManifestBody {
  const key = JSON.stringify([name, archs, base]);
  const made = MADE.get(key) ?? makeImage(name, archs, base);
  MADE.set(key, made);
  for (const body of made) put(body);
  return made.at(-1) as ManifestBody;
}

/** The images, and the index behind them. */
function makeImage(name: string, archs: readonly string[], base: string): ManifestBody[] {
  const images = archs.map((architecture) =>
    manifestOf(IMAGE, {
      config: blob(CONFIG, `config ${name} ${architecture}`, 300),
      layers: [
        blob(LAYER, `base ${base} ${architecture}`, 5_000),
        blob(LAYER, `${name} ${architecture}`, 700),
      ],
    }),
  );
  const manifests = images.map(({ digest, bytes }, at) => {
    return {
      mediaType: IMAGE,
      digest,
      size: bytes.length,
      platform: { architecture: archs[at], os: 'linux' },
    };
  });
  return [...images, manifestOf(INDEX, { manifests, annotations: { name } })];
}

const TAGS = [
  '1.0',
  '1.1',
  '1.2',
  '1.2.1',
  '1.2.2',
  '1.3',
  '2.0',
  '1.0-slim',
  '1.1-slim',
  '1.2-slim',
  'latest',
];
const REASONS: readonly [Reason, ...Reason[]] = ['denied', 'timeout', 'server-error', 'rate-limited', 'tls'];

/** A config and the registries behind it; `open` makes them anew each time, equal to each other. */
export type World = {
  readonly text: string;
  readonly open: () => MemoryDoors;
  /** What was built on the mirror's tags. */
  readonly builds: readonly Build[];
};

/** What a world has besides: builds, or nothing that goes wrong. */
type Kind = { readonly hasBuilds?: boolean; readonly isCalm?: boolean };

/** The world of a number. */
export function makeWorld(seed: number, { hasBuilds = false, isCalm = false }: Kind = {}): World {
  const text = `${configText(new Dice(seed))}${hasBuilds ? BUILDS : ''}`;
  const { config } = parseConfig(Buffer.from(text), 'images.yaml');
  const open = (): MemoryDoors => {
    const dice = new Dice(seed + 0.5);
    const failing = new Map();
    const doors = memoryDoors(failing);
    for (const { source, mirror } of config.entries)
      furnish(doors, dice, { source, mirror, failing, isCalm });
    return doors;
  };
  const builds = hasBuilds ? buildsOn(config, open(), new Dice(seed + 0.25)) : [];
  return { text, open, builds };
}

const BUILDS = 'builds:\n  - { image-info: image-info.json }\n';

/** Builds on tags of the mirror, and on each other; of some nobody recorded the digest. */
function buildsOn({ entries }: Config, { mirror }: MemoryDoors, dice: Dice): Build[] {
  return entries.flatMap((entry, at): Build[] => {
    if (!dice.chance(0.6)) return [];
    const tag = dice.one(['1.0', '1.1', '2.0', '7.7']);
    const now = mirror.held.get(lookUp(entry.mirror, tag))?.digest ?? null;
    const recorded = dice.one([now, null, digestOf(Buffer.from(`old ${at}`))]);
    const base = { name: entry.source, tag, digest: null };
    return [
      {
        ...{ kind: 'dockerfile', id: `src/${at}/Dockerfile`, uses: [{ base, recorded }], makes: [] },
        ...{
          unreadable: [],
          unrecorded: dice.below(2),
          place: { file: 'image-info.json', line: at + 1, column: 1 },
        },
      },
    ];
  });
}

type Copied = {
  readonly source: Name;
  readonly mirror: Name;
  readonly failing: Map<string, Failure>;
  readonly isCalm: boolean;
};

function furnish(doors: MemoryDoors, dice: Dice, { source, mirror, failing, isCalm }: Copied): void {
  const goesWrong = (share: number): boolean => dice.chance(share) && !isCalm;
  const putUp: Put = (body) => void doors.upstream.held.set(lookUp(source, body.digest), body);
  const putHere: Put = (body) => void doors.mirror.held.set(lookUp(mirror, body.digest), body);
  const isBroken = goesWrong(0.08);
  for (const tag of dice.some(TAGS, isCalm ? 1 : 0.8)) {
    const archs = goesWrong(0.2) ? ['amd64'] : ['amd64', 'arm64'];
    const base = dice.one(['bookworm', 'alpine']);
    const now = imageOf(`${formatName(source)}:${tag}`, archs, base, putUp);
    doors.upstream.held.set(lookUp(source, tag), now);
    const state = dice.next();
    if (state < 0.5) {
      imageOf(`${formatName(source)}:${tag}`, archs, base, putHere);
      doors.mirror.held.set(lookUp(mirror, tag), now);
    } else if (state < 0.7) {
      const old = imageOf(`old ${formatName(source)}:${tag}`, ['amd64', 'arm64'], base, putHere);
      doors.mirror.held.set(lookUp(mirror, tag), old);
    }
    const failure = new Failure(dice.one(REASONS), `${formatName(source)}:${tag} was not given`, {
      hint: 'look',
    });
    if (goesWrong(0.06)) doors.upstream.faults.set(`head ${lookUp(source, tag)}`, failure);
    if (goesWrong(0.04)) doors.mirror.faults.set(`head ${lookUp(mirror, tag)}`, failure);
    if (goesWrong(0.06)) failing.set(now.digest, failure);
  }
  for (const tag of dice.some(['0.9', 'old-stable', '1.0-slim-0123456789ab'], 0.3)) {
    doors.mirror.held.set(lookUp(mirror, tag), imageOf(`kept ${tag}`, ['amd64'], 'alpine', putHere));
  }
  if (isBroken) doors.unlisted.add(formatName(source));
  if (goesWrong(0.05)) {
    doors.mirror.faults.set(`list ${formatName(mirror)}`, new Failure('server-error', 'the list is broken'));
  }
}

const REGISTRIES = ['docker.io', 'quay.io', 'ghcr.io', 'registry.example:5000'] as const;

function configText(dice: Dice): string {
  const number = 1 + dice.below(9);
  const items = Array.from({ length: number }, (_, at) => itemText(dice, at));
  const head = ['mirror: mirror.example/m', 'mirror-path: "{registry}/{repository}"', 'defaults:'];
  return [
    ...head,
    `  new-tags: ${dice.one(['report', 'pull-request', 'issue', '[pull-request, mirror]', 'mirror', 'ignore'])}`,
    `  alert: ${dice.one(['none', 'issue'])}`,
    `  lost-platforms: ${dice.one(['refuse', 'hybrid', 'accept'])}`,
    ...(dice.chance(0.4) ? ['  pins: pull-request'] : []),
    'images:',
    ...items,
    '',
  ].join('\n');
}

function itemText(dice: Dice, at: number): string {
  const source = `${dice.one(REGISTRIES)}/acme/app${at}`;
  const tags = dice.some(TAGS, 0.35);
  const listed = [...(tags.length === 0 ? ['1.0'] : tags), ...(dice.chance(0.3) ? ['1.?-slim*'] : [])];
  const patterns = [...listed, ...(dice.chance(0.1) ? ['9.*'] : [])];
  const platforms = dice.chance(0.2) ? ['    platform-tags: "{tag}-{arch}"'] : [];
  return [
    `  - source: ${source}`,
    ...(dice.chance(0.07)
      ? ['    tags: ["8.*"]']
      : [`    tags: ${JSON.stringify(patterns.filter((tag, place) => patterns.indexOf(tag) === place))}`]),
    ...(dice.chance(0.3) ? ['    granularity: patch'] : []),
    ...(dice.chance(0.2) ? ['    on-failure: rollback'] : []),
    ...(dice.chance(0.15) ? ['    expected-platforms: [amd64, arm64]'] : []),
    ...(dice.chance(0.2) ? ['    ignore: ["2.*"]'] : []),
    ...platforms,
  ].join('\n');
}
