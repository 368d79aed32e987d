// What is attached to an image: signatures, attestations, SBOMs and the like, each a manifest of its own; how they name
// what they are attached to, and what kind they are. What registries say of them may be anything.

import { Failure } from '../../base/errors/failure.ts';
import { asObject } from '../../base/text/json.ts';
import { amount } from '../../base/text/words.ts';
import { type Digest, isDigest } from '../names/digest.ts';
import { type Annotations, decodeManifest, type Fields, type ManifestBody } from './manifest.ts';

/** What an attached manifest is good for, in the words that people ask for it. */
export const ATTACHED_KINDS = ['signatures', 'attestations', 'sboms'] as const;
/** One of `ATTACHED_KINDS`. */
type AttachedKind = (typeof ATTACHED_KINDS)[number];

/** How an attached manifest names what it belongs to: by `subject`, or by the name of a tag (`sha256-<hex>.sig`). */
type Attachment = { readonly by: 'subject' } | { readonly by: 'tag'; readonly tag: string };

/**
 * A manifest that is attached to `subject`, hashed, and checked to say so itself where it does by `subject`. `types` are its
 * artifact type and the media types of its layers; `kinds` what it is good for, none where that is not known here.
 */
export type Attached = {
  readonly subject: Digest;
  readonly attachment: Attachment;
  readonly body: ManifestBody;
  readonly types: readonly string[];
  readonly kinds: readonly AttachedKind[];
};

/** What a list of referrers says of one: nothing of it is believed but that the manifest is to be looked at. */
export type ReferrerEntry = {
  readonly digest: Digest;
  readonly artifactType: string;
  readonly annotations: Annotations;
  readonly raw: Fields;
};

/**
 * One manifest that is said to be attached: by a list, or by the name of its tag. `isSure`: what it is does not have to be
 * read from the manifest itself.
 */
export type AttachedEntry = Pick<Attached, 'attachment' | 'types' | 'kinds'> & {
  readonly digest: Digest;
  readonly isSure: boolean;
};

/** What somebody wants of all that is attached: everything, or kinds and artifact types. */
export type AttachedFilter = 'all' | readonly string[];

const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v[\d.]+)?\+json/;

/** Which artifact types and layer types are what; cosign's old layers, bundles, notation and the common formats of SBOMs. */
const KINDS: readonly { readonly type: RegExp; readonly kind: AttachedKind }[] = [
  { type: /^application\/vnd\.dev\.cosign\.simplesigning\.v1\+json$/, kind: 'signatures' },
  { type: /^application\/vnd\.dev\.cosign\.artifact\.sig\.v1\+json$/, kind: 'signatures' },
  { type: /^application\/vnd\.cncf\.notary\.signature$/, kind: 'signatures' },
  { type: /^application\/vnd\.dsse\.envelope\.v1\+json$/, kind: 'attestations' },
  { type: /^application\/vnd\.in-toto/, kind: 'attestations' },
  { type: /^application\/vnd\.dev\.cosign\.artifact\.att\.v1\+json$/, kind: 'attestations' },
  { type: /^(?:application|text)\/(?:vnd\.)?spdx/, kind: 'sboms' },
  { type: /^application\/(?:vnd\.)?cyclonedx/, kind: 'sboms' },
  { type: /^application\/vnd\.syft/, kind: 'sboms' },
  { type: /\bsbom\b/, kind: 'sboms' },
];

// sigstore/cosign, specs/BUNDLE_SPEC.md: how a list of referrers tells one bundle from another.
const BUNDLE_CONTENT = 'dev.sigstore.bundle.content';
const BUNDLE_PREDICATE = 'dev.sigstore.bundle.predicateType';
const LAYER_PREDICATE = 'predicateType';
const IN_TOTO_PREDICATE = 'in-toto.io/predicate-type';
const SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1';
const SBOM_PREDICATE = /^https:\/\/(?:spdx\.dev\/|cyclonedx\.org\/)/;

/**
 * The kinds of an attached manifest by its types and annotations, those of its layers too. A bundle that does not say what is
 * in it may be a signature as well as an attestation; an attested SBOM is an SBOM too.
 */
export function kindsOf(types: readonly string[], annotations: readonly Annotations[]): AttachedKind[] {
  const predicates = annotations.flatMap((notes) =>
    [notes[BUNDLE_PREDICATE], notes[LAYER_PREDICATE], notes[IN_TOTO_PREDICATE]].filter(
      (value) => value !== undefined,
    ),
  );
  const contents = annotations.flatMap((notes) => notes[BUNDLE_CONTENT] ?? []);
  const found = new Set<AttachedKind>();
  for (const row of KINDS) if (types.some((type) => row.type.test(type))) found.add(row.kind);
  if (types.some((type) => BUNDLE.test(type)))
    for (const kind of bundleKinds(predicates, contents)) found.add(kind);
  if (predicates.some((predicate) => SBOM_PREDICATE.test(predicate))) found.add('sboms');
  return ATTACHED_KINDS.filter((kind) => found.has(kind));
}

