import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Content, image, push } from '../../../demo/images.mjs';
import { type RunningProxy, startProxy } from '../faults/proxy.ts';
import { digestOf } from './oracle.ts';
import { type RunningRegistry, startRegistry } from './registries.ts';

type Manifest = { config: { digest: string }; layers: { digest: string; size: number }[] };
type Config = { architecture: string; os: string; rootfs: { diff_ids: string[] } };

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function parse<T>(content: Content | undefined): T {
  return JSON.parse(content?.bytes.toString() ?? 'null') as T;
}

describe('image', () => {
  it('is the same for the same name on every machine, and another for another name', () => {
    expect(image('A').index.digest).toBe(
      'sha256:07b68fde2e9b23ce65dbbc232a8c4600e377db7d444ddcb6cf2ead4f21842b2d',
    );
    expect(image('B').index.digest).not.toBe(image('A').index.digest);
  });

  it('shares the child of an equal platform and symbol, and nothing else', () => {
    const one = image('', { platforms: { 'linux/amd64': 'X2', 'linux/arm64': 'A1' } });
    const two = image('', { platforms: { 'linux/amd64': 'X1', 'linux/arm64': 'A1' } });
    expect(one.manifests[1]).toEqual(two.manifests[1]);
    expect(one.manifests[0]?.digest).not.toBe(two.manifests[0]?.digest);
    expect(image('X2').manifests[0]).toEqual(one.manifests[0]);
  });

  it('has layers and a config that tell the truth about each other', () => {
    const { manifests, blobs } = image('A', { layerBytes: 200_000 });
    const find = (digest: string) => blobs.find((blob) => blob.digest === digest);
    for (const child of manifests) {
      const { config, layers } = parse<Manifest>(child);
      const plain = layers.map(({ digest }) => sha256(gunzipSync(find(digest)?.bytes ?? '')));
      const described = parse<Config>(find(config.digest));
      expect(described.rootfs.diff_ids).toEqual(plain);
      expect(`${described.os}/${described.architecture}`).toBe(child.platform);
      expect(layers.map(({ size }) => size > 200_000)).toEqual([true, true]);
    }
    expect(blobs.map((blob) => sha256(blob.bytes))).toEqual(blobs.map((blob) => blob.digest));
    expect(blobs).toHaveLength(6);
  });

  it.each([
    ['linux/arm/v7', { os: 'linux', architecture: 'arm', variant: 'v7' }],
    ['windows/amd64:10.0.20348', { os: 'windows', architecture: 'amd64', 'os.version': '10.0.20348' }],
  ])('writes the platform %s out', (platform, written) => {
    const { index } = image('', { platforms: { [platform]: 'X' } });
    expect(parse<{ manifests: unknown[] }>(index).manifests).toMatchObject([{ platform: written }]);
  });
});

describe('push', () => {
  let registry: RunningRegistry;
  let proxy: RunningProxy;
  beforeAll(async () => {
    registry = await startRegistry();
    proxy = await startProxy(registry.host);
  });
  afterAll(async () => {
    await proxy.stop();
    await registry.stop();
  });

  it.each([
    ['OCI', image('P')],
    ['Docker media types', image('P', { mediaTypes: 'docker' })],
    [
      'attestations, labels, annotations',
      image('P', { attestations: true, labels: { a: 'b' }, annotations: { c: 'd' } }),
    ],
  ])('brings what a registry accepts: %s', async (name, made) => {
    const repository = name.toLowerCase().replace(/\W+/g, '-');
    await push(proxy.url, repository, made, ['1']);
    expect(await digestOf(`${registry.host}/${repository}:1`)).toBe(made.index.digest);
  });

  it('costs one PUT for each further tag', async () => {
    await push(proxy.url, 'again', image('P'), ['1']);
    proxy.reset();
    await push(proxy.url, 'again', image('P'), ['2', '3']);
    expect(proxy.traffic().requests.map((one) => `${one.method} ${one.reference}`)).toEqual([
      'PUT 2',
      'PUT 3',
    ]);
  });

  it('brings an image without a tag under its digest', async () => {
    await push(proxy.url, 'untagged', image('P'), []);
    expect(await digestOf(`${registry.host}/untagged@${image('P').index.digest}`)).toBe(
      image('P').index.digest,
    );
  });

  it('brings all of it again to a registry that lost it', async () => {
    await push(proxy.url, 'lost', image('P'), ['1']);
    const error = { code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown' };
    const effect = { kind: 'status', status: 400, error } as const;
    proxy.setFaults([{ methods: ['PUT'], place: 'tag-manifest', times: 1, effect }]);
    proxy.reset();
    await push(proxy.url, 'lost', image('P'), ['1']);
    expect(proxy.traffic().counts).toMatchObject({ uploadPost: 6, uploadPut: 6, manifestPut: 4 });
  });
});
