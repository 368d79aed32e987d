// What a published image says about its base: the annotations of OCI (image-spec, annotations.md,
// "org.opencontainers.image.base.*"), labels of the same names, and the provenance that BuildKit attaches
// (https://slsa.dev/spec/v1.0/provenance and v0.2): materials with a package URL such as
// `pkg:docker/alpine@3.20?platform=linux%2Famd64` and a digest.

import { asObject, parseObject } from '../../base/text/json.ts';
import { type Digest, isDigest } from '../../image/names/digest.ts';

/** A base as an image names it; null where it has no record of that part. */
export type RecordedBase = { readonly name: string; readonly digest: Digest | null };

const PREFIX = 'org.opencontainers.image.base.';
const IN_TOTO = 'application/vnd.in-toto+json';
const PREDICATE = 'in-toto.io/predicate-type';
const PROVENANCE = /^https:\/\/slsa\.dev\/provenance\//;

/** Images that a build uses as tools: they leave nothing in the result. */
const TOOLS = /^(?:docker\.io\/)?docker\/(?:dockerfile|dockerfile-upstream|buildkit-syft-scanner)$/;

function decode(bytes: Uint8Array) {
  return parseObject(new TextDecoder().decode(bytes)) ?? {};
}

/** The base that annotations or labels name; null where they name none. */
export function baseInTexts(texts: unknown): RecordedBase | null {
  const fields = asObject(texts);
  const name = fields?.[`${PREFIX}name`];
  const digest = fields?.[`${PREFIX}digest`];
  if (typeof name !== 'string' || name === '') return null;
  return { name, digest: typeof digest === 'string' && isDigest(digest) ? digest : null };
}

/** The base that a manifest or an index names in its annotations. */
export function baseInManifest(bytes: Uint8Array): RecordedBase | null {
  return baseInTexts(decode(bytes).annotations);
}

/** The base that the labels of an image's config name. */
export function baseInConfig(bytes: Uint8Array): RecordedBase | null {
  return baseInTexts(asObject(decode(bytes).config)?.Labels);
}

/** The day and time when an index says that it was made. */
export function createdOf(bytes: Uint8Array): string | null {
  const created = asObject(decode(bytes).annotations)?.['org.opencontainers.image.created'];
  return typeof created === 'string' && /^\d{4}-\d\d-\d\d[T0-9:.Z+-]*$/.test(created) ? created : null;
}

/** The provenance statements among the layers of an attestation manifest. */
export function statementsIn(bytes: Uint8Array): Digest[] {
  const { layers } = decode(bytes);
  return (Array.isArray(layers) ? layers : []).map(asObject).flatMap((layer) => {
    const predicate = asObject(layer?.annotations)?.[PREDICATE];
    const isProvenance = typeof predicate === 'string' && PROVENANCE.test(predicate);
    const digest = layer?.digest;
    return layer?.mediaType === IN_TOTO && isProvenance && typeof digest === 'string' && isDigest(digest)
      ? [digest]
      : [];
  });
}

/** The images that a provenance statement lists, but for tools of the build. */
export function basesInStatement(bytes: Uint8Array): RecordedBase[] {
  const predicate = asObject(decode(bytes).predicate);
  const definition = asObject(predicate?.buildDefinition);
  const materials = definition?.resolvedDependencies ?? predicate?.materials;
  return (Array.isArray(materials) ? materials : []).map(asObject).flatMap((material) => {
    const name = typeof material?.uri === 'string' ? imageOf(material.uri) : null;
    const sum = asObject(material?.digest)?.sha256;
    const digest = `sha256:${typeof sum === 'string' ? sum : ''}`;
    return name === null ? [] : [{ name, digest: isDigest(digest) ? digest : null }];
  });
}

/**
 * `ghcr.io/acme/base:1` for `pkg:docker/ghcr.io/acme/base@1?digest=…&platform=…`; null for what is not an image, or a tool.
 * BuildKit resolves every tag before it builds, so a digest beside a tag does not say that a Dockerfile pinned it; one
 * without a tag does (moby/buildkit, util/purl/image.go, RefToPURL).
 */
function imageOf(uri: string): string | null {
  const [, written, version, qualifiers = ''] =
    /^pkg:docker\/([^@?#]+)(?:@([^?#]+))?(?:\?([^#]*))?/.exec(uri) ?? [];
  const name = unescaped(written ?? '');
  if (name === '' || TOOLS.test(name)) return null;
  const tag = unescaped(version ?? '');
  const pin = unescaped(/(?:^|&)digest=([^&]*)/.exec(qualifiers)?.[1] ?? '');
  if (tag === '' || tag.includes(':')) return isDigest(pin || tag) ? `${name}@${pin || tag}` : name;
  return `${name}:${tag}`;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
