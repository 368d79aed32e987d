// From a manifest of signatures to what the Sigstore libraries read: bundles as they are, and cosign's older layers, whose
// annotations are put together as a bundle. Nothing is proven here, and nothing that cannot be read stops the others.

import { createHash } from 'node:crypto';
import { asObject, parseObject } from '../../base/text/json.ts';
import type { Annotations, ManifestBody } from '../../image/manifest/manifest.ts';
import { type Digest, isDigest } from '../../image/names/digest.ts';

/** A layer that holds a signature, or its payload: what is fetched. */
export type SignatureLayer = {
  readonly kind: 'simple-signing' | 'bundle';
  readonly digest: Digest;
  readonly size: number;
  readonly annotations: Annotations;
};

/** A bundle as JSON, and the bytes that were signed where these are not in it. */
export type Evidence = { readonly bundle: object; readonly payload: Uint8Array };

const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v\d\.\d)?\+json(?:;version=\d\.\d)?$/;
const V01 = 'application/vnd.dev.sigstore.bundle+json;version=0.1';

// The annotations of a layer. sigstore/cosign, specs/SIGNATURE_SPEC.md
const SIGNATURE = 'dev.cosignproject.cosign/signature';
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const REKOR_ENTRY = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

/** The layers of a manifest that may hold a signature, in its order. */
export function signatureLayers({ bytes }: Pick<ManifestBody, 'bytes'>): SignatureLayer[] {
  const layers = parseObject(Buffer.from(bytes).toString('utf8'))?.layers;
  return (Array.isArray(layers) ? layers : []).flatMap((layer: unknown): SignatureLayer[] => {
    const { mediaType, digest, size, annotations } = asObject(layer) ?? {};
    if (typeof mediaType !== 'string' || typeof digest !== 'string' || !isDigest(digest)) return [];
    const kind = mediaType === SIMPLE_SIGNING ? 'simple-signing' : BUNDLE.test(mediaType) ? 'bundle' : null;
    if (kind === null || typeof size !== 'number') return [];
    const texts = Object.entries(asObject(annotations) ?? {}).filter(
      (pair): pair is [string, string] => typeof pair[1] === 'string',
    );
    return [{ kind, digest, size, annotations: Object.fromEntries(texts) }];
  });
}

/** What a layer and its bytes say; a sentence where they are not a signature. */
export function evidenceOf(layer: SignatureLayer, bytes: Uint8Array): Evidence | string {
  if (layer.kind === 'simple-signing') return fromAnnotations(layer.annotations, bytes);
  const bundle = parseObject(Buffer.from(bytes).toString('utf8'));
  return bundle === null ? 'its bundle is not JSON' : { bundle, payload: new Uint8Array() };
}

function fromAnnotations(annotations: Annotations, payload: Uint8Array): Evidence | string {
  const signature = annotations[SIGNATURE];
  if (signature === undefined || !isBase64(signature)) return 'its layer has no readable signature';
  const key = keyOf(annotations[CERTIFICATE]);
  const entries = rekorEntries(annotations[REKOR_ENTRY]);
  const timestamps = signedTimestamps(annotations[TIMESTAMP]);
  if (key === null) return 'its certificate cannot be read';
  if (entries === null) return 'its entry in a transparency log cannot be read';
  if (timestamps === null) return 'its timestamp cannot be read';
  const digest = createHash('sha256').update(payload).digest('base64');
  const bundle = {
    mediaType: V01,
    messageSignature: { messageDigest: { algorithm: 'SHA2_256', digest }, signature },
    verificationMaterial: {
      ...key,
      tlogEntries: entries,
      timestampVerificationData: { rfc3161Timestamps: timestamps },
    },
  };
  return { bundle, payload };
}

/** One certificate, or a key about which a signature says nothing. The chain is the trusted root's business. */
function keyOf(certificate: string | undefined): object | null {
  if (certificate === undefined || certificate === '') return { publicKey: { hint: '' } };
  const [, body, ...more] = certificate.split(/-----BEGIN CERTIFICATE-----|-----END CERTIFICATE-----/);
  const rawBytes = (body ?? '').replace(/\s/g, '');
  if (more.length !== 1 || !isBase64(rawBytes)) return null;
  return { x509CertificateChain: { certificates: [{ rawBytes }] } };
}

/** The one entry that cosign noted with the log's promise; none where the signature was never logged. */
function rekorEntries(text: string | undefined): object[] | null {
  if (text === undefined || text === '') return [];
  const { SignedEntryTimestamp: promise, Payload } = parseObject(text) ?? {};
  const { body, integratedTime, logIndex, logID } = asObject(Payload) ?? {};
  if (typeof promise !== 'string' || !isBase64(promise) || typeof body !== 'string' || !isBase64(body))
    return null;
  if (typeof logID !== 'string' || !/^[0-9a-f]{64}$/.test(logID)) return null;
  if (!isWhole(integratedTime) || !isWhole(logIndex)) return null;
  const { kind, apiVersion } = parseObject(Buffer.from(body, 'base64').toString('utf8')) ?? {};
  return [
    {
      logIndex: String(logIndex),
      logId: { keyId: Buffer.from(logID, 'hex').toString('base64') },
      kindVersion: { kind: String(kind), version: String(apiVersion) },
      integratedTime: String(integratedTime),
      inclusionPromise: { signedEntryTimestamp: promise },
      canonicalizedBody: body,
    },
  ];
}

function signedTimestamps(text: string | undefined): object[] | null {
  if (text === undefined || text === '') return [];
  const signed = parseObject(text)?.SignedRFC3161Timestamp;
  return typeof signed === 'string' && isBase64(signed) ? [{ signedTimestamp: signed }] : null;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isBase64(text: string): boolean {
  return text.length > 0 && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}
