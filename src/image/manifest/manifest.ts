// Manifests: their media types, what a registry is asked for, and JSON bytes read into what the plan compares.
// The bytes come from a registry and may be anything, so every field is checked before it is believed.

import { Failure } from '../../base/errors/failure.ts';
import { asObject } from '../../base/text/json.ts';
import { type Digest, isDigest } from '../names/digest.ts';
import { normalisePlatform, type Platform, type RawPlatform } from './platform.ts';

// The media types of manifests, as they are sent.
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_SCHEMA1 = 'application/vnd.docker.distribution.manifest.v1+json';
export const DOCKER_SCHEMA1_SIGNED = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json';

const KNOWN = [
  OCI_INDEX,
  DOCKER_LIST,
  OCI_MANIFEST,
  DOCKER_MANIFEST,
  OCI_ARTIFACT,
  DOCKER_SCHEMA1_SIGNED,
  DOCKER_SCHEMA1,
];

/** The Accept header of every manifest request. It names every kind: a registry may convert what is not asked for. */
export const ACCEPT = KNOWN.join(', ');

/** What points at content: media type, digest, size in bytes. OCI image-spec, descriptor.md. */
export type Descriptor = { readonly mediaType: string; readonly digest: Digest; readonly size: number };

/** The annotations of an index or of one of its manifests. */
export type Annotations = Readonly<Record<string, string>>;

/** A JSON object as it was sent. What is rewritten keeps the fields that are unknown here. */
export type Fields = Readonly<Record<string, unknown>>;

/** One manifest of an index. An attestation has no platform: `attestation` is true and `platform` null. */
export type IndexEntry = Descriptor & {
  readonly raw: Fields;
  readonly platform: Platform | null;
  readonly attestation: boolean;
  readonly annotations: Annotations;
};

/** A decoded manifest. `mediaType` is the body's own where it has one: the body is hashed, the header is not. */
export type Manifest = { readonly mediaType: string } & (
  | {
      readonly kind: 'index';
      readonly entries: readonly IndexEntry[];
      readonly annotations: Annotations;
      readonly raw: Fields;
    }
  | { readonly kind: 'image'; readonly config: Descriptor; readonly layers: readonly Descriptor[] }
  | { readonly kind: 'other' }
);

/** What a HEAD request for a manifest answers. */
export type ManifestHead = { readonly digest: Digest; readonly mediaType: string };

/** A manifest as it travels: the very bytes, with the digest they hash to. */
export type ManifestBody = ManifestHead & { readonly bytes: Uint8Array };

/** True for a media type of an index or of Docker's manifest list. */
export function isIndexType(mediaType: string): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_LIST;
}

/** True for a media type of one image, OCI's or Docker's. */
export function isImageType(mediaType: string): boolean {
  return mediaType === OCI_MANIFEST || mediaType === DOCKER_MANIFEST;
}

/** True for the config of a runnable image: the config of an artifact (a chart, a signature) names no platform. */
export function isImageConfig({ mediaType }: Descriptor): boolean {
  return mediaType === OCI_CONFIG || mediaType === DOCKER_CONFIG;
}

/**
 * Reads the bytes of a manifest; `mediaType` is what the Content-Type header said (its parameters do not matter).
 * The body's own media type wins. Old and foreign kinds are `other`. Throws Failure('corrupt') for what is
 * not a manifest, and for one that is an index and an image at once (CVE-2021-41190).
 */
export function decodeManifest(bytes: Uint8Array, mediaType: string): Manifest {
  const body = parseObject(bytes);
  const effective = effectiveType(body, mediaType);
  if (isIndexType(effective)) return decodeIndex(body, effective);
  if (isImageType(effective)) return decodeImage(body, effective);
  return { kind: 'other', mediaType: effective };
}

/**
 * Reads the platform that the config blob of an image names: a plain manifest says it nowhere else. Null where the
 * blob names none. OCI image-spec, config.md, "Properties".
 */
export function decodeConfigPlatform(bytes: Uint8Array): RawPlatform | null {
  const fields = parseObject(bytes);
  const { os, architecture, variant } = fields;
  if (typeof os !== 'string' || typeof architecture !== 'string' || os === '' || architecture === '')
    return null;
  const osVersion = fields['os.version'];
  return {
    os,
    architecture,
    variant: typeof variant === 'string' ? variant : undefined,
    osVersion: typeof osVersion === 'string' ? osVersion : undefined,
  };
}

