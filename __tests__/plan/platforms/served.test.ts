import { describe, expect, it } from '@jest/globals';
import {
  DOCKER_SCHEMA1,
  decodeManifest,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../../src/image/manifest/manifest.ts';
import { formatPlatform, type RawPlatform } from '../../../src/image/manifest/platform.ts';
import { digestOf } from '../../../src/image/names/digest.ts';
import { type OpenManifest, serves } from '../../../src/plan/platforms/served.ts';

const CONFIG = {
  mediaType: 'application/vnd.docker.container.image.v1+json',
  digest: digestOf(Buffer.from('c')),
  size: 1,
};
const AMD64: RawPlatform = { os: 'linux', architecture: 'amd64', variant: undefined, osVersion: undefined };

function side(value: object, mediaType: string, ...read: OpenManifest[]): OpenManifest {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const manifests = new Map(read.map((one) => [one.body.digest, one.manifest]));
  const body = { digest: digestOf(bytes), mediaType, bytes };
  return { body, manifest: decodeManifest(bytes, mediaType), manifests, configs: new Map() };
}

function entry({ body }: OpenManifest, more: object = {}): object {
  return { mediaType: body.mediaType, digest: body.digest, size: body.bytes.length, ...more };
}

const image = (config: object = CONFIG) =>
  side({ mediaType: OCI_MANIFEST, config, layers: [] }, OCI_MANIFEST);
const index = (entries: object[], ...read: OpenManifest[]) =>
  side({ mediaType: OCI_INDEX, manifests: entries }, OCI_INDEX, ...read);

/** The platforms served, then what is unread. */
function inWords(one: OpenManifest, config?: RawPlatform | null): string {
  const configs = new Map(config === undefined ? [] : [[CONFIG.digest, config] as const]);
  const { leaves, unread } = serves({ ...one, configs });
  const texts = leaves.map(({ platform }) => (platform === null ? '-' : formatPlatform(platform)));
  return [...texts, ...unread.map(({ kind }) => `?${kind}`)].join(' ');
}

describe('serves', () => {
  it.each([
    ['a plain manifest, config read', image(), AMD64, 'linux/amd64'],
    ['a plain manifest, config not read', image(), undefined, '- ?config'],
    ['a plain manifest whose config names none', image(), null, '-'],
    ['an artifact', image({ ...CONFIG, mediaType: 'application/vnd.oci.empty.v1+json' }), undefined, '-'],
    ['an old manifest', side({ schemaVersion: 1 }, DOCKER_SCHEMA1), undefined, ''],
    ['an empty index', index([]), undefined, ''],
    ['an entry without platform, nothing read', index([entry(image())]), undefined, '?manifest'],
    ['... its manifest read', index([entry(image())], image()), undefined, '- ?config'],
    ['... and its config', index([entry(image())], image()), AMD64, 'linux/amd64'],
    [
      'an entry that says it is an artifact',
      index([entry(image(), { artifactType: 'text/x' })]),
      undefined,
      '-',
    ],
  ])('%s', (_, one, config, expected) => expect(inWords(one, config)).toBe(expected));

  it('takes nested indexes apart, each once, however often they are named', () => {
    const platform = { os: 'linux', architecture: 'arm64' };
    let top = index([entry(image(), { platform })]);
    const read: OpenManifest[] = [];
    for (let depth = 0; depth < 30; depth++) {
      read.push(top);
      top = index(
        Array.from({ length: 10 }, () => entry(top)),
        ...read,
      );
    }
    expect(inWords(top)).toBe('linux/arm64');
    expect(inWords({ ...top, manifests: new Map() })).toBe('?manifest');
  });
});
