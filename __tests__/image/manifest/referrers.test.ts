import { describe, expect, it } from '@jest/globals';
import {
  compareCosignTags,
  fallbackIndex,
  referrerEntry,
} from '../../../src/image/manifest/fallback-index.ts';
import { type ManifestBody, OCI_INDEX, OCI_MANIFEST } from '../../../src/image/manifest/manifest.ts';
import {
  cosignTags,
  fallbackTag,
  isAskedFor,
  kindsOf,
  mayBeAskedFor,
  readReferrer,
  readReferrers,
} from '../../../src/image/manifest/referrers.ts';
import { type Digest, digestOf } from '../../../src/image/names/digest.ts';

const SUBJECT: Digest = `sha256:${'a'.repeat(64)}`;
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
const DSSE = 'application/vnd.dsse.envelope.v1+json';

function body(fields: object): ManifestBody {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, ...fields }));
  return { digest: digestOf(bytes), mediaType: OCI_MANIFEST, bytes };
}
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', digest: SUBJECT, size: 2 };
const layer = (at: number, annotations: object = {}) => ({
  mediaType: SIGNING,
  digest: `sha256:${String(at).repeat(64)}`,
  size: 1,
  annotations,
});

describe('kinds', () => {
  it.each([
    [[SIGNING], [], 'signatures'],
    [['application/vnd.cncf.notary.signature'], [], 'signatures'],
    [[DSSE], [{ predicateType: 'https://slsa.dev/provenance/v1' }], 'attestations'],
    [[DSSE], [{ predicateType: 'https://spdx.dev/Document' }], 'attestations sboms'],
    [
      ['application/vnd.in-toto+json'],
      [{ 'in-toto.io/predicate-type': 'https://cyclonedx.org/bom' }],
      'attestations sboms',
    ],
    [['application/spdx+json'], [], 'sboms'],
    [['text/spdx+json'], [], 'sboms'],
    [['application/vnd.cyclonedx+json'], [], 'sboms'],
    [['application/vnd.goharbor.harbor.sbom.v1'], [], 'sboms'],
    [[BUNDLE], [], 'signatures attestations'],
    [['application/vnd.dev.sigstore.bundle+json;version=0.1'], [], 'signatures attestations'],
    [[BUNDLE], [{ 'dev.sigstore.bundle.content': 'message-signature' }], 'signatures'],
    [
      [BUNDLE],
      [{ 'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1' }],
      'signatures',
    ],
    [[BUNDLE], [{ 'dev.sigstore.bundle.predicateType': 'https://slsa.dev/provenance/v1' }], 'attestations'],
    [['application/vnd.example.thing'], [], ''],
    [[], [], ''],
  ])('%j with %j are %s', (types, annotations, kinds) => {
    expect(kindsOf(types, annotations).join(' ')).toBe(kinds);
  });

  it.each([
    ['all', [], true],
    [['signatures'], ['signatures'], true],
    [['sboms'], ['signatures'], false],
    [['application/x'], ['sboms'], true],
    [[], ['signatures'], false],
  ] as const)('a policy %j asks for %j: %s', (filter, kinds, expected) => {
    expect(isAskedFor(filter, { types: ['application/x'], kinds })).toBe(expected);
  });

  it('what is not known before it is read is read', () => {
    const attachment = { by: 'subject' } as const;
    const entry = { digest: SUBJECT, attachment, types: [BUNDLE], kinds: [], isSure: false };
    expect(mayBeAskedFor(['sboms'], entry)).toBe(true);
    expect(mayBeAskedFor(['sboms'], { ...entry, isSure: true })).toBe(false);
    expect(mayBeAskedFor([SIGNING], { ...entry, types: [], isSure: true })).toBe(true);
  });
});

