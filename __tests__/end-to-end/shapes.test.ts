// Every shape of image arrives with the digest it has upstream, or its tag is named with a reason. The registry of crane is
// upstream, because it takes anything.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Content, type Image, image, push } from '../../demo/images.mjs';
import { digestOf } from '../fakes/registries/oracle.ts';
import {
  available,
  type RegistryKind,
  type RunningRegistry,
  startRegistry,
} from '../fakes/registries/registries.ts';
import { type ActionResult, runAction } from '../fakes/runner/bundle.ts';

const OCI = 'application/vnd.oci.image';
const DOCKER = 'application/vnd.docker';

function content(mediaType: string, value: object | string): Content {
  const bytes = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, mediaType, bytes };
}

function describeContent({ mediaType, digest, bytes }: Content) {
  return { mediaType, digest, size: bytes.length };
}

function index(entries: readonly object[], mediaType = `${OCI}.index.v1+json`): Content {
  return content(mediaType, { schemaVersion: 2, mediaType, manifests: entries });
}

const plain = image('PLAIN');
const [amd64, arm64] = plain.manifests.map((one) => ({
  ...describeContent(one),
  platform: { os: 'linux', architecture: one.platform.split('/')[1] },
}));
const inner = index([amd64 ?? {}]);
const empty = content(`${OCI}.config.v1+json`, '{}');

/** As a registry of 2015 would hold it; there is no way to push one to a registry of today. */
const schema1 = content(`${DOCKER}.distribution.manifest.v1+json`, {
  schemaVersion: 1,
  name: 'lib/app',
  tag: 'schema1',
  architecture: 'amd64',
  fsLayers: [{ blobSum: plain.blobs[1]?.digest }],
  history: [{ v1Compatibility: '{"id":"1"}' }],
});
const artifact = content(`${OCI.replace('.image', '.artifact')}.manifest.v1+json`, {
  mediaType: `${OCI.replace('.image', '.artifact')}.manifest.v1+json`,
  artifactType: 'application/vnd.example.sbom',
  blobs: plain.blobs.slice(1, 2).map(describeContent),
});
const typedManifest = content(`${OCI}.manifest.v1+json`, {
  schemaVersion: 2,
  mediaType: `${OCI}.manifest.v1+json`,
  artifactType: 'application/vnd.example.chart',
  config: describeContent(empty),
  layers: plain.blobs.slice(1, 2).map(describeContent),
});
const foreign = content(`${DOCKER}.distribution.manifest.v2+json`, {
  schemaVersion: 2,
  mediaType: `${DOCKER}.distribution.manifest.v2+json`,
  config: { ...describeContent(empty), mediaType: `${DOCKER}.container.image.v1+json` },
  layers: [
    {
      mediaType: `${DOCKER}.image.rootfs.foreign.diff.tar.gzip`,
      size: 1_000_000,
      digest: `sha256:${'f'.repeat(64)}`,
      urls: ['https://layers.example/base'],
    },
    ...plain.blobs.slice(1, 2).map(describeContent),
  ],
});
const alone = (one: Content, blobs: readonly Content[] = []): Image => ({ index: one, manifests: [], blobs });

/** Reasons that are true where a registry does not take a shape; none: it has to arrive. */
const SHAPES: Readonly<Record<string, readonly [made: Image, reasons: readonly string[]]>> = {
  'empty-index': [alone(index([])), []],
  attestations: [image('ATTESTED', { attestations: true }), []],
  'nested-index': [
    {
      index: index([arm64 ?? {}, describeContent(inner)]),
      manifests: [...plain.manifests, { ...inner, platform: '', symbol: '' }],
      blobs: plain.blobs,
    },
    [],
  ],
  schema2: [image('DOCKER', { mediaTypes: 'docker' }), []],
  schema1: [alone(schema1, plain.blobs), ['unsupported', 'corrupt']],
  artifact: [alone(artifact, plain.blobs), ['unsupported', 'corrupt']],
  'typed-manifest': [alone(typedManifest, [...plain.blobs, empty]), []],
  foreign: [alone(foreign, [...plain.blobs, empty]), ['unsupported', 'not-found']],
  'same-platform-500-times': [
    { ...plain, index: index(Array.from({ length: 250 }, () => [amd64 ?? {}, arm64 ?? {}]).flat()) },
    [],
  ],
  'one-manifest': [alone(plain.manifests[0] as Content, plain.blobs), []],
};

const running: RunningRegistry[] = [];
let upstream: RunningRegistry;
const results = new Map<RegistryKind, { mirror: RunningRegistry; result: ActionResult }>();
beforeAll(async () => {
  upstream = await startRegistry({ kind: 'crane' });
  running.push(upstream);
  for (const [tag, [made]] of Object.entries(SHAPES)) await push(upstream.url, 'lib/app', made, [tag]);
  for (const kind of ['v3', 'debian'] as const) {
    if (!available(kind)) continue;
    const mirror = await startRegistry({ kind });
    running.push(mirror);
    const tags = JSON.stringify(Object.keys(SHAPES));
    const config = `mirror: ${mirror.host}/m\nimages:\n  - { source: "${upstream.host}/lib/app", tags: ${tags} }\n`;
    results.set(kind, { mirror, result: await runAction({ config, env: { FRESH_MIRROR_PATIENCE: '0.1' } }) });
  }
}, 180_000);
afterAll(async () => {
  for (const one of running) await one.stop();
});

describe.each(['v3', 'debian'] as const)('%s', (kind) => {
  (available(kind) ? it : it.skip).each(Object.keys(SHAPES))('%s', (tag) => judge(kind, tag));
});

async function judge(kind: RegistryKind, tag: string): Promise<void> {
  const found = results.get(kind);
  if (found === undefined) throw new Error(`nothing ran against ${kind}`);
  const { mirror, result } = found;
  const [made, reasons] = SHAPES[tag] ?? [plain, []];
  const failed = JSON.parse(result.outputs.failed ?? '[]') as {
    tag: string;
    reason: string;
    message: string;
  }[];
  const row = failed.find((one) => one.tag === tag);
  const there = await digestOf(`${mirror.host}/m/lib/app:${tag}`);
  if (row === undefined || reasons.length === 0) {
    expect([row, there]).toEqual([undefined, made.index.digest]);
    return;
  }
  expect([reasons.includes(row.reason), there]).toEqual([true, null]);
  expect(row.message).toMatch(/lib\/app|the mirror 127/);
}
