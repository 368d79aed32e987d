// A Sigstore of one's own: an authority for certificates like Fulcio, a log of certificates, and a log of signatures like
// Rekor. Everything that it signs is real, so that what a test changes afterwards is all that is wrong.

import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { bits, der, explicit, extension, integer, name, octets, oid, sequence, time, utf8 } from './der.ts';

export type KeyPair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

export const newKeys = (): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const spki = ({ publicKey }: Pick<KeyPair, 'publicKey'>): Buffer =>
  publicKey.export({ type: 'spki', format: 'der' });
export const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  createHash('sha256').update(Buffer.concat(parts)).digest();
const signed = (bytes: Uint8Array, { privateKey }: KeyPair): Buffer => sign('sha256', bytes, privateKey);

const ECDSA = sequence(oid('1.2.840.10045.4.3.2'));
const HOUR = 3_600_000;

export type CertificateWish = {
  readonly identity: string;
  readonly issuer: string;
  readonly from?: Date;
  readonly to?: Date;
  readonly isMail?: boolean;
  readonly withoutSct?: boolean;
};

/** A certificate as Fulcio makes it, with the keys of the signer. */
export type Certified = { readonly certificate: Buffer; readonly keys: KeyPair };

export type Entry = {
  readonly logIndex: string;
  readonly logId: { readonly keyId: string };
  readonly kindVersion: { readonly kind: string; readonly version: string };
  readonly integratedTime: string;
  readonly inclusionPromise?: { readonly signedEntryTimestamp: string };
  readonly inclusionProof?: object;
  readonly canonicalizedBody: string;
};

export function createAuthority(host = 'rekor.example', started = new Date('2026-01-01T00:00:00Z')) {
  const [root, certificateLog, log] = [newKeys(), newKeys(), newKeys()];
  const end = new Date(started.getTime() + 20 * 365 * 24 * HOUR);
  const subject = name(`authority of ${host}`);
  const keyId = (keys: KeyPair) => sha256(spki(keys)).subarray(0, 20);
  const authority = certify({ issuer: subject, subject, from: started, to: end, keys: root }, root, [
    extension('2.5.29.19', sequence(der(0x01, Buffer.from([0xff]))), true),
    extension('2.5.29.15', der(0x03, Buffer.from([0x01, 0x06])), true),
    extension('2.5.29.14', octets(keyId(root))),
  ]);
  const certificate = (wish: CertificateWish, keys = newKeys()): Certified => {
    const from = wish.from ?? new Date('2026-11-01T12:00:00Z');
    const to = wish.to ?? new Date(from.getTime() + HOUR / 6);
    const san = der(wish.isMail ? 0x81 : 0x86, Buffer.from(wish.identity, 'latin1'));
    const plain = [
      extension('2.5.29.15', der(0x03, Buffer.from([0x07, 0x80])), true),
      extension('2.5.29.14', octets(keyId(keys))),
      extension('2.5.29.35', sequence(der(0x80, keyId(root)))),
      extension('2.5.29.17', sequence(san), true),
      extension('1.3.6.1.4.1.57264.1.8', utf8(wish.issuer)),
    ];
    const of = { issuer: subject, subject: sequence(), from, to, keys };
    const sct = extension('1.3.6.1.4.1.11129.2.4.2', octets(sctList(tbs(of, plain), from)));
    return { certificate: certify(of, root, wish.withoutSct ? plain : [...plain, sct]), keys };
  };
  const sctList = (precertificate: Buffer, at: Date): Buffer => {
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64BE(BigInt(at.getTime()));
    const body = Buffer.concat([sha256(spki(root)), uint(precertificate.length, 3), precertificate]);
    const signature = signed(
      Buffer.concat([Buffer.from([0, 0]), stamp, uint(1, 2), body, uint(0, 2)]),
      certificateLog,
    );
    const sct = Buffer.concat([
      Buffer.from([0]),
      sha256(spki(certificateLog)),
      stamp,
      uint(0, 2),
      Buffer.from([4, 3]),
      uint(signature.length, 2),
      signature,
    ]);
    const list = Buffer.concat([uint(sct.length, 2), sct]);
    return Buffer.concat([uint(list.length, 2), list]);
  };
  const logId = sha256(spki(log));
  /** An entry of the log with its promise and its proof: each is the only one of a tree of its own. */
  const entry = (body: object, at: Date, without: 'promise' | 'proof' | 'nothing' = 'nothing'): Entry => {
    const bytes = Buffer.from(JSON.stringify(body));
    const integratedTime = Math.floor(at.getTime() / 1000);
    // In the order of canonical JSON (RFC 8785), in which the log signs it.
    const payload = {
      body: bytes.toString('base64'),
      integratedTime,
      logID: logId.toString('hex'),
      logIndex: 7,
    };
    const treeHash = sha256(Buffer.from([0]), bytes).toString('base64');
    const note = `${host}\n1\n${treeHash}\n`;
    const noteSignature = Buffer.concat([logId.subarray(0, 4), signed(Buffer.from(note), log)]);
    const checkpoint = { envelope: `${note}\n\u2014 ${host} ${noteSignature.toString('base64')}\n` };
    const { kind, apiVersion } = body as { kind: string; apiVersion: string };
    return {
      logIndex: '7',
      logId: { keyId: logId.toString('base64') },
      kindVersion: { kind, version: apiVersion },
      integratedTime: String(integratedTime),
      ...(without === 'promise'
        ? {}
        : {
            inclusionPromise: {
              signedEntryTimestamp: signed(Buffer.from(JSON.stringify(payload)), log).toString('base64'),
            },
          }),
      ...(without === 'proof'
        ? {}
        : { inclusionProof: { logIndex: '0', rootHash: treeHash, treeSize: '1', hashes: [], checkpoint } }),
      canonicalizedBody: payload.body,
    };
  };
  const instance = (keys: KeyPair, baseUrl: string) => ({
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: spki(keys).toString('base64'),
      keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      validFor: { start: started.toISOString() },
    },
    logId: { keyId: sha256(spki(keys)).toString('base64') },
  });
  const trustedRoot = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [instance(log, `https://${host}`)],
    certificateAuthorities: [
      {
        subject: { organization: host, commonName: host },
        uri: `https://fulcio.${host}`,
        certChain: { certificates: [{ rawBytes: authority.toString('base64') }] },
        validFor: { start: started.toISOString() },
      },
    ],
    ctlogs: [instance(certificateLog, `https://ct.${host}`)],
    timestampAuthorities: [],
  };
  return { certificate, entry, trustedRoot, authority };
}

export type Authority = ReturnType<typeof createAuthority>;

type Subject = {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly from: Date;
  readonly to: Date;
  readonly keys: KeyPair;
};

function tbs({ issuer, subject, from, to, keys }: Subject, extensions: readonly Buffer[]): Buffer {
  const validity = sequence(time(from), time(to));
  // Of the same subject each time, so that the certificate without its timestamp is the one that was logged.
  const serial = integer(Buffer.from([0x01, ...sha256(spki(keys)).subarray(0, 12)]));
  return sequence(
    explicit(0, integer(Buffer.from([2]))),
    serial,
    ECDSA,
    issuer,
    validity,
    subject,
    spki(keys),
    explicit(3, sequence(...extensions)),
  );
}

function certify(subject: Subject, by: KeyPair, extensions: readonly Buffer[]): Buffer {
  const body = tbs(subject, extensions);
  return sequence(body, ECDSA, bits(signed(body, by)));
}

function uint(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}