function effectiveType(body: Fields, header: string): string {
  const { mediaType } = body;
  if (mediaType !== undefined && typeof mediaType !== 'string') throw corrupt('its mediaType is not text');
  if (mediaType !== undefined && mediaType !== '') return mediaType;
  const fromHeader = header.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (KNOWN.includes(fromHeader)) return fromHeader;
  // Some registries and proxies send application/json or text/plain: the form of an OCI manifest then decides.
  if (body.schemaVersion !== 2) return fromHeader;
  if (body.manifests !== undefined) return OCI_INDEX;
  return body.config !== undefined && body.layers !== undefined ? OCI_MANIFEST : fromHeader;
}

function decodeIndex(body: Fields, mediaType: string): Manifest {
  if (body.layers !== undefined || body.config !== undefined)
    throw corrupt('it is an index and an image at once');
  const entries = listAt(body.manifests, 'manifests').map(decodeEntry);
  return { kind: 'index', mediaType, entries, annotations: decodeAnnotations(body.annotations), raw: body };
}

function decodeImage(body: Fields, mediaType: string): Manifest {
  if (body.manifests !== undefined) throw corrupt('it is an image and an index at once');
  const config = decodeDescriptor(body.config, 'config');
  const layers = listAt(body.layers, 'layers').map((layer, at) => decodeDescriptor(layer, `layers[${at}]`));
  return { kind: 'image', mediaType, config, layers };
}

function decodeEntry(value: unknown, at: number): IndexEntry {
  const where = `manifests[${at}]`;
  const descriptor = decodeDescriptor(value, where);
  const fields = objectAt(value, where);
  const platform = decodePlatform(fields.platform, `${where}.platform`);
  const attestation = platform?.os === 'unknown' && platform.architecture === 'unknown';
  const annotations = decodeAnnotations(fields.annotations);
  return { ...descriptor, platform: attestation ? null : platform, attestation, annotations, raw: fields };
}

function decodePlatform(value: unknown, where: string): Platform | null {
  if (value === undefined || value === null) return null;
  const fields = objectAt(value, where);
  const os = textAt(fields.os ?? '', `${where}.os`);
  const architecture = textAt(fields.architecture ?? '', `${where}.architecture`);
  // One that says half of it says nothing: the config of the image does.
  if (os === '' || architecture === '') return null;
  return normalisePlatform({
    os,
    architecture,
    variant: textAt(fields.variant ?? '', `${where}.variant`),
    osVersion: textAt(fields['os.version'] ?? '', `${where}.os.version`),
  });
}

function decodeDescriptor(value: unknown, where: string): Descriptor {
  const { mediaType, digest, size } = objectAt(value, where);
  const hash = textAt(digest, `${where}.digest`);
  if (!isDigest(hash)) throw corrupt(`${where}.digest is not a digest`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw corrupt(`${where}.size is not a size`);
  return { mediaType: textAt(mediaType ?? '', `${where}.mediaType`), digest: hash, size };
}

function decodeAnnotations(annotations: unknown): Annotations {
  if (annotations === undefined || annotations === null) return {};
  const pairs = Object.entries(objectAt(annotations, 'annotations'));
  return Object.fromEntries(pairs.map(([key, value]) => [key, textAt(value ?? '', 'an annotation')]));
}

function parseObject(bytes: Uint8Array): Fields {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw corrupt('it is not JSON in UTF-8', cause);
  }
  return objectAt(value, 'it');
}

function objectAt(value: unknown, where: string): Fields {
  const fields = asObject(value);
  if (fields === null) throw corrupt(`${where} is not an object`);
  return fields;
}

// Go writes an empty list as null, and registries have such manifests.
function listAt(value: unknown, where: string): unknown[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw corrupt(`${where} is not a list`);
  return value;
}

function textAt(value: unknown, where: string): string {
  if (typeof value !== 'string') throw corrupt(`${where} is not text`);
  return value;
}

function corrupt(what: string, cause?: unknown): Failure {
  return new Failure('corrupt', `the registry sent a manifest that cannot be read: ${what}`, {
    hint: 'run again; if the error persists, publish the image again',
    cause,
  });
}

/** True for layers that lie where their URLs point, not in the registry. OCI image-spec, layer.md, "Non-Distributable Layers". */
export function isNondistributable({ mediaType }: Pick<Descriptor, 'mediaType'>): boolean {
  return /foreign|nondistributable/.test(mediaType);
}
