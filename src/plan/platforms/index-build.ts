// Indexes that are made here: their bytes, and the annotations by which a later run knows them again.

import { Failure } from '../../base/errors/failure.ts';
import { compareTexts } from '../../base/text/words.ts';
import {
  type Annotations,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  DOCKER_SCHEMA1,
  DOCKER_SCHEMA1_SIGNED,
  type Fields,
  type Manifest,
  type ManifestBody,
  OCI_INDEX,
} from '../../image/manifest/manifest.ts';
import { type Digest, digestOf, isDigest } from '../../image/names/digest.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
/** What an index was made for: another upstream digest or other policies make another index. */
export type MadeFor = { readonly source: Name; readonly upstream: Digest; readonly policy: string };

/** An image that upstream let go and the mirror keeps. `since` is the day it was first kept, as `2026-09-01`. */
export type Kept = { readonly platform: string; readonly digest: Digest; readonly since: string };

// A domain backwards, as OCI image-spec, annotations.md, asks of everybody's own keys.
const PREFIX = 'io.github.fresh-mirror.';
const SOURCE = `${PREFIX}source`;
const UPSTREAM = `${PREFIX}upstream`;
const POLICY = `${PREFIX}policy`;
const KEPT = `${PREFIX}kept`;

const MAX_DEPTH = 40;
// What Docker's manifest list may point at (distribution, docs/content/spec/manifest-v2-2.md); Quay refuses others.
const IN_DOCKER_LIST: readonly unknown[] = [DOCKER_MANIFEST, DOCKER_SCHEMA1, DOCKER_SCHEMA1_SIGNED];

/** True for an index that was made here for this very source, upstream digest and policy: it is fresh. */
export function isMadeFor(annotations: Annotations, { source, upstream, policy }: MadeFor): boolean {
  return (
    policy !== '' &&
    annotations[SOURCE] === formatName(source) &&
    annotations[UPSTREAM] === upstream &&
    annotations[POLICY] === policy
  );
}

/** The upstream digest that an index was made from here, for `source`; null where it was made elsewhere. */
export function madeFrom(annotations: Annotations, source: Name): Digest | null {
  const upstream = annotations[UPSTREAM] ?? '';
  return annotations[SOURCE] === formatName(source) && isDigest(upstream) ? upstream : null;
}

/** The images that an index made here for `source` keeps; none where the annotation is absent or not ours. */
export function keptIn(annotations: Annotations, source: Name): Kept[] {
  const written = annotations[KEPT];
  if (written === undefined || annotations[SOURCE] !== formatName(source)) return [];
  try {
    const rows: unknown = JSON.parse(written);
    return Array.isArray(rows) ? rows.filter(isKept) : [];
  } catch {
    return [];
  }
}

function isKept(row: unknown): row is Kept {
  if (typeof row !== 'object' || row === null) return false;
  const { platform, digest, since } = row as Fields;
  if (typeof platform !== 'string' || typeof digest !== 'string' || typeof since !== 'string') return false;
  return isDigest(digest) && /^\d{4}-\d{2}-\d{2}$/.test(since);
}

/**
 * Makes an index of `entries`, descriptors as an index has them. `base` is upstream's manifest: its media type
 * and its other fields stay. Equal input gives equal bytes, whatever the order of keys.
 *
 * A Docker manifest list stays one. Its specification knows no annotations, but crane and regctl write them and
 * registries keep the bytes as they are. It becomes an OCI index when an entry is not of Docker's kinds.
 * Throws Failure('corrupt') for fields that are nested without end.
 */
export function makeIndex(
  base: Manifest,
  entries: readonly Fields[],
  madeFor: MadeFor,
  kept: readonly Kept[] = [],
): ManifestBody {
  const docker = base.mediaType === DOCKER_LIST || base.mediaType === DOCKER_MANIFEST;
  const fits = entries.every(({ mediaType }) => IN_DOCKER_LIST.includes(mediaType));
  const mediaType = docker && fits ? DOCKER_LIST : OCI_INDEX;
  const index = base.kind === 'index' ? base : { raw: {}, annotations: {} };
  const annotations = { ...foreignAnnotations(index.annotations), ...ownAnnotations(madeFor, kept) };
  const body = { ...index.raw, schemaVersion: 2, mediaType, manifests: entries, annotations };
  const bytes = new TextEncoder().encode(JSON.stringify(ordered(body)));
  return { digest: digestOf(bytes), mediaType, bytes };
}

function ownAnnotations({ source, upstream, policy }: MadeFor, kept: readonly Kept[]): Annotations {
  const always = { [SOURCE]: formatName(source), [UPSTREAM]: upstream, [POLICY]: policy };
  if (kept.length === 0) return always;
  const rows = kept.map(({ platform, digest, since }) => ({ platform, digest, since }));
  return { ...always, [KEPT]: JSON.stringify(rows) };
}

/** An upstream that is a mirror of this kind itself has annotations that say nothing about ours. */
function foreignAnnotations(annotations: Annotations): Annotations {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !key.startsWith(PREFIX)));
}

/** The same value with the keys of every object in order, so that bytes depend on the content alone. */
function ordered(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH)
    throw new Failure('corrupt', `upstream's index is nested more than ${MAX_DEPTH} levels deep`);
  if (Array.isArray(value)) return value.map((inner) => ordered(inner, depth + 1));
  const pairs = Object.entries(value).sort(([a], [b]) => compareTexts(a, b));
  return Object.fromEntries(pairs.map(([key, inner]) => [key, ordered(inner, depth + 1)]));
}
