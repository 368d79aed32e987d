// Builds judged through plain objects: what is asked, how often, and what comes of it.

import { expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { readBuilds } from '../../../src/files/builds.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/image/manifest/manifest.ts';
import { type Digest, digestOf } from '../../../src/image/names/digest.ts';
import { baseNames } from '../../../src/plan/builds/base-names.ts';
import { reportBuilds } from '../../../src/report/builds/build-report.ts';
import { judgeBuilds } from '../../../src/run/builds/builds.ts';
import { type MemoryDoors, type MemoryRegistry, memoryDoors } from '../fakes.ts';

const D = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** Puts a manifest with these fields under a reference, and under its digest. */
function hold({ held }: MemoryRegistry, reference: string, fields: object, mediaType = OCI_INDEX): Digest {
  const bytes = bytesOf({ schemaVersion: 2, mediaType, ...fields });
  const digest = digestOf(bytes);
  const body = { bytes, digest, mediaType };
  const name = reference.replace(/[:@][^/]*$/, '');
  held.set(reference, body).set(`${name}@${digest}`, body);
  return digest;
}

function blob({ held }: MemoryRegistry, name: string, value: unknown) {
  const bytes = bytesOf(value);
  const digest = digestOf(bytes);
  held.set(`${name}@${digest}`, { bytes, digest, mediaType: '' });
  return { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: bytes.length };
}

async function judged(text: string, doors: MemoryDoors) {
  const { config } = parseConfig(new TextEncoder().encode(text), 'images.yaml');
  const builds = await readBuilds('/nowhere', config.builds, baseNames(config).canonical);
  const { ground, judged: found } = await judgeBuilds(config, builds, doors);
  return reportBuilds(ground, found);
}

const SPELLINGS = [
  'almalinux:8',
  'library/almalinux:8',
  'docker.io/almalinux:8',
  'index.docker.io/library/almalinux:8',
];

function orders<T>(items: readonly T[]): T[][] {
  return items.length === 0
    ? [[]]
    : items.flatMap((item, at) => orders(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

it.each(orders(SPELLINGS).map((order) => [order.join(' '), order] as const))(
  '%s: one look-up, the same for all',
  async (_name, order) => {
    const doors = memoryDoors();
    hold(doors.upstream, 'farm.example/hub/library/almalinux:8', { manifests: [] });
    const builds = order.flatMap((base) => [
      `- { name: "${base} old", base: "${base}", digest: "${D('a')}" }`,
      `- { name: "${base} new", base: "${base}", digest: "${digestOf(bytesOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }))}" }`,
    ]);
    const { staleBuilds, counts } = await judged(
      `read-from: { docker.io: farm.example/hub }\nbuilds:\n${builds.join('\n')}\n`,
      doors,
    );
    expect(doors.upstream.calls).toEqual(['head farm.example/hub/library/almalinux:8']);
    expect(doors.mirror.calls).toEqual([]);
    expect(counts).toEqual({ total: 8, fresh: 4, stale: 4, failed: 0 });
    expect(staleBuilds.map(({ name }) => name).toSorted()).toEqual(
      SPELLINGS.map((base) => `${base} old`).toSorted(),
    );
    expect(new Set(staleBuilds.map(({ base }) => base))).toEqual(new Set(['docker.io/library/almalinux:8']));
  },
);

it('asks for what is mirrored on the mirror, for the rest where it is read from, else at its own name', async () => {
  const doors = memoryDoors();
  hold(doors.mirror, 'mirror.example/m/library/almalinux:8', { manifests: [] });
  hold(doors.upstream, 'farm.example/hub/library/alpine:3', { manifests: [] });
  const { failed } = await judged(
    `mirror: mirror.example/m
read-from: { docker.io: farm.example/hub }
images: [almalinux:8]
builds:
- { name: a, base: "almalinux:8", digest: "${D('a')}" }
- { name: b, base: "mirror.example/m/library/almalinux:8", digest: "${D('a')}" }
- { name: c, base: "farm.example/hub/library/almalinux:8", digest: "${D('a')}" }
- { name: d, base: "alpine:3", digest: "${D('a')}" }
- { name: e, base: "quay.io/x/y", digest: "${D('a')}" }
- { name: f, base: "quay.io/x/y@${D('b')}" }
`,
    doors,
  );
  expect(doors.mirror.calls).toEqual(['head mirror.example/m/library/almalinux:8']);
  expect(doors.upstream.calls).toEqual(['head farm.example/hub/library/alpine:3', 'head quay.io/x/y:latest']);
  expect(failed.map(({ reason, source, tag, mirror }) => [reason, source, tag, mirror])).toEqual([
    ['not-in-mirror', 'quay.io/x/y', 'latest', 'quay.io/x/y:latest'],
  ]);
});

it('what cannot be reached is failed, never fresh, and so is what stands on it', async () => {
  const doors = memoryDoors();
  doors.upstream.faults.set('head quay.io/x/y:1', new Failure('network', 'no answer'));
  const { counts, failed, staleBuilds } = await judged(
    `builds:
- { name: quay.io/own/base:1, base: "quay.io/x/y:1", digest: "${D('a')}" }
- { image: quay.io/own/lost:1 }
`,
    doors,
  );
  expect(counts).toEqual({ total: 2, fresh: 0, stale: 0, failed: 2 });
  expect(staleBuilds).toEqual([]);
  expect(failed.map(({ reason, source }) => [reason, source])).toEqual([
    ['network', 'quay.io/x/y'],
    ['not-found', 'quay.io/own/lost'],
  ]);
});

const NAME = 'org.opencontainers.image.base.name';
const DIGEST = 'org.opencontainers.image.base.digest';
const APP = 'ghcr.io/acme/app';

function platformImage(doors: MemoryDoors, labels: object, annotations?: object) {
  const config = blob(doors.upstream, APP, { config: { Labels: labels } });
  const fields = { config, layers: [], ...(annotations === undefined ? {} : { annotations }) };
  const digest = hold(doors.upstream, `${APP}@x`, fields, OCI_MANIFEST);
  return { mediaType: OCI_MANIFEST, digest, size: 1, platform: { os: 'linux', architecture: 'amd64' } };
}

function attestation(doors: MemoryDoors, predicate: object) {
  const layer = {
    ...blob(doors.upstream, APP, { predicate }),
    mediaType: 'application/vnd.in-toto+json',
    annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v1' },
  };
  const config = blob(doors.upstream, APP, {});
  const digest = hold(doors.upstream, `${APP}@y`, { config, layers: [layer] }, OCI_MANIFEST);
  return { mediaType: OCI_MANIFEST, digest, size: 1, platform: { os: 'unknown', architecture: 'unknown' } };
}

type Shape = (doors: MemoryDoors, base: Digest) => void;
const hex = (digest: Digest) => ({ sha256: digest.slice('sha256:'.length) });
const material = (digest: Digest, uri = 'pkg:docker/alpine@3.20?platform=linux%2Famd64') => ({
  uri,
  digest: hex(digest),
});
const told = (digest: Digest) => ({ [NAME]: 'alpine:3.20', [DIGEST]: digest });

const SHAPES: readonly (readonly [string, Shape])[] = [
  [
    'annotations of the index',
    (doors, base) => hold(doors.upstream, `${APP}:1`, { manifests: [], annotations: told(base) }),
  ],
  [
    'annotations of a plain manifest',
    (doors, base) => {
      const config = blob(doors.upstream, APP, {});
      hold(doors.upstream, `${APP}:1`, { config, layers: [], annotations: told(base) }, OCI_MANIFEST);
    },
  ],
  [
    'annotations of an entry',
    (doors, base) =>
      hold(doors.upstream, `${APP}:1`, {
        manifests: [{ ...platformImage(doors, {}), annotations: told(base) }],
      }),
  ],
  [
    'annotations of its manifest',
    (doors, base) => hold(doors.upstream, `${APP}:1`, { manifests: [platformImage(doors, {}, told(base))] }),
  ],
  [
    'labels',
    (doors, base) => hold(doors.upstream, `${APP}:1`, { manifests: [platformImage(doors, told(base))] }),
  ],
  [
    'labels of a plain manifest',
    (doors, base) => {
      const config = blob(doors.upstream, APP, { config: { Labels: told(base) } });
      hold(doors.upstream, `${APP}:1`, { config, layers: [] }, OCI_MANIFEST);
    },
  ],
  [
    'provenance v0.2',
    (doors, base) => {
      const tool = material(D('e'), 'pkg:docker/docker/dockerfile@1');
      const proof = attestation(doors, { materials: [tool, material(base)] });
      hold(doors.upstream, `${APP}:1`, { manifests: [platformImage(doors, {}), proof] });
    },
  ],
  [
    'provenance v1',
    (doors, base) => {
      const git = { uri: 'https://github.com/acme/app.git', digest: { sha1: 'a' } };
      const proof = attestation(doors, { buildDefinition: { resolvedDependencies: [git, material(base)] } });
      hold(doors.upstream, `${APP}:1`, { manifests: [platformImage(doors, {}), proof] });
    },
  ],
];

it.each(SHAPES)('a published image tells its base by %s', async (_what, shape) => {
  const verdicts: string[] = [];
  for (const which of ['tag', 'entry', 'old'] as const) {
    const doors = memoryDoors();
    const entry = {
      mediaType: OCI_MANIFEST,
      digest: D('c'),
      size: 1,
      platform: { os: 'linux', architecture: 'amd64' },
    };
    const current = hold(doors.upstream, 'docker.io/library/alpine:3.20', { manifests: [entry] });
    shape(doors, { tag: current, entry: entry.digest, old: D('d') }[which]);
    const { counts, staleBuilds } = await judged(`builds: [{ image: "${APP}:1" }]\n`, doors);
    verdicts.push(counts.fresh === 1 ? 'fresh' : (staleBuilds[0]?.reason ?? 'failed'));
    const indexReads = doors.upstream.calls.filter(
      (call) => call === `get docker.io/library/alpine@${current}`,
    );
    expect(indexReads).toHaveLength(which === 'tag' ? 0 : 1);
    expect(doors.upstream.calls.filter((call) => call.startsWith('head'))).toEqual([
      'head docker.io/library/alpine:3.20',
    ]);
  }
  expect(verdicts).toEqual(['fresh', 'fresh', 'moved']);
});

it.each<[string, string, string]>([
  ['a tag', '@3.20?platform=linux%2Famd64', 'moved'],
  ['a tag and what BuildKit made of it', `@3.20?digest=${D('d')}&platform=linux%2Famd64`, 'moved'],
  ['the same, escaped', `@3.20?digest=${D('d').replace(':', '%3A')}`, 'moved'],
  ['a digest alone', `?digest=${D('d')}&platform=linux%2Famd64`, 'fresh'],
  ['a digest as version', `@${D('d').replace(':', '%3A')}`, 'fresh'],
])('provenance with %s', async (_what, rest, expected) => {
  const doors = memoryDoors();
  hold(doors.upstream, 'docker.io/library/alpine:3.20', { manifests: [] });
  const proof = attestation(doors, { materials: [material(D('d'), `pkg:docker/alpine${rest}`)] });
  hold(doors.upstream, `${APP}:1`, { manifests: [platformImage(doors, {}), proof] });
  const { staleBuilds, counts } = await judged(`builds: [{ image: "${APP}:1" }]\n`, doors);
  expect(counts.failed).toBe(0);
  expect(staleBuilds[0]?.reason ?? 'fresh').toBe(expected);
});

it.each<[string, object]>([
  ['nothing', {}],
  ['a name alone', { [NAME]: 'alpine:3.20' }],
  ['a digest alone', { [DIGEST]: D('a') }],
  ['a digest that is not one', { [NAME]: 'alpine:3.20', [DIGEST]: 'sha256:1' }],
  ['a name that is not one', { [NAME]: 'https://x y', [DIGEST]: D('a') }],
])('a published image with %s has no record, and is stale', async (_what, annotations) => {
  const doors = memoryDoors();
  hold(doors.upstream, 'docker.io/library/alpine:3.20', { manifests: [] });
  hold(doors.upstream, `${APP}:1`, { manifests: [platformImage(doors, {})], annotations });
  const { staleBuilds } = await judged(`builds: [{ image: "${APP}:1" }]\n`, doors);
  expect(staleBuilds.map(({ image, reason }) => [image, reason])).toEqual([[`${APP}:1`, 'no-record']]);
});

it('a base that is pinned is never stale, nor asked for', async () => {
  const doors = memoryDoors();
  const annotations = { [NAME]: `alpine:3.20@${D('a')}`, [DIGEST]: D('b') };
  hold(doors.upstream, `${APP}:1`, { manifests: [], annotations });
  const { counts } = await judged(`builds: [{ image: "${APP}:1" }]\n`, doors);
  expect(counts).toMatchObject({ fresh: 1, stale: 0 });
  expect(doors.upstream.calls).toEqual([`get ${APP}:1`]);
});

it('images on images: what stands on a stale one is built after it, and an image is read once', async () => {
  const doors = memoryDoors();
  hold(doors.upstream, 'docker.io/library/alpine:3', { manifests: [] });
  const base = hold(doors.upstream, 'ghcr.io/acme/base:1', {
    manifests: [],
    annotations: { [NAME]: 'alpine:3', [DIGEST]: D('a') },
  });
  const mid = hold(doors.upstream, 'ghcr.io/acme/mid:1', {
    manifests: [],
    annotations: { [NAME]: 'ghcr.io/acme/base:1', [DIGEST]: base },
  });
  hold(doors.upstream, 'ghcr.io/acme/top:1', {
    manifests: [],
    annotations: { [NAME]: 'ghcr.io/acme/mid:1', [DIGEST]: mid },
  });
  const images = ['top', 'base', 'mid'].map((name) => `{ image: "ghcr.io/acme/${name}:1" }`);
  const { staleBuilds, buildWaves } = await judged(`builds: [${images.join(', ')}]\n`, doors);
  expect(staleBuilds.map(({ image, reason, depth }) => [image, reason, depth])).toEqual([
    ['ghcr.io/acme/base:1', 'moved', 1],
    ['ghcr.io/acme/mid:1', 'base-stale', 2],
    ['ghcr.io/acme/top:1', 'base-stale', 3],
  ]);
  expect(buildWaves.map(({ include }) => include.map(({ image }) => image))).toEqual([
    ['ghcr.io/acme/base:1'],
    ['ghcr.io/acme/mid:1'],
    ['ghcr.io/acme/top:1'],
  ]);
  const calls = doors.upstream.calls.filter((call) => !call.includes('library/alpine@'));
  expect(calls.toSorted()).toEqual([
    ...['base', 'mid', 'top'].map((name) => `get ghcr.io/acme/${name}:1`),
    'head docker.io/library/alpine:3',
  ]);
});

it('a circle is an error that prints it', async () => {
  const doors = memoryDoors();
  for (const [name, base] of [
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'a'],
  ])
    hold(doors.upstream, `ghcr.io/x/${name}:1`, {
      manifests: [],
      annotations: { [NAME]: `ghcr.io/x/${base}:1`, [DIGEST]: D('a') },
    });
  const images = ['a', 'b', 'c'].map((name) => `{ image: "ghcr.io/x/${name}:1" }`);
  await expect(judged(`builds: [${images.join(', ')}]\n`, doors)).rejects.toThrow(
    'builds are based on each other in a circle: ghcr.io/x/a:1 → ghcr.io/x/b:1 → ghcr.io/x/c:1 → ghcr.io/x/a:1',
  );
});
