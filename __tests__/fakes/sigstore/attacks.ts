// Signatures that must not pass, each wrong in one thing alone. `Sigstore` is one that the tests' config believes, with the
// identity that it names; whoever attacks has another one, and whatever lies about in public.

import type { Digest } from '../../../src/image/names/digest.ts';
import { type Authority, type Entry, newKeys } from './authority.ts';
import {
  certificatePem,
  IDENTITY,
  ISSUER,
  type OldSignature,
  SIGNED_AT,
  signNew,
  signOld,
  simplePayload,
  statementOf,
} from './signing.ts';

/** What is attacked: an index, an image in it, and another image that is signed as it should be. */
export type Target = {
  readonly digest: Digest;
  readonly child: Digest;
  readonly other: Digest;
  readonly good: Authority;
  readonly evil: Authority;
};

/** What is attached to the index: layers of cosign's tag, and bundles. */
export type Attack = {
  readonly what: string;
  readonly reason: 'unsigned' | 'wrong-signer';
  readonly old?: (target: Target) => OldSignature[];
  readonly bundles?: (target: Target) => unknown[];
};

const SIGNATURE = 'dev.cosignproject.cosign/signature';
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const CHAIN = 'dev.sigstore.cosign/chain';
const REKOR = 'dev.sigstore.cosign/bundle';
const HOUR = 3_600_000;

type Bundle = {
  verificationMaterial: { tlogEntries: Entry[]; certificate?: { rawBytes: string } };
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string; keyid: string }[] };
};

const asBundle = (bundle: Record<string, unknown>) => bundle as unknown as Bundle;

function right({ digest, good }: Target): Bundle {
  return asBundle(signNew(statementOf(digest), { authority: good }));
}

function rightOld({ digest, good }: Target): OldSignature {
  return signOld(digest, { authority: good });
}

function annotated(signature: OldSignature, changes: Record<string, string>): OldSignature {
  return { ...signature, annotations: { ...signature.annotations, ...changes } };
}

function withEntry(bundle: Bundle, change: (entry: Entry) => Entry): Bundle {
  const { verificationMaterial } = bundle;
  const tlogEntries = verificationMaterial.tlogEntries.map(change);
  return { ...bundle, verificationMaterial: { ...verificationMaterial, tlogEntries } };
}

function without<T extends object>(value: T, ...keys: string[]): T {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key))) as T;
}

const byOthers =
  (wish: object) =>
  ({ digest, good }: Target) => [signOld(digest, { authority: good, wish })];
const bundledByOthers =
  (wish: object) =>
  ({ digest, good }: Target) => [signNew(statementOf(digest), { authority: good, wish })];