function bundleKinds(predicates: readonly string[], contents: readonly string[]): AttachedKind[] {
  const isSigned = contents.includes('message-signature') || predicates.includes(SIGN_PREDICATE);
  const isAttested = predicates.some((predicate) => predicate !== SIGN_PREDICATE);
  if (isSigned === isAttested) return ['signatures', 'attestations'];
  return isSigned ? ['signatures'] : ['attestations'];
}

/** Whether what has these types and kinds is asked for. */
export function isAskedFor(
  filter: AttachedFilter,
  { types, kinds }: Pick<Attached, 'types' | 'kinds'>,
): boolean {
  return (
    filter === 'all' || filter.some((word) => types.includes(word) || kinds.some((kind) => kind === word))
  );
}

/** Whether it is asked for as far as is known before it is read. */
export function mayBeAskedFor(filter: AttachedFilter, entry: AttachedEntry): boolean {
  return !entry.isSure || isAskedFor(filter, entry) || (entry.types.length === 0 && namesTypes(filter));
}

function namesTypes(filter: AttachedFilter): boolean {
  return filter !== 'all' && filter.some((word) => word.includes('/'));
}

/** More than anybody attaches to one image: a list of thousands is an attack, or a registry gone wrong. */
export const MOST_ATTACHED = 1_000;

/** The failure of an image to which more is attached than anybody waits for; `where` is its name and digest. */
export function tooManyAttached(where: string): Failure {
  const message = `more than ${amount(MOST_ATTACHED)} manifests are attached to ${where}`;
  return new Failure('unsupported', message, {
    hint: 'set `referrers: none` for this image, and ask its publisher what all of them are for',
  });
}

/** The tag under which a registry without the referrers API has the list. OCI distribution-spec, "Referrers Tag Schema". */
export function fallbackTag(digest: Digest): string {
  const [algorithm = '', encoded = ''] = digest.split(':');
  return `${algorithm.slice(0, 32)}-${encoded.slice(0, 64)}`;
}

/** What cosign appends to that for what it attaches by tag alone. sigstore/cosign, specs/SIGNATURE_SPEC.md. */
const COSIGN_SUFFIXES: Readonly<Record<string, AttachedKind>> = {
  sig: 'signatures',
  att: 'attestations',
  sbom: 'sboms',
};

/** The tags that cosign attaches to a digest by, with the kind that each is for. */
export function cosignTags(digest: Digest): { readonly tag: string; readonly kind: AttachedKind }[] {
  const start = `${digest.slice(0, digest.indexOf(':'))}-${digest.slice(digest.indexOf(':') + 1)}`;
  return Object.entries(COSIGN_SUFFIXES).map(([suffix, kind]) => ({ tag: `${start}.${suffix}`, kind }));
}

/** What a manifest says of itself: its subject, null where it names none, and what `kindsOf` reads. */
type ReferrerFields = {
  readonly subject: Digest | null;
  readonly types: readonly string[];
  readonly annotations: readonly Annotations[];
};

/**
 * Reads what a manifest says of its subject and its type. An image's type is its `artifactType`, else the media type of its
 * config. OCI distribution-spec, "Listing Referrers". @throws Failure `corrupt` for what is not a manifest
 */
export function readReferrer(body: ManifestBody): ReferrerFields {
  decodeManifest(body.bytes, body.mediaType);
  const fields = asObject(JSON.parse(new TextDecoder().decode(body.bytes))) ?? {};
  const digest = asObject(fields.subject)?.digest;
  const layers = [fields.layers, fields.blobs].flatMap((list) => (Array.isArray(list) ? list : []));
  const parts = layers.map(asObject).filter((part) => part !== null);
  const own = fields.artifactType || asObject(fields.config)?.mediaType;
  const types = [own, ...parts.map(({ mediaType }) => mediaType)].filter(
    (type): type is string => typeof type === 'string' && type !== '',
  );
  return {
    subject: typeof digest === 'string' && isDigest(digest) ? digest : null,
    types: [...new Set(types)],
    annotations: [fields, ...parts].map(({ annotations }) => textsOf(annotations)),
  };
}

/** The entries of a list of referrers, from the API or the fall-back index; null for what is not such a list. */
export function readReferrers(bytes: Uint8Array): ReferrerEntry[] | null {
  const fields = parse(bytes);
  const manifests = fields?.manifests;
  if (manifests === null) return [];
  if (!Array.isArray(manifests)) return null;
  return manifests.flatMap((entry: unknown): ReferrerEntry[] => {
    const raw = asObject(entry);
    const { digest, artifactType, annotations } = raw ?? {};
    if (raw === null || typeof digest !== 'string' || !isDigest(digest)) return [];
    const type = typeof artifactType === 'string' ? artifactType : '';
    return [{ digest, artifactType: type, annotations: textsOf(annotations), raw }];
  });
}

function parse(bytes: Uint8Array): Fields | null {
  try {
    return asObject(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch {
    return null;
  }
}

function textsOf(annotations: unknown): Annotations {
  const pairs = Object.entries(asObject(annotations) ?? {});
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}
