// Reads what a published image says about its base. Annotations of the index come first, then those of each platform's
// manifest, then the labels of its config, then BuildKit's provenance: whatever is found first counts.

import { Failure } from '../../base/errors/failure.ts';
import {
  decodeManifest,
  type IndexEntry,
  isIndexType,
  type ManifestBody,
} from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import { lookUp } from '../../image/names/look-up.ts';
import type { Name } from '../../image/names/reference.ts';
import type { BaseNow } from '../../plan/builds/judge.ts';
import {
  baseInConfig,
  baseInManifest,
  baseInTexts,
  basesInStatement,
  createdOf,
  type RecordedBase,
  statementsIn,
} from '../../plan/builds/published.ts';
import type { Registry } from '../../registry/doors/registry.ts';

/** What an image is, and the bases that it names. A platform without a record is a null among them. */
export type PublishedImage = { readonly now: BaseNow; readonly bases: readonly (RecordedBase | null)[] };

/** Bytes of a config or of a statement; larger ones are not written by any tool. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Null where there is no such image. @throws Failure */
export async function readPublished(
  registry: Registry,
  name: Name,
  reference: string,
): Promise<PublishedImage | null> {
  const body = await registry.get(name, reference);
  if (body === null) return null;
  const now = { ...entriesOf(body), digest: body.digest, mediaType: body.mediaType };
  const own = baseInManifest(body.bytes);
  if (own !== null) return { now, bases: [own] };
  const manifest = decodeManifest(body.bytes, body.mediaType);
  if (manifest.kind === 'image')
    return { now, bases: [await baseOfConfig(registry, name, manifest.config.digest)] };
  if (manifest.kind === 'other') throw notAnImage(name, reference);
  const { entries } = manifest;
  const bases: (RecordedBase | null)[] = [];
  for (const entry of entries.filter(({ attestation }) => !attestation))
    bases.push(await baseOfEntry(registry, name, entry));
  if (bases.some((base) => base !== null)) return { now, bases };
  const proven = await provenBases(
    registry,
    name,
    entries.filter(({ attestation }) => attestation),
  );
  return { now, bases: proven.length === 0 ? [null] : proven };
}

/** The entries of an index, and when it says that it was made. */
export function entriesOf({ bytes, mediaType }: ManifestBody): Pick<BaseNow, 'entries' | 'since'> {
  const manifest = decodeManifest(bytes, mediaType);
  const entries = manifest.kind === 'index' ? manifest.entries.map(({ digest }) => digest) : [];
  return { entries, since: createdOf(bytes) };
}

async function baseOfEntry(registry: Registry, name: Name, entry: IndexEntry): Promise<RecordedBase | null> {
  const annotated = baseInTexts(entry.annotations);
  if (annotated !== null) return annotated;
  const body = await required(registry, name, entry.digest);
  const own = baseInManifest(body.bytes);
  if (own !== null || isIndexType(body.mediaType)) return own;
  const manifest = decodeManifest(body.bytes, body.mediaType);
  return manifest.kind === 'image' ? baseOfConfig(registry, name, manifest.config.digest) : null;
}

async function baseOfConfig(registry: Registry, name: Name, digest: Digest): Promise<RecordedBase | null> {
  return baseInConfig(await requiredBlob(registry, name, digest));
}

async function provenBases(
  registry: Registry,
  name: Name,
  attestations: readonly IndexEntry[],
): Promise<RecordedBase[]> {
  const bases: RecordedBase[] = [];
  for (const { digest } of attestations) {
    const { bytes } = await required(registry, name, digest);
    for (const statement of statementsIn(bytes))
      bases.push(...basesInStatement(await requiredBlob(registry, name, statement)));
  }
  return bases;
}

async function required(registry: Registry, name: Name, digest: Digest): Promise<ManifestBody> {
  return (await registry.get(name, digest)) ?? lost(name, digest);
}

async function requiredBlob(registry: Registry, name: Name, digest: Digest): Promise<Uint8Array> {
  return (await registry.getBlob(name, digest, MOST_BYTES)) ?? lost(name, digest);
}

function lost(name: Name, digest: Digest): never {
  const hint = 'build and publish the image again';
  throw new Failure('not-found', `${lookUp(name, digest)} is not there, though its image lists it`, { hint });
}

function notAnImage(name: Name, reference: string): Failure {
  const hint = 'name an image that was published with a manifest of OCI or Docker';
  return new Failure('unsupported', `${lookUp(name, reference)} is not an image whose base can be read`, {
    hint,
  });
}
