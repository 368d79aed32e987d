import { describe, expect, it } from '@jest/globals';
import {
  DOCKER_SCHEMA1,
  decodeManifest,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../../src/image/manifest/manifest.ts';
import { formatPlatform, type RawPlatform } from '../../../src/image/manifest/platform.ts';
import { digestOf } from '../../../src/image/names/digest.ts';
import { builtOn, type OpenManifest, serves } from '../../../src/plan/platforms/served.ts';
import { side as sideOf } from './sides.ts';

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

describe('the day on which the newest image was built', () => {
  const created = (time?: string) =>
    time === undefined ? {} : { annotations: { 'org.opencontainers.image.created': time } };
  const builtWith = (index: string | undefined, entries: readonly (string | undefined)[]) => {
    const opened = sideOf('amd64 arm64');
    const { manifest } = opened;
    if (manifest.kind !== 'index') throw new Error('no index');
    const images = manifest.entries.map((entry, at) => ({ ...entry, ...created(entries[at]) }));
    return builtOn({ manifest: { ...manifest, ...created(index), entries: images } });
  };

  it.each([
    ['of the images', undefined, ['2026-08-25T10:00:00Z', '2026-09-17T23:30:00-02:00'], '2026-09-18'],
    ['of the index', '2026-07-01T00:00:00.123Z', [undefined, undefined], '2026-07-01'],
    ['untold', undefined, [undefined, undefined], null],
    ['of an epoch', undefined, ['1970-01-01T00:00:00Z', '0001-01-01T00:00:00Z'], null],
    ['not a time', 'yesterday', ['2026-13-45T99:00:00Z', '<b>'], null],
  ])('%s', (_, index, entries, day) => expect(builtWith(index, entries)).toBe(day));

  it('is not told by a plain manifest', () => expect(builtOn(sideOf('plain: amd64'))).toBeNull());
});
