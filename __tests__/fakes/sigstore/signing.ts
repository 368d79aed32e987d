// Signs digests in both formats of cosign, as values that a test may change before anybody reads them.

import { sign } from 'node:crypto';
import type { Digest } from '../../../src/image/names/digest.ts';
import { type Authority, type CertificateWish, type Entry, type KeyPair, sha256, spki } from './authority.ts';

export const ISSUER = 'https://token.actions.githubusercontent.com';
export const IDENTITY = 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1';
export const SIGNED_AT = new Date('2026-11-01T12:03:00Z');
const SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1';

/** Who signs: an identity that an authority certifies, or a key. */
export type By =
  | {
      readonly authority: Authority;
      readonly wish?: Partial<CertificateWish>;
      readonly at?: Date;
      readonly without?: 'promise' | 'proof' | 'nothing';
    }
  | { readonly keys: KeyPair; readonly authority?: undefined; readonly log?: Authority; readonly at?: Date };

export type OldSignature = { payload: Uint8Array; annotations: Record<string, string> };

/** What is signed in cosign's older format. */
export function simplePayload(digest: string, type = 'cosign container image signature'): Buffer {
  const critical = {
    identity: { 'docker-reference': 'registry.example/app' },
    image: { 'docker-manifest-digest': digest },
    type,
  };
  return Buffer.from(JSON.stringify({ critical, optional: null }));
}

type SigningKeys = { readonly keys: KeyPair; readonly certificate: Buffer | null };

function signerOf(by: By): SigningKeys {
  if (by.authority === undefined) return { keys: by.keys, certificate: null };
  return by.authority.certificate({ identity: IDENTITY, issuer: ISSUER, ...by.wish });
}

const pem = (label: string, bytes: Uint8Array) =>
  `-----BEGIN ${label}-----\n${(
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\n')}\n-----END ${label}-----\n`;

export const certificatePem = (bytes: Uint8Array) => pem('CERTIFICATE', bytes);
export const publicPem = (keys: KeyPair) => pem('PUBLIC KEY', spki(keys));

function hashedRekord(payload: Uint8Array, signature: Uint8Array, publicKey: string): object {
  return {
    apiVersion: '0.0.1',
    kind: 'hashedrekord',
    spec: {
      data: { hash: { algorithm: 'sha256', value: sha256(payload).toString('hex') } },
      signature: {
        content: Buffer.from(signature).toString('base64'),
        publicKey: { content: Buffer.from(publicKey).toString('base64') },
      },
    },
  };
}

/** A signature in the older format: a payload, and annotations of its layer. */
export function signOld(digest: string, by: By, payload = simplePayload(digest)): OldSignature {
  const { keys, certificate } = signerOf(by);
  const signature = sign('sha256', payload, keys.privateKey);
  const shown = certificate === null ? publicPem(keys) : certificatePem(certificate);
  const log = by.authority ?? by.log;
  const entry = log?.entry(hashedRekord(payload, signature, shown), by.at ?? SIGNED_AT);
  return {
    payload,
    annotations: {
      'dev.cosignproject.cosign/signature': signature.toString('base64'),
      ...(certificate === null
        ? {}
        : {
            'dev.sigstore.cosign/certificate': shown,
            'dev.sigstore.cosign/chain': certificatePem(by.authority?.authority ?? new Uint8Array()),
          }),
      ...(entry === undefined ? {} : { 'dev.sigstore.cosign/bundle': rekorBundle(entry) }),
    },
  };
}

/** What cosign keeps of an entry. */
export function rekorBundle(entry: Entry): string {
  return JSON.stringify({
    SignedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp,
    Payload: {
      body: entry.canonicalizedBody,
      integratedTime: Number(entry.integratedTime),
      logIndex: Number(entry.logIndex),
      logID: Buffer.from(entry.logId.keyId, 'base64').toString('hex'),
    },
  });
}

export type Statement = {
  readonly _type?: string;
  readonly subject?: unknown;
  readonly predicateType?: string;
  readonly predicate?: object;
};

export function statementOf(digest: Digest, changes: Statement = {}): Statement {
  const [algorithm = '', encoded] = digest.split(':');
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { [algorithm]: encoded } }],
    predicateType: SIGN_PREDICATE,
    predicate: {},
    ...changes,
  };
}

/** A bundle as cosign attaches it today, as JSON that a test may change. */
export function signNew(
  statement: object,
  by: By,
  payloadType = 'application/vnd.in-toto+json',
): Record<string, unknown> {
  const { keys, certificate } = signerOf(by);
  const payload = Buffer.from(JSON.stringify(statement));
  const encoded = Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `);
  const signature = sign('sha256', Buffer.concat([encoded, payload]), keys.privateKey).toString('base64');
  const body = {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      envelopeHash: { algorithm: 'sha256', value: '00' },
      payloadHash: { algorithm: 'sha256', value: sha256(payload).toString('hex') },
      signatures: [{ signature, verifier: '' }],
    },
  };
  const log = by.authority ?? by.log;
  const entry = log?.entry(body, by.at ?? SIGNED_AT, 'without' in by ? by.without : 'nothing');
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      ...(certificate === null
        ? { publicKey: { hint: sha256(spki(keys)).toString('base64') } }
        : { certificate: { rawBytes: certificate.toString('base64') } }),
      tlogEntries: entry === undefined ? [] : [entry],
    },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType,
      signatures: [{ sig: signature, keyid: '' }],
    },
  };
}