export const ATTACKS: readonly Attack[] = [
  { what: 'nothing is attached', reason: 'unsigned' },
  {
    what: 'the payload is of another digest',
    reason: 'unsigned',
    old: ({ other, good }) => [signOld(other, { authority: good })],
  },
  {
    what: 'the statement is about another digest',
    reason: 'unsigned',
    bundles: ({ other, good }) => [signNew(statementOf(other), { authority: good })],
  },
  {
    what: 'the signature is of an image in the index alone',
    reason: 'unsigned',
    old: ({ child, good }) => [signOld(child, { authority: good })],
    bundles: ({ child, good }) => [signNew(statementOf(child), { authority: good })],
  },
  {
    what: 'the identity contains the wanted one',
    reason: 'wrong-signer',
    old: byOthers({ identity: `https://evil.example/?${IDENTITY}` }),
  },
  {
    what: 'the identity goes on after the wanted one',
    reason: 'wrong-signer',
    old: byOthers({ identity: `${IDENTITY}-evil` }),
  },
  {
    what: 'the identity is the wanted one in capital letters',
    reason: 'wrong-signer',
    bundles: bundledByOthers({ identity: IDENTITY.replace('acme', 'ACME') }),
  },
  {
    what: 'the identity is another branch of the same workflow',
    reason: 'wrong-signer',
    bundles: bundledByOthers({ identity: IDENTITY.replace('refs/tags/v1', 'refs/heads/evil') }),
  },
  {
    what: 'the issuer has a trailing slash',
    reason: 'wrong-signer',
    bundles: bundledByOthers({ issuer: `${ISSUER}/` }),
  },
  {
    what: 'another issuer vouches for the same identity',
    reason: 'wrong-signer',
    old: byOthers({ issuer: 'https://accounts.evil.example' }),
  },
  {
    what: 'letters of the identity have a bit that ASCII drops',
    reason: 'unsigned',
    bundles: bundledByOthers({
      identity: IDENTITY.replace(
        'acme',
        String.fromCharCode(...[...'acme'].map((letter) => letter.charCodeAt(0) | 0x80)),
      ),
    }),
  },
  {
    what: 'the certificate is of another authority',
    reason: 'unsigned',
    old: ({ digest, evil }) => [signOld(digest, { authority: evil })],
    bundles: ({ digest, evil }) => [signNew(statementOf(digest), { authority: evil })],
  },
  {
    what: 'the certificate is of another authority, behind the right chain',
    reason: 'unsigned',
    old: ({ digest, evil, good }) => [
      annotated(signOld(digest, { authority: evil }), { [CHAIN]: certificatePem(good.authority) }),
    ],
  },
  {
    what: 'the certificate is of another authority, in the right log',
    reason: 'unsigned',
    bundles: ({ digest, evil, good }) => {
      const certificate = (wish: Parameters<Authority['certificate']>[0]) => evil.certificate(wish);
      return [signNew(statementOf(digest), { authority: { ...good, certificate } })];
    },
  },
  {
    what: 'the certificate has expired and nobody saw when it signed',
    reason: 'unsigned',
    old: (target) => [{ ...rightOld(target), annotations: without(rightOld(target).annotations, REKOR) }],
    bundles: (target) => {
      const bundle = right(target);
      return [{ ...bundle, verificationMaterial: { ...bundle.verificationMaterial, tlogEntries: [] } }];
    },
  },
  {
    what: 'it was logged after the certificate had ended',
    reason: 'unsigned',
    old: ({ digest, good }) => [
      signOld(digest, { authority: good, at: new Date(SIGNED_AT.getTime() + HOUR) }),
    ],
  },
  {
    what: 'it was logged before the certificate began',
    reason: 'unsigned',
    bundles: ({ digest, good }) => [
      signNew(statementOf(digest), { authority: good, at: new Date(SIGNED_AT.getTime() - HOUR) }),
    ],
  },
  {
    what: 'the certificate is in no log of certificates',
    reason: 'unsigned',
    old: byOthers({ withoutSct: true }),
  },
  {
    what: 'the entry has neither promise nor proof',
    reason: 'unsigned',
    bundles: (target) => [
      withEntry(right(target), (entry) => without(entry, 'inclusionPromise', 'inclusionProof')),
    ],
  },
  {
    what: 'the entry has a proof and no time that the log vouches for',
    reason: 'unsigned',
    bundles: ({ digest, good }) => [signNew(statementOf(digest), { authority: good, without: 'promise' })],
  },
  {
    what: 'the proof is of another tree',
    reason: 'unsigned',
    bundles: (target) => [
      withEntry(right(target), (entry) => ({
        ...entry,
        inclusionProof: asBundle(signNew(statementOf(target.other), { authority: target.good }))
          .verificationMaterial.tlogEntries[0]?.inclusionProof as object,
      })),
    ],
  },
  {
    what: 'the promise is for another entry',
    reason: 'unsigned',
    old: (target) => [
      annotated(rightOld(target), {
        [REKOR]: signOld(target.other, { authority: target.good }).annotations[REKOR] ?? '',
      }),
    ],
  },
  {
    what: 'the entry is that of another signature',
    reason: 'unsigned',
    bundles: (target) => {
      const other = asBundle(signNew(statementOf(target.other), { authority: target.good }));
      return [withEntry(right(target), () => other.verificationMaterial.tlogEntries[0] as Entry)];
    },
  },
  {
    what: 'the time of the entry was changed',
    reason: 'unsigned',
    old: (target) => {
      const signature = rightOld(target);
      const entry = JSON.parse(signature.annotations[REKOR] ?? '');
      const earlier = {
        ...entry,
        Payload: { ...entry.Payload, integratedTime: entry.Payload.integratedTime - 60 },
      };
      return [annotated(signature, { [REKOR]: JSON.stringify(earlier) })];
    },
  },
  {
    what: 'the log is one that nobody believes',
    reason: 'unsigned',
    bundles: ({ digest, good, evil }) => [
      signNew(statementOf(digest), { authority: { ...good, entry: evil.entry } }),
    ],
  },
  {
    what: 'the digest in a signed payload was changed',
    reason: 'unsigned',
    old: ({ digest, other, good }) => [
      { ...signOld(other, { authority: good }), payload: simplePayload(digest) },
    ],
  },
  {
    what: 'the digest in a signed statement was changed',
    reason: 'unsigned',
    bundles: ({ digest, other, good }) => {
      const bundle = asBundle(signNew(statementOf(other), { authority: good }));
      const payload = Buffer.from(JSON.stringify(statementOf(digest))).toString('base64');
      return [{ ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload } }];
    },
  },
  {
    what: 'the payload names two digests under one key',
    reason: 'unsigned',
    old: ({ digest, other, good }) => {
      const image = (named: Digest) => `"image":{"docker-manifest-digest":"${named}"}`;
      const text = `{"critical":{"identity":{},${image(other)},${image(digest)},"type":"cosign container image signature"}}`;
      return [signOld(digest, { authority: good }, Buffer.from(text))];
    },
  },
  {
    what: 'the payload is not that of an image signature',
    reason: 'unsigned',
    old: ({ digest, good }) => [
      signOld(digest, { authority: good }, simplePayload(digest, 'atomic container signature')),
    ],
  },
  {
    what: 'the envelope holds another type of payload',
    reason: 'unsigned',
    bundles: ({ digest, good }) => [
      signNew(statementOf(digest), { authority: good }, 'application/vnd.acme+json'),
    ],
  },
  {
    what: 'an attestation poses as a signature',
    reason: 'unsigned',
    bundles: ({ digest, good }) => [
      signNew(statementOf(digest, { predicateType: 'https://slsa.dev/provenance/v1' }), { authority: good }),
    ],
  },
  {
    what: 'the statement names the digest beside its subjects',
    reason: 'unsigned',
    bundles: ({ digest, good }) => [
      signNew(statementOf(digest, { subject: [{ name: digest }], predicate: { digest } }), {
        authority: good,
      }),
    ],
  },
  {
    what: 'the layer has no annotations',
    reason: 'unsigned',
    old: ({ digest }) => [{ payload: simplePayload(digest), annotations: {} }],
  },
  {
    what: 'the signature is empty, or not base64',
    reason: 'unsigned',
    old: (target) =>
      ['', '%%%', 'AAAA===='].map((text) => annotated(rightOld(target), { [SIGNATURE]: text })),
  },
  {
    what: 'the signature is of somebody else, beside the right certificate',
    reason: 'unsigned',
    old: (target) => [
      annotated(rightOld(target), {
        [SIGNATURE]: signOld(target.digest, { authority: target.evil }).annotations[SIGNATURE] ?? '',
      }),
    ],
  },
  {
    what: 'there are two certificates',
    reason: 'unsigned',
    old: (target) => {
      const right = rightOld(target);
      const { annotations } = signOld(target.digest, { authority: target.evil });
      return [
        annotated(right, { [CERTIFICATE]: `${right.annotations[CERTIFICATE]}${annotations[CERTIFICATE]}` }),
      ];
    },
  },
  {
    what: 'the certificate is garbage',
    reason: 'unsigned',
    old: (target) => [
      annotated(rightOld(target), { [CERTIFICATE]: certificatePem(Buffer.alloc(4_000, 0x30)) }),
      annotated(rightOld(target), { [CERTIFICATE]: 'no certificate' }),
    ],
  },
  {
    what: 'the payload is huge',
    reason: 'unsigned',
    old: ({ digest, good }) => {
      const padded = Buffer.concat([simplePayload(digest), Buffer.alloc(300 * 1024, ' ')]);
      return [signOld(digest, { authority: good }, padded)];
    },
  },
  {
    what: 'the bundle is not one',
    reason: 'unsigned',
    bundles: () => [[], 'text', { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' }, { a: 1 }],
  },
  {
    what: 'the envelope has two signatures',
    reason: 'unsigned',
    bundles: (target) => {
      const bundle = right(target);
      const signatures = [...bundle.dsseEnvelope.signatures, ...bundle.dsseEnvelope.signatures];
      return [{ ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, signatures } }];
    },
  },
  {
    what: 'it is by a key that nobody listed',
    reason: 'wrong-signer',
    old: ({ digest, good }) => [signOld(digest, { keys: newKeys(), log: good })],
    bundles: ({ digest, good }) => [signNew(statementOf(digest), { keys: newKeys(), log: good })],
  },
  {
    what: 'the right one is behind more signatures than anybody looks at',
    reason: 'wrong-signer',
    old: (target) => {
      const garbage = { ...rightOld(target), annotations: { [SIGNATURE]: 'AAAA' } };
      return [...Array.from({ length: 10_000 }, () => garbage), rightOld(target)];
    },
  },
];
