import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Failure } from '../../../src/base/errors/failure.ts';
import {
  ACCEPT,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  DOCKER_SCHEMA1,
  DOCKER_SCHEMA1_SIGNED,
  decodeConfigPlatform,
  decodeManifest,
  isIndexType,
  OCI_ARTIFACT,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../../src/image/manifest/manifest.ts';
import { formatPlatform } from '../../../src/image/manifest/platform.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const LAYER = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: DIGEST, size: 10 };
const IMAGE = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: LAYER, layers: [LAYER] };
const ENTRY = {
  mediaType: OCI_MANIFEST,
  digest: DIGEST,
  size: 5,
  platform: { os: 'linux', architecture: 'amd64' },
};
const INDEX = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [ENTRY] };

function decode(body: unknown, mediaType = '') {
  return decodeManifest(
    new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
    mediaType,
  );
}

function withEntry(change: object): object {
  return { ...INDEX, manifests: [{ ...ENTRY, ...change }] };
}

describe('decodeManifest', () => {
  it('reads an index with its platforms, attestations and annotations', () => {
    const attestation = {
      ...ENTRY,
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { a: 'b' },
    };
    const arm = { ...ENTRY, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } };
    const index = decode({
      ...INDEX,
      manifests: [ENTRY, arm, attestation, { ...ENTRY, platform: null }],
      annotations: { x: 'y' },
    });
    if (index.kind !== 'index') throw new Error(index.kind);
    const rows = index.entries.map((entry) => [
      entry.platform && formatPlatform(entry.platform),
      entry.attestation,
    ]);
    expect(rows).toEqual([
      ['linux/amd64', false],
      ['linux/arm64', false],
      [null, true],
      [null, false],
    ]);
    expect(index.entries[2]?.annotations).toEqual({ a: 'b' });
    expect(index.annotations).toEqual({ x: 'y' });
  });

  it('reads an image', () => {
    expect(decode(IMAGE)).toEqual({ kind: 'image', mediaType: OCI_MANIFEST, config: LAYER, layers: [LAYER] });
  });

  it.each([
    ['the body wins', INDEX, DOCKER_MANIFEST, 'index', OCI_INDEX],
    [
      'the header where the body is silent',
      { ...INDEX, mediaType: undefined },
      DOCKER_LIST,
      'index',
      DOCKER_LIST,
    ],
    [
      'parameters do not matter',
      { ...IMAGE, mediaType: undefined },
      `${DOCKER_MANIFEST}; charset=utf-8`,
      'image',
      DOCKER_MANIFEST,
    ],
    ['form, index', { ...INDEX, mediaType: undefined }, 'application/json', 'index', OCI_INDEX],
    ['form, image', { ...IMAGE, mediaType: undefined }, 'text/plain', 'image', OCI_MANIFEST],
    ['schema 1', { schemaVersion: 1, fsLayers: [] }, DOCKER_SCHEMA1_SIGNED, 'other', DOCKER_SCHEMA1_SIGNED],
    [
      'schema 1 as JSON',
      { schemaVersion: 1, manifests: [] },
      'application/json',
      'other',
      'application/json',
    ],
    ['artifact', { mediaType: OCI_ARTIFACT, blobs: [] }, OCI_ARTIFACT, 'other', OCI_ARTIFACT],
    ['foreign', { mediaType: 'application/x' }, OCI_INDEX, 'other', 'application/x'],
    ['lists that are null', { ...INDEX, manifests: null }, '', 'index', OCI_INDEX],
    ['an empty media type', { ...INDEX, mediaType: '' }, OCI_INDEX, 'index', OCI_INDEX],
  ])('media type: %s', (_, body, header, kind, mediaType) => {
    expect(decode(body, header)).toMatchObject({ kind, mediaType });
  });

  it.each([
    ['no JSON', '{', 'not JSON'],
    ['a list', '[]', 'it is not an object'],
    ['null', 'null', 'it is not an object'],
    ['nested deep', '['.repeat(100_000), 'not JSON'],
    ['a BOM', `\ufeff${JSON.stringify(INDEX)}`, 'not JSON'],
    ['both kinds', { ...INDEX, layers: [] }, 'an index and an image at once'],
    ['both kinds, other way', { ...IMAGE, manifests: [] }, 'an image and an index at once'],
    ['a media type that is not text', { ...INDEX, mediaType: 1 }, 'mediaType is not text'],
    ['no manifests', { ...INDEX, manifests: undefined }, 'manifests is not a list'],
    ['manifests as map', { ...INDEX, manifests: {} }, 'manifests is not a list'],
    ['an entry that is null', { ...INDEX, manifests: [null] }, 'manifests[0] is not an object'],
    ['a short digest', withEntry({ digest: 'sha256:abc' }), 'manifests[0].digest is not a digest'],
    ['a digest that is a number', withEntry({ digest: 1 }), 'manifests[0].digest is not text'],
    ['a negative size', withEntry({ size: -1 }), 'size is not a size'],
    ['a broken size', withEntry({ size: 1.5 }), 'size is not a size'],
    ['a huge size', withEntry({ size: 1e300 }), 'size is not a size'],
    ['a platform that is text', withEntry({ platform: 'linux/amd64' }), 'platform is not an object'],
    ['a platform with a number', withEntry({ platform: { os: 1, architecture: 'amd64' } }), 'os is not text'],
    ['an annotation that is a number', withEntry({ annotations: { a: 1 } }), 'an annotation is not text'],
    ['no config', { ...IMAGE, config: undefined }, 'config is not an object'],
    ['a layer that is text', { ...IMAGE, layers: [DIGEST] }, 'layers[0] is not an object'],
  ])('is corrupt: %s', (_, body, words) => {
    expect(() => decode(body)).toThrow(
      expect.objectContaining({ reason: 'corrupt', message: expect.stringContaining(words) }),
    );
  });

  it('hostile keys stay plain keys', () => {
    const index = decode(`{"mediaType":"${OCI_INDEX}","manifests":[],"annotations":{"__proto__":"x"}}`);
    expect(index.kind === 'index' && Object.keys(index.annotations)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  it('throws nothing but Failure, whatever the bytes', () => {
    const json = fc.json().map((text) => new TextEncoder().encode(text));
    const near = fc.record(
      {
        mediaType: fc.constantFrom(OCI_INDEX, OCI_MANIFEST),
        manifests: fc.jsonValue(),
        config: fc.jsonValue(),
        layers: fc.jsonValue(),
      },
      { requiredKeys: ['mediaType'] },
    );
    const bytes = fc.oneof(
      fc.uint8Array(),
      json,
      near.map((body) => new TextEncoder().encode(JSON.stringify(body))),
    );
    fc.assert(
      fc.property(bytes, fc.constantFrom('', OCI_INDEX, DOCKER_MANIFEST), (body, header) => {
        try {
          return ['index', 'image', 'other'].includes(decodeManifest(body, header).kind);
        } catch (thrown) {
          return thrown instanceof Failure && thrown.reason === 'corrupt';
        }
      }),
      { numRuns: 500 },
    );
  });
});

it('asks for every kind of manifest', () => {
  expect(ACCEPT.split(', ')).toHaveLength(7);
  expect(ACCEPT).toContain(DOCKER_SCHEMA1);
  expect([OCI_INDEX, DOCKER_LIST, OCI_MANIFEST].map(isIndexType)).toEqual([true, true, false]);
});

describe('decodeConfigPlatform', () => {
  const read = (text: string) => decodeConfigPlatform(new TextEncoder().encode(text));
  it.each([
    ['{"os":"linux","architecture":"arm","variant":"v6"}', 'linux arm v6 undefined'],
    ['{"os":"windows","architecture":"amd64","os.version":"10.0.1.2"}', 'windows amd64 undefined 10.0.1.2'],
    ['{"os":"linux","architecture":"amd64","variant":7}', 'linux amd64 undefined undefined'],
  ])('%s', (text, expected) => {
    const found = read(text);
    expect(found && `${found.os} ${found.architecture} ${found.variant} ${found.osVersion}`).toBe(expected);
  });

  it.each(['{}', '{"os":"linux"}', '{"os":"","architecture":""}', '{"os":1,"architecture":"amd64"}'])(
    '%s names none',
    (text) => expect(read(text)).toBeNull(),
  );

  it('is corrupt when it is not JSON', () => {
    expect(() => read('[')).toThrow(expect.objectContaining({ reason: 'corrupt' }));
  });
});