describe('names', () => {
  it('of the list and of the tags of cosign', () => {
    expect(fallbackTag(SUBJECT)).toBe(`sha256-${'a'.repeat(64)}`);
    // OCI distribution-spec, "Referrers Tag Schema": at most 64 characters of the digest.
    expect(fallbackTag(`sha512:${'b'.repeat(128)}`)).toBe(`sha512-${'b'.repeat(64)}`);
    expect(cosignTags(SUBJECT).map(({ tag }) => tag.slice(-6))).toEqual(['aa.sig', 'aa.att', 'a.sbom']);
  });
});

describe('what a manifest says of itself', () => {
  it('is its subject, its artifact type or that of its config, the types of its layers, and all annotations', () => {
    const made = body({ config: EMPTY, layers: [layer(1, { a: 'b', c: 7 })], subject: { digest: SUBJECT } });
    const read = readReferrer(made);
    expect(read).toEqual({
      subject: SUBJECT,
      types: [EMPTY.mediaType, SIGNING],
      annotations: [{}, { a: 'b' }],
    });
    expect(readReferrer(body({ config: EMPTY, layers: [], artifactType: BUNDLE })).types).toEqual([BUNDLE]);
  });

  it.each([7, 'x', {}, { digest: 'sha256:x' }, [SUBJECT]])(
    'without a subject that can be read: %j',
    (subject) => {
      expect(readReferrer(body({ config: EMPTY, layers: [], subject })).subject).toBeNull();
    },
  );

  it.each(['', '[]', '{"manifests":{}}', '{"manifests":"x"}', '<html>'])('%j is not a list', (text) => {
    expect(readReferrers(Buffer.from(text))).toBeNull();
  });

  it('a list leaves out what has no digest', () => {
    const text = JSON.stringify({
      manifests: [null, {}, { digest: 'x' }, { digest: SUBJECT, artifactType: 7 }],
    });
    expect(readReferrers(Buffer.from(text))).toMatchObject([{ digest: SUBJECT, artifactType: '' }]);
    expect(readReferrers(Buffer.from('{"manifests":null}'))).toEqual([]);
  });
});

describe('the index that lists what is attached', () => {
  const made = body({
    config: EMPTY,
    layers: [],
    artifactType: BUNDLE,
    annotations: { k: 'v' },
    subject: { digest: SUBJECT },
  });

  it('has the descriptor, the artifact type and the annotations of each, once', () => {
    const index = fallbackIndex(null, [referrerEntry(made), referrerEntry(made)]);
    expect(index.mediaType).toBe(OCI_INDEX);
    expect(JSON.parse(Buffer.from(index.bytes).toString())).toEqual({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [
        {
          mediaType: OCI_MANIFEST,
          digest: made.digest,
          size: made.bytes.length,
          artifactType: BUNDLE,
          annotations: { k: 'v' },
        },
      ],
    });
  });

  it('keeps what others wrote, byte for byte of its fields', () => {
    const other = { digest: SUBJECT, size: 1, mediaType: 'x', 'x-own': [1] };
    const before = {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      annotations: { by: 'them' },
      manifests: [other],
    };
    const entries = readReferrers(Buffer.from(JSON.stringify(before))) ?? [];
    const index = fallbackIndex(before, [...entries, referrerEntry(made)]);
    const fields = JSON.parse(Buffer.from(index.bytes).toString());
    expect([fields.annotations, fields.manifests[0]]).toEqual([{ by: 'them' }, other]);
  });
});

describe('tags of cosign on both sides', () => {
  const SIG = 'dev.cosignproject.cosign/signature';
  const tag = (...signatures: string[]) =>
    body({ config: EMPTY, layers: signatures.map((one) => layer(1, { [SIG]: one })) });
  it.each([
    ['the same', ['a'], ['a'], 'move'],
    ['upstream gained one', ['a'], ['a', 'b'], 'move'],
    ['the mirror gained one', ['a', 'own'], ['a'], 'keep'],
    ['both gained one', ['a', 'own'], ['a', 'b'], 'conflict'],
    ['nothing in common', ['own'], ['a'], 'conflict'],
  ] as const)('%s', (_name, mirror, upstream, expected) => {
    expect(compareCosignTags(tag(...mirror), tag(...upstream))).toBe(expected);
  });
});
