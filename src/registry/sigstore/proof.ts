// Whether one signature holds, and for whom. All cryptography is done by Sigstore's own libraries; this file says what
// is asked of them, and checks that what was signed is this very digest.

import type { KeyObject } from 'node:crypto';
import { type Bundle, bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import {
  type SignedEntity,
  type TrustMaterial,
  toSignedEntity,
  toTrustMaterial,
  VerificationError,
  Verifier,
} from '@sigstore/verify';
import type { Digest } from '../../image/names/digest.ts';
import { readSimpleSigning, readStatement, type SignedClaim } from '../../image/signatures/claims.ts';
import type { Doubt, Signature } from '../../image/signatures/signatures.ts';
import type { Evidence } from './evidence.ts';
import type { Root, Trust } from './trust.ts';

/** Every signer for whom a signature of this digest holds, at least one; or why it holds for none. */
export function prove(evidence: Evidence, digest: Digest, trust: Trust): readonly Signature[] | Doubt {
  try {
    const bundle = bundleFromJSON(evidence.bundle);
    const claim = claimOf(bundle, evidence.payload);
    if ('why' in claim) return doubt(claim.why);
    if (!claim.digests.includes(digest)) return doubt(`it is for another image, ${claim.digests[0]}`);
    const entity = toSignedEntity(bundle, Buffer.from(evidence.payload));
    return entity.key.$case === 'certificate' ? certified(entity, trust) : keyed(entity, trust);
  } catch (thrown) {
    return doubt(whyNot(thrown));
  }
}

function claimOf({ content }: Bundle, payload: Uint8Array): SignedClaim {
  if (content.$case === 'messageSignature') {
    return payload.length === 0 ? { why: 'what it signs is not with it' } : readSimpleSigning(payload);
  }
  const { payloadType, payload: signed } = content.dsseEnvelope;
  return readStatement(payloadType, signed);
}

function certified(entity: SignedEntity, { roots }: Trust): readonly Signature[] | Doubt {
  if (roots.length === 0) return { why: 'it is by a certificate, and only keys are listed', isOther: true };
  const results = roots.map((root) => tried(() => byCertificate(entity, root)));
  const proven = results.filter((result) => typeof result !== 'string');
  return proven.length > 0 ? proven : doubt(String(results[0]));
}

function keyed(entity: SignedEntity, { keys }: Trust): readonly Signature[] | Doubt {
  const proven = keys
    .map((key) => tried(() => byKey(entity, key)))
    .filter((result) => typeof result !== 'string');
  if (proven.length > 0) return proven;
  return { why: 'it is by a key that is not listed, or was tampered with', isOther: true };
}

function doubt(why: string): Doubt {
  return { why, isOther: false };
}

function tried(attempt: () => Signature): Signature | string {
  try {
    return attempt();
  } catch (thrown) {
    return whyNot(thrown);
  }
}

/**
 * A certificate lives for minutes, so a time that somebody trusted saw is always asked for; a log of signatures and one of
 * certificates where the root knows such logs, as Sigstore's own does.
 */
function byCertificate(entity: SignedEntity, { path, material }: Root): Signature {
  const isOwn = path !== null;
  const verifier = new Verifier(toTrustMaterial(material), {
    tlogThreshold: isOwn && material.tlogs.length === 0 ? 0 : 1,
    ctlogThreshold: isOwn && material.ctlogs.length === 0 ? 0 : 1,
    timestampThreshold: 1,
  });
  const { identity } = verifier.verify(entity);
  const san = identity?.subjectAlternativeName;
  const issuer = identity?.extensions?.issuer;
  if (!isPlain(san) || !isPlain(issuer)) throw new Error('the certificate names nobody');
  // The library reads both as ASCII and drops the highest bit: another letter must not pass for one of these.
  const raw = (identity?.oids ?? []).map(({ value }) => value);
  if (![san, issuer].every((text) => raw.some((bytes) => bytes.includes(text, 0, 'latin1')))) {
    throw new Error('the certificate names nobody in plain letters');
  }
  return { by: { kind: 'keyless', trustedRoot: path, issuer, identity: san }, since: firstSeen(entity) };
}

/** Without a root a log's entry proves nothing and is left out; a key alone proves that its owner signed. */
function byKey(entity: SignedEntity, { path, key, root }: Trust['keys'][number]): Signature {
  const logged = root === null ? '' : tried(() => inLog(entity, path, key, root));
  if (typeof logged !== 'string') return logged;
  const alone = { ...entity, tlogEntries: [], timestamps: [] };
  new Verifier(materialOf(EMPTY, key), { tlogThreshold: 0, timestampThreshold: 0 }).verify(alone);
  return { by: { kind: 'key', trustedRoot: null, path, isLogged: false }, since: null };
}

function inLog(entity: SignedEntity, path: string, key: KeyObject, root: Root): Signature {
  new Verifier(materialOf(root.material, key), { tlogThreshold: 1, timestampThreshold: 0 }).verify(entity);
  return { by: { kind: 'key', trustedRoot: root.path, path, isLogged: true }, since: firstSeen(entity) };
}

const EMPTY: TrustedRoot = TrustedRoot.fromJSON({});

/** The key is believed at any time: who lost it takes it from the list. */
function materialOf(root: TrustedRoot, key: KeyObject): TrustMaterial {
  return toTrustMaterial(root, () => ({ publicKey: key, validFor: () => true }));
}

/**
 * The first of the times that were proven with the entity: of a log that promised the entry, or of an authority for
 * timestamps. A later one says only that somebody logged the same signature again.
 */
function firstSeen({ timestamps }: SignedEntity): Date | null {
  const times = timestamps.flatMap((stamp) => {
    if (stamp.$case === 'timestamp-authority') return [stamp.timestamp.signingTime.getTime()];
    const { inclusionPromise, integratedTime } = stamp.tlogEntry;
    return inclusionPromise === undefined ? [] : [Number(integratedTime) * 1000];
  });
  return times.length === 0 ? null : new Date(Math.min(...times));
}

function isPlain(text: string | undefined): text is string {
  return text !== undefined && /^[\x21-\x7e]{1,2000}$/.test(text);
}

const WHY: Readonly<Record<string, string>> = {
  CERTIFICATE_ERROR: 'its certificate is not one that the trusted root vouches for',
  SIGNATURE_ERROR: 'it does not match what was signed and the key',
  TIMESTAMP_ERROR: 'no trusted log or timestamp says when it was made',
  TLOG_BODY_ERROR: 'its entry in the transparency log is for something else',
  TLOG_ERROR: 'it is in no transparency log',
  TLOG_INCLUSION_PROMISE_ERROR: "the transparency log's promise for it does not hold",
  TLOG_INCLUSION_PROOF_ERROR: "the transparency log's proof of it does not hold",
  TLOG_MISSING_INCLUSION_ERROR: 'nothing proves that it is in the transparency log',
};

function whyNot(thrown: unknown): string {
  const code = thrown instanceof VerificationError ? thrown.code : '';
  return WHY[code] ?? 'it cannot be read';
}
